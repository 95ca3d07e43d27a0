//! Waiting until one is let in.

use std::time::Duration;

use tokio::time::timeout;

use super::{Frame, Ready, Socket};
use crate::Error;

impl Socket {
    /// Waits for the whole of `ready`, no longer than `within`, and answers it as if it were one frame.
    ///
    /// # Errors
    /// [`Error::Refused`] where the server says why it lets nobody in; [`Error::Closed`]; [`Error::TimedOut`].
    pub async fn ready(&mut self, within: Duration) -> Result<Ready, Error> {
        timeout(within, self.whole_ready()).await.map_err(|_| Error::TimedOut)?
    }

    async fn whole_ready(&mut self) -> Result<Ready, Error> {
        let mut whole: Option<Ready> = None;
        loop {
            match self.next().await? {
                Frame::Ready(part) => {
                    let more = part.more;
                    let ready = match whole {
                        Some(mut ready) => {
                            ready.streams.extend(part.streams);
                            ready
                        }
                        None => part,
                    };
                    if !more {
                        return Ok(Ready { more: false, ..ready });
                    }
                    whole = Some(ready);
                }
                Frame::Error { refusal, .. } => return Err(refusal.into()),
                // The answer to `auth` says no more than `ready` does.
                _ => {}
            }
        }
    }
}
