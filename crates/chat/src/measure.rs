//! What chat has to say of itself in numbers, by the crate `metrics`. Where the process has no recorder, nothing is counted.
//!
//! The tasks count, and what the state machines put out; the state machines do not, but for the hub: it alone knows
//! what it has sent past connections.

use metrics::{Counter, Gauge, Unit, counter, describe_counter, describe_gauge, gauge};
use parlance_base::{Kind, Result};
use parlance_store::measure::OneMore;

use crate::realtime::{HubOutput, Status, Text, frame::CloseCode};

const SENDS: &str = "parlance_message_sends_total";
const SOCKETS: &str = "parlance_sockets";
const CLOSED: &str = "parlance_sockets_closed_total";
const FRAMES: &str = "parlance_socket_frames_total";
const VERDICTS: &str = "parlance_socket_verdicts_total";
const QUEUED: &str = "parlance_socket_queue_frames";
const LONGEST: &str = "parlance_socket_queue_longest_frames";
const REPAIRS: &str = "parlance_hub_repairs_total";
const LAGGED: &str = "parlance_bus_lagged_total";
const LOST: &str = "parlance_bus_signals_lost_total";

/// Tells the process's recorder what the metrics of chat and of what it stands on are. A host calls it once, after it has
/// installed a recorder and before it opens a [`Setup`](crate::Setup).
pub fn describe() {
    parlance_store::measure::describe();
    parlance_stream::measure::describe();
    describe_counter!(SENDS, "Messages that somebody wanted to send, by what came of it");
    describe_gauge!(SOCKETS, "Open sockets");
    describe_counter!(CLOSED, "Sockets that were closed, by close code; none for clients that went away");
    describe_counter!(FRAMES, "Frames that were sent over sockets, by what they carry");
    describe_counter!(VERDICTS, "Streams that clients resumed, gained or lost, by what they were told");
    describe_gauge!(QUEUED, Unit::Count, "Frames that wait for sockets, looked at every ten seconds");
    describe_gauge!(
        LONGEST,
        Unit::Count,
        "Frames in the longest queue of a socket, looked at every ten seconds"
    );
    describe_counter!(REPAIRS, "Reads of what the hub was not told, to close a gap before it is delivered");
    describe_counter!(LAGGED, "Times that anything may have been missed, of the other nodes or of this one");
    describe_counter!(LOST, "Signals that were not carried to the other nodes");
}

/// Of what is sent.
#[derive(Debug)]
pub(crate) struct Sends {
    accepted: Counter,
    repeated: Counter,
    refused: Counter,
    unavailable: Counter,
}

impl Sends {
    pub(crate) fn new() -> Self {
        let of = |outcome: &'static str| counter!(SENDS, "outcome" => outcome);
        Self {
            accepted: of("accepted"),
            repeated: of("repeated"),
            refused: of("refused"),
            unavailable: of("unavailable"),
        }
    }

    /// Counts the outcome of a send: what was sent, and whether that is new.
    pub(crate) fn count<T>(&self, outcome: &Result<(T, bool)>) {
        let counter = match outcome {
            Ok((_, true)) => &self.accepted,
            Ok((_, false)) => &self.repeated,
            Err(error) if matches!(error.kind(), Kind::Unavailable { .. } | Kind::Internal) => {
                &self.unavailable
            }
            Err(_) => &self.refused,
        };
        counter.increment(1);
    }
}

/// Of the sockets of a node.
#[derive(Debug)]
pub(crate) struct Sockets {
    open: Gauge,
    entries: Counter,
    volatile: Counter,
    own: Counter,
    current: Counter,
    replayed: Counter,
    reset: Counter,
    gone: Counter,
}

impl Sockets {
    pub(crate) fn new() -> Self {
        let frames = |carries: &'static str| counter!(FRAMES, "carries" => carries);
        let verdicts = |verdict: &'static str| counter!(VERDICTS, "verdict" => verdict);
        // Whoever watches for slow clients finds the number before there is one.
        counter!(CLOSED, "code" => CloseCode::SlowConsumer.number().to_string()).absolute(0);
        Self {
            open: gauge!(SOCKETS),
            entries: frames("entry"),
            volatile: frames("volatile"),
            own: frames("own"),
            current: verdicts("current"),
            replayed: verdicts("replayed"),
            reset: verdicts("reset"),
            gone: verdicts("gone"),
        }
    }

    /// An open socket, until this is dropped.
    pub(crate) fn open(&self) -> OneMore {
        OneMore::of(&self.open)
    }

    /// Counts a socket that was closed with this code, or by its client.
    pub(crate) fn closed(code: Option<CloseCode>) {
        let code = code.map_or_else(|| "none".to_owned(), |code| code.number().to_string());
        counter!(CLOSED, "code" => code).increment(1);
    }

    /// Counts frames that go out together.
    pub(crate) fn sent<'a>(&self, frames: impl Iterator<Item = &'a Text>) {
        let (mut entries, mut volatile, mut own) = (0, 0, 0);
        for frame in frames {
            match frame {
                Text::Entry(_) | Text::Withheld(_) => entries += 1,
                Text::Volatile(_) => volatile += 1,
                Text::Own(_) => own += 1,
                Text::Verdicts { told, .. } => {
                    own += 1;
                    told.iter().for_each(|status| self.of(*status).increment(1));
                }
            }
        }
        for (counter, count) in [(&self.entries, entries), (&self.volatile, volatile), (&self.own, own)] {
            if count > 0 {
                counter.increment(count);
            }
        }
    }

    const fn of(&self, status: Status) -> &Counter {
        match status {
            Status::Current => &self.current,
            Status::Replayed => &self.replayed,
            Status::Reset => &self.reset,
            Status::Gone => &self.gone,
        }
    }
}

/// Of a node's hub.
#[derive(Debug)]
pub(crate) struct Hubs {
    /// Entries that were sent past their connections.
    pub(crate) handed: Counter,
    repairs: Counter,
    pub(crate) lagged: Counter,
    queued: Gauge,
    longest: Gauge,
}

impl Hubs {
    pub(crate) fn new() -> Self {
        let handed = counter!(FRAMES, "carries" => "entry");
        let (repairs, lagged) = (counter!(REPAIRS), counter!(LAGGED));
        Self { handed, repairs, lagged, queued: gauge!(QUEUED), longest: gauge!(LONGEST) }
    }

    /// Counts what the hub asks for.
    pub(crate) fn asked(&self, question: &HubOutput) {
        if matches!(question, HubOutput::Read { .. }) {
            self.repairs.increment(1);
        }
    }

    /// So many frames wait for the sockets, and for the one for which the most do.
    #[expect(clippy::cast_precision_loss, reason = "a count of what is in memory")]
    pub(crate) fn waiting(&self, (all, longest): (usize, usize)) {
        self.queued.set(all as f64);
        self.longest.set(longest as f64);
    }
}

/// Signals that other nodes are not told.
pub(crate) fn lost() -> Counter {
    counter!(LOST)
}
