//! A load of one group: so many messages are under way, and a message is through once every member has it.
//!
//! Every delivery is looked at: each member hears each message once, in the order of `seq`, and nothing is missing at the
//! end.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::{
    message::SENDER,
    samples::Samples,
    wire::{Field, Sockets, Spin},
};

/// How long nothing may come.
const STALLED: Duration = Duration::from_secs(20);

/// What begins every delivery.
const NEW: &[u8] = br#"{"type":"message.new""#;

/// What a phase came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries {
    pub(crate) per_second: f64,
    /// From the sending of a message to each of its deliveries.
    pub(crate) took: Samples,
    /// The mean size of a delivery.
    pub(crate) bytes: usize,
    /// For which part of the time the load had something to do.
    pub(crate) worked: f64,
}

/// A message under way, and who still misses it.
struct Underway {
    sent: Instant,
    sender: usize,
    missing: usize,
}

struct Run {
    members: usize,
    /// The `seq` that each member is to hear next, once it is known where the phase began.
    next: Vec<u64>,
    /// The oldest message under way is the first.
    underway: VecDeque<Underway>,
    /// The `seq` of that one.
    first: Option<u64>,
    sent: Vec<Instant>,
    through: Vec<usize>,
    count: usize,
    /// Of one delivery for each message under way: looking at the clock for all of them would be a load of its own.
    took: Vec<Duration>,
    bytes: usize,
    fault: Option<String>,
    seq: Field,
    sender: Field,
}

/// Sends for so long, with one message of each of these senders under way; `frames` has one of each of the first sockets.
pub(crate) fn broadcast(
    sockets: &mut Sockets,
    frames: &[Vec<u8>],
    lasting: Duration,
) -> Result<Deliveries, String> {
    sockets.worked();
    let began = Instant::now();
    let mut run = Run::new(sockets.len(), frames.len(), began);
    for (sender, frame) in frames.iter().enumerate() {
        run.send(sockets, sender, frame)?;
    }
    let mut underway = frames.len();
    let mut heard = Instant::now();
    while underway > 0 {
        let before = run.count;
        sockets.poll(Spin::Spinning, |member, payload| run.hear(member, payload))?;
        if let Some(fault) = run.fault.take() {
            return Err(fault);
        }
        if run.count > before {
            heard = Instant::now();
        } else if heard.elapsed() > STALLED {
            return Err(format!("nothing was delivered for {} s", STALLED.as_secs()));
        }
        for sender in std::mem::take(&mut run.through) {
            underway -= 1;
            if began.elapsed() < lasting
                && let Some(frame) = frames.get(sender)
            {
                run.send(sockets, sender, frame)?;
                underway += 1;
            }
        }
    }
    run.over(began.elapsed(), sockets.worked())
}

impl Run {
    fn new(members: usize, senders: usize, began: Instant) -> Self {
        Self {
            members,
            next: vec![0; members],
            underway: VecDeque::new(),
            first: None,
            sent: vec![began; senders],
            through: Vec::new(),
            count: 0,
            took: Vec::new(),
            bytes: 0,
            fault: None,
            seq: Field::behind("\"seq\":"),
            sender: Field::behind(SENDER),
        }
    }

    fn send(&mut self, sockets: &mut Sockets, sender: usize, frame: &[u8]) -> Result<(), String> {
        if let Some(sent) = self.sent.get_mut(sender) {
            *sent = Instant::now();
        }
        sockets.send(sender, frame)
    }

    fn hear(&mut self, member: usize, payload: &[u8]) {
        if payload.starts_with(NEW) && self.fault.is_none() {
            self.bytes += payload.len();
            let taken = self.seq.number(payload).ok_or("a message without seq".to_owned());
            self.fault = taken.and_then(|seq| self.take(member, seq, payload)).err();
        } else if payload.starts_with(br#"{"type":"error""#) {
            self.fault = Some(String::from_utf8_lossy(payload).into_owned());
        }
    }

    fn take(&mut self, member: usize, seq: u64, payload: &[u8]) -> Result<(), String> {
        let first = *self.first.get_or_insert(seq);
        let next = self.next.get_mut(member).ok_or("nobody has this number")?;
        let expected = if *next == 0 { first } else { *next };
        if seq != expected {
            return Err(format!("member {member} heard {seq} where {expected} should be"));
        }
        *next = seq + 1;
        let place = usize::try_from(seq.saturating_sub(first)).map_err(crate::text)?;
        if place == self.underway.len() {
            let sender = self.sender.number(payload).and_then(|sender| usize::try_from(sender).ok());
            let sender = sender.ok_or("a message of nobody")?;
            let sent = *self.sent.get(sender).ok_or("a message of nobody who sends")?;
            self.underway.push_back(Underway { sent, sender, missing: self.members });
        }
        let message = self.underway.get_mut(place).ok_or("a message out of order")?;
        if self.count.is_multiple_of(self.sent.len()) {
            self.took.push(message.sent.elapsed());
        }
        self.count += 1;
        message.missing -= 1;
        while let Some(done) = self.underway.pop_front_if(|message| message.missing == 0) {
            self.through.push(done.sender);
            self.first = self.first.map(|first| first + 1);
        }
        Ok(())
    }

    /// What it came to, once everybody has heard the same.
    fn over(self, lasted: Duration, worked: Duration) -> Result<Deliveries, String> {
        if self.next.iter().any(|next| Some(*next) != self.first) {
            return Err("not every member heard every message".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of deliveries")]
        let per_second = self.count as f64 / lasted.as_secs_f64();
        let (bytes, worked) = (self.bytes / self.count.max(1), worked.as_secs_f64() / lasted.as_secs_f64());
        Ok(Deliveries { per_second, took: self.took.into_iter().collect(), bytes, worked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(run: &mut Run, member: usize, sender: u64, seq: u64) -> Option<String> {
        let payload = format!(r#"{{"type":"message.new","seq":{seq},"content":"s{sender} x"}}"#);
        run.hear(member, payload.as_bytes());
        run.fault.take()
    }

    #[test]
    fn a_message_is_through_once_every_member_has_it() {
        let mut run = Run::new(3, 2, Instant::now());
        for (member, sender, seq, through) in
            [(0, 1, 7, 0), (0, 0, 8, 0), (1, 1, 7, 0), (2, 1, 7, 1), (2, 0, 8, 1), (1, 0, 8, 2)]
        {
            assert_eq!(hear(&mut run, member, sender, seq), None);
            assert_eq!(run.through.len(), through, "{member} {seq}");
        }
        assert_eq!(run.through, [1, 0]);
        assert!(run.over(Duration::from_secs(1), Duration::ZERO).is_ok_and(|all| all.per_second > 5.9));
    }

    #[test]
    fn gaps_repetitions_and_strangers_are_found() {
        for heard in [[(0, 7), (0, 9)], [(0, 7), (0, 7)], [(0, 7), (1, 8)], [(0, 7), (2, 7)]] {
            let mut run = Run::new(2, 1, Instant::now());
            let faults = heard.map(|(member, seq)| hear(&mut run, member, 0, seq).is_some());
            assert_eq!(faults, [false, true], "{heard:?}");
        }
        assert!(hear(&mut Run::new(1, 1, Instant::now()), 0, 5, 7).is_some());
    }

    #[test]
    fn what_a_member_misses_at_the_end_is_found() {
        let mut run = Run::new(2, 1, Instant::now());
        assert_eq!(hear(&mut run, 0, 0, 7), None);
        assert!(run.over(Duration::from_secs(1), Duration::ZERO).is_err());
    }
}
