//! The bounded queue between the hub and one connection.
//!
//! The hub never waits: where there is no room, it closes the connection, and the client resumes. What must not wait
//! behind entries (the check of the caller, the order to close) goes beside the queue.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parlance_base::{StreamId, Time};
use tokio::sync::{mpsc, watch};

use super::{
    Frame, Live,
    frame::CloseCode,
    limits::{QUEUE_BYTES, QUEUE_FRAMES},
};

/// What the hub has for a connection, in order.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// An entry of a stream that the connection listens to.
    Entry(Arc<Live>),
    /// The stream has come to `seq`, and the connection will not be handed what came before: it has to read it.
    Head {
        /// A stream that the connection listens to.
        stream: StreamId,
        /// How far the stream has come.
        seq: u64,
    },
    /// Something that is stored nowhere, for those who listen to the stream now.
    Volatile(Arc<Volatile>),
    /// The user may have gained this stream, which the connection does not listen to: the rights are worth looking up.
    Gained(StreamId),
}

/// Something that is stored nowhere.
#[derive(Debug)]
pub struct Volatile {
    /// A stream that the connection listens to.
    pub stream: StreamId,
    /// The whole frame, as JSON text.
    pub frame: Frame,
}

/// What the hub last said beside the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// When the last good check of the caller was asked for.
    pub checked: Time,
    /// The connection is to be closed, at once and whatever still waits.
    pub close: Option<CloseCode>,
}

/// The hub's end of the queue. A clone is another name for the same end.
#[derive(Clone, Debug)]
pub struct Outlet(Arc<Ends>);

#[derive(Debug)]
struct Ends {
    entries: mpsc::Sender<Delivery>,
    bytes: Arc<AtomicUsize>,
    control: watch::Sender<Control>,
}

/// The connection's end of the queue.
#[derive(Debug)]
pub struct Inbox {
    entries: mpsc::Receiver<Delivery>,
    bytes: Arc<AtomicUsize>,
    control: watch::Receiver<Control>,
}

/// The queue has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// An empty queue for a connection whose caller was found good by a check asked for at `checked`.
#[must_use]
pub fn queue(checked: Time) -> (Outlet, Inbox) {
    let (sender, entries) = mpsc::channel(QUEUE_FRAMES);
    let (control, watched) = watch::channel(Control { checked, close: None });
    let bytes = Arc::new(AtomicUsize::new(0));
    let inbox = Inbox { entries, bytes: Arc::clone(&bytes), control: watched };
    (Outlet(Arc::new(Ends { entries: sender, bytes, control })), inbox)
}

impl Outlet {
    pub(super) fn push(&self, delivery: Delivery) -> Result<(), Full> {
        let bytes = delivery.bytes();
        let waiting = self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        if waiting.saturating_add(bytes) <= QUEUE_BYTES && self.0.entries.try_send(delivery).is_ok() {
            return Ok(());
        }
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
        Err(Full)
    }

    /// Queues what may get lost, unless half of the queue would be full then: the rest is for what may not.
    pub(super) fn push_volatile(&self, delivery: Delivery) {
        let bytes = self.0.bytes.load(Ordering::Relaxed).saturating_add(delivery.bytes());
        if self.0.entries.capacity() > QUEUE_FRAMES / 2 && bytes <= QUEUE_BYTES / 2 {
            // Where there is no room after all it is lost as well.
            let _ = self.push(delivery);
        }
    }

    /// Wakes the connection with what it knows already: it was waiting to hear that it has a place.
    pub(super) fn registered(&self) {
        self.0.control.send_modify(|_| {});
    }

    pub(super) fn checked(&self, asked: Time) {
        self.0.control.send_modify(|control| control.checked = control.checked.max(asked));
    }

    pub(super) fn close(&self, code: CloseCode) {
        self.0.control.send_modify(|control| control.close = control.close.or(Some(code)));
    }
}

impl Inbox {
    /// Waits for deliveries and appends up to `limit` of them; returns how many, 0 once the hub has let go of the
    /// connection. Nothing is lost if the wait is dropped.
    pub async fn recv_many(&mut self, into: &mut Vec<Delivery>, limit: usize) -> usize {
        let count = self.entries.recv_many(into, limit).await;
        let bytes = into.iter().rev().take(count).map(Delivery::bytes).sum();
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        count
    }

    /// Waits for something new beside the queue. A hub that is gone closes the connection. Nothing is lost if the wait
    /// is dropped.
    pub async fn control(&mut self) -> Control {
        let gone = self.control.changed().await.is_err();
        read(&mut self.control, gone)
    }

    /// Waits for something new beside the queue or, if `live`, in it: deliveries, of which up to `limit` are appended.
    /// Nothing is lost if the wait is dropped.
    pub async fn next(&mut self, live: bool, into: &mut Vec<Delivery>, limit: usize) -> Option<Control> {
        let before = into.len();
        tokio::select! {
            biased;
            changed = self.control.changed() => Some(read(&mut self.control, changed.is_err())),
            count = self.entries.recv_many(into, limit), if live => {
                let bytes = into.iter().skip(before).map(Delivery::bytes).sum();
                self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                // A queue that the hub has let go of is told beside it.
                if count == 0 { Some(self.control().await) } else { None }
            }
        }
    }

    /// Deliveries that wait, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes.load(Ordering::Relaxed))
    }
}

fn read(watched: &mut watch::Receiver<Control>, gone: bool) -> Control {
    let mut control = *watched.borrow_and_update();
    if gone {
        control.close = control.close.or(Some(CloseCode::Unavailable));
    }
    control
}

impl Delivery {
    fn bytes(&self) -> usize {
        match self {
            Self::Entry(live) => live.frame.len(),
            Self::Volatile(volatile) => volatile.frame.len(),
            Self::Head { .. } | Self::Gained(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use parlance_base::WorkspaceId;

    use super::*;
    use crate::realtime::StreamKey;

    fn entry(bytes: usize) -> Delivery {
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        Delivery::Entry(Arc::new(Live { key, seq: 1, frame: "x".repeat(bytes).into(), audience: None }))
    }

    fn drain(inbox: &mut Inbox, limit: usize) -> usize {
        inbox.recv_many(&mut Vec::new(), limit).now_or_never().unwrap_or(0)
    }

    #[test]
    fn a_queue_is_full_at_its_count_and_free_again_when_drained() {
        let (outlet, mut inbox) = queue(Time::default());
        for _ in 0..QUEUE_FRAMES {
            assert_eq!(outlet.push(entry(1)), Ok(()));
        }
        assert_eq!(outlet.push(entry(1)), Err(Full));
        assert_eq!(inbox.waiting(), (QUEUE_FRAMES, QUEUE_FRAMES));
        assert_eq!(drain(&mut inbox, 10), 10);
        assert_eq!(inbox.waiting(), (QUEUE_FRAMES - 10, QUEUE_FRAMES - 10));
        assert_eq!(outlet.push(entry(1)), Ok(()));
    }

    #[test]
    fn a_queue_is_full_at_its_bytes() {
        let (outlet, mut inbox) = queue(Time::default());
        assert_eq!(outlet.push(entry(QUEUE_BYTES)), Ok(()));
        assert_eq!(outlet.push(entry(1)), Err(Full));
        assert_eq!(inbox.waiting(), (1, QUEUE_BYTES));
        assert_eq!(drain(&mut inbox, 10), 1);
        assert_eq!(outlet.push(entry(1)), Ok(()));
    }

    #[test]
    fn what_may_get_lost_leaves_half_of_the_queue_to_what_may_not() {
        let volatile = Volatile { stream: StreamId::derived(&[]), frame: "x".repeat(10).into() };
        let volatile = Arc::new(volatile);
        let volatile = || Delivery::Volatile(Arc::clone(&volatile));
        let (outlet, mut inbox) = queue(Time::default());
        for _ in 0..QUEUE_FRAMES {
            outlet.push_volatile(volatile());
        }
        assert_eq!(inbox.waiting(), (QUEUE_FRAMES / 2, QUEUE_FRAMES / 2 * 10));
        assert_eq!(outlet.push(entry(1)), Ok(()));
        drain(&mut inbox, QUEUE_FRAMES);
        assert_eq!(inbox.waiting(), (0, 0));
        outlet.push_volatile(volatile());
        assert_eq!(inbox.waiting(), (1, 10));
    }

    #[test]
    fn what_is_beside_the_queue_comes_first_and_the_rest_only_if_wanted() {
        let (outlet, mut inbox) = queue(Time::from_millis(1));
        let mut into = Vec::new();
        assert_eq!(outlet.push(entry(3)), Ok(()));
        outlet.checked(Time::from_millis(2));
        let control = Control { checked: Time::from_millis(2), close: None };
        assert_eq!(inbox.next(true, &mut into, 9).now_or_never(), Some(Some(control)));
        assert_eq!(inbox.next(false, &mut into, 9).now_or_never(), None);
        assert_eq!(inbox.next(true, &mut into, 9).now_or_never(), Some(None));
        assert_eq!((into.len(), inbox.waiting()), (1, (0, 0)));
        drop(outlet);
        let closed = Control { close: Some(CloseCode::Unavailable), ..control };
        assert_eq!(inbox.next(true, &mut into, 9).now_or_never(), Some(Some(closed)));
    }

    #[test]
    fn control_does_not_wait_behind_entries_and_its_first_close_stands() {
        let (outlet, mut inbox) = queue(Time::from_millis(1));
        while outlet.push(entry(1)).is_ok() {}
        assert_eq!(inbox.control().now_or_never(), None);
        outlet.checked(Time::from_millis(3));
        outlet.checked(Time::from_millis(2));
        let control = Control { checked: Time::from_millis(3), close: None };
        assert_eq!(inbox.control().now_or_never(), Some(control));
        outlet.close(CloseCode::SlowConsumer);
        outlet.close(CloseCode::Revoked);
        let closed = Control { close: Some(CloseCode::SlowConsumer), ..control };
        assert_eq!(inbox.control().now_or_never(), Some(closed));
    }

    #[test]
    fn a_hub_that_is_gone_closes_the_connection() {
        let (outlet, mut inbox) = queue(Time::default());
        drop(outlet);
        assert_eq!(
            inbox.control().now_or_never().and_then(|control| control.close),
            Some(CloseCode::Unavailable)
        );
    }
}
