//! Sign-ins: a user's authenticated devices. A sign-in that ended, however it did, is no document any more, so there is
//! nothing to tell apart and nothing to clear away.

mod check;
mod device;
mod list;
mod open;
pub(crate) mod refresh;
mod revoke;

use std::time::Duration;

use parlance_base::{Error, Kind, SignInId, Time, UserId};
use parlance_store::{Batch, Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};

pub(crate) use check::{Known, SignInStandings};
pub use device::Device;
pub use list::SignInView;

use crate::user::User;

/// How long a sign-in holds without being refreshed.
pub(crate) const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// An authenticated device of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) id: SignInId,
    pub(crate) user_id: UserId,
    /// How often it was refreshed: the refresh token of this generation is the good one.
    pub(crate) generation: i64,
    /// When it was refreshed last, or made.
    pub(crate) rotated_at: Time,
    pub(crate) created_at: Time,
    pub(crate) expires_at: Time,
    /// Which of the user's passwords it was opened under, or carried over to: it ends with that password.
    pub(crate) password_version: i64,
    /// When it was used last, to the hour.
    pub(crate) last_used_at: Time,
    /// What the device says it is.
    pub(crate) device: Option<String>,
}

/// Who holds a proof: which user, by which sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) user: UserId,
    pub(crate) sign_in: SignInId,
}

pub(crate) const USER_ID: Field = Field::text("user_id");
const EXPIRES_AT: Field = Field::int("expires_at");
const GENERATION: Field = Field::int("generation");
const ROTATED_AT: Field = Field::int("rotated_at");
const PASSWORD_VERSION: Field = Field::int("password_version");
const LAST_USED_AT: Field = Field::int("last_used_at");

/// The sign-ins that hold, and those that expired since their user last logged in.
pub static SIGN_INS: Collection = Collection {
    name: "sign_ins",
    home: Home::System,
    indexes: &[Index { name: "user", fields: &[USER_ID, EXPIRES_AT], unique: false }],
    fields: &[GENERATION, ROTATED_AT, PASSWORD_VERSION, LAST_USED_AT],
};

impl Stored for SignIn {
    const COLLECTION: &'static Collection = &SIGN_INS;
}

/// Has the batch carry a sign-in of the user's password over to their next one, if it has not ended.
pub(crate) fn carry_over(batch: &mut Batch, id: SignInId, user: &User) {
    let guard = [USER_ID.is(user.id.to_string()), PASSWORD_VERSION.is(user.password_version)];
    batch.update::<SignIn>(id, guard, [PASSWORD_VERSION.set(user.next_password_version())]);
}

/// What everybody gets whose sign-in does not hold.
pub(crate) fn ended() -> Error {
    Error::new(Kind::Unauthenticated, "auth.sign_in_ended", "the sign-in has ended, log in again")
}
