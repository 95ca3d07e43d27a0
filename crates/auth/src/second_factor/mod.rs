//! The second factor: an authenticator app's codes, and recovery codes for when it is lost.
//!
//! The secret that an app and the server share is sealed in the store; recovery codes are hashed there. Every change of a
//! user's second factor is guarded by the `rev` that was read, and gives it another: so each code is used once, whichever
//! nodes are asked at the same time.

mod change;
mod recovery;
mod spend;
mod totp;

use parlance_base::{Error, Kind, Result, Time, UserId};
use parlance_store::{Batch, Change, Collection, CommitError, Field, Home, Stored};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Auth, seal::Sealed};

pub use change::Enrolment;

/// A user's second factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SecondFactor {
    /// The user.
    id: UserId,
    /// Another one with every change.
    rev: Uuid,
    secret: Sealed,
    state: State,
    /// When the secret was made.
    begun_at: Time,
    /// The last step whose code was used: only later ones count.
    used_step: i64,
    /// The hashes of the recovery codes that are left.
    recovery: Vec<String>,
}

/// How far somebody is with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// They have the secret, and have not shown yet that their app does.
    Begun,
    /// It is asked for.
    On,
}

const REV: Field = Field::text("rev");
const SECRET: Field = Field::text("secret");
const STATE: Field = Field::text("state");
const BEGUN_AT: Field = Field::int("begun_at");
const USED_STEP: Field = Field::int("used_step");
const RECOVERY: Field = Field::set_of("recovery");

/// The second factors of those who have one, or have begun to.
pub static SECOND_FACTORS: Collection = Collection {
    name: "second_factors",
    home: Home::System,
    indexes: &[],
    fields: &[REV, SECRET, STATE, BEGUN_AT, USED_STEP, RECOVERY],
};

impl Stored for SecondFactor {
    const COLLECTION: &'static Collection = &SECOND_FACTORS;
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::On => "on",
        }
    }
}

impl Auth {
    /// Takes a second factor that was lost away, whatever it was: the user logs in with the password alone. For whoever runs
    /// the installation and knows that it is them. Taking away what is not there changes nothing.
    ///
    /// # Errors
    /// 503 where the store cannot say that it is gone: try again.
    pub async fn reset_second_factor(&self, user: UserId) -> Result<()> {
        let mut batch = Batch::new();
        batch.delete::<SecondFactor>(user, []);
        match self.core.system.commit(batch).await {
            Ok(()) => tracing::info!(user.id = %user, "a second factor was taken away"),
            Err(CommitError::Missing(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>> {
        self.core.system.get(user).await
    }

    /// The user's second factor, where it is asked for.
    async fn second_factor_on(&self, user: UserId) -> Result<Option<SecondFactor>> {
        Ok(self.second_factor(user).await?.filter(|factor| factor.state == State::On))
    }

    /// Changes the second factor if it still is as it was read; whether it was.
    async fn change_second_factor(
        &self,
        known: &SecondFactor,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<bool> {
        let rev = self.core.ids.next::<Uuid>();
        let changes = changes.into_iter().chain([REV.set(rev.to_string())]);
        let mut batch = Batch::new();
        batch.update::<SecondFactor>(known.id, [REV.is(known.rev.to_string())], changes);
        match self.core.system.commit(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_) | CommitError::Missing(_)) => Ok(false),
            // What is stored tells. A commit that comes later than this look stands against whoever acts on it.
            Err(CommitError::Unknown) => {
                Ok(self.second_factor(known.id).await?.is_some_and(|now| now.rev == rev))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// 409 `totp.off`.
fn off() -> Error {
    Error::new(Kind::Conflict, "totp.off", "there is no second factor")
}

/// 503 `totp.contested`.
fn contested() -> Error {
    Error::unavailable("totp.contested", "the second factor is being used elsewhere, try again")
}
