//! Sign-ins: a user's authenticated devices. A sign-in that ended, however it did, is no document any more, so there is
//! nothing to tell apart and nothing to clear away.

mod check;
mod open;
pub(crate) mod refresh;
mod revoke;

use std::time::Duration;

use parlance_base::{Error, Kind, SignInId, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};

pub(crate) use check::Standings;

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
}

/// Who holds a proof: which user, by which sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) user: UserId,
    pub(crate) sign_in: SignInId,
}

const USER_ID: Field = Field::text("user_id");
const EXPIRES_AT: Field = Field::int("expires_at");
const GENERATION: Field = Field::int("generation");
const ROTATED_AT: Field = Field::int("rotated_at");

/// The sign-ins that hold, and those that expired since their user last logged in.
pub static SIGN_INS: Collection = Collection {
    name: "sign_ins",
    home: Home::System,
    indexes: &[Index { name: "user", fields: &[USER_ID, EXPIRES_AT], unique: false }],
    fields: &[GENERATION, ROTATED_AT],
};

impl Stored for SignIn {
    const COLLECTION: &'static Collection = &SIGN_INS;
}

/// What everybody gets whose sign-in does not hold.
pub(crate) fn ended() -> Error {
    Error::new(Kind::Unauthenticated, "auth.sign_in_ended", "the sign-in has ended, log in again")
}
