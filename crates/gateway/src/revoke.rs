//! Passes on which sign-ins have ended, to live delivery on all nodes. A word that gets lost here is found out by
//! revalidation, within seconds.

use parlance_auth::Auth;
use parlance_base::Revocation;
use parlance_chat::Chat;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The task that passes it on.
#[derive(Debug)]
pub(crate) struct Revoking {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Revoking {
    pub(crate) fn start(auth: &Auth, chat: Chat) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(stop.clone().run_until_cancelled_owned(pass_on(auth.revocations(), chat)));
        tasks.close();
        Self { stop, tasks }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

async fn pass_on(mut ended: Receiver<Revocation>, chat: Chat) {
    loop {
        match ended.recv().await {
            Ok(revocation) => chat.revoke(revocation),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
