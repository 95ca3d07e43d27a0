//! The domain's handle: everything that can be done in chat is done through it, whichever door the caller came in by.

use std::sync::Arc;

use parlance_base::{Author, Caller, Error, Ids, Kind, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Collection, Scope, Store,
    job::{Handlers, Jobs},
};
use parlance_stream::{Head, Plan, Receipt, Streams, Submission};
use parlance_workspace::Workspaces;
use tokio_util::sync::CancellationToken;

use crate::{
    member::{DEPARTED, Departures, MEMBERS, Member, RENAMED, Renames},
    message::VERSIONS_OF_MESSAGES,
    outbox::{self, Memberships},
    pace::{Pace, Rate},
    realtime::Signals,
};

/// Every collection of this crate.
pub static COLLECTIONS: [&Collection; 2] = [&MEMBERS, &VERSIONS_OF_MESSAGES];

/// What chat is made of. All of it is over the same store.
#[derive(Debug)]
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Its streams.
    pub streams: Streams,
    /// Its jobs.
    pub jobs: Jobs,
    /// Its workspaces.
    pub workspaces: Workspaces,
    /// Where this node says what all nodes are to know at once.
    pub signals: Signals,
    /// New ids.
    pub ids: Ids,
    /// How fast users may send.
    pub rate: Rate,
}

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
    /// Chat made of these.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, streams, jobs, workspaces, signals, ids, rate } = parts;
        let pace = Pace::new(rate);
        let closing = CancellationToken::new();
        Self { shared: Arc::new(Shared { store, streams, jobs, workspaces, ids, signals, pace, closing }) }
    }

    /// The same handlers and those of chat's own jobs. The workspaces are to be told that chat
    /// [follows](parlance_workspace::Followers) by [`DEPARTED`] and [`RENAMED`].
    #[must_use]
    pub fn handlers(&self, handlers: Handlers) -> Handlers {
        handlers
            .on(outbox::MEMBERSHIP, Arc::new(Memberships(self.clone())))
            .on(DEPARTED, Arc::new(Departures(self.clone())))
            .on(RENAMED, Arc::new(Renames(self.clone())))
    }

    /// Has requests that wait for news answered with what there is, now and from now on: the node is about to go.
    pub fn end_waits(&self) {
        self.shared.closing.cancel();
    }

    /// Chat for this caller.
    #[must_use]
    pub fn by(&self, caller: &Caller) -> By {
        By { chat: self.clone(), caller: caller.clone() }
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.shared.streams
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
        self.streams().submit(self.workspace(), group, submission).await
    }

    /// The group and the caller's membership in it, where the caller may read it.
    ///
    /// # Errors
    /// 404 `group.not_found` for everything that the caller may not know of.
    pub(crate) async fn readable(&self, group: StreamId) -> Result<(Head, Option<Member>)> {
        let scope = self.scope();
        let head = scope.get::<Head>(group).await?.ok_or_else(crate::group::not_found)?;
        let member = scope.get::<Member>(Member::id_of(group, self.user())).await?;
        match crate::group::access(&head, member.as_ref(), self.caller.role) {
            Some(_) => Ok((head, member)),
            None => Err(crate::group::not_found()),
        }
    }
}

/// A value that says something that cannot be.
pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, code, message)
}
