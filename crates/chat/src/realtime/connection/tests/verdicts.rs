//! What a client is told of each stream that it resumes.

use super::*;
use crate::realtime::limits::{REPLAY_ENTRIES, WATCHED_GROUPS};

#[test]
fn each_cursor_gets_its_verdict() {
    let reset = resumed("reset", Some(2_000));
    for (cursor, standing, then) in [
        (2_000, standing(2_000), resumed("current", Some(2_000))),
        (1_999, standing(2_000), Want::Read(group(), 1_999)),
        (2_001, standing(2_000), reset.clone()),
        (2_000 - REPLAY_ENTRIES - 1, standing(2_000), reset.clone()),
        (1_500, Standing { log_floor: 1_600, ..standing(2_000) }, reset.clone()),
        (1_500, Standing { visible_from: 1_600, ..standing(2_000) }, reset),
    ] {
        let mut rig = Rig::following(vec![standing]);
        assert_eq!(rig.resume("r", cursor), [ok("r"), then], "{cursor} {standing:?}");
    }
}

#[test]
fn a_cursor_of_another_epoch_is_reset() {
    let mut rig = Rig::open(4);
    let wants = rig.text("resume", "r", &json!({ "epoch": "older", "cursors": { group().to_string(): 4 } }));
    assert_eq!(wants, [ok("r"), resumed("reset", Some(4))]);
}

#[test]
fn streams_that_are_not_followed_are_looked_up_with_those_that_are() {
    let asked = |cursor: u64| {
        let mut rig = Rig::open(4);
        let wants = rig.resume_all("r", &[(group(), cursor), (other(), 1)]);
        let Some(Want::Look(streams)) = wants.first() else { panic!("{wants:?}") };
        assert_eq!((streams.len(), wants.len()), (2, 1));
        rig
    };
    let told = |wants: &[Want]| {
        let told = wants.iter().find_map(|want| match want {
            Want::Frame(kind, data) if kind == "resumed" => Some(data["streams"].clone()),
            _ => None,
        });
        let told = serde_json::from_value::<Vec<Value>>(told.unwrap()).unwrap();
        told.into_iter().find(|verdict| verdict["id"] == json!(group())).unwrap()
    };
    // The stream has come to 6, this connection to 4: what lies between follows, as an entry of its own.
    for (cursor, status) in [(4, "current"), (9, "reset")] {
        let wants = asked(cursor).tell(Input::Looked(Ok(vec![standing(6)])));
        assert_eq!(told(&wants), json!({ "id": group(), "status": status, "seq": 4 }));
        assert_eq!(wants.last(), Some(&Want::Read(group(), 4)));
    }
    // What the client may not read any more is gone.
    let wants = asked(4).tell(Input::Looked(Ok(Vec::new())));
    assert_eq!(told(&wants), json!({ "id": group(), "status": "gone" }));
    assert!(wants.contains(&Want::Unlisten(group())), "{wants:?}");
}

#[test]
fn a_group_that_was_lost_is_looked_up_before_it_is_resumed() {
    let mut rig = Rig::open(4);
    rig.live(changing(5, lost()));
    rig.tell(Input::Looked(Ok(Vec::new())));
    assert_eq!(rig.resume("r", 3), [Want::Look(vec![group()])]);
    assert_eq!(rig.tell(Input::Looked(Ok(Vec::new()))), [ok("r"), resumed("gone", None)]);
}

#[test]
fn a_cursor_for_a_readable_public_group_watches_it() {
    let mut rig = Rig::following(Vec::new());
    rig.resume("r", 3);
    let watcher = Standing { access: Access::Watcher, ..standing(4) };
    let wants = rig.tell(Input::Looked(Ok(vec![watcher])));
    assert_eq!(wants, [ok("r"), Want::Listen(vec![(group(), 4)]), Want::Read(group(), 3)]);
    assert_eq!(rig.live(entry(5)), []);
    assert_eq!(rig.tell(page(4..=5, 5)), [entries(4..=5), vec![resumed("replayed", Some(5))]].concat());
}

#[test]
fn cursors_beyond_what_one_may_watch_are_gone() {
    let mut rig = Rig::following(Vec::new());
    let stream = |n: usize| StreamId::derived(&[&n.to_string()]);
    let streams: Vec<_> = (0..=WATCHED_GROUPS).map(stream).collect();
    let cursors: serde_json::Map<_, _> =
        streams.iter().map(|stream| (stream.to_string(), json!(4))).collect();
    rig.text("resume", "r", &json!({ "epoch": "e", "cursors": cursors }));
    let standings =
        streams.iter().map(|stream| Standing { stream: *stream, access: Access::Watcher, ..standing(4) });
    let wants = rig.tell(Input::Looked(Ok(standings.collect())));
    let Some(Want::Frame(_, told)) = wants.last() else { panic!("{wants:?}") };
    let count = |status: &str| {
        told["streams"].as_array().unwrap().iter().filter(|one| one["status"] == status).count()
    };
    assert_eq!((count("current"), count("gone")), (WATCHED_GROUPS, 1));
}

#[test]
fn a_look_that_fails_is_repeated_until_the_connection_gives_up() {
    let mut rig = Rig::open(4);
    rig.resume_all("r", &[(other(), 3)]);
    for _ in 0..6 {
        assert_eq!(rig.tell(Input::Looked(Err(Unavailable))), []);
        rig.check();
        assert_eq!(rig.tick(), [Want::Look(vec![other()])]);
    }
    let wants = rig.tell(Input::Looked(Err(Unavailable)));
    assert_eq!(wants, [error("r", "connection.closing"), Want::Close(CloseCode::Unavailable)]);
}
