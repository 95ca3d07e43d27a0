//! The hub, told by data what happens, and asked what reached whom.

mod repair;
mod volatile;

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use parlance_base::{Backer, ConnectionId, KeyId, Role, SignInId, StreamId, Time, UserId, WorkspaceId};

use super::*;
use crate::realtime::{
    Audience, Check, Credential, Inbox, Page, Unavailable,
    limits::{CHECKS_EVERY, HEADS_EVERY, HUB_RETRY, QUEUE_FRAMES, ROUND_RETRY, USER_CONNECTIONS},
    queue,
};

/// A hub, the connections that it feeds, and what it asked last.
struct Rig {
    hub: Hub,
    now: Time,
    asked: Vec<HubOutput>,
}

struct Ear {
    id: ConnectionId,
    inbox: Inbox,
}

fn workspace() -> WorkspaceId {
    WorkspaceId::derived(&["workspace"])
}

fn key() -> StreamKey {
    StreamKey { workspace: workspace(), stream: StreamId::derived(&["group"]) }
}

fn caller(name: &str) -> CallerRef {
    let sign_in = SignInId::derived(&[name]);
    CallerRef {
        workspace: workspace(),
        user: UserId::derived(&[name]),
        credential: Credential::SignIn(sign_in),
        role: Role::Member,
        backer: None,
    }
}

fn entry(seq: u64) -> Arc<Live> {
    changing(seq, None)
}

fn committed(live: Arc<Live>) -> HubInput {
    HubInput::Entry { live, alone: true }
}

fn changing(seq: u64, audience: Option<Audience>) -> Arc<Live> {
    Arc::new(Live {
        key: key(),
        seq,
        frame: format!("{{\"seq\":{seq}}}").into(),
        withheld: Vec::new(),
        audience,
    })
}

fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> Result<Page, Unavailable> {
    Ok(Page { head, log_floor: 1, entries: seqs.map(entry).collect() })
}

impl Rig {
    fn new() -> Self {
        Self { hub: Hub::new(Time::default()), now: Time::default(), asked: Vec::new() }
    }

    /// Tells the hub something; what it asks then.
    fn tell(&mut self, input: HubInput) -> &[HubOutput] {
        self.asked.clear();
        self.hub.handle(self.now, input, &mut self.asked);
        &self.asked
    }

    fn tick_after(&mut self, wait: Duration) -> &[HubOutput] {
        self.now = self.now.after(wait);
        self.tell(HubInput::Tick)
    }

    fn open(&mut self, caller: CallerRef, number: usize) -> Ear {
        let id = ConnectionId::derived(&[&format!("{caller:?} {number}")]);
        let (outlet, inbox) = queue(self.now);
        self.tell(HubInput::Open { connection: id, caller, outlet });
        Ear { id, inbox }
    }

    /// A connection of `name` that listens to the group from `at` on, whose head was looked at.
    fn listen(&mut self, name: &str, at: u64) -> Ear {
        let ear = self.open(caller(name), 0);
        let streams = vec![(key().stream, at)];
        let looks = !self.tell(HubInput::Listen { connection: ear.id, streams }).is_empty();
        if looks {
            self.tell(HubInput::Heads(Ok(vec![(key(), at)])));
        }
        ear
    }
}

impl Ear {
    fn hears(&mut self) -> Vec<Delivery> {
        let mut heard = Vec::new();
        self.inbox.recv_many(&mut heard, QUEUE_FRAMES).now_or_never();
        heard
    }

    fn hears_seqs(&mut self) -> Vec<u64> {
        let seqs = self.hears().into_iter().map(|delivery| match delivery {
            Delivery::Entry(live) => live.seq,
            other => panic!("heard {other:?}"),
        });
        seqs.collect()
    }

    fn closed(&mut self) -> Option<CloseCode> {
        self.inbox.control().now_or_never().and_then(|control| control.close)
    }
}

#[test]
fn everyone_who_listens_hears_the_next_entry_and_nobody_an_old_one() {
    let mut rig = Rig::new();
    let (mut ann, mut bob) = (rig.listen("ann", 4), rig.listen("bob", 4));
    for seq in [5, 5, 4, 6] {
        assert_eq!(rig.tell(committed(entry(seq))), []);
    }
    assert_eq!((ann.hears_seqs(), bob.hears_seqs()), (vec![5, 6], vec![5, 6]));
}

#[test]
fn a_full_queue_ends_its_own_connection_only() {
    let mut rig = Rig::new();
    let (mut ann, mut bob) = (rig.listen("ann", 0), rig.listen("bob", 0));
    let last = QUEUE_FRAMES as u64 + 1;
    for seq in 1..=last {
        rig.tell(committed(entry(seq)));
        assert_eq!(bob.hears_seqs(), [seq]);
    }
    assert_eq!((ann.closed(), bob.closed()), (Some(CloseCode::SlowConsumer), None));
    rig.tell(committed(entry(last + 1)));
    assert_eq!(bob.hears_seqs(), [last + 1]);
}

#[test]
fn what_nobody_listens_to_costs_nothing() {
    let mut rig = Rig::new();
    assert_eq!(rig.tell(committed(entry(1))), []);
    assert_eq!(rig.tell(HubInput::Hint { key: key(), seq: 2 }), []);
    assert_eq!(rig.tick_after(HEADS_EVERY), []);
    let (ann, bob) = (rig.listen("ann", 4), rig.listen("bob", 4));
    rig.tell(HubInput::Hint { key: key(), seq: 6 });
    rig.tell(HubInput::Unlisten { connection: ann.id, stream: key().stream });
    rig.tell(HubInput::Closed(bob.id));
    rig.tell(HubInput::Closed(ann.id));
    assert!(rig.hub.feeds.is_empty() && rig.hub.listeners.callers().next().is_none());
    // What was asked before is answered for nobody, and makes room for others.
    assert_eq!(rig.tell(HubInput::Range { key: key(), result: page(5..=6, 6) }), []);
    assert_eq!(rig.tick_after(HEADS_EVERY), []);
}

#[test]
fn another_workspace_hears_nothing_of_a_stream_of_the_same_id() {
    let mut rig = Rig::new();
    let stranger = CallerRef { workspace: WorkspaceId::derived(&["other"]), ..caller("ann") };
    let mut ear = rig.open(stranger, 0);
    rig.tell(HubInput::Listen { connection: ear.id, streams: vec![(key().stream, 0)] });
    rig.tell(committed(entry(1)));
    rig.tell(HubInput::Hint { key: key(), seq: 2 });
    rig.tell(HubInput::Gained { key: key(), user: stranger.user });
    assert!(ear.hears().is_empty());
}

#[test]
fn those_who_gain_a_stream_are_told_unless_they_listen_to_it() {
    let mut rig = Rig::new();
    let (mut ann, mut bob) = (rig.open(caller("ann"), 0), rig.listen("bob", 0));
    let gained = vec![caller("ann").user, caller("bob").user];
    let added = changing(1, Some(Audience::Members { gained, lost: Vec::new(), run: Vec::new() }));
    rig.tell(committed(added));
    rig.tell(HubInput::Gained { key: key(), user: caller("ann").user });
    let stream = key().stream;
    let heard = ann.hears();
    assert!(matches!(heard[..], [Delivery::Gained(a), Delivery::Gained(b)] if a == stream && b == stream));
    assert_eq!(bob.hears_seqs(), [1]);
}

#[test]
fn revocations_end_those_whom_they_concern() {
    let (ann, bob) = (caller("ann"), caller("bob"));
    let key = KeyId::derived(&["key"]);
    let with_key = CallerRef { credential: Credential::Key(key), ..ann };
    let backer = Some(Backer { key, user: ann.user });
    let acting = CallerRef { credential: Credential::Key(key), backer, ..caller("cid") };
    let (revoked, not_allowed) = (Some(CloseCode::Revoked), Some(CloseCode::NotAllowed));
    let (changed, elsewhere) = (Some(CloseCode::RoleChanged), WorkspaceId::derived(&["other"]));
    for (revocation, codes) in [
        (Revocation::SignIn(SignInId::derived(&["ann"])), [revoked, None, None, None]),
        (Revocation::Key(key), [None, revoked, revoked, None]),
        (Revocation::User(ann.user), [revoked, revoked, revoked, None]),
        (Revocation::User(acting.user), [None, None, revoked, None]),
        (Revocation::Member(workspace(), ann.user), [not_allowed, not_allowed, revoked, None]),
        (Revocation::Member(workspace(), acting.user), [None, None, not_allowed, None]),
        (Revocation::Member(elsewhere, ann.user), [None; 4]),
        (Revocation::Role(workspace(), ann.user, Role::Guest), [changed, changed, changed, None]),
        (Revocation::Role(elsewhere, ann.user, Role::Guest), [None; 4]),
        (Revocation::Workspace(workspace()), [not_allowed; 4]),
    ] {
        let mut rig = Rig::new();
        let mut ears = [ann, with_key, acting, bob].map(|caller| rig.open(caller, 0));
        rig.tell(HubInput::Revoke(revocation));
        assert_eq!(ears.each_mut().map(Ear::closed), codes, "{revocation:?}");
    }
}

#[test]
fn who_was_checked_before_a_revocation_and_comes_after_it_is_turned_away() {
    let mut rig = Rig::new();
    let (ann, bob) = (caller("ann"), caller("bob"));
    let come = |rig: &mut Rig, caller: CallerRef, checked: Time| {
        let (outlet, inbox) = queue(checked);
        let id = ConnectionId::derived(&[&format!("{caller:?} {checked:?} {:?}", rig.now)]);
        rig.tell(HubInput::Open { connection: id, caller, outlet });
        Ear { id, inbox }.closed()
    };
    let before = rig.now;
    rig.tick_after(Duration::from_secs(1));
    rig.tell(HubInput::Revoke(Revocation::Member(workspace(), ann.user)));
    let then = rig.now;
    rig.tick_after(Duration::from_millis(1));
    for checked in [before, then] {
        assert_eq!(come(&mut rig, ann, checked), Some(CloseCode::NotAllowed));
        assert_eq!(come(&mut rig, bob, checked), None);
    }
    // Who comes back at once as what they became is let in: the check that found it may be as old as the news, to the millisecond.
    let guest = Revocation::Role(workspace(), bob.user, Role::Guest);
    rig.tell(HubInput::Revoke(guest));
    let now = rig.now;
    assert_eq!(come(&mut rig, bob, now), Some(CloseCode::RoleChanged));
    assert_eq!(come(&mut rig, CallerRef { role: Role::Guest, ..bob }, now), None);
    rig.tick_after(Duration::from_millis(1));
    // Whoever was let in by a later check is something again.
    let now = rig.now;
    assert_eq!(come(&mut rig, ann, now), None);
    // What was forgotten may have concerned anybody.
    rig.tick_after(Duration::from_secs(30));
    rig.tell(HubInput::Revoke(Revocation::User(UserId::derived(&["cid"]))));
    let now = rig.now;
    assert_eq!(
        [before, now].map(|checked| come(&mut rig, bob, checked)),
        [Some(CloseCode::Unavailable), None]
    );
    for number in 0..10_000 {
        let user = UserId::derived(&[&number.to_string()]);
        rig.tell(HubInput::Revoke(Revocation::User(user)));
    }
    assert_eq!(come(&mut rig, bob, now), Some(CloseCode::Unavailable));
}

#[test]
fn callers_are_checked_each_once_and_all_their_connections_learn_of_it() {
    let mut rig = Rig::new();
    let (ann, bob) = (caller("ann"), caller("bob"));
    let (mut first, mut second, mut third) = (rig.open(ann, 1), rig.open(ann, 2), rig.open(bob, 1));
    let mut callers = vec![ann, bob];
    callers.sort_unstable();
    let asked = rig.now.after(CHECKS_EVERY);
    let check = HubOutput::Check { asked, callers: callers.clone() };
    assert_eq!(rig.tick_after(CHECKS_EVERY), [check]);
    // They could not be checked: they are again, sooner.
    rig.tell(HubInput::Checked { asked, result: Err(Unavailable) });
    let asked = asked.after(ROUND_RETRY);
    assert_eq!(rig.tick_after(ROUND_RETRY), [HubOutput::Check { asked, callers }]);
    let result = Ok(vec![(ann, Check::Good), (bob, Check::NotAllowed)]);
    rig.tell(HubInput::Checked { asked, result });
    for ear in [&mut first, &mut second] {
        let control = ear.inbox.control().now_or_never().unwrap();
        assert_eq!((control.checked, control.close), (asked, None));
    }
    assert_eq!(third.closed(), Some(CloseCode::NotAllowed));
}

#[test]
fn a_user_has_a_bounded_number_of_connections() {
    let mut rig = Rig::new();
    let ann = caller("ann");
    let mut ears: Vec<Ear> = (0..USER_CONNECTIONS).map(|number| rig.open(ann, number)).collect();
    let mut more = rig.open(ann, USER_CONNECTIONS);
    assert_eq!(more.closed(), Some(CloseCode::TooManyConnections));
    assert!(ears.iter_mut().all(|ear| ear.closed().is_none()));
    rig.tell(HubInput::Closed(ears[0].id));
    assert_eq!(rig.open(ann, USER_CONNECTIONS + 1).closed(), None);
}
