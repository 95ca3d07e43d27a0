//! What may be sent past a connection, and what it makes of that.

use super::*;
use crate::realtime::limits::TRUST;

fn grant(rig: &Rig) -> Option<u64> {
    let grant = rig.connection.grant(rig.now)?;
    assert_eq!((grant.stream, grant.until), (group(), Time::default().after(TRUST)));
    Some(grant.next)
}

#[test]
fn what_comes_next_of_the_stream_that_had_something_last_may_be_sent_past() {
    let mut rig = Rig::open(4);
    assert_eq!(grant(&rig), None, "nothing came yet");
    assert_eq!(rig.live(entry(5)), entries(5..=5));
    assert_eq!(grant(&rig), Some(6));
    rig.connection.passed(group(), 8);
    assert_eq!(grant(&rig), Some(9));
    // It is as if they had come the other way.
    assert_eq!(rig.live(entry(8)), []);
    assert_eq!(rig.live(entry(9)), entries(9..=9));
    assert_eq!(rig.live(entry(11)), [Want::Read(group(), 9)]);
    assert_eq!(grant(&rig), None, "the client is behind");
    assert_eq!(rig.tell(page(10..=11, 11)), entries(10..=11));
    assert_eq!(grant(&rig), Some(12));
}

#[test]
fn what_was_sent_past_is_what_a_resume_is_judged_by() {
    let mut rig = Rig::open(4);
    rig.live(entry(5));
    rig.connection.passed(group(), 8);
    let wants = rig.resume("r", 8);
    assert!(wants.contains(&resumed("current", Some(8))), "{wants:?}");
}

#[test]
fn nothing_is_sent_past_who_may_not_read_or_is_not_trusted() {
    let mut rig = Rig::open(4);
    rig.live(entry(5));
    rig.now = Time::default().after(TRUST);
    assert_eq!(grant(&rig), Some(6));
    rig.now = rig.now.after(Duration::from_millis(1));
    assert_eq!(rig.connection.grant(rig.now), None);

    let mut rig = Rig::open(4);
    rig.live(entry(5));
    rig.live(changing(6, lost()));
    assert_eq!(grant(&rig), None);
}
