//! The domain's handle: everything that can be done in chat is done through it, whichever door the caller came in by.

use std::sync::Arc;

use parlance_base::{Author, Caller, Error, Ids, Kind, Result, Revocation, StreamId, UserId, WorkspaceId};
use parlance_store::{Scope, Store, job::Jobs};
use parlance_stream::{Head, Plan, Receipt, Streams, Submission};
use parlance_workspace::Workspaces;
use tokio_util::sync::CancellationToken;

use crate::{
    measure::Sends,
    member::Member,
    pace::Pace,
    permission::{self, Act},
    read_state::Receipts,
    realtime::Signals,
    waits::Waits,
};

/// Chat on one node. Clones share it.
#[derive(Clone, Debug)]
pub struct Chat {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) streams: Streams,
    pub(crate) jobs: Jobs,
    pub(crate) workspaces: Workspaces,
    pub(crate) ids: Ids,
    pub(crate) signals: Signals,
    pub(crate) pace: Pace,
    pub(crate) waits: Waits,
    pub(crate) sends: Sends,
    pub(crate) receipts: Receipts,
    /// Nobody is to wait for news any longer.
    pub(crate) closing: CancellationToken,
}

/// Chat as one caller may use it.
#[derive(Clone, Debug)]
pub struct By {
    pub(crate) chat: Chat,
    pub(crate) caller: Caller,
}

impl Chat {
    /// The workspaces that it is about, with their members and the people behind them. They are over the same streams: what is
    /// changed through others is delivered late.
    #[must_use]
    pub fn workspaces(&self) -> &Workspaces {
        &self.shared.workspaces
    }

    /// The streams that it writes. A host that has others write to the same store writes through these.
    #[must_use]
    pub fn streams(&self) -> &Streams {
        &self.shared.streams
    }

    /// The jobs of the store, for a host that has some of its own: see [`Starter::handling`](crate::Starter::handling).
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.shared.jobs
    }

    /// Closes the connections of these callers, on every node: their sign-in or key has ended, or they themselves are gone. Who is
    /// put out of a workspace needs no word. Where the word gets lost, the connections are closed within five seconds, because
    /// [`Authenticate::revalidate`](parlance_base::Authenticate::revalidate) says so.
    pub fn revoke(&self, revocation: Revocation) {
        self.shared.signals.revoke(revocation);
    }

    /// Has requests that wait for news answered with what there is, now and from now on: the node is about to go.
    pub(crate) fn end_waits(&self) {
        self.shared.closing.cancel();
    }

    /// Chat for this caller.
    #[must_use]
    pub fn by(&self, caller: &Caller) -> By {
        By { chat: self.clone(), caller: caller.clone() }
    }
}

impl By {
    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.caller.workspace
    }

    pub(crate) fn user(&self) -> UserId {
        self.caller.user
    }

    pub(crate) fn scope(&self) -> Scope {
        self.chat.shared.store.workspace(self.caller.workspace)
    }

    pub(crate) fn streams(&self) -> &Streams {
        self.chat.streams()
    }

    /// Has the plan done on the group's stream, in the caller's name.
    pub(crate) async fn submit(
        &self,
        group: StreamId,
        plan: impl Plan,
        client_id: Option<String>,
    ) -> Result<Receipt> {
        let submission = Submission::new(Author::from(self.user()), plan).named(client_id);
        let outcome = self.streams().submit(self.workspace(), group, submission).await;
        self.noted(Some(group), outcome)
    }

    /// The outcome of what the caller asked for; a denial is noted for the audit log.
    pub(crate) fn noted<T>(&self, group: Option<StreamId>, outcome: Result<T>) -> Result<T> {
        let target = group.map(|group| group.to_string());
        self.chat.shared.workspaces.noted(&self.caller, target, outcome)
    }

    /// The group and the caller's membership in it, for the caller to read.
    ///
    /// # Errors
    /// As [`shown`](Self::shown); 403 `key.missing_scope`.
    pub(crate) async fn readable(&self, group: StreamId) -> Result<(Head, Option<Member>)> {
        let shown = self.shown(group).await?;
        self.noted(Some(group), permission::check_own(&self.caller))?;
        Ok(shown)
    }

    /// As [`known`](Self::known); who runs the workspace is shown groups of some kinds without being in them, and that is in the
    /// audit log before anything is answered.
    ///
    /// # Errors
    /// As [`known`](Self::known); `store.unavailable`.
    pub(crate) async fn shown(&self, group: StreamId) -> Result<(Head, Option<Member>)> {
        let (head, member) = self.found(group).await?;
        let reads = crate::group::access(&head, member.as_ref(), self.caller.role).is_some();
        if !reads && self.oversees(&head) {
            self.chat.workspaces().oversee(&self.caller, group).await?;
            return Ok((head, None));
        }
        self.unless_unknown(head, member)
    }

    /// The group and the caller's membership in it, where they may know of it: what they may do there is another question.
    ///
    /// # Errors
    /// 404 `group.not_found` for everything that the caller may not know of.
    pub(crate) async fn known(&self, group: StreamId) -> Result<(Head, Option<Member>)> {
        let (head, member) = self.found(group).await?;
        self.unless_unknown(head, member)
    }

    async fn found(&self, group: StreamId) -> Result<(Head, Option<Member>)> {
        let scope = self.scope();
        let head = scope.get::<Head>(group).await?.ok_or_else(crate::group::not_found)?;
        let member = scope.get::<Member>(Member::id_of(group, self.user())).await?;
        Ok((head, member))
    }

    fn unless_unknown(&self, head: Head, member: Option<Member>) -> Result<(Head, Option<Member>)> {
        if crate::group::access(&head, member.as_ref(), self.caller.role).is_some() {
            return Ok((head, member));
        }
        if crate::group::exists(&head) {
            let checked = permission::check_now(&head, member.as_ref(), &self.caller, Act::GroupRead);
            self.noted(Some(head.id), checked)?;
        }
        Err(crate::group::not_found())
    }

    /// Whether the caller may read the group though they are not in it.
    fn oversees(&self, head: &Head) -> bool {
        crate::group::exists(head)
            && permission::check_now(head, None, &self.caller, Act::GroupReadAny).is_ok()
    }

    /// The group and the caller's membership in it, for what members do for themselves.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that they are no member of; 403 `key.missing_scope`.
    pub(crate) async fn own_part(&self, group: StreamId) -> Result<(Head, Member)> {
        let (head, member) = self.known(group).await?;
        let checked = permission::check_now(&head, member.as_ref(), &self.caller, Act::GroupTakePart);
        self.noted(Some(group), checked)?;
        let member = member.filter(|member| member.active).ok_or_else(crate::group::not_found)?;
        Ok((head, member))
    }
}

/// A value that says something that cannot be.
pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, code, message)
}
