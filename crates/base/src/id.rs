//! Ids: a type for each thing that has one, all UUIDs, written as their 36-character lower-case text.
//!
//! New ids are UUIDv7 (RFC 9562), made by [`Ids`]; an id that must come out the same again is derived from what makes
//! it so (UUIDv8 over SHA-256). Ids are never used for order: streams number their entries.

use std::{fmt, str::FromStr, sync::Arc, sync::Mutex, sync::PoisonError};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Clock;

/// The text is not a UUID in its hyphenated form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is a UUID, hyphenated and in lower case")
    }
}

impl std::error::Error for ParseIdError {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id that always comes out of these parts; parts are kept apart, so `["ab"]` and `["a", "b"]` differ.
            #[must_use]
            pub fn derived(parts: &[&str]) -> Self {
                Self(derived(parts))
            }

            /// The id's 128 bits.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A workspace: a tenant.
    WorkspaceId
    /// A user of the installation.
    UserId
    /// A workspace's AI participant.
    AgentId
    /// An API key.
    KeyId
    /// An authenticated device of a user.
    SignInId
    /// A live socket.
    ConnectionId
    /// A stream: a group's, a user's in a workspace, or a workspace's own. Equal to the id of what it belongs to.
    StreamId
    /// An entry of a stream, and so a message.
    EntryId
    /// A folder in which somebody has some of their groups.
    FolderId
    /// A message that is to be sent later.
    ScheduledId
    /// A piece of work in the outbox.
    JobId
    /// A running server process.
    NodeId
    /// The span within which positions in a store's streams count: another one means that they start anew.
    Epoch
}

/// Makes new ids from a clock and a source of randomness.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    random: Arc<Mutex<StdRng>>,
}

impl Ids {
    /// Ids that nobody can guess, seeded from the operating system.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, rand::rngs::SysError> {
        Ok(Self { clock, random: Arc::new(Mutex::new(StdRng::try_from_rng(&mut rand::rngs::SysRng)?)) })
    }

    /// The same ids at every run, for tests.
    #[must_use]
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self { clock, random: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// A new UUIDv7.
    #[must_use]
    pub fn next<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid().into()
    }

    /// `N` random bytes, fit for secrets when made by [`Ids::new`].
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}

fn parse(text: &str) -> Result<Uuid, ParseIdError> {
    // Only the one form is an id: braces, URNs and bare hex would give a document two names.
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ParseIdError);
    }
    Uuid::parse_str(text).map_err(|_| ParseIdError)
}

fn derived(parts: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Time};

    fn ids() -> Ids {
        Ids::seeded(Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_123))), 7)
    }

    #[test]
    fn a_new_id_is_a_uuid_v7_of_now() {
        let id: EntryId = ids().next();
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.uuid().get_timestamp().unwrap().to_unix(), (1_795_253_400, 123_000_000));
    }

    #[test]
    fn an_id_has_one_text() {
        let id: EntryId = ids().next();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_value(id).unwrap(), id.to_string());
        for text in
            ["", "1", &id.to_string().to_uppercase(), &format!("{{{id}}}"), &id.uuid().simple().to_string()]
        {
            assert_eq!(text.parse::<EntryId>(), Err(ParseIdError), "{text}");
        }
    }

    #[test]
    fn derived_ids_depend_on_every_part_and_its_border() {
        let id = EntryId::derived(&["ab", "c"]);
        assert_eq!(id, EntryId::derived(&["ab", "c"]));
        assert_ne!(id, EntryId::derived(&["a", "bc"]));
        assert_ne!(id, EntryId::derived(&["abc"]));
        assert_eq!(id.uuid().get_version_num(), 8);
    }
}
