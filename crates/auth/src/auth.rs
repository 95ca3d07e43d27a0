//! The domain handle: who is who in this installation.

use std::sync::Arc;

use parlance_base::{Clock, Ids, Result, Revocation, Time};
use parlance_store::{Batch, CommitError, Scope, Store, Stored};
use parlance_workspace::Workspaces;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::{
    access::{self, AccessTokens},
    config::{Config, Policy},
    key::KeyStandings,
    limiter::Limiter,
    origin::Origins,
    password::Hasher,
    secrets::{Keys, Secrets},
    sign_in::{SignIn, SignInStandings, refresh},
};

/// How much may go on at once after its request was answered.
const ASIDE: usize = 64;

/// Where the host is told what ends on this node, before whoever ended it is answered: it closes connections by that, and must not
/// wait.
pub type Revoked = Arc<dyn Fn(Revocation) + Send + Sync>;

/// Users, their passwords and their sign-ins. Clones share everything.
#[derive(Clone)]
pub struct Auth {
    pub(crate) core: Arc<Core>,
}

pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) system: Scope,
    pub(crate) workspaces: Workspaces,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) keys: Keys,
    pub(crate) access: AccessTokens,
    pub(crate) origins: Origins,
    pub(crate) policy: Policy,
    pub(crate) hasher: Hasher,
    pub(crate) limiter: Limiter,
    pub(crate) standings: SignInStandings,
    pub(crate) keys_known: KeyStandings,
    pub(crate) revoked: Revoked,
    /// Where browsers find this installation, without a slash at its end.
    pub(crate) public_url: String,
    /// Room for what goes on after its request was answered.
    pub(crate) room_aside: Arc<Semaphore>,
    pub(crate) tasks: TaskTracker,
}

/// What a sign-in proves itself with.
pub struct Tokens {
    /// For the `Authorization` header.
    pub access_token: String,
    /// How long it is good for, in seconds.
    pub expires_in: u64,
    /// What gets the next tokens; good for 30 days, and once.
    pub refresh_token: String,
}

impl Auth {
    /// Over the store that `workspaces` are in.
    ///
    /// # Errors
    /// `config.invalid_origin`, `password.cost`: what cannot be as the host wants it.
    pub fn new(
        store: &Store,
        workspaces: Workspaces,
        clock: Arc<dyn Clock>,
        ids: Ids,
        secrets: &Secrets,
        config: Config,
        revoked: Revoked,
    ) -> Result<Self> {
        if config.policy == Policy::Invite {
            tracing::warn!(
                "registration is by invitation, and this release has no invitations: nobody but the first user can register"
            );
        }
        let keys = secrets.keys();
        let origins = Origins::new(&config.public_url, &config.allowed_origins)?;
        let core = Core {
            store: store.clone(),
            system: store.system(),
            workspaces,
            access: AccessTokens::new(&keys.access),
            hasher: Hasher::new(config.hashing, ids.clone())?,
            limiter: Limiter::new(config.limits),
            standings: SignInStandings::new(),
            keys_known: KeyStandings::new(),
            revoked,
            public_url: config.public_url.trim_end_matches('/').to_owned(),
            room_aside: Arc::new(Semaphore::new(ASIDE)),
            tasks: TaskTracker::new(),
            policy: config.policy,
            clock,
            ids,
            keys,
            origins,
        };
        Ok(Self { core: Arc::new(core) })
    }

    /// Does this after the request that it is for was answered, where there is room; answers whether there was.
    #[must_use]
    pub(crate) fn aside(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let place = Arc::clone(&self.core.room_aside).try_acquire_owned();
        let Ok(place) = place else { return false };
        self.core.tasks.spawn(async move {
            let _held = place;
            work.await;
        });
        true
    }

    pub(crate) fn now(&self) -> Time {
        self.core.clock.now()
    }

    /// The tokens of the sign-in's generation.
    pub(crate) fn tokens(&self, sign_in: &SignIn) -> Result<Tokens> {
        Ok(Tokens {
            access_token: self.core.access.write(sign_in.user_id, sign_in.id, self.now())?,
            expires_in: access::LIFETIME.as_secs(),
            refresh_token: refresh::write(&self.core.keys, sign_in),
        })
    }

    /// Commits a batch that makes the document `id`, which tells what became of it where the store cannot.
    pub(crate) async fn commit_new<T: Stored>(
        &self,
        batch: Batch,
        id: impl ToString,
    ) -> Result<(), CommitError> {
        match self.core.system.commit(batch).await {
            Err(CommitError::Unknown) => match self.core.system.get::<T>(id).await {
                Ok(Some(_)) => Ok(()),
                _ => Err(CommitError::Unknown),
            },
            outcome => outcome,
        }
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("policy", &self.core.policy).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
