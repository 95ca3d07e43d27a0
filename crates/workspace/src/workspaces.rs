//! The handle to workspaces: what it is made of, and how its parts reach the store and the streams.

use std::{sync::Arc, time::Duration};

use parlance_base::{Author, Caller, Error, Ids, Kind, Result, StreamId, UserId, WorkspaceId};
use parlance_license::Gate;
use parlance_store::{
    Collection, Find, Scope, Store,
    job::{Handlers, Jobs},
};
use parlance_stream::{Head, Plan, Receipt, Streams, Submission};

use crate::{
    alive::Alive,
    all_workspaces,
    audit::{Auditing, Denials, Oversight, is_denial},
    departure::Followers,
    event,
    member::Member,
    people::People,
    permission::{Action, Standing, check},
    purge,
    seat::{Seat, SeatRead},
    workspace::{SLUG, Workspace, stream},
};

/// The workspaces of an installation. Clones are one.
#[derive(Clone, Debug)]
pub struct Workspaces {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    streams: Streams,
    gate: Gate,
    ids: Ids,
    people: People,
    alive: Alive,
    denials: Denials,
    oversight: Oversight,
}

/// What came of making something that may have been there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made<T> {
    /// It is new.
    New(T),
    /// It was there, and is as it was.
    Existing(T),
}

impl Workspaces {
    /// The workspaces of this store. `streams` and `gate` are over the same store.
    #[must_use]
    pub fn new(store: Store, streams: Streams, gate: Gate, ids: Ids) -> Self {
        let people = People::new(store.system());
        let (alive, denials, oversight) = (Alive::default(), Denials::new(), Oversight::default());
        Self { shared: Arc::new(Shared { store, streams, gate, ids, people, alive, denials, oversight }) }
    }

    /// The people of the installation.
    #[must_use]
    pub fn people(&self) -> &People {
        &self.shared.people
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.shared.ids
    }

    /// The next `limit` (1–5,000) workspaces of the installation after this one, those that were deleted among them.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach.
    pub async fn all(&self, after: Option<WorkspaceId>, limit: usize) -> Result<Vec<Workspace>> {
        all_workspaces(&self.installation(), after, limit).await
    }

    /// What belongs to the workspace.
    pub(crate) fn scope(&self, workspace: WorkspaceId) -> Scope {
        self.shared.store.workspace(workspace)
    }

    /// The installation's list of workspaces, and of seats.
    pub(crate) fn installation(&self) -> Scope {
        self.shared.store.system()
    }

    /// The workspace that has this slug.
    pub(crate) async fn by_slug(&self, slug: &str) -> Result<Option<Workspace>> {
        Ok(self.installation().find::<Workspace>(Find::new([SLUG.is(slug)])).await?.into_iter().next())
    }

    /// The member's row.
    ///
    /// # Errors
    /// 404 `member.not_found` where they are no member.
    pub(crate) async fn member(&self, workspace: WorkspaceId, user: UserId) -> Result<Member> {
        let member = self.scope(workspace).get::<Member>(user).await?;
        member.filter(Member::is_active).ok_or_else(member_not_found)
    }

    /// What a plan about the user's part of a workspace must know before.
    pub(crate) async fn seat_of(&self, user: UserId) -> Result<SeatRead> {
        let seat = self.installation().get::<Seat>(user).await?;
        Ok(SeatRead { user, seat, seats: self.shared.gate.seats().await? })
    }

    /// What the workspace's plans decide on.
    pub(crate) async fn head(&self, workspace: WorkspaceId) -> Result<Option<Head>> {
        self.shared.streams.head(workspace, stream(workspace)).await
    }

    pub(crate) fn alive(&self) -> &Alive {
        &self.shared.alive
    }

    pub(crate) fn collections(&self) -> &[&'static Collection] {
        self.shared.store.collections()
    }

    /// The same handlers and those of the workspaces' own jobs; what a change asks of others is done by those who follow.
    /// The data of a deleted workspace is kept for so long; see [`KEEP_DELETED`](crate::KEEP_DELETED).
    #[must_use]
    pub fn handlers(
        &self,
        handlers: Handlers,
        followers: Followers,
        jobs: Jobs,
        keep_deleted: Duration,
    ) -> Handlers {
        purge::handlers(self, followers.handlers(handlers), jobs, keep_deleted)
    }

    /// Starts to write denials to the audit log, on this node; once. Those before it waited, up to a bound.
    #[must_use]
    pub fn audit(&self) -> Auditing {
        self.shared.denials.start(self.shared.store.clone(), self.shared.ids.clone())
    }

    /// The outcome of what the caller asked for. Where it is a denial, that is noted for the audit log, with the id of what
    /// it was about.
    ///
    /// # Errors
    /// The outcome's.
    pub fn noted<T>(&self, by: &Caller, target: Option<String>, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|error| {
            if is_denial(error) {
                self.shared.denials.note(by, target, error);
            }
        })
    }

    /// Has it in the audit log that the caller reads the group, which they are not in: before anything of it is answered. One
    /// entry stands for a minute's reads of one group.
    ///
    /// # Errors
    /// `store.unavailable`: nothing is to be answered then.
    pub async fn oversee(&self, by: &Caller, group: StreamId) -> Result<()> {
        self.shared.oversight.note(&self.scope(by.workspace), &self.shared.ids, by, group).await
    }

    /// Nothing, where the caller may do this in their workspace. A denial is noted for the audit log.
    ///
    /// # Errors
    /// As the permission table's row says.
    pub fn allow(&self, caller: &Caller, action: Action) -> Result<()> {
        self.noted(caller, None, check(action, &Standing::of_caller(caller)))
    }

    /// Has the plan done on the stream of the caller's workspace, in their name.
    pub(crate) async fn submit_by(&self, caller: &Caller, plan: impl Plan) -> Result<Receipt> {
        let outcome = self.submit(caller.workspace, caller.user, plan).await;
        self.noted(caller, None, outcome)
    }

    /// Has the plan done on the workspace's stream.
    pub(crate) async fn submit(
        &self,
        workspace: WorkspaceId,
        actor: impl Into<Author>,
        plan: impl Plan,
    ) -> Result<Receipt> {
        let submission = Submission::new(actor, plan);
        let receipt = self.shared.streams.submit(workspace, stream(workspace), submission).await?;
        if let Receipt::Appended(entry) = &receipt
            && entry.kind == event::DELETED
        {
            self.alive().forget(workspace);
        }
        Ok(receipt)
    }
}

/// 404 `user.not_found`: who is named is not of the workspace.
#[must_use]
pub fn user_not_found() -> Error {
    Error::new(Kind::NotFound, "user.not_found", "somebody is not of this workspace")
}

/// 404 `member.not_found`.
pub(crate) fn member_not_found() -> Error {
    Error::new(Kind::NotFound, "member.not_found", "there is no such member")
}
