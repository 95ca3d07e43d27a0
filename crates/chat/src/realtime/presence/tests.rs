//! Who is there, told by data what happens, and asked what was told to whom.

use futures::FutureExt as _;
use parlance_base::StreamId;
use serde_json::Value;

use super::{watching::MOST_TOLD, *};
use crate::realtime::{Delivery, Frame, Inbox, Outlet, Volatile, limits::QUEUE_FRAMES, queue};

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
