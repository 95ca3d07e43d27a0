//! By which door messages go.

use std::time::Duration;

use parlance_base::StreamId;
use parlance_client::{Commands, Error, InWorkspace, NewMessage, Sent};

/// How long a message may take to be settled, a crash included.
const WITHIN: Duration = Duration::from_secs(60);

/// The way that a sender's messages take.
#[derive(Clone, Debug)]
pub enum Door {
    /// Requests.
    Http(InWorkspace),
    /// A reader's socket.
    Socket(Commands),
}

impl Door {
    /// Sends the message, again and again, until it is stored or refused.
    ///
    /// # Errors
    /// The refusal; the last passing error once a minute is over.
    pub async fn send(&self, group: StreamId, message: NewMessage) -> Result<Sent, Error> {
        match self {
            Self::Http(here) => here.send_until_settled(group, message, WITHIN).await,
            Self::Socket(commands) => commands.send(group, message).await,
        }
    }
}
