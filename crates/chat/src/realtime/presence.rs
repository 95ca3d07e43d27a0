//! Who is there, as connections say and ask it. Pure: what happens goes in, what is to be said to other nodes comes out, and what
//! connections are told goes into their queues.
//!
//! It is told about users of a workspace, to connections of the same workspace that asked for them. Who leaves is there for half a
//! minute more, so that a connection that breaks and comes back is not seen; what another node says holds for as long, so
//! that a node that dies takes its users along. What changes is told once a second, all of it in one frame.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    time::Duration,
};

use parlance_base::{ConnectionId, NodeId, Time, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Delivery, Frame, Outlet};

/// How long somebody is still there after their last connection ended, and how long what another node says holds.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How often changes are told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// In how many turns, one each time that changes are told, other nodes are told of everybody who is here.
const TURNS: usize = 10;
/// How often what other nodes said is looked through for what is too old.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// Of how many users changes are told at once; the rest waits for the next time.
const MOST_TOLD: usize = 1_000;
/// How many users one word to other nodes tells of.
const TOGETHER: usize = 200;
/// How many users of other nodes are known; what is said of more is passed over.
const MOST_ELSEWHERE: usize = 100_000;

/// What somebody does on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// They have something else before them.
    Away,
    /// They look.
    Online,
}

/// Whether somebody is there, as others see it. Of several, the last one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They are not.
    #[default]
    Offline,
    /// They are, and do something else.
    Away,
    /// They are.
    Online,
    /// They are, and not to be disturbed.
    Dnd,
}

/// What a connection wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// That its user is seen to be there like this.
    Is(Activity),
    /// To be told of these users, and of no others.
    Watch(Vec<UserId>),
}

/// Which users of a workspace are there, as one node says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The users, each with what they are there.
    pub users: Vec<(UserId, Status)>,
}

type Who = (WorkspaceId, UserId);

/// Who is there, on this node and others, and who wants to know.
#[derive(Debug)]
pub(super) struct Presence {
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

#[derive(Debug)]
struct Watching {
    workspace: WorkspaceId,
    outlet: Outlet,
    /// What was told of each.
    told: BTreeMap<UserId, Status>,
}

impl Presence {
    pub(super) fn new(now: Time) -> Self {
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
    pub(super) fn deadline(&self) -> Time {
        let waits = !self.changed.is_empty() || !self.news.is_empty() || !self.here.is_empty();
        let leaving = self.leaving.first().map(|(at, _)| *at);
        waits.then_some(self.tell_at).into_iter().chain(leaving).fold(self.forget_at, Time::min)
    }

    /// The user is there on this connection from now on. Whoever is here already is known: what became of it since was heard.
    pub(super) fn arrived(&mut self, who: Who, connection: ConnectionId, dnd: bool) {
        let is_first = self.here.get(&who).is_none_or(|here| here.connections.is_empty());
        self.is(who, connection, Activity::Online);
        if is_first {
            self.dnd(who, dnd);
        }
    }

    /// The user is there on this connection, doing this.
    pub(super) fn is(&mut self, who: Who, connection: ConnectionId, activity: Activity) {
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
    pub(super) fn dnd(&mut self, who: Who, dnd: bool) {
        if let Some(here) = self.here.get_mut(&who)
            && here.dnd != dnd
        {
            here.dnd = dnd;
            self.changes(who);
        }
    }

    /// The connection has ended.
    pub(super) fn left(&mut self, now: Time, who: Who, connection: ConnectionId) {
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

    /// The connection is told of these users from now on, and at once of those who are there, or of whom something else was told.
    pub(super) fn watch(
        &mut self,
        workspace: WorkspaceId,
        connection: ConnectionId,
        users: Vec<UserId>,
        outlet: &Outlet,
    ) {
        let before = self.unwatch(connection).unwrap_or_default();
        let known = |user: &UserId| before.get(user).copied().unwrap_or_default();
        let mut told: BTreeMap<UserId, Status> = users.into_iter().map(|user| (user, known(&user))).collect();
        let is = told.keys().map(|user| (*user, self.status((workspace, *user))));
        let new: Vec<_> =
            is.filter(|(user, status)| *status != Status::Offline || known(user) != *status).collect();
        for user in told.keys() {
            self.watchers.entry((workspace, *user)).or_default().insert(connection);
        }
        if outlet.push_volatile(Delivery::Presence(frame(&new))) {
            told.extend(new);
        } else {
            self.changed.extend(told.keys().map(|user| (workspace, *user)));
        }
        self.watching.insert(connection, Watching { workspace, outlet: outlet.clone(), told });
    }

    /// Another node has said this.
    pub(super) fn hear(&mut self, now: Time, node: NodeId, sightings: Sightings) {
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
    pub(super) fn tick(&mut self, now: Time) -> Vec<Sightings> {
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

    /// Tells everybody who watches somebody what has become of them.
    fn tell(&mut self) {
        let mut changes: BTreeMap<ConnectionId, Vec<(UserId, Status)>> = BTreeMap::new();
        for _ in 0..MOST_TOLD {
            let Some(who) = self.changed.pop_first() else { break };
            let status = self.status(who);
            for connection in self.watchers.get(&who).into_iter().flatten() {
                let told = self.watching.get(connection).and_then(|watching| watching.told.get(&who.1));
                if told != Some(&status) {
                    changes.entry(*connection).or_default().push((who.1, status));
                }
            }
        }
        for (connection, changes) in changes {
            let Some(watching) = self.watching.get_mut(&connection) else { continue };
            if watching.outlet.push_volatile(Delivery::Presence(frame(&changes))) {
                watching.told.extend(changes);
            } else {
                // It is told once there is room.
                self.changed.extend(changes.into_iter().map(|(user, _)| (watching.workspace, user)));
            }
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

    /// The connection is told of nobody any more; answers what it was told of whom.
    pub(super) fn unwatch(&mut self, connection: ConnectionId) -> Option<BTreeMap<UserId, Status>> {
        let watching = self.watching.remove(&connection)?;
        for user in watching.told.keys() {
            let who = (watching.workspace, *user);
            if let Some(watchers) = self.watchers.get_mut(&who) {
                watchers.remove(&connection);
                if watchers.is_empty() {
                    self.watchers.remove(&who);
                }
            }
        }
        Some(watching.told)
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

fn frame(changes: &[(UserId, Status)]) -> Frame {
    let changes: Vec<_> =
        changes.iter().map(|(user_id, status)| json!({ "user_id": user_id, "status": status })).collect();
    json!({ "type": "presence", "data": { "changes": changes } }).to_string().into()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use parlance_base::StreamId;
    use serde_json::Value;

    use super::*;
    use crate::realtime::{Inbox, limits::QUEUE_FRAMES, queue, queue::Volatile};

    struct Rig {
        presence: Presence,
        now: Time,
    }

    fn workspace() -> WorkspaceId {
        WorkspaceId::derived(&["acme"])
    }

    fn user(name: &str) -> UserId {
        UserId::derived(&[name])
    }

    fn connection(name: &str) -> ConnectionId {
        ConnectionId::derived(&[name])
    }

    fn who(name: &str) -> Who {
        (workspace(), user(name))
    }

    fn sightings(name: &str, status: Status) -> Sightings {
        Sightings { workspace: workspace(), users: vec![(user(name), status)] }
    }

    impl Rig {
        fn new() -> Self {
            Self { presence: Presence::new(Time::default()), now: Time::default() }
        }

        /// Somebody who watches these.
        fn watcher(&mut self, name: &str, users: &[&str]) -> (Outlet, Inbox) {
            let (outlet, inbox) = queue(self.now);
            let users = users.iter().map(|name| user(name)).collect();
            self.presence.watch(workspace(), connection(name), users, &outlet);
            (outlet, inbox)
        }

        fn after(&mut self, seconds: u64) -> Vec<Sightings> {
            let mut said = Vec::new();
            for _ in 0..seconds {
                self.now = self.now.after(Duration::from_secs(1));
                said.extend(self.presence.tick(self.now));
            }
            said
        }
    }

    /// What was told since: each frame with whom it tells of.
    fn told(inbox: &mut Inbox) -> Vec<Vec<(UserId, Status)>> {
        let mut deliveries = Vec::new();
        let _ = inbox.recv_many(&mut deliveries, QUEUE_FRAMES).now_or_never();
        let frame = |delivery: Delivery| match delivery {
            Delivery::Presence(frame) => Some(frame),
            _ => None,
        };
        let changes = |frame: Frame| {
            let frame: Value = serde_json::from_str(frame.text()).unwrap();
            let changes = frame["data"]["changes"].as_array().unwrap().clone();
            let change = |change: &Value| {
                (
                    serde_json::from_value(change["user_id"].clone()).unwrap(),
                    serde_json::from_value(change["status"].clone()).unwrap(),
                )
            };
            changes.iter().map(change).collect()
        };
        deliveries.into_iter().filter_map(frame).map(changes).collect()
    }

    #[test]
    fn who_watches_is_told_of_those_who_are_there_and_of_changes_once_a_second() {
        let mut rig = Rig::new();
        rig.presence.is(who("ann"), connection("a1"), Activity::Online);
        let (_outlet, mut inbox) = rig.watcher("w", &["ann", "bob", "cleo"]);
        assert_eq!(told(&mut inbox), [vec![(user("ann"), Status::Online)]]);
        for _ in 0..5 {
            rig.presence.is(who("bob"), connection("b"), Activity::Online);
            rig.presence.is(who("bob"), connection("b"), Activity::Away);
        }
        rig.presence.is(who("dan"), connection("d"), Activity::Online);
        rig.presence.is(who("cleo"), connection("c"), Activity::Online);
        rig.after(3);
        let mut changes = vec![(user("bob"), Status::Away), (user("cleo"), Status::Online)];
        changes.sort();
        assert_eq!(told(&mut inbox), [changes], "all in one frame, and nobody who is not watched");
        rig.presence.is(who("bob"), connection("b"), Activity::Away);
        rig.after(1);
        assert_eq!(told(&mut inbox).len(), 0, "nothing changed");
        // Whoever watches others is told of these alone.
        let users = vec![user("dan")];
        let (outlet, mut other) = queue(rig.now);
        rig.presence.watch(workspace(), connection("w"), users, &outlet);
        assert_eq!(told(&mut other), [vec![(user("dan"), Status::Online)]]);
        rig.presence.dnd(who("ann"), true);
        rig.after(1);
        assert_eq!((told(&mut inbox).len(), told(&mut other).len()), (0, 0));
    }

    #[test]
    fn one_is_there_as_long_as_one_connection_is_and_half_a_minute_more() {
        let mut rig = Rig::new();
        let (_outlet, mut inbox) = rig.watcher("w", &["ann"]);
        rig.presence.is(who("ann"), connection("a1"), Activity::Online);
        rig.presence.is(who("ann"), connection("a2"), Activity::Away);
        rig.after(1);
        rig.presence.left(rig.now, who("ann"), connection("a1"));
        rig.after(1);
        rig.presence.left(rig.now, who("ann"), connection("a2"));
        rig.after(29);
        let statuses = [(user("ann"), Status::Online), (user("ann"), Status::Away)];
        assert_eq!(told(&mut inbox).concat(), statuses);
        // Who comes back in time was never gone.
        rig.presence.is(who("ann"), connection("a3"), Activity::Away);
        rig.after(60);
        assert_eq!(told(&mut inbox).len(), 0);
        rig.presence.left(rig.now, who("ann"), connection("a3"));
        rig.after(31);
        assert_eq!(told(&mut inbox), [vec![(user("ann"), Status::Offline)]]);
        assert!(rig.presence.here.is_empty() && rig.presence.leaving.is_empty());
    }

    #[test]
    fn who_is_not_to_be_disturbed_is_so_on_all_connections() {
        let mut rig = Rig::new();
        let (_outlet, mut inbox) = rig.watcher("w", &["ann"]);
        rig.presence.dnd(who("ann"), true);
        rig.after(1);
        assert_eq!(told(&mut inbox).concat(), [], "who is not here is not there");
        rig.presence.is(who("ann"), connection("a1"), Activity::Online);
        rig.presence.is(who("ann"), connection("a2"), Activity::Away);
        rig.presence.dnd(who("ann"), true);
        rig.after(1);
        rig.presence.is(who("ann"), connection("a3"), Activity::Online);
        rig.after(1);
        rig.presence.dnd(who("ann"), false);
        rig.after(1);
        let statuses: Vec<_> = told(&mut inbox).concat().into_iter().map(|(_, status)| status).collect();
        assert_eq!(statuses, [Status::Dnd, Status::Online]);
    }

    #[test]
    fn what_other_nodes_say_counts_until_they_say_otherwise_or_nothing() {
        let mut rig = Rig::new();
        let (one, two) = (NodeId::derived(&["1"]), NodeId::derived(&["2"]));
        let (_outlet, mut inbox) = rig.watcher("w", &["ann", "bob"]);
        told(&mut inbox);
        rig.presence.hear(rig.now, one, sightings("ann", Status::Away));
        rig.presence.hear(rig.now, two, sightings("ann", Status::Online));
        rig.presence.hear(rig.now, two, sightings("bob", Status::Online));
        rig.after(1);
        rig.presence.hear(rig.now, two, sightings("ann", Status::Offline));
        for _ in 0..4 {
            rig.after(10);
            rig.presence.hear(rig.now, one, sightings("ann", Status::Away));
        }
        rig.after(1);
        let told = told(&mut inbox);
        let mut first = vec![(user("ann"), Status::Online), (user("bob"), Status::Online)];
        first.sort();
        assert_eq!(
            told,
            [first, vec![(user("ann"), Status::Away)], vec![(user("bob"), Status::Offline)]],
            "the second node says nothing any more"
        );
    }

    #[test]
    fn other_nodes_are_told_of_changes_at_once_and_of_everybody_from_time_to_time() {
        let mut rig = Rig::new();
        rig.presence.is(who("ann"), connection("a"), Activity::Online);
        assert_eq!(rig.after(1), [sightings("ann", Status::Online)]);
        rig.presence.left(rig.now, who("ann"), connection("a"));
        let said = rig.after(40);
        assert_eq!(said.last(), Some(&sightings("ann", Status::Offline)));
        assert_eq!(rig.after(20), []);
        for at in 0..=TOGETHER {
            rig.presence.is(who(&at.to_string()), connection(&at.to_string()), Activity::Online);
        }
        assert_eq!(rig.after(1).iter().map(|said| said.users.len()).collect::<Vec<_>>(), [TOGETHER, 1]);
        // Everybody is said again within some seconds, a few each time.
        let mut said = BTreeMap::new();
        for _ in 0..=TURNS + 1 {
            let again: Vec<_> = rig.after(1).into_iter().flat_map(|said| said.users).collect();
            assert!(again.len() <= TOGETHER / TURNS + 1, "{}", again.len());
            again.into_iter().for_each(|(user, _)| *said.entry(user).or_insert(0) += 1);
        }
        assert_eq!(said.len(), TOGETHER + 1);
    }

    #[test]
    fn who_watches_others_is_told_what_became_of_those_who_stay() {
        let mut rig = Rig::new();
        rig.presence.is(who("ann"), connection("a"), Activity::Online);
        let (outlet, mut inbox) = rig.watcher("w", &["ann"]);
        assert_eq!(told(&mut inbox), [vec![(user("ann"), Status::Online)]]);
        rig.presence.left(rig.now, who("ann"), connection("a"));
        rig.after(29);
        // They are gone, and that has not been told yet.
        rig.now = rig.now.after(Duration::from_millis(500));
        let _ = rig.presence.tick(rig.now);
        rig.presence.leaving.clear();
        rig.presence.here.clear();
        let both = vec![user("ann"), user("bob")];
        rig.presence.watch(workspace(), connection("w"), both, &outlet);
        rig.after(2);
        assert_eq!(told(&mut inbox).concat(), [(user("ann"), Status::Offline)]);
    }

    #[test]
    fn what_a_new_connection_says_is_older_than_what_was_heard_since() {
        let mut rig = Rig::new();
        let (_outlet, mut inbox) = rig.watcher("w", &["ann"]);
        rig.presence.arrived(who("ann"), connection("a1"), false);
        rig.presence.dnd(who("ann"), true);
        rig.presence.arrived(who("ann"), connection("a2"), false);
        rig.after(1);
        assert_eq!(told(&mut inbox).concat(), [(user("ann"), Status::Dnd)]);
    }

    #[test]
    fn of_very_many_who_change_at_once_some_are_told_later() {
        let mut rig = Rig::new();
        let names: Vec<String> = (0..MOST_TOLD + 10).map(|at| at.to_string()).collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let (_outlet, mut inbox) = rig.watcher("w", &all);
        told(&mut inbox);
        for name in &all {
            rig.presence.is(who(name), connection(name), Activity::Online);
        }
        rig.after(1);
        assert_eq!(told(&mut inbox).concat().len(), MOST_TOLD);
        rig.after(1);
        assert_eq!(told(&mut inbox).concat().len(), 10);
    }

    #[test]
    fn what_there_was_no_room_for_is_told_later() {
        let mut rig = Rig::new();
        let (outlet, mut inbox) = rig.watcher("w", &["ann"]);
        told(&mut inbox);
        let frame: Frame = "x".to_owned().into();
        let volatile = std::sync::Arc::new(Volatile { stream: StreamId::derived(&[]), frame });
        while outlet.push_volatile(Delivery::Volatile(std::sync::Arc::clone(&volatile))) {}
        rig.presence.is(who("ann"), connection("a"), Activity::Online);
        rig.after(2);
        assert_eq!(told(&mut inbox), Vec::<Vec<_>>::new());
        rig.after(1);
        assert_eq!(told(&mut inbox), [vec![(user("ann"), Status::Online)]]);
    }

    #[test]
    fn whoever_goes_leaves_nothing_behind() {
        let mut rig = Rig::new();
        let (_outlet, _inbox) = rig.watcher("w", &["ann", "bob"]);
        rig.presence.is(who("w"), connection("w"), Activity::Online);
        rig.presence.left(rig.now, who("w"), connection("w"));
        rig.after(31);
        let Presence { here, leaving, watchers, watching, changed, news, .. } = &rig.presence;
        assert!(here.is_empty() && leaving.is_empty() && watchers.is_empty() && watching.is_empty());
        assert!(changed.is_empty() && news.is_empty());
    }
}
