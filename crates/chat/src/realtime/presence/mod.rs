//! Who is there, as connections say and ask it. Pure: what happens goes in, what is to be said to other nodes comes out, and what
//! connections are told goes into their queues.
//!
//! It is told about users of a workspace, to connections of the same workspace that asked for them. Who leaves is there for half a
//! minute more, so that a connection that breaks and comes back is not seen; what another node says holds for as long, so
//! that a node that dies takes its users along. What changes is told once a second, all of it in one frame.

mod status;
mod watching;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    time::Duration,
};

use parlance_base::{ConnectionId, NodeId, Time, UserId, WorkspaceId};

pub use status::{Activity, Sightings, Status, Wish};
use watching::Watching;

/// How long somebody is still there after their last connection ended, and how long what another node says holds.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How often changes are told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// In how many turns, one each time that changes are told, other nodes are told of everybody who is here.
const TURNS: usize = 10;
/// How often what other nodes said is looked through for what is too old.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// How many users one word to other nodes tells of.
const TOGETHER: usize = 200;
/// How many users of other nodes are known; what is said of more is passed over.
const MOST_ELSEWHERE: usize = 100_000;

type Who = (WorkspaceId, UserId);

/// Who is there, on this node and others, and who wants to know.
#[derive(Debug)]
pub(in crate::realtime) struct Presence {
    here: BTreeMap<Who, Here>,
    /// Those whose last connection ended, by when they are gone.
    leaving: BTreeSet<(Time, Who)>,
    elsewhere: BTreeMap<Who, BTreeMap<NodeId, (Status, Time)>>,
    watchers: BTreeMap<Who, BTreeSet<ConnectionId>>,
    watching: BTreeMap<ConnectionId, Watching>,
    /// What their watchers may have to be told.
    changed: BTreeSet<Who>,
    /// What other nodes have to be told.
    news: BTreeSet<Who>,
    tell_at: Time,
    forget_at: Time,
    /// Up to whom other nodes were told of everybody here.
    said_up_to: Option<Who>,
}

/// A user who is connected here, or was a moment ago.
#[derive(Debug)]
struct Here {
    connections: BTreeMap<ConnectionId, Activity>,
    dnd: bool,
    /// What they did last.
    last: Activity,
    /// When they are gone, where their last connection has ended.
    gone_at: Option<Time>,
}

impl Presence {
    pub(in crate::realtime) fn new(now: Time) -> Self {
        Self {
            here: BTreeMap::new(),
            leaving: BTreeSet::new(),
            elsewhere: BTreeMap::new(),
            watchers: BTreeMap::new(),
            watching: BTreeMap::new(),
            changed: BTreeSet::new(),
            news: BTreeSet::new(),
            tell_at: now.after(TELL_EVERY),
            forget_at: now.after(FORGET_EVERY),
            said_up_to: None,
        }
    }

    /// When it next has something to do.
    pub(in crate::realtime) fn deadline(&self) -> Time {
        let waits = !self.changed.is_empty() || !self.news.is_empty() || !self.here.is_empty();
        let leaving = self.leaving.first().map(|(at, _)| *at);
        waits.then_some(self.tell_at).into_iter().chain(leaving).fold(self.forget_at, Time::min)
    }

    /// The user is there on this connection from now on. Whoever is here already is known: what became of it since was heard.
    pub(in crate::realtime) fn arrived(&mut self, who: Who, connection: ConnectionId, dnd: bool) {
        let is_first = self.here.get(&who).is_none_or(|here| here.connections.is_empty());
        self.is(who, connection, Activity::Online);
        if is_first {
            self.dnd(who, dnd);
        }
    }

    /// The user is there on this connection, doing this.
    pub(in crate::realtime) fn is(&mut self, who: Who, connection: ConnectionId, activity: Activity) {
        let (last, before) = (activity, self.here.get(&who).map(Here::status));
        let here = self.here.entry(who).or_insert_with(|| Here {
            connections: BTreeMap::new(),
            dnd: false,
            last,
            gone_at: None,
        });
        here.connections.insert(connection, activity);
        here.last = here.connections.values().copied().max().unwrap_or(activity);
        if let Some(at) = here.gone_at.take() {
            self.leaving.remove(&(at, who));
        }
        if before != Some(here.status()) {
            self.changes(who);
        }
    }

    /// The user is not to be disturbed, or is again.
    pub(in crate::realtime) fn dnd(&mut self, who: Who, dnd: bool) {
        if let Some(here) = self.here.get_mut(&who)
            && here.dnd != dnd
        {
            here.dnd = dnd;
            self.changes(who);
        }
    }

    /// The connection has ended.
    pub(in crate::realtime) fn left(&mut self, now: Time, who: Who, connection: ConnectionId) {
        let _ = self.unwatch(connection);
        let Some(here) = self.here.get_mut(&who) else { return };
        let before = here.status();
        if here.connections.remove(&connection).is_none() {
            return;
        }
        match here.connections.values().copied().max() {
            Some(rest) => here.last = rest,
            None => {
                let at = now.after(KEPT_FOR);
                here.gone_at = Some(at);
                self.leaving.insert((at, who));
            }
        }
        if here.status() != before {
            self.changes(who);
        }
    }

    /// Another node has said this.
    pub(in crate::realtime) fn hear(&mut self, now: Time, node: NodeId, sightings: Sightings) {
        for (user, status) in sightings.users {
            let who = (sightings.workspace, user);
            if status == Status::Offline {
                if let Some(nodes) = self.elsewhere.get_mut(&who) {
                    nodes.remove(&node);
                    if nodes.is_empty() {
                        self.elsewhere.remove(&who);
                    }
                }
            } else if self.elsewhere.len() < MOST_ELSEWHERE || self.elsewhere.contains_key(&who) {
                self.elsewhere.entry(who).or_default().insert(node, (status, now.after(KEPT_FOR)));
            }
            self.mark(who);
        }
    }

    /// Does what is due; answers what other nodes are to be told.
    pub(in crate::realtime) fn tick(&mut self, now: Time) -> Vec<Sightings> {
        while let Some((at, who)) = self.leaving.first().copied()
            && at <= now
        {
            self.leaving.pop_first();
            self.here.remove(&who);
            self.changes(who);
        }
        if now >= self.forget_at {
            self.forget_at = now.after(FORGET_EVERY);
            self.forget(now);
        }
        if now < self.tell_at {
            return Vec::new();
        }
        self.tell_at = now.after(TELL_EVERY);
        self.tell();
        self.repeat();
        self.say()
    }

    /// Has other nodes told again of the next of those who are here: of everybody in so many turns.
    fn repeat(&mut self) {
        let after = self.said_up_to.map_or(Bound::Unbounded, Bound::Excluded);
        let some = self.here.len().div_ceil(TURNS);
        let next: Vec<Who> =
            self.here.range((after, Bound::Unbounded)).take(some).map(|(who, _)| *who).collect();
        self.said_up_to = next.last().copied();
        self.news.extend(next);
    }

    /// Forgets what other nodes said too long ago.
    fn forget(&mut self, now: Time) {
        let mut gone = Vec::new();
        self.elsewhere.retain(|who, nodes| {
            let before = nodes.len();
            nodes.retain(|_, (_, until)| *until > now);
            if nodes.len() < before {
                gone.push(*who);
            }
            !nodes.is_empty()
        });
        gone.into_iter().for_each(|who| self.mark(who));
    }

    fn changes(&mut self, who: Who) {
        self.news.insert(who);
        self.mark(who);
    }

    fn mark(&mut self, who: Who) {
        if self.watchers.contains_key(&who) {
            self.changed.insert(who);
        }
    }

    /// What other nodes are to be told.
    fn say(&mut self) -> Vec<Sightings> {
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<(UserId, Status)>> = BTreeMap::new();
        for who in std::mem::take(&mut self.news) {
            let status = self.here.get(&who).map_or(Status::Offline, Here::status);
            by_workspace.entry(who.0).or_default().push((who.1, status));
        }
        let some = |(workspace, users): (WorkspaceId, Vec<_>)| {
            let chunks: Vec<Vec<_>> = users.chunks(TOGETHER).map(<[_]>::to_vec).collect();
            chunks.into_iter().map(move |users| Sightings { workspace, users })
        };
        by_workspace.into_iter().flat_map(some).collect()
    }

    fn status(&self, who: Who) -> Status {
        let here = self.here.get(&who).map(Here::status);
        let elsewhere = self.elsewhere.get(&who).into_iter().flat_map(BTreeMap::values);
        elsewhere.map(|(status, _)| *status).chain(here).max().unwrap_or_default()
    }
}

impl Here {
    fn status(&self) -> Status {
        match self.last {
            _ if self.dnd => Status::Dnd,
            Activity::Online => Status::Online,
            Activity::Away => Status::Away,
        }
    }
}

#[cfg(test)]
mod tests;
