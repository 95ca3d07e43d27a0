//! Who somebody is: users, their passwords, their sign-ins, the tokens and cookies that prove them, and the API keys of
//! programs.
//!
//! This crate answers [`Identify`](parlance_base::Identify) and [`Authenticate`](parlance_base::Authenticate) for the
//! routers of the other crates, which know nothing of it. What somebody may do in a workspace is that crate's to say.

mod access;
mod active;
mod admin;
mod auth;
mod avatar;
mod config;
mod cookie;
mod deactivate;
mod email;
mod ending;
mod erase;
mod founder;
mod http;
mod key;
mod limiter;
mod link;
mod login;
mod me;
mod one_time;
mod origin;
mod password;
mod prove;
mod recent;
mod refused;
mod register;
mod seal;
mod second_factor;
mod secrets;
mod sign_in;
mod standing;
mod ticket;
mod user;
mod verify;

pub use auth::{Auth, Revoked, Tokens};
pub use avatar::{AVATARS, Avatar, AvatarFormat, MOST_AVATAR_BYTES};
pub use config::{Config, Hashing, Limits, Policy, Rate};
pub use founder::FOUNDERS;
pub use key::{EMBEDDED_USERS, EmbeddedLogin, EmbeddedView, KEYS, KeyKind, KeyView, NewKey};
pub use limiter::ClientAddress;
pub use link::Link;
pub use login::{Login, SessionCookies};
pub use me::UserView;
pub use one_time::ONE_TIME_SECRETS;
pub use origin::origin;
pub use password::PasswordChange;
pub use prove::Proof;
pub use register::Registration;
pub use second_factor::{Enrolment, SECOND_FACTORS};
pub use secrets::Secrets;
pub use sign_in::{Device, SIGN_INS, SignInView};
pub use ticket::Ticket;
pub use user::{Profile, ProfileChange, State, USERS};

use parlance_store::Collection;

/// Everything this crate stores.
pub static COLLECTIONS: [&Collection; 8] =
    [&USERS, &SIGN_INS, &FOUNDERS, &ONE_TIME_SECRETS, &SECOND_FACTORS, &AVATARS, &KEYS, &EMBEDDED_USERS];

/// The routes under `/api/auth`, for the host to nest there, and their description. They answer errors in the one shape once
/// the host has passed its router through `parlance_edge::finish`.
#[must_use]
pub fn router(auth: Auth) -> utoipa_axum::router::OpenApiRouter {
    http::router(auth)
}
