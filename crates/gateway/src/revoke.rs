//! Passes on whose connections must end: what the sign-ins and the workspaces say, to live delivery on all nodes. A word that
//! gets lost here is found out by revalidation, within seconds.

use parlance_auth::Auth;
use parlance_chat::realtime::{Revocation, Signals};
use parlance_stream::Streams;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks that pass it on.
#[derive(Debug)]
pub(crate) struct Revoking {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Revoking {
    pub(crate) fn start(streams: &Streams, auth: &Auth, signals: Signals) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let members = pass_on(streams.committed(), parlance_workspace::revocations, signals.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(members));
        let sign_ins = pass_on(auth.revocations(), |revocation| vec![*revocation], signals);
        tasks.spawn(stop.clone().run_until_cancelled_owned(sign_ins));
        tasks.close();
        Self { stop, tasks }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

async fn pass_on<T: Clone>(mut news: Receiver<T>, read: impl Fn(&T) -> Vec<Revocation>, signals: Signals) {
    loop {
        match news.recv().await {
            Ok(told) => read(&told).into_iter().for_each(|revocation| signals.revoke(revocation)),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
