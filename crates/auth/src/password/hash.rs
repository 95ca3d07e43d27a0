//! The hash of a password (Argon2id, RFC 9106), computed on threads of its own that give way to all others.
//!
//! A hash costs memory and time by design, so only a few are computed at once, only so many more wait, and whoever comes
//! beyond gets 503 at once: a flood of logins slows logins, and nothing else.

use std::{fmt, sync::Arc, thread};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use parlance_base::{Error, Ids, Result};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, oneshot};

use crate::config::Hashing;

/// The hash of a password, its salt and cost with it, in the PHC string format.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PasswordHash(String);

impl PasswordHash {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Computes hashes, a few at once.
pub(crate) struct Hasher {
    argon: Argon2<'static>,
    ids: Ids,
    /// What a password is held against where there is no user: nobody's.
    decoy: PasswordHash,
    /// Those who are computed or wait.
    room: Arc<Semaphore>,
    /// Those who are computed.
    turns: Arc<Semaphore>,
}

impl Hasher {
    /// Nothing is computed yet.
    ///
    /// # Errors
    /// `password.cost`, where Argon2 knows no such cost.
    pub(crate) fn new(cost: Hashing, ids: Ids) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| {
            Error::internal("password.cost", "Argon2 cannot have the configured cost")
                .because(error.to_string())
        })?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = decoy(&cost, &ids);
        let at_once = cost.at_once.max(1);
        let room = Arc::new(Semaphore::new(at_once.saturating_add(cost.waiting).min(Semaphore::MAX_PERMITS)));
        Ok(Self { argon, ids, decoy, room, turns: Arc::new(Semaphore::new(at_once)) })
    }

    /// The hash of `password`, with a salt of its own.
    ///
    /// # Errors
    /// 503 `password.busy` where too many wait already.
    pub(crate) async fn hash(&self, password: String) -> Result<PasswordHash> {
        let (argon, salt) = (self.argon.clone(), self.ids.random());
        self.in_turn(move || compute(&argon, password.as_bytes(), &salt)).await?
    }

    /// Whether `hash` is that of `password`; without one it is not, which takes as long to say.
    ///
    /// # Errors
    /// 503 `password.busy` where too many wait already.
    pub(crate) async fn verify(&self, password: String, hash: Option<PasswordHash>) -> Result<bool> {
        let (argon, is_somebodys) = (self.argon.clone(), hash.is_some());
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let fits = self.in_turn(move || matches(&argon, password.as_bytes(), &hash)).await??;
        Ok(fits && is_somebodys)
    }

    /// A hash that no password has.
    pub(crate) fn nobodys(&self) -> PasswordHash {
        self.decoy.clone()
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Error::unavailable("password.busy", "too many passwords are being checked, try again");
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        let (tell, done) = oneshot::channel();
        let work = move || {
            // Held by the work, not by who waits for it: who gives up waiting frees no turn before it is over.
            let _held = (place, turn);
            give_way();
            // Whoever asked may have gone.
            let _ = tell.send(work());
        };
        // A thread costs little beside a hash, and none of the runtime's could be what it was again after giving way.
        thread::Builder::new().name("password".to_owned()).spawn(work).map_err(ended)?;
        done.await.map_err(ended)
    }
}

/// Lets all other threads go before this one where there are more than cores.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "hashing goes at the pace of everything else");
    }
}

fn ended(error: impl fmt::Display) -> Error {
    Error::internal("password.failed", "hashing ended early").because(error.to_string())
}

/// A hash of this cost that is no password's: random bytes.
fn decoy(cost: &Hashing, ids: &Ids) -> PasswordHash {
    let text = |bytes: &[u8]| BASE64_STANDARD_NO_PAD.encode(bytes);
    let (memory, passes) = (cost.memory_kib, cost.passes);
    let (salt, hash) = (text(&ids.random::<16>()), text(&ids.random::<32>()));
    PasswordHash(format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${hash}"))
}

fn compute(argon: &Argon2<'_>, password: &[u8], salt: &[u8; 16]) -> Result<PasswordHash> {
    let hash: phc::PasswordHash = argon.hash_password_with_salt(password, salt).map_err(failed)?;
    Ok(PasswordHash(hash.to_string()))
}

fn matches(argon: &Argon2<'_>, password: &[u8], PasswordHash(hash): &PasswordHash) -> Result<bool> {
    let hash = phc::PasswordHash::new(hash).map_err(|error| {
        Error::internal("password.unreadable", "a stored password hash is none").because(error.to_string())
    })?;
    match argon.verify_password(password, &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: argon2::password_hash::Error) -> Error {
    Error::internal("password.failed", "a password cannot be hashed").because(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(at_once: usize, waiting: usize) -> Hasher {
        let ids = Ids::new(Arc::new(parlance_base::SystemClock)).unwrap();
        Hasher::new(Hashing { memory_kib: 64, passes: 1, at_once, waiting }, ids).unwrap()
    }

    #[tokio::test]
    async fn a_hash_is_salted_argon2id_and_fits_its_password_only() {
        let hasher = hasher(1, 1);
        let hash = hasher.hash("correct horse".to_owned()).await.unwrap();
        let again = hasher.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$") && hash.0 != again.0);
        assert!(hasher.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("incorrect horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse".to_owned(), None).await.unwrap());
        let cost = |PasswordHash(hash): &PasswordHash| {
            hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(cost(&hasher.decoy), cost(&hash));
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_sent_away() {
        let hasher = hasher(1, 1);
        let (release, blocked) = std::sync::mpsc::sync_channel::<()>(1);
        let mut first = std::pin::pin!(hasher.in_turn(move || blocked.recv()));
        let mut second = std::pin::pin!(hasher.in_turn(|| ()));
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
        assert_eq!(hasher.hash("correct horse".to_owned()).await.unwrap_err().code(), "password.busy");
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        second.await.unwrap();
        assert!(hasher.hash("correct horse".to_owned()).await.is_ok());
    }
}
