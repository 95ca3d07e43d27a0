//! Sending a message, once or until it is settled (rule 13 of the socket protocol: always under a name of its own, so
//! that it is there once however often it was sent).

use std::time::Duration;

use parlance_base::StreamId;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{InWorkspace, groups::of};
use crate::{
    Error,
    backoff::{Backoff, chance},
    wire::{NewMessage, Sent},
};

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };

impl InWorkspace {
    /// Sends the message once. It gets a `client_id` where it has none; whoever wants to send it again after an error
    /// gives it one first.
    ///
    /// # Errors
    /// 403 `group.read_only`, `group.archived`; 404 `group.not_found`; 422 for what no message can be; 429
    /// `rate.limited`.
    pub async fn send(&self, group: StreamId, mut message: NewMessage) -> Result<Sent, Error> {
        self.name(&mut message);
        self.post(of(group, "/messages"), &message).await
    }

    /// Sends the message, again and again under the same `client_id`, until it is stored or refused for a reason that
    /// will not pass, for no longer than `within`.
    ///
    /// # Errors
    /// The refusal; the last passing error, or [`Error::TimedOut`], once the time is over: then it may be stored or not.
    pub async fn send_until_settled(
        &self,
        group: StreamId,
        mut message: NewMessage,
        within: Duration,
    ) -> Result<Sent, Error> {
        self.name(&mut message);
        let until = Instant::now() + within;
        let mut tries = 0;
        loop {
            let sending = self.post(of(group, "/messages"), &message);
            let error = match timeout_at(until, sending).await {
                Ok(Err(error)) if error.will_pass() => error,
                Ok(settled) => return settled,
                Err(_) => return Err(Error::TimedOut),
            };
            let at = Instant::now() + self.pause(tries, &error);
            if at >= until {
                return Err(error);
            }
            sleep_until(at).await;
            tries += 1;
        }
    }

    pub(crate) fn name(&self, message: &mut NewMessage) {
        message.client_id.get_or_insert_with(|| self.client().new_client_id());
    }

    /// How long to wait after a failed try: never less than the server asks for.
    fn pause(&self, tries: u32, error: &Error) -> Duration {
        let own = BACKOFF.wait(tries, chance(self.client().ids().random()));
        error.retry_after().unwrap_or_default().saturating_add(own)
    }
}
