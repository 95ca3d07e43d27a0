//! Waiting for news without a socket. Who has waited may have lost the right to them meanwhile: their host is asked about them
//! again once the news are read, and before they are told. So what is told was committed while they had the right, on
//! whichever node they lost it.

use std::{collections::BTreeMap, time::Duration};

use parlance_base::{Authenticate, Check, Error, Kind, Result, Revocation};
use parlance_stream::Committed;
use parlance_workspace::permission::workspace_not_found;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout_at},
};

use super::{AllChanges, Cursors};
use crate::chat::{By, invalid};

const MAX_CURSORS: usize = 1_000;
const MAX_WAIT: u64 = 25;

/// How often a waiting request looks for what another node has written.
const LOOK: Duration = Duration::from_secs(1);

/// What a waiting request listens to.
struct Ears {
    news: Receiver<Committed>,
    ends: Receiver<Revocation>,
}

/// What it was woken by.
#[derive(PartialEq, Eq)]
enum Heard {
    /// Something happened in one of the streams, or may have.
    News,
    /// The caller has lost something, or may have.
    End,
}

impl By {
    /// What came in all these streams, waiting for something where there is nothing. Nothing comes early where the caller is
    /// something else in the workspace now, and may see other things when they ask again.
    ///
    /// # Errors
    /// 422 for too many cursors or too long a wait; 429 `changes.too_many_waiting` and 503 `changes.busy` where there is nothing and
    /// too many wait already; 401 `auth.ended` and 404 `workspace.not_found` where the caller lost the right to wait; else as
    /// [`Authenticate::revalidate`].
    pub async fn all_changes(&self, from: &Cursors, host: &dyn Authenticate) -> Result<AllChanges> {
        if from.cursors.len() > MAX_CURSORS || from.wait > MAX_WAIT {
            let message = format!("at most {MAX_CURSORS} cursors and {MAX_WAIT} seconds");
            return Err(invalid("request.invalid", message));
        }
        let until = Instant::now() + Duration::from_secs(from.wait);
        // Listening comes before looking: what happens in between is heard.
        let (mut ears, closing) = (self.ears(), &self.chat.shared.closing);
        let (mut place, mut is_doubted) = (None, false);
        loop {
            let changes = self.look(from).await?;
            let now = Instant::now();
            let is_over = now >= until || closing.is_cancelled();
            let is_answer = !changes.streams.is_empty() || !changes.gone.is_empty() || is_over;
            if place.is_some() && (is_answer || is_doubted) && !self.is_as_before(host).await? {
                return Ok(self.nothing());
            }
            if is_answer {
                return Ok(changes);
            }
            if place.is_none() {
                place = Some(self.chat.shared.waits.begin(self.user())?);
            }
            // Running out of time is an answer too: then the streams are looked at.
            let heard = timeout_at(until.min(now + LOOK), ears.hear(self, from));
            is_doubted = closing.run_until_cancelled(heard).await == Some(Ok(Heard::End));
        }
    }

    fn ears(&self) -> Ears {
        Ears { news: self.streams().committed(), ends: self.chat.shared.signals.ended() }
    }

    /// Whether the caller is what they were when they asked, as their host says now.
    ///
    /// # Errors
    /// Where they are nobody any more, or not here.
    async fn is_as_before(&self, host: &dyn Authenticate) -> Result<bool> {
        let checks = host.revalidate(&[self.caller.reference()]).await?;
        match checks.first() {
            Some(Check::Good) => Ok(true),
            Some(Check::Changed) => Ok(false),
            Some(Check::NotAllowed) => Err(workspace_not_found()),
            Some(Check::Revoked) | None => {
                Err(Error::new(Kind::Unauthenticated, "auth.ended", "the sign-in or the key has ended"))
            }
        }
    }

    fn nothing(&self) -> AllChanges {
        AllChanges { streams: BTreeMap::new(), gone: Vec::new(), epoch: self.streams().epoch() }
    }
}

impl Ears {
    async fn hear(&mut self, by: &By, from: &Cursors) -> Heard {
        let Self { news, ends } = self;
        let is_news =
            |news: &Committed| news.workspace == by.workspace() && from.cursors.contains_key(&news.stream);
        let caller = by.caller.reference();
        tokio::select! {
            () = heard(news, is_news) => Heard::News,
            () = heard(ends, |end: &Revocation| end.makes_of(&caller).is_some()) => Heard::End,
        }
    }
}

/// Ends when something is said that is meant, or may have been.
async fn heard<T: Clone>(said: &mut Receiver<T>, is_meant: impl Fn(&T) -> bool) {
    loop {
        match said.recv().await {
            Ok(said) if !is_meant(&said) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}
