//! What is stored nowhere: sent to those who may read its stream now.

use super::*;
use crate::realtime::{Volatile, limits::TRUST};

fn typing(rig: &mut Rig) -> Vec<Want> {
    let frame = r#"{"type":"typing","data":1}"#.to_owned().into();
    rig.tell(Input::Live(Delivery::Volatile(Arc::new(Volatile { stream: group(), frame }))))
}

fn heard() -> Vec<Want> {
    vec![Want::Frame("typing".to_owned(), json!(1))]
}

#[test]
fn it_is_sent_as_long_as_the_stream_may_be_read() {
    let mut rig = Rig::open(4);
    assert_eq!(typing(&mut rig), heard());
    rig.live(changing(5, lost()));
    assert_eq!(typing(&mut rig), []);
    // The right came back: the stream is followed once that was looked up, and not before.
    rig.tell(Input::Looked(Ok(Vec::new())));
    rig.tell(Input::Live(Delivery::Gained(group())));
    assert_eq!(typing(&mut rig), []);
    rig.tell(Input::Looked(Ok(vec![standing(6)])));
    assert_eq!(typing(&mut rig), heard());
}

#[test]
fn a_client_that_is_behind_hears_it_in_the_midst_of_what_it_missed() {
    let mut rig = Rig::replaying(1, 4);
    assert_eq!(typing(&mut rig), heard());
    rig.tell(page(2..=4, 4));
    assert_eq!(typing(&mut rig), heard());
}

#[test]
fn who_was_not_checked_in_time_does_not_hear_it_then_or_later() {
    let mut rig = Rig::open(4);
    rig.now = rig.now.after(TRUST);
    assert_eq!(typing(&mut rig), heard());
    rig.now = rig.now.after(Duration::from_millis(1));
    assert_eq!(typing(&mut rig), []);
    assert_eq!(rig.check(), []);
    assert_eq!(typing(&mut rig), heard());
}
