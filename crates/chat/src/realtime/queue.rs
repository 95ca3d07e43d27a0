//! The bounded queue between the hub and one connection.
//!
//! The hub never waits: where there is no room, it closes the connection, and the client resumes. What must not wait
//! behind entries (the check of the caller, the order to close) goes beside the queue.
//!
//! Most connections wait for nothing most of the time, and there may be very many: a queue of our own costs an idle one a
//! tenth of what general channels would keep ready for it.
//!
//! Most that wakes a connection is in its queue, and to look at everything else then would cost more than what it was woken for. So
//! what else it waits for wakes it through the queue too, which remembers that something has stirred.
//!
//! A connection that waits may also have granted what can be sent past it: see `lane`.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use parlance_base::Time;
use smallvec::SmallVec;

use super::{
    Delivery, Grant, Live, Passed, Wire,
    frame::CloseCode,
    lane::{Handed, Lane},
    limits::{QUEUE_BYTES, QUEUE_FRAMES},
};

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
pub struct Outlet {
    queue: Arc<Queue>,
    _end: Arc<End>,
}

/// Says that the hub has let go of the connection when its last outlet goes.
#[derive(Debug)]
struct End(Arc<Queue>);

/// The connection's end of the queue.
#[derive(Debug)]
pub struct Inbox(Arc<Queue>);

#[derive(Debug)]
struct Queue(Mutex<State>);

/// What is looked at for every delivery lies side by side.
#[derive(Debug)]
#[repr(C)]
struct State {
    /// What may be sent past the connection while it waits.
    lane: Option<Lane>,
    /// The connection, while it waits.
    waiting: Option<Waker>,
    /// Seldom more than one waits.
    entries: SmallVec<[Delivery; 1]>,
    /// Of the entries.
    bytes: usize,
    /// Whether the connection waits for entries as well.
    listens: bool,
    control: Control,
    /// The connection has not heard what is beside the queue.
    unheard: bool,
    /// Something else may be there that the connection waits for.
    stirred: bool,
    /// The hub, or the connection, has let go.
    hub_gone: bool,
    connection_gone: bool,
}

/// The queue has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// An empty queue for a connection whose caller was found good by a check asked for at `checked`.
#[must_use]
pub fn queue(checked: Time) -> (Outlet, Inbox) {
    let state = State {
        lane: None,
        waiting: None,
        entries: SmallVec::new(),
        bytes: 0,
        listens: false,
        control: Control { checked, close: None },
        unheard: false,
        stirred: true,
        hub_gone: false,
        connection_gone: false,
    };
    let queue = Arc::new(Queue(Mutex::new(state)));
    let end = Arc::new(End(Arc::clone(&queue)));
    (Outlet { queue: Arc::clone(&queue), _end: end }, Inbox(queue))
}

impl Outlet {
    pub(super) fn push(&self, delivery: Delivery) -> Result<(), Full> {
        self.push_within(delivery, QUEUE_FRAMES, QUEUE_BYTES)
    }

    /// Begins to fetch the queue from memory. Several are fetched at the same time so; once something has been written to a wire, each
    /// would be waited for in turn.
    pub(super) fn fetch(&self) {
        std::hint::black_box(Arc::strong_count(&self.queue));
    }

    /// Sends the entry past a connection that waits and has granted that, and queues it for any other; answers whether it was sent.
    pub(super) fn hand(&self, now: Time, live: &Arc<Live>) -> Result<bool, Full> {
        let mut state = self.queue.lock();
        let handed = state.hand(now, live);
        let waiting = if handed == Handed::Begun { state.waiting.take() } else { None };
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        match handed {
            Handed::Sent | Handed::Begun => Ok(true),
            Handed::Refused => self.push(Delivery::Entry(Arc::clone(live))).map(|()| false),
        }
    }

    /// Queues what may get lost, unless half of the queue would be full then: the rest is for what may not. Answers whether there
    /// was room.
    pub(super) fn push_volatile(&self, delivery: Delivery) -> bool {
        self.push_within(delivery, QUEUE_FRAMES / 2, QUEUE_BYTES / 2).is_ok()
    }

    fn push_within(&self, delivery: Delivery, frames: usize, bytes: usize) -> Result<(), Full> {
        let mut state = self.queue.lock();
        let filled = state.bytes.saturating_add(delivery.bytes());
        if state.connection_gone || state.entries.len() >= frames || filled > bytes {
            return Err(Full);
        }
        state.bytes = filled;
        state.entries.push(delivery);
        let waiting = if state.listens { state.waiting.take() } else { None };
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Wakes the connection with what it knows already: it was waiting to hear that it has a place.
    pub(super) fn registered(&self) {
        self.queue.say(|_| {});
    }

    pub(super) fn checked(&self, asked: Time) {
        self.queue.say(|control| control.checked = control.checked.max(asked));
    }

    /// When the last good check of the caller was asked for.
    pub(super) fn last_checked(&self) -> Time {
        self.queue.lock().control.checked
    }

    /// How many deliveries wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().entries.len()
    }

    pub(super) fn close(&self, code: CloseCode) {
        self.queue.say(|control| control.close = control.close.or(Some(code)));
    }
}

impl Inbox {
    /// Waits for deliveries and appends up to `limit` of them; returns how many, 0 once the hub has let go of the
    /// connection. Nothing is lost if the wait is dropped.
    pub async fn recv_many(&mut self, into: &mut Vec<Delivery>, limit: usize) -> usize {
        poll_fn(|context| {
            let mut state = self.0.lock();
            match state.take(into, limit) {
                0 if !state.hub_gone => state.wait(context, true),
                count => Poll::Ready(count),
            }
        })
        .await
    }

    /// Waits for something new beside the queue. A hub that is gone closes the connection. Nothing is lost if the wait
    /// is dropped.
    pub async fn control(&mut self) -> Control {
        poll_fn(|context| {
            let mut state = self.0.lock();
            state.hear().map_or_else(|| state.wait(context, false), Poll::Ready)
        })
        .await
    }

    /// Looks for something new beside the queue or, if `live`, in it: deliveries, of which up to `limit` are appended.
    pub fn poll_next(
        &mut self,
        context: &Context<'_>,
        live: bool,
        into: &mut impl Extend<Delivery>,
        limit: usize,
    ) -> Poll<Option<Control>> {
        let mut state = self.0.lock();
        match state.hear() {
            None if live && state.take(into, limit) > 0 => Poll::Ready(None),
            None => state.wait(context, live),
            control => Poll::Ready(control),
        }
    }

    /// What anything else that the connection waits for is to wake it with.
    pub(super) fn waker(&self) -> Waker {
        Arc::clone(&self.0).into()
    }

    /// Whether anything else has stirred since this was last asked; it has before it is asked for the first time.
    pub(super) fn take_stirred(&mut self) -> bool {
        std::mem::take(&mut self.0.lock().stirred)
    }

    /// Has [`take_stirred`](Self::take_stirred) say so once more: something is waited for that was not there when it was looked at, or
    /// there may be more.
    pub(super) fn stir(&mut self) {
        self.0.lock().stirred = true;
    }

    /// Lets what is granted be sent past the connection while it waits, until [`close_lane`](Self::close_lane).
    pub fn open_lane(&mut self, grant: Grant, wire: Wire) {
        self.0.lock().lane = Some(Lane::new(grant, wire));
    }

    /// What was sent past the connection; from now on nothing is.
    pub fn close_lane(&mut self) -> Option<Passed> {
        self.0.lock().lane.take().map(Lane::close)
    }

    /// Deliveries that wait, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.entries.len(), state.bytes)
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing of ours that is done under the lock can break half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, change: impl FnOnce(&mut Control)) {
        let mut state = self.lock();
        change(&mut state.control);
        state.unheard = true;
        let waiting = state.waiting.take();
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Queue {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        state.stirred = true;
        let waiting = state.waiting.take();
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Has the connection hear of the next change.
    fn wait<T>(&mut self, context: &Context<'_>, live: bool) -> Poll<T> {
        self.listens = live;
        match &mut self.waiting {
            Some(waiting) => waiting.clone_from(context.waker()),
            waiting => *waiting = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// What is new beside the queue.
    fn hear(&mut self) -> Option<Control> {
        if self.hub_gone {
            self.control.close = self.control.close.or(Some(CloseCode::Unavailable));
            return Some(self.control);
        }
        std::mem::take(&mut self.unheard).then_some(self.control)
    }

    /// Sends the entry past the connection, if that waits and nothing has come for it yet.
    fn hand(&mut self, now: Time, live: &Arc<Live>) -> Handed {
        match &mut self.lane {
            Some(lane) if self.waiting.is_some() && self.entries.is_empty() => lane.hand(now, live),
            _ => Handed::Refused,
        }
    }

    fn take(&mut self, into: &mut impl Extend<Delivery>, limit: usize) -> usize {
        let count = limit.min(self.entries.len());
        let taken = self.entries.drain(..count);
        into.extend(taken.inspect(|delivery| self.bytes -= delivery.bytes()));
        if self.entries.is_empty() {
            self.entries = SmallVec::new();
        }
        count
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.hub_gone = true;
        let waiting = state.waiting.take();
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.connection_gone = true;
        // The hub may keep its end for a while.
        let left = (std::mem::take(&mut state.entries), state.waiting.take(), state.lane.take());
        state.bytes = 0;
        drop(state);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
        task::Wake,
        time::Duration,
    };

    use futures::FutureExt as _;
    use parlance_base::{StreamId, WorkspaceId};

    use super::*;
    use crate::realtime::{Audience, Carry, StreamKey, Volatile};

    fn entry(bytes: usize) -> Delivery {
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        Delivery::Entry(Arc::new(Live {
            key,
            seq: 1,
            frame: "x".repeat(bytes).into(),
            withheld: Vec::new(),
            audience: None,
        }))
    }

    fn next(inbox: &mut Inbox, live: bool, into: &mut Vec<Delivery>) -> Option<Option<Control>> {
        poll_fn(|context| inbox.poll_next(context, live, into, 9)).now_or_never()
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
        assert_eq!(next(&mut inbox, true, &mut into), Some(Some(control)));
        assert_eq!(next(&mut inbox, false, &mut into), None);
        assert_eq!(next(&mut inbox, true, &mut into), Some(None));
        assert_eq!((into.len(), inbox.waiting()), (1, (0, 0)));
        drop(outlet);
        let closed = Control { close: Some(CloseCode::Unavailable), ..control };
        assert_eq!(next(&mut inbox, true, &mut into), Some(Some(closed)));
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
    fn an_emptied_queue_keeps_little_and_a_connection_that_is_gone_nothing() {
        let (outlet, mut inbox) = queue(Time::default());
        while outlet.push(entry(1)).is_ok() {}
        assert_eq!(drain(&mut inbox, QUEUE_FRAMES), QUEUE_FRAMES);
        assert!(inbox.0.lock().entries.capacity() <= 1);
        assert_eq!(outlet.push(entry(1)), Ok(()));
        drop(inbox);
        assert_eq!(outlet.push(entry(1)), Err(Full));
        assert_eq!(outlet.waiting(), 0);
        assert!(outlet.queue.lock().entries.capacity() <= 1);
    }

    #[test]
    fn who_waits_is_woken_by_what_they_wait_for() {
        let (outlet, mut inbox) = queue(Time::default());
        let (waker, woken) = counting_waker();
        let mut context = Context::from_waker(&waker);
        let mut into = Vec::new();
        assert!(pin!(inbox.control()).as_mut().poll(&mut context).is_pending());
        assert_eq!(outlet.push(entry(1)), Ok(()));
        assert_eq!(woken(), 0, "entries are not waited for");
        outlet.registered();
        assert_eq!(woken(), 1);
        assert!(inbox.poll_next(&context, true, &mut into, 9).is_ready());
        assert!(inbox.poll_next(&context, true, &mut into, 9).is_ready());
        assert!(inbox.poll_next(&context, true, &mut into, 9).is_pending());
        assert_eq!(outlet.push(entry(1)), Ok(()));
        assert_eq!(woken(), 2);
        assert!(inbox.poll_next(&context, true, &mut into, 9).is_ready());
        assert!(pin!(inbox.recv_many(&mut into, 9)).as_mut().poll(&mut context).is_pending());
        drop(outlet);
        assert_eq!(woken(), 3);
    }

    #[test]
    fn what_is_granted_is_sent_past_who_waits_and_for_anybody_else_it_is_queued() {
        let (outlet, mut inbox) = queue(Time::default());
        let (waker, woken) = counting_waker();
        let context = Context::from_waker(&waker);
        let now = Time::default();
        let entries: Vec<_> = (1..=6).map(plain).collect();
        let hand = |at: usize| outlet.hand(now, &entries[at - 1]);
        let (wire, taken) = wire(usize::MAX);
        inbox.open_lane(granted(1), wire.clone());
        assert_eq!(hand(1), Ok(false), "nobody waits");
        assert_eq!(hand(2), Ok(false), "something is queued");
        assert_eq!(drain(&mut inbox, 9), 2);
        assert_eq!(inbox.close_lane().map(|passed| passed.at), Some(0));

        inbox.open_lane(granted(3), wire.clone());
        assert!(inbox.poll_next(&context, true, &mut Vec::new(), 9).is_pending());
        assert_eq!((hand(3), hand(4)), (Ok(true), Ok(true)));
        assert_eq!((woken(), inbox.waiting(), taken()), (0, (0, 0), 2));
        outlet.checked(Time::from_millis(1));
        assert_eq!(hand(5), Ok(false), "something is beside the queue");
        assert_eq!((woken(), drain(&mut inbox, 9)), (1, 1));
        let passed = inbox.close_lane().expect("a lane");
        assert_eq!((passed.stream, passed.at, passed.begun.is_some()), (StreamId::derived(&[]), 4, false));
        assert!(inbox.close_lane().is_none());

        inbox.open_lane(granted(6), wire);
        drop(inbox);
        assert_eq!(hand(6), Err(Full), "nobody is there");
        assert!(outlet.queue.lock().lane.is_none());
    }

    #[test]
    fn what_is_sent_past_a_connection_in_part_wakes_it_for_the_rest() {
        let (outlet, mut inbox) = queue(Time::default());
        let (waker, woken) = counting_waker();
        let (now, first, second) = (Time::default(), plain(1), plain(2));
        inbox.open_lane(granted(1), wire(3).0);
        assert!(inbox.poll_next(&Context::from_waker(&waker), true, &mut Vec::new(), 9).is_pending());
        assert_eq!(outlet.hand(now, &first), Ok(true));
        assert_eq!(outlet.hand(now, &second), Ok(false));
        assert_eq!((woken(), inbox.waiting().0), (1, 1));
        let passed = inbox.close_lane().expect("a lane");
        assert_eq!((passed.at, passed.begun.map(|(live, written)| (live.seq, written))), (1, Some((1, 3))));
    }

    #[test]
    fn what_is_sent_past_a_connection_is_what_was_granted() {
        let (outlet, mut inbox) = queue(Time::default());
        let (wire, taken) = wire(usize::MAX);
        let until = granted(1).until;
        let of = |stream: &str, live: &Live| {
            let key = StreamKey { stream: StreamId::derived(&[stream]), ..live.key };
            let live = Live { key, frame: live.frame.clone(), withheld: Vec::new(), audience: None, ..*live };
            Arc::new(live)
        };
        let public = || {
            let live = plain(1);
            let frame = live.frame.clone();
            Arc::new(Live { frame, withheld: Vec::new(), audience: Some(Audience::Public), ..*live })
        };
        for (live, now) in [
            (plain(1), until.after(Duration::from_millis(1))),
            (plain(2), until),
            (of("another", &plain(1)), until),
            (public(), until),
        ] {
            inbox.open_lane(granted(1), wire.clone());
            assert!(
                inbox.poll_next(&Context::from_waker(Waker::noop()), true, &mut Vec::new(), 9).is_pending()
            );
            assert_eq!(outlet.hand(now, &live), Ok(false), "{live:?}");
            assert_eq!(drain(&mut inbox, 9), 1);
        }
        assert_eq!(taken(), 0);
        assert!(inbox.poll_next(&Context::from_waker(Waker::noop()), true, &mut Vec::new(), 9).is_pending());
        assert_eq!(outlet.hand(until, &plain(1)), Ok(true));
    }

    fn plain(seq: u64) -> Arc<Live> {
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        let frame = "{}".to_owned().into();
        Arc::new(Live { key, seq, frame, withheld: Vec::new(), audience: None })
    }

    fn granted(next: u64) -> Grant {
        Grant { stream: StreamId::derived(&[]), next, until: Time::from_millis(50) }
    }

    /// A wire that takes in so many bytes of each frame, and how many it took anything of.
    fn wire(most: usize) -> (Wire, impl Fn() -> usize) {
        struct Taking(usize, AtomicUsize);

        impl Carry for Taking {
            fn carry(&self, bytes: &[u8]) -> std::io::Result<usize> {
                self.1.fetch_add(1, Relaxed);
                Ok(bytes.len().min(self.0))
            }
        }
        let taking = Arc::new(Taking(most, AtomicUsize::default()));
        let taken = Arc::clone(&taking);
        (Wire(taking), move || taken.1.load(Relaxed))
    }

    #[test]
    fn what_else_is_waited_for_wakes_whoever_waits_and_is_remembered() {
        let (outlet, mut inbox) = queue(Time::default());
        let (waker, woken) = counting_waker();
        let context = Context::from_waker(&waker);
        assert!(inbox.take_stirred(), "nothing was looked at yet");
        assert!(!inbox.take_stirred());
        let beside = inbox.waker();
        beside.wake_by_ref();
        assert_eq!(woken(), 0, "nobody waits");
        assert!(inbox.poll_next(&context, false, &mut Vec::new(), 9).is_pending());
        assert!(inbox.take_stirred());
        beside.wake_by_ref();
        beside.wake_by_ref();
        assert_eq!(woken(), 1);
        assert!(inbox.poll_next(&context, true, &mut Vec::new(), 9).is_pending());
        assert_eq!(outlet.push(entry(1)), Ok(()));
        beside.wake();
        assert_eq!(woken(), 2, "who is awake already is not woken again");
        assert!(inbox.take_stirred() && !inbox.take_stirred());
        inbox.stir();
        assert!(inbox.take_stirred());
    }

    /// A waker, and how often it woke.
    fn counting_waker() -> (std::task::Waker, impl Fn() -> usize) {
        #[derive(Default)]
        struct Count(AtomicUsize);

        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Relaxed);
            }
        }
        let count = Arc::new(Count::default());
        let woken = Arc::clone(&count);
        (count.into(), move || woken.0.load(Relaxed))
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
