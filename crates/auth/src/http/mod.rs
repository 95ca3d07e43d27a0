//! The routes under `/api/auth`, and what a request is asked for as proof of who sends it.

mod authenticate;
mod avatar;
mod keys;
mod login;
mod me;
mod origin;
mod passwords;
mod proof;
mod register;
mod session;
mod sign_ins;
mod tickets;
mod totp;
mod wire;

use std::sync::Arc;

use axum::{
    extract::{DefaultBodyLimit, FromRef},
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
};
use parlance_base::{Authenticate, Identify};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use crate::{Auth, MOST_AVATAR_BYTES};

/// No body here has a reason to be longer.
const MOST_BODY_BYTES: usize = 16 * 1_024;

pub(crate) fn router(auth: Auth) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(login::refresh))
        .routes(routes!(login::logout))
        .routes(routes!(tickets::ticket))
        .routes(routes!(passwords::change))
        .routes(routes!(passwords::forgot))
        .routes(routes!(passwords::reset))
        .routes(routes!(passwords::verify_email))
        .routes(routes!(sign_ins::list))
        .routes(routes!(sign_ins::end))
        .routes(routes!(sign_ins::end_others))
        .routes(routes!(me::me, me::update_me, me::erase_me))
        .routes(routes!(avatar::put, avatar::remove).layer(DefaultBodyLimit::max(MOST_AVATAR_BYTES)))
        .routes(routes!(avatar::show))
        .routes(routes!(totp::begin, totp::remove))
        .routes(routes!(totp::confirm))
        .routes(routes!(totp::renew_recovery_codes))
        .merge(keys::router())
        .layer(map_response(never_kept))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .with_state(auth)
}

impl FromRef<Auth> for Arc<dyn Authenticate> {
    fn from_ref(auth: &Auth) -> Self {
        Arc::new(auth.clone())
    }
}

impl FromRef<Auth> for Arc<dyn Identify> {
    fn from_ref(auth: &Auth) -> Self {
        Arc::new(auth.clone())
    }
}

/// Answers hold tokens and addresses, which no cache on the way may keep (RFC 6749, section 5.1), unless one says otherwise.
async fn never_kept(mut response: Response) -> Response {
    let rule = HeaderValue::from_static("no-store");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(rule);
    response
}
