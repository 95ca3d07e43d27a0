//! What a client is told of each stream that it resumes.

use super::*;
use crate::realtime::limits::{REPLAY_ENTRIES, WATCHED_GROUPS};

/// What becomes of a resume from `cursor` on a connection that follows the group up to `reached`.
fn resume(reached: u64, cursor: u64, looked: Vec<Standing>) -> Vec<Want> {
    let mut rig = Rig::open(reached);
    assert_eq!(rig.resume("r", cursor), [Want::Look(vec![group()])]);
    rig.tell(Input::Looked(Ok(looked)))
}

#[test]
fn each_cursor_gets_its_verdict() {
    let reset = resumed("reset", Some(2_000));
    for (cursor, standing, then) in [
        (2_000, standing(2_000), vec![resumed("current", Some(2_000))]),
        (1_999, standing(2_000), vec![Want::Read(group(), 1_999)]),
        (2_001, standing(2_000), vec![reset.clone()]),
        (2_000 - REPLAY_ENTRIES - 1, standing(2_000), vec![reset.clone()]),
        (1_500, Standing { log_floor: 1_600, ..standing(2_000) }, vec![reset.clone()]),
        (1_500, Standing { visible_from: 1_600, ..standing(2_000) }, vec![reset]),
    ] {
        assert_eq!(
            resume(2_000, cursor, vec![standing]),
            [vec![ok("r")], then].concat(),
            "{cursor} {standing:?}"
        );
    }
    let gone = [ok("r"), Want::Unlisten(group()), resumed("gone", None)];
    assert_eq!(resume(2_000, 2_000, Vec::new()), gone);
}

#[test]
fn a_cursor_of_another_epoch_is_reset() {
    let mut rig = Rig::open(4);
    rig.text("resume", "r", &json!({ "epoch": "older", "cursors": { group().to_string(): 4 } }));
    assert_eq!(rig.tell(Input::Looked(Ok(vec![standing(4)]))), [ok("r"), resumed("reset", Some(4))]);
}

#[test]
fn a_verdict_tells_where_this_connection_is_not_where_the_stream_is() {
    // The stream has come to 6, this connection to 4: what lies between follows, as an entry of its own.
    let wants = resume(4, 4, vec![standing(6)]);
    assert_eq!(wants, [ok("r"), resumed("current", Some(4)), Want::Read(group(), 4)]);
    let wants = resume(4, 9, vec![standing(6)]);
    assert_eq!(wants, [ok("r"), resumed("reset", Some(4)), Want::Read(group(), 4)]);
}

#[test]
fn a_cursor_for_a_readable_public_group_watches_it() {
    let mut rig = Rig::new(Opening::Request);
    rig.tell(Input::Authenticated(Box::new(ready(Vec::new()))));
    rig.resume("r", 3);
    let watcher = Standing { access: Access::Watcher, ..standing(4) };
    let wants = rig.tell(Input::Looked(Ok(vec![watcher])));
    assert_eq!(wants, [ok("r"), Want::Listen(vec![(group(), 4)]), Want::Read(group(), 3)]);
    assert_eq!(rig.live(entry(5)), []);
    assert_eq!(rig.tell(page(4..=5, 5)), [entries(4..=5), vec![resumed("replayed", Some(5))]].concat());
}

#[test]
fn cursors_beyond_what_one_may_watch_are_gone() {
    let mut rig = Rig::new(Opening::Request);
    rig.tell(Input::Authenticated(Box::new(ready(Vec::new()))));
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
    rig.resume("r", 3);
    for _ in 0..6 {
        assert_eq!(rig.tell(Input::Looked(Err(Unavailable))), []);
        rig.check();
        assert_eq!(rig.tick(), [Want::Look(vec![group()])]);
    }
    let wants = rig.tell(Input::Looked(Err(Unavailable)));
    assert_eq!(wants, [error("r", "connection.closing"), Want::Close(CloseCode::Unavailable)]);
}
