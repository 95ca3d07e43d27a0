//! Groups in which nothing was said for long are put to rest: an inactive group is as it was, and the next message wakes it.

use std::{sync::Arc, time::Duration};

use parlance_base::{Author, BoxFuture, Result, Time, WorkspaceId};
use parlance_store::Find;
use parlance_stream::{
    Draft, HEAD_ACTIVE_DAY, HEAD_KIND, HEAD_STATE, Head, Page, Plan, Receipt, Step, Submission, View, day_of,
};
use parlance_workspace::InactiveAfterDays;
use serde_json::json;
use tokio::time::sleep;
use tracing::warn;

use super::{ACTIVE, GroupKind, INACTIVE};
use crate::{chat::Chat, event, upkeep::Task};

/// How often somebody looks for such groups.
const EVERY: Duration = Duration::from_secs(3_600);

/// Between two groups, so that what people do comes first.
const PAUSE: Duration = Duration::from_millis(5);

/// How many workspaces, and how many groups, are read at once.
const AT_ONCE: usize = 100;

/// Puts groups to rest.
#[derive(Debug)]
pub(crate) struct Lifecycle(pub(crate) Chat);

impl Task for Lifecycle {
    fn name(&self) -> &'static str {
        "chat.lifecycle"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn run(self: Arc<Self>, now: Time) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move { self.all(now).await })
    }
}

impl Lifecycle {
    async fn all(&self, now: Time) -> Result<()> {
        let mut last = None;
        loop {
            let page = self.0.workspaces().all(last, AT_ONCE).await?;
            for workspace in page.iter().filter(|workspace| workspace.deleted_at.is_none()) {
                let days = workspace.settings.inactive_after_days;
                for kind in GroupKind::ALL {
                    if let Some(days) = days_of_rest(kind, days) {
                        self.of_kind(workspace.id, kind, day_of(now) - days).await?;
                    }
                }
            }
            last = page.last().map(|workspace| workspace.id);
            if page.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Puts those to rest in which nothing was said since this day.
    async fn of_kind(&self, workspace: WorkspaceId, kind: GroupKind, since: i64) -> Result<()> {
        let scope = self.0.shared.store.workspace(workspace);
        let quiet = [HEAD_KIND.is(kind.as_str()), HEAD_STATE.is(ACTIVE), HEAD_ACTIVE_DAY.below(since)];
        let quiet = Find::new(quiet).ascending(HEAD_ACTIVE_DAY).limit(AT_ONCE);
        loop {
            let heads = scope.find::<Head>(quiet.clone()).await?;
            let mut is_any = false;
            for head in &heads {
                let plan = Submission::new(Author::system(), Rest { since });
                match self.0.streams().submit(workspace, head.id, plan).await {
                    Ok(receipt) => is_any |= matches!(receipt, Receipt::Appended(_)),
                    // The others do not wait for this one; it has its turn again.
                    Err(error) => warn!(%error, group.id = %head.id, "a quiet group was not put to rest"),
                }
                sleep(PAUSE).await;
            }
            if heads.len() < AT_ONCE || !is_any {
                return Ok(());
            }
        }
    }
}

/// After how many days without activity a group of this kind rests; none for those that never do.
fn days_of_rest(kind: GroupKind, days: InactiveAfterDays) -> Option<i64> {
    match kind {
        GroupKind::Direct => Some(days.direct()),
        GroupKind::Group => Some(days.group()),
        GroupKind::Channel => Some(days.channel()),
        GroupKind::Support => Some(days.support()),
        GroupKind::Record => None,
    }
}

struct Rest {
    since: i64,
}

impl Plan for Rest {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let quiet =
            |head: &&Head| head.state == ACTIVE && head.active_day.is_some_and(|day| day < self.since);
        let Some(mut head) = view.head().filter(quiet).cloned() else { return Ok(Step::Nothing) };
        INACTIVE.clone_into(&mut head.state);
        view.put_head(head);
        let data = json!({ "group": { "inactive": true } });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::GROUP_UPDATED, counts: false, data }))
    }
}

/// Notes activity in the group: one that rested is awake again.
pub(crate) fn wake(head: &mut Head, now: Time) {
    head.touch(now);
    if head.state == INACTIVE {
        ACTIVE.clone_into(&mut head.state);
    }
}
