//! Rights that come and go while a client listens.

use super::*;
use crate::realtime::{
    Whom, Withheld,
    limits::{DOUBTS, WATCHED_GROUPS},
};

fn look() -> Want {
    Want::Look(vec![group()])
}

fn gone() -> Vec<Want> {
    vec![Want::Unlisten(group()), resumed("gone", None), look()]
}

#[test]
fn the_entry_that_removes_a_member_is_the_last_they_receive() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.live(changing(5, lost())), [entries(5..=5), gone()].concat());
    assert_eq!(rig.live(entry(6)), []);
    assert_eq!(rig.tell(Input::Looked(Ok(Vec::new()))), []);
    assert_eq!(rig.live(entry(7)), []);
}

#[test]
fn a_guest_is_sent_what_stands_for_an_entry_and_goes_on_after_it() {
    for (role, kind) in [(Role::Guest, "skipped"), (Role::Member, "entry")] {
        let mut rig = Rig::new(Opening::Request);
        let mut ready = ready(vec![standing(4)]);
        ready.caller.role = role;
        rig.tell(Input::Authenticated(Box::new(ready)));
        assert_eq!(rig.live(withheld(5, Whom::Guests)), [Want::Frame(kind.to_owned(), json!(5))]);
        assert_eq!(rig.live(entry(6)), entries(6..=6));
    }
}

#[test]
fn what_tells_of_something_before_a_client_may_read_is_skipped() {
    for (visible_from, kind) in [(4, "skipped"), (3, "entry"), (1, "entry")] {
        let mut rig = Rig::following(vec![Standing { visible_from, ..standing(5) }]);
        assert_eq!(rig.live(withheld(6, Whom::Newcomers(3))), [Want::Frame(kind.to_owned(), json!(6))]);
        assert_eq!(rig.live(entry(7)), entries(7..=7));
    }
}

#[test]
fn what_may_be_read_of_a_group_follows_whether_it_is_public() {
    let since_join = Standing { visible_from: 4, ..standing(5) };
    let edited = |seq: u64| withheld(seq, Whom::Newcomers(3));
    let told = |kind: &str, seq: u64| [Want::Frame(kind.to_owned(), json!(seq))];
    let mut rig = Rig::following(vec![since_join]);
    assert_eq!(rig.live(edited(6)), told("skipped", 6));
    rig.live(changing(7, Some(Audience::Public)));
    assert_eq!(rig.live(edited(8)), told("entry", 8));
    assert_eq!(rig.resume("r", 1), [ok("r"), Want::Read(group(), 1)]);

    let mut rig = Rig::following(vec![Standing { is_public: true, ..since_join }]);
    assert_eq!(rig.live(edited(6)), told("entry", 6));
    assert_eq!(rig.live(changing(7, Some(Audience::Private))), [entries(7..=7), gone()].concat());
    let wants = rig.tell(Input::Looked(Ok(vec![Standing { head: 7, ..since_join }])));
    assert_eq!(wants, [Want::Listen(vec![(group(), 7)]), resumed("reset", Some(7))]);
    assert_eq!(rig.live(edited(8)), told("skipped", 8));
    // Nor is anything replayed of what was public, or sent of what came before they did.
    let before = Standing { visible_from: 50, is_public: true, ..standing(60) };
    let mut rig = Rig::following(vec![before]);
    assert_eq!(rig.resume("r", 1), [ok("r"), Want::Read(group(), 1)]);
    assert_eq!(rig.live(changing(61, Some(Audience::Private))), gone());
    assert_eq!(rig.tell(page(2..=61, 61)), []);
    // What was known when the rights were read is history, and what a look finds that is older than an entry is, too.
    let mut rig = Rig::following(vec![since_join]);
    rig.resume("r", 3);
    rig.tell(Input::Page(Ok(Page {
        head: 5,
        log_floor: 1,
        entries: vec![changing(4, Some(Audience::Public)), entry(5)],
    })));
    assert_eq!(rig.live(edited(6)), told("skipped", 6));
}

#[test]
fn who_comes_and_goes_in_a_large_group_is_told_to_who_runs_it_and_to_themselves() {
    let of = |seq: u64, user: UserId| withheld(seq, Whom::Bystanders([user].into()));
    let told = |kind: &str, seq: u64| [Want::Frame(kind.to_owned(), json!(seq))];
    let runs = |run: bool| {
        let run = if run { vec![me()] } else { Vec::new() };
        Some(Audience::Members { gained: vec![me()], lost: Vec::new(), run })
    };
    let somebody = UserId::derived(&["somebody"]);
    let mut rig = Rig::following(vec![standing(4)]);
    assert_eq!(rig.live(of(5, somebody)), told("skipped", 5));
    assert_eq!(rig.live(of(6, me())), told("entry", 6));
    rig.live(changing(7, runs(true)));
    assert_eq!(rig.live(of(8, somebody)), told("entry", 8));
    // What others become changes nothing.
    rig.live(changing(
        9,
        Some(Audience::Members { gained: vec![somebody], lost: Vec::new(), run: vec![somebody] }),
    ));
    assert_eq!(rig.live(of(10, somebody)), told("entry", 10));
    rig.live(changing(11, runs(false)));
    assert_eq!(rig.live(of(12, somebody)), told("skipped", 12));
    let mut rig = Rig::following(vec![Standing { runs: true, ..standing(4) }]);
    assert_eq!(rig.live(of(5, somebody)), told("entry", 5));
}

#[test]
fn a_look_that_is_older_than_an_entry_takes_nothing_back() {
    let mut rig = Rig::following(vec![Standing { access: Access::Watcher, ..standing(4) }]);
    rig.resume_all("r", &[(group(), 5), (other(), 1)]);
    rig.live(changing(5, gained()));
    rig.tell(Input::Looked(Ok(vec![Standing { access: Access::Watcher, ..standing(4) }])));
    // A member is one still: they cannot end it by no longer watching.
    assert_eq!(rig.text("group.unwatch", "u", &json!({ "group_id": group() })), [ok("u")]);
    assert_eq!(rig.live(entry(6)), entries(6..=6));
}

/// An entry that these are not shown.
fn withheld(seq: u64, from: Whom) -> Arc<Live> {
    let frame = format!(r#"{{"type":"skipped","seq":{seq}}}"#).into();
    let withheld = vec![Withheld { from, frame }];
    Arc::new(Live { withheld, ..Arc::into_inner(entry(seq)).unwrap() })
}

#[test]
fn what_others_gain_and_lose_changes_nothing() {
    let mut rig = Rig::open(4);
    let other = vec![UserId::derived(&["other"])];
    let change = Audience::Members { gained: other.clone(), lost: other, run: Vec::new() };
    assert_eq!(rig.live(changing(5, Some(change))), entries(5..=5));
    assert_eq!(rig.live(changing(6, Some(Audience::Private))), entries(6..=6));
    assert_eq!(rig.live(entry(7)), entries(7..=7));
    assert_eq!(rig.live(changing(8, Some(Audience::Deleted))), [entries(8..=8), gone()].concat());
}

#[test]
fn a_removal_in_mid_replay_ends_it() {
    // Found in a page, it is sent; heard of from the hub before, the rest is not sent at all.
    let mut rig = Rig::replaying(5, 6);
    let entries_read = vec![entry(6), changing(7, lost()), entry(8)];
    let wants = rig.tell(Input::Page(Ok(Page { head: 8, log_floor: 1, entries: entries_read })));
    assert_eq!(wants, [entries(6..=7), gone()].concat());

    let mut rig = Rig::replaying(5, 6);
    assert_eq!(rig.live(changing(7, lost())), gone());
    assert_eq!(rig.tell(page(6..=7, 7)), []);
}

#[test]
fn a_removal_that_was_known_when_the_rights_were_read_is_history() {
    let mut rig = Rig::replaying(5, 9);
    let again = vec![entry(6), changing(7, lost()), changing(8, gained()), entry(9)];
    let wants = rig.tell(Input::Page(Ok(Page { head: 9, log_floor: 1, entries: again })));
    assert_eq!(wants, [entries(6..=9), vec![resumed("replayed", Some(9))]].concat());
}

#[test]
fn who_is_added_again_starts_anew_however_they_hear_of_it() {
    let own = Standing { stream: StreamId::derived(&["own"]), kind: StreamKind::User, ..standing(0) };
    let key = StreamKey { stream: own.stream, ..entry(1).key };
    let frame = r#"{"type":"entry","seq":1}"#.to_owned();
    let joined = Arc::new(Live {
        key,
        seq: 1,
        frame: frame.into(),
        withheld: Vec::new(),
        audience: Some(Audience::Joined(group())),
    });
    for hint in [Delivery::Gained(group()), Delivery::Entry(changing(9, gained())), Delivery::Entry(joined)] {
        let mut rig = Rig::following(vec![standing(4), own]);
        rig.live(changing(5, lost()));
        rig.tell(Input::Looked(Ok(Vec::new())));
        assert_eq!(rig.tell(Input::Live(hint)).last(), Some(&look()));
        let wants = rig.tell(Input::Looked(Ok(vec![standing(9)])));
        assert_eq!(wants, [Want::Listen(vec![(group(), 9)]), resumed("reset", Some(9))]);
        assert_eq!(rig.live(entry(9)), []);
        assert_eq!(rig.live(entry(10)), entries(10..=10));
    }
}

#[test]
fn a_hint_during_a_look_is_looked_into_after_it() {
    let mut rig = Rig::open(4);
    rig.live(changing(5, lost()));
    assert_eq!(rig.tell(Input::Live(Delivery::Gained(group()))), []);
    assert_eq!(rig.tell(Input::Looked(Ok(Vec::new()))), [look()]);
}

#[test]
fn hints_of_what_is_followed_or_not_a_members_change_nothing() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.tell(Input::Live(Delivery::Gained(group()))), []);
    rig.live(changing(5, lost()));
    // The group is public: one who was removed may watch it, but has to ask for that.
    let watcher = Standing { access: Access::Watcher, ..standing(6) };
    assert_eq!(rig.tell(Input::Looked(Ok(vec![watcher]))), []);
    assert_eq!(rig.live(entry(7)), []);
}

#[test]
fn too_many_hints_end_the_connection() {
    let mut rig = Rig::open(4);
    rig.now = rig.now.after(Duration::from_secs(60));
    let hint = |n: usize| Input::Live(Delivery::Gained(StreamId::derived(&[&n.to_string()])));
    assert!((0..DOUBTS).all(|n| rig.tell(hint(n)).is_empty()));
    assert_eq!(rig.tell(hint(DOUBTS)), [Want::Close(CloseCode::SlowConsumer)]);
}

#[test]
fn a_watcher_follows_until_the_group_is_private_or_they_say_so() {
    let watcher = Standing { access: Access::Watcher, ..standing(4) };
    let data = json!({ "group_id": group() });
    let watching = || {
        let mut rig = Rig::following(Vec::new());
        assert_eq!(rig.text("group.watch", "w", &data), [look()]);
        let wants = rig.tell(Input::Looked(Ok(vec![watcher])));
        assert_eq!(wants, [ok("w"), Want::Listen(vec![(group(), 4)]), resumed("reset", Some(4))]);
        assert_eq!(rig.live(entry(5)), entries(5..=5));
        rig
    };
    let mut rig = watching();
    assert_eq!(rig.live(changing(6, Some(Audience::Private))), [entries(6..=6), gone()].concat());

    let mut rig = watching();
    let wants = rig.text("group.unwatch", "u", &data);
    assert_eq!(wants, [ok("u"), Want::Unlisten(group()), resumed("gone", None)]);

    // Once a member, neither ends it.
    let mut rig = watching();
    assert_eq!(rig.live(changing(6, gained())), entries(6..=6));
    assert_eq!(rig.text("group.unwatch", "u", &data), [ok("u")]);
    assert_eq!(rig.live(changing(7, Some(Audience::Private))), entries(7..=7));
}

#[test]
fn watching_what_one_may_not_read_or_too_much_is_refused() {
    let mut rig = Rig::following(Vec::new());
    let mut watch = |name: &str, there: bool| {
        let stream = StreamId::derived(&[name]);
        rig.text("group.watch", "w", &json!({ "group_id": stream }));
        let there = there.then_some(Standing { stream, access: Access::Watcher, ..standing(4) });
        rig.tell(Input::Looked(Ok(there.into_iter().collect()))).remove(0)
    };
    assert_eq!(watch("none", false), error("w", "group.not_found"));
    for n in 0..WATCHED_GROUPS {
        assert_eq!(watch(&n.to_string(), true), ok("w"));
    }
    assert_eq!(watch("more", true), error("w", "group.too_many_watched"));
    assert_eq!(watch("0", true), ok("w"));
}
