//! A load of senders, each with so many messages of its own under way: what is answered makes room for the next.
//!
//! Every delivery is looked at: each socket hears each stream in the order of `seq` without a gap, and at the end as much
//! was heard as was sent.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    message::SENDER,
    order::Order,
    samples::Samples,
    wire::{Field, Sockets, Spin},
};

/// How long nothing may come.
const STALLED: Duration = Duration::from_secs(20);

const NEW: &[u8] = br#"{"type":"message.new""#;
const OK: &[u8] = br#"{"type":"ok""#;
const ERROR: &[u8] = br#"{"type":"error""#;

/// What tells a sender that a message is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The answer to the frame.
    ByAnswer,
    /// The message itself, which its sender hears like everybody.
    ByDelivery,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Over(Duration),
    Sent(usize),
}

/// Who sends what.
pub(crate) struct Plan<'a> {
    /// The frames of each sender, which it sends in turn; the first sockets are the senders'.
    pub(crate) frames: &'a [Vec<Vec<u8>>],
    /// How many messages of each are under way.
    pub(crate) window: usize,
    pub(crate) told: Told,
    /// How many sockets hear each message.
    pub(crate) heard_by: usize,
    pub(crate) until: Until,
}

/// What a phase came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sends {
    pub(crate) count: usize,
    pub(crate) per_second: f64,
    /// From sending to being told that it is stored.
    pub(crate) took: Samples,
    /// The mean size of a delivery.
    pub(crate) bytes: usize,
}

#[derive(Default)]
struct Sender {
    sent: std::collections::VecDeque<Instant>,
    turn: usize,
}

struct Run {
    senders: Vec<Sender>,
    order: Order,
    told: Told,
    stored: Vec<usize>,
    took: Vec<Duration>,
    heard: usize,
    bytes: usize,
    fault: Option<String>,
    sender: Field,
}

/// Sends until it is over and everything was answered and heard.
pub(crate) fn send(sockets: &mut Sockets, plan: &Plan<'_>) -> Result<Sends, String> {
    let began = Instant::now();
    let mut run = Run::new(sockets.len(), plan);
    let mut sent = 0;
    for (number, frames) in plan.frames.iter().enumerate() {
        for _ in 0..plan.window {
            run.send(sockets, number, frames)?;
            sent += 1;
        }
    }
    let (mut came, mut lasted) = (began, Duration::ZERO);
    while run.took.len() < sent || run.heard < sent * plan.heard_by {
        let before = run.took.len() + run.heard;
        sockets.poll(Spin::Spinning, |number, payload| run.hear(number, payload))?;
        if let Some(fault) = run.fault.take() {
            return Err(fault);
        }
        if run.took.len() + run.heard > before {
            came = Instant::now();
        } else if came.elapsed() > STALLED {
            let (told, heard) = (run.took.len(), run.heard);
            return Err(format!("of {sent} messages {told} were answered, and {heard} deliveries came"));
        }
        for number in std::mem::take(&mut run.stored) {
            lasted = began.elapsed();
            if plan.until.goes_on(lasted, sent)
                && let Some(frames) = plan.frames.get(number)
            {
                run.send(sockets, number, frames)?;
                sent += 1;
            }
        }
    }
    if run.heard > sent * plan.heard_by {
        return Err(format!("{} deliveries came of {sent} messages", run.heard));
    }
    Ok(run.over(lasted))
}

impl Until {
    fn goes_on(self, lasted: Duration, sent: usize) -> bool {
        match self {
            Self::Over(lasting) => lasted < lasting,
            Self::Sent(count) => sent < count,
        }
    }
}

impl Run {
    fn new(sockets: usize, plan: &Plan<'_>) -> Self {
        Self {
            senders: plan.frames.iter().map(|_| Sender::default()).collect(),
            order: Order::new(sockets),
            told: plan.told,
            stored: Vec::new(),
            took: Vec::new(),
            heard: 0,
            bytes: 0,
            fault: None,
            sender: Field::behind(SENDER),
        }
    }

    fn send(&mut self, sockets: &mut Sockets, number: usize, frames: &[Vec<u8>]) -> Result<(), String> {
        let sender = self.senders.get_mut(number).ok_or("nobody has this number")?;
        let frame = frames.get(sender.turn % frames.len().max(1)).ok_or("somebody has nothing to say")?;
        sender.turn += 1;
        sender.sent.push_back(Instant::now());
        sockets.send(number, frame)
    }

    fn hear(&mut self, number: usize, payload: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if payload.starts_with(NEW) {
            self.bytes += payload.len();
            self.fault = self.deliver(number, payload).err();
        } else if payload.starts_with(OK) && self.told == Told::ByAnswer {
            self.stored(number);
        } else if payload.starts_with(ERROR) {
            self.fault = Some(String::from_utf8_lossy(payload).into_owned());
        }
    }

    fn deliver(&mut self, number: usize, payload: &[u8]) -> Result<(), String> {
        self.order.hear(number, payload)?;
        self.heard += 1;
        if self.told == Told::ByDelivery
            && self.sender.number(payload).and_then(|sender| usize::try_from(sender).ok()) == Some(number)
        {
            self.stored(number);
        }
        Ok(())
    }

    fn stored(&mut self, number: usize) {
        let sent = self.senders.get_mut(number).and_then(|sender| sender.sent.pop_front());
        match sent {
            Some(sent) => self.took.push(sent.elapsed()),
            None => self.fault = Some(format!("socket {number} was answered what it did not ask")),
        }
        self.stored.push(number);
    }

    fn over(self, lasted: Duration) -> Sends {
        let count = self.took.len();
        #[expect(clippy::cast_precision_loss, reason = "a number of messages")]
        let per_second = count as f64 / lasted.as_secs_f64();
        let bytes = self.bytes / self.heard.max(1);
        Sends { count, per_second, took: self.took.into_iter().collect(), bytes }
    }
}
