//! The one place that knows all parts and puts them together: for a server that runs them
//! ([`compose`](crate::compose)), and for a command that only asks them something.

use std::{path::PathBuf, sync::Arc};

use parlance_auth::{Auth, Secrets};
use parlance_base::{Clock, Ids, NodeId};
use parlance_chat::{Chat, Setup, Starter};
use parlance_license::Gate;
use parlance_store::Store;

use crate::{
    admin::Office, backup, config::Config, error::StartError, secret, server::Once, stored, transfer,
    translate,
};

/// All parts over one store. Nothing runs in the background yet.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) node: NodeId,
    pub(crate) gate: Gate,
    pub(crate) chat: Chat,
    pub(crate) starter: Starter,
    pub(crate) auth: Auth,
    /// The file that the secret is in; none where the configuration gives it.
    secret: Option<PathBuf>,
}

impl Parts {
    /// Opens the configured store, which is made if it is not there, and puts the parts together over it. `public_url` is where
    /// browsers find the installation.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub(crate) async fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        public_url: &str,
        once: Once,
    ) -> Result<Self, StartError> {
        let ids = Ids::new(Arc::clone(&clock)).map_err(|_| StartError::Randomness)?;
        backup::is_finished(config)?;
        secret::make_folder(&config.data)?;
        let store = stored::open(config, &ids).await?;
        match assemble(config, store.clone(), clock, ids, public_url, once).await {
            Ok(parts) => Ok(parts),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Who does what the administrator asks.
    pub(crate) fn office(&self) -> Office {
        Office {
            auth: self.auth.clone(),
            gate: self.gate.clone(),
            store: self.store.clone(),
            jobs: self.chat.jobs().clone(),
            clock: Arc::clone(&self.clock),
            secret: self.secret.clone(),
            keeping: Arc::default(),
        }
    }

    /// Writes what waits to be written, and closes the store.
    pub(crate) async fn close(self) {
        self.gate.close().await;
        self.chat.streams().close().await;
        self.store.close().await;
    }
}

async fn assemble(
    config: &Config,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    public_url: &str,
    once: Once,
) -> Result<Parts, StartError> {
    if transfer::is_unfinished(&store.system()).await? {
        return Err(StartError::UnfinishedImport);
    }
    let root = secret::settle(config, &store.system(), &ids, once.replace_secret).await?;
    let gate = Gate::open_trusting(&store, Arc::clone(&clock), once.trust).await?;
    let setup = Setup::with(store.clone(), Arc::clone(&clock), ids.clone(), gate.clone());
    let setup = Setup { rates: translate::rates(config), bus: translate::bus(config, &store), ..setup };
    let node = setup.node;
    let (chat, starter) = Chat::new(setup);
    let (workspaces, wanted) = (chat.workspaces().clone(), translate::auth(config, public_url));
    let connected = chat.clone();
    let revoked = Arc::new(move |revocation| connected.revoke(revocation));
    let here = Arc::clone(&clock);
    let auth = Auth::new(&store, workspaces, here, ids.clone(), &Secrets::new(root), wanted, revoked)?;
    let secret = secret::file(config);
    Ok(Parts { store, clock, ids, node, gate, chat, starter, auth, secret })
}
