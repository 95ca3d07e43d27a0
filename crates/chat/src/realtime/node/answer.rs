//! Finding out what the hub asks. Every question is answered, if only with that it could not be found out.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use parlance_base::{Authenticate, CallerRef, Check, Time};
use tokio::time::timeout;

use crate::realtime::{Domain, HubInput, HubOutput, StreamKey, Unavailable, limits::ANSWER_WITHIN};

/// Who knows the answers.
#[derive(Clone)]
pub(super) struct Oracle {
    pub(super) domain: Arc<dyn Domain>,
    pub(super) host: Arc<dyn Authenticate>,
}

impl Oracle {
    pub(super) async fn answer(self, question: HubOutput) -> HubInput {
        match question {
            HubOutput::Tell(_) => HubInput::Tick,
            HubOutput::Read { key, after } => {
                let result = in_time(self.domain.page(key, after)).await;
                HubInput::Range { key, result }
            }
            HubOutput::Heads(keys) => HubInput::Heads(self.heads(&keys).await),
            HubOutput::Check { asked, callers } => self.check(asked, callers).await,
        }
    }

    async fn heads(&self, keys: &[StreamKey]) -> Result<Vec<(StreamKey, u64)>, Unavailable> {
        in_time(self.domain.heads(keys)).await
    }

    async fn check(&self, asked: Time, callers: Vec<CallerRef>) -> HubInput {
        let checks = self.host.revalidate(&callers).map(|checks| checks.map_err(|_| Unavailable));
        let result = in_time(checks).await.and_then(|checks| paired(callers, checks));
        HubInput::Checked { asked, result }
    }
}

/// The answer, if it comes soon and nothing breaks on the way.
async fn in_time<T>(answer: impl Future<Output = Result<T, Unavailable>>) -> Result<T, Unavailable> {
    let answer = AssertUnwindSafe(timeout(ANSWER_WITHIN, answer)).catch_unwind();
    answer.await.map_err(|_| Unavailable)?.map_err(|_| Unavailable)?
}

fn paired(callers: Vec<CallerRef>, checks: Vec<Check>) -> Result<Vec<(CallerRef, Check)>, Unavailable> {
    if callers.len() == checks.len() {
        Ok(callers.into_iter().zip(checks).collect())
    } else {
        Err(Unavailable)
    }
}
