//! One-time secrets: the tickets that open sockets, and the tokens of links that reset a password or verify an address.
//!
//! A secret is the text of 32 random bytes. The store holds its SHA-256 and nothing that the text could be found from; a
//! fast hash is enough, since there is nothing to guess. It is used by deleting its document, in the batch of what it lets
//! through: of any number who use it, on any number of nodes, one finds it there. Where the store cannot say who that was,
//! nobody was.
//!
//! Nothing else takes away those that nobody uses: each new one clears a few that expired, so that the collection stays as
//! large as what was made lately.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_base::{Credential, Result, Time, UserId, WorkspaceId};
use parlance_store::{Batch, Collection, CommitError, Field, Find, Home, Index, Stored};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Auth;

/// The length of a secret's text: 32 bytes in base64.
const TEXT_BYTES: usize = 43;

/// How many expired ones, anybody's, go with each new one.
const CLEARED: usize = 8;

/// How many of a user's are looked at when one is made. Those made at the same time can pass the bound by as many.
const LOOKED_AT: usize = 200;

/// What is stored of a secret that was not used yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OneTime {
    /// The hash of its text.
    id: String,
    /// Whose it is.
    pub(crate) user_id: UserId,
    #[serde(flatten)]
    pub(crate) good_for: GoodFor,
    expires_at: Time,
}

/// What a secret is good for. It is good for nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub(crate) enum GoodFor {
    /// Opening one socket.
    Ticket {
        /// What who asked for it had proved themselves with.
        credential: Credential,
        /// The one workspace that it opens; none for any of theirs.
        workspace_id: Option<WorkspaceId>,
    },
    /// Setting another password, as long as the user's is of this version.
    PasswordReset {
        /// Which of their passwords it would replace.
        password_version: i64,
    },
    /// Verifying this address, as long as it is the user's.
    EmailVerify {
        /// In its normal form.
        email: String,
    },
}

/// A secret that was just made, for who is to have it.
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) expires_at: Time,
}

const USER_ID: Field = Field::text("user_id");
const PURPOSE: Field = Field::text("purpose");
const EXPIRES_AT: Field = Field::int("expires_at");

/// The one-time secrets that nobody has used.
pub static ONE_TIME_SECRETS: Collection = Collection {
    name: "one_time_secrets",
    home: Home::System,
    indexes: &[
        Index { name: "user", fields: &[USER_ID, PURPOSE, EXPIRES_AT], unique: false },
        Index { name: "expiry", fields: &[EXPIRES_AT], unique: false },
    ],
    fields: &[],
};

impl Stored for OneTime {
    const COLLECTION: &'static Collection = &ONE_TIME_SECRETS;
}

/// All that one-time secrets are good for, as the store has it.
const PURPOSES: [&str; 3] = ["ticket", "password_reset", "email_verify"];

impl GoodFor {
    /// As the store has it.
    const fn purpose(&self) -> &'static str {
        match self {
            Self::Ticket { .. } => "ticket",
            Self::PasswordReset { .. } => "password_reset",
            Self::EmailVerify { .. } => "email_verify",
        }
    }

    /// How long one is good.
    pub(crate) const fn lifetime(&self) -> Duration {
        match self {
            Self::Ticket { .. } => Duration::from_secs(30),
            Self::PasswordReset { .. } | Self::EmailVerify { .. } => Duration::from_hours(1),
        }
    }

    /// How many of them a user has at once; those made first make way.
    const fn most(&self) -> usize {
        match self {
            Self::Ticket { .. } => 20,
            Self::PasswordReset { .. } | Self::EmailVerify { .. } => 5,
        }
    }
}

impl OneTime {
    /// Uses it up in this batch: the batch fails with `Missing` where somebody else did, with `Conflict` where it is too late.
    pub(crate) fn spend(&self, batch: &mut Batch, now: Time) {
        batch.delete::<Self>(&self.id, [EXPIRES_AT.above(now)]);
    }
}

impl Auth {
    /// A new secret of the user.
    ///
    /// # Errors
    /// 503 where the store is out of reach: there is none then that anybody knows.
    pub(crate) async fn make_one_time(&self, user_id: UserId, good_for: GoodFor) -> Result<Made> {
        let now = self.now();
        let text = BASE64.encode(self.core.ids.random::<32>());
        let expires_at = now.after(good_for.lifetime());
        let one = OneTime { id: hash(&text), user_id, good_for, expires_at };
        let mut batch = Batch::new();
        batch.insert(&one);
        self.commit_new::<OneTime>(batch, &one.id).await?;
        self.clear_one_time(&one, now).await?;
        Ok(Made { text, expires_at })
    }

    /// What is stored of the secret with this text, while it can be used.
    ///
    /// # Errors
    /// 503 while the store cannot say.
    pub(crate) async fn one_time(&self, text: &str, now: Time) -> Result<Option<OneTime>> {
        if text.len() != TEXT_BYTES {
            return Ok(None);
        }
        let found = self.core.system.get::<OneTime>(hash(text)).await?;
        Ok(found.filter(|one| now < one.expires_at))
    }

    /// Takes all secrets of a user away, who gets no new ones.
    ///
    /// # Errors
    /// 503 where not all of them are gone: try again.
    pub(crate) async fn forget_one_time(&self, user: UserId) -> Result<()> {
        for purpose in PURPOSES {
            let theirs = Find::new([USER_ID.is(user.to_string()), PURPOSE.is(purpose)]).limit(LOOKED_AT);
            for one in self.core.system.find::<OneTime>(theirs).await? {
                let mut batch = Batch::new();
                batch.delete::<OneTime>(&one.id, []);
                match self.core.system.commit(batch).await {
                    Ok(()) | Err(CommitError::Missing(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    async fn clear_one_time(&self, made: &OneTime, now: Time) -> Result<()> {
        let own = [USER_ID.is(made.user_id.to_string()), PURPOSE.is(made.good_for.purpose())];
        let own = Find::new(own).ascending(EXPIRES_AT).limit(LOOKED_AT);
        let own = self.core.system.find::<OneTime>(own).await?;
        let too_many = own.len().saturating_sub(made.good_for.most());
        // Each alone: where others take some of them away at the same time, the rest go all the same. What cannot be taken
        // away now goes with the next new one.
        for old in own.iter().filter(|one| one.id != made.id).take(too_many) {
            let mut batch = Batch::new();
            batch.delete::<OneTime>(&old.id, []);
            let _ = self.core.system.commit(batch).await;
        }
        let expired = Find::new([EXPIRES_AT.below(now)]).limit(CLEARED);
        let mut batch = Batch::new();
        for one in self.core.system.find::<OneTime>(expired).await? {
            batch.delete::<OneTime>(&one.id, []);
        }
        let _ = self.core.system.commit(batch).await;
        Ok(())
    }
}

fn hash(text: &str) -> String {
    BASE64.encode(Sha256::digest(text.as_bytes()))
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use parlance_base::SignInId;

    use super::*;

    #[test]
    fn what_is_stored_names_its_purpose_as_finds_do() {
        let credential = Credential::SignIn(SignInId::derived(&["laptop"]));
        for good_for in [
            GoodFor::Ticket { credential, workspace_id: None },
            GoodFor::Ticket { credential, workspace_id: Some(WorkspaceId::derived(&["acme"])) },
            GoodFor::PasswordReset { password_version: i64::MAX },
            GoodFor::EmailVerify { email: "ann@example.org".to_owned() },
        ] {
            let (id, user_id) = (hash("text"), UserId::derived(&["ann"]));
            let one = OneTime { id, user_id, good_for, expires_at: Time::from_millis(i64::MAX) };
            let stored = serde_json::to_value(&one).unwrap();
            assert_eq!(stored["purpose"], one.good_for.purpose());
            let read: OneTime = serde_json::from_value(stored).unwrap();
            assert_eq!((read.id, read.good_for, read.expires_at), (one.id, one.good_for, one.expires_at));
        }
    }
}
