//! Which connections of this node listen to which stream, and in what order they hear it.
//!
//! The hub is pure: inputs in, questions out; entries go straight into the queues of the connections,
//! or past them to the wire of one that waits. Per stream with
//! listeners it keeps the `seq` that it delivered last. The next one is delivered, an older one dropped; on a gap it
//! asks for the range and holds back what came too early. So whatever the bus loses, doubles or reorders, every queue
//! gets every entry once, in order, from where its connection began to listen. An entry that the bus lost at the end
//! of a stream is found by looking at the heads.
//!
//! Who may read a stream is not decided here but by each connection, entry by entry, since only the connection knows
//! how far its client has come (see [`crate::realtime::Connection`]). The hub ends connections whose caller may no
//! longer be connected at all, and says to a user's connections which streams they may have gained.

mod feed;
mod listeners;
mod order;
mod port;
mod repair;
mod revoked;
mod round;
mod volatile;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use parlance_base::{ConnectionId, Role, StreamId, Time, UserId};

use super::{
    Audience, CallerRef, Delivery, Live, Outlet, Revocation, StreamKey, frame::CloseCode, limits,
    presence::Presence, turns::Turns,
};
use {feed::Feed, listeners::Listeners, revoked::Revoked, round::Round};

pub use port::{HubInput, HubOutput};

/// The connections of one node, and the streams that they listen to.
#[derive(Debug)]
pub struct Hub {
    feeds: BTreeMap<StreamKey, Feed>,
    listeners: Listeners,
    reads: Turns<StreamKey>,
    /// Reads that failed, and when they are tried again.
    again: BTreeSet<StreamKey>,
    again_at: Option<Time>,
    heads: Turns<StreamKey>,
    heads_round: Round,
    checks: Turns<CallerRef>,
    checks_round: Round,
    revoked: Revoked,
    presence: Presence,
    /// How many entries were sent past their connections since that was last asked.
    handed: u64,
    now: Time,
}

impl Hub {
    /// A hub without connections.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self {
            feeds: BTreeMap::new(),
            listeners: Listeners::default(),
            reads: Turns::new(limits::READS_AT_ONCE, 1),
            again: BTreeSet::new(),
            again_at: None,
            heads: Turns::new(limits::BATCHES_AT_ONCE, limits::HEADS_BATCH),
            heads_round: Round::new(limits::HEADS_EVERY, now),
            checks: Turns::new(limits::BATCHES_AT_ONCE, limits::CHECKS_BATCH),
            checks_round: Round::new(limits::CHECKS_EVERY, now),
            revoked: Revoked::new(now),
            presence: Presence::new(now),
            handed: 0,
            now,
        }
    }

    /// When the hub next wants a [`HubInput::Tick`].
    #[must_use]
    pub fn deadline(&self) -> Time {
        let rounds = self.heads_round.due().min(self.checks_round.due()).min(self.presence.deadline());
        self.again_at.map_or(rounds, |again| again.min(rounds))
    }

    /// How many deliveries wait in all queues, and how many in the longest.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let queues = self.listeners.outlets().map(Outlet::waiting);
        queues.fold((0, 0), |(all, longest), waiting| (all.saturating_add(waiting), longest.max(waiting)))
    }

    /// How many entries were sent past their connections since this was last asked.
    pub fn take_handed(&mut self) -> u64 {
        std::mem::take(&mut self.handed)
    }

    /// Takes in what happened and appends what is to be asked. `now` never goes back.
    pub fn handle(&mut self, now: Time, input: HubInput, out: &mut Vec<HubOutput>) {
        self.now = now;
        match input {
            HubInput::Open { connection, caller, outlet } => self.open(connection, caller, outlet),
            HubInput::Listen { connection, streams } => {
                streams.into_iter().for_each(|(stream, at)| self.listen(connection, stream, at));
            }
            HubInput::Unlisten { connection, stream } => self.unlisten(connection, stream),
            HubInput::Closed(connection) => self.remove(connection, None),
            HubInput::Entry { live, alone } => self.entry(live, alone),
            HubInput::Hint { key, seq } => self.hint(key, seq),
            HubInput::Gained { key, user } => self.gained(key, user),
            HubInput::Volatile { key, except, frame } => self.pass_on(key, except, frame),
            HubInput::Arrived { connection, dnd } => self.arrived(connection, dnd),
            HubInput::Wish { connection, wish } => self.wish(connection, wish),
            HubInput::Sighted { node, sightings } => self.presence.hear(now, node, sightings),
            HubInput::Lagged => self.feeds.keys().for_each(|key| self.heads.want(*key)),
            HubInput::Range { key, result } => self.range(now, key, result),
            HubInput::Heads(result) => self.heads(now, result),
            HubInput::Revoke(revocation) => self.revoke(now, revocation),
            HubInput::Checked { asked, result } => self.checked(now, asked, result),
            HubInput::Tick => {}
        }
        self.begin_rounds(now);
        self.ask(now, out);
        out.extend(self.presence.tick(now).into_iter().map(HubOutput::Tell));
    }

    fn open(&mut self, connection: ConnectionId, caller: CallerRef, outlet: Outlet) {
        match self.revoked.turns_away(&caller, outlet.last_checked()) {
            Some(code) => outlet.close(code),
            None => self.listeners.open(connection, caller, outlet),
        }
    }

    fn listen(&mut self, connection: ConnectionId, stream: StreamId, at: u64) {
        let Some(listener) = self.listeners.get_mut(connection) else { return };
        listener.streams.insert(stream);
        let key = StreamKey { workspace: listener.caller.workspace, stream };
        let outlet = listener.outlet.clone();
        let feed = match self.feeds.entry(key) {
            Entry::Occupied(feed) => feed.into_mut(),
            Entry::Vacant(place) => {
                // What was committed between the read of `at` and now went unheard here.
                self.heads.want(key);
                place.insert(Feed::starting_after(at))
            }
        };
        feed.listeners.insert(connection, outlet.clone());
        let delivered = feed.order.at();
        self.hint(key, at);
        if delivered > at && outlet.push(Delivery::Head { stream, seq: delivered }).is_err() {
            self.remove(connection, Some(CloseCode::SlowConsumer));
        }
    }

    fn unlisten(&mut self, connection: ConnectionId, stream: StreamId) {
        let Some(listener) = self.listeners.get_mut(connection) else { return };
        listener.streams.remove(&stream);
        if listener.caller.role == Role::Guest {
            // They may have seen people by being in a group with them.
            let _ = self.presence.unwatch(connection);
        }
        let key = StreamKey { workspace: listener.caller.workspace, stream };
        self.leave(connection, key);
    }

    fn leave(&mut self, connection: ConnectionId, key: StreamKey) {
        let Some(feed) = self.feeds.get_mut(&key) else { return };
        feed.listeners.remove(&connection);
        if feed.listeners.is_empty() {
            self.feeds.remove(&key);
            self.reads.forget(&key);
            self.heads.forget(&key);
            self.again.remove(&key);
        }
    }

    /// Ends a connection, with a code if it does not know yet.
    fn remove(&mut self, connection: ConnectionId, code: Option<CloseCode>) {
        let Some(listener) = self.listeners.remove(connection) else { return };
        let CallerRef { workspace, user, .. } = listener.caller;
        self.presence.left(self.now, (workspace, user), connection);
        if let Some(code) = code {
            listener.outlet.close(code);
        }
        for stream in listener.streams {
            self.leave(connection, StreamKey { workspace: listener.caller.workspace, stream });
        }
    }

    fn remove_full(&mut self, full: Vec<ConnectionId>) {
        full.into_iter().for_each(|id| self.remove(id, Some(CloseCode::SlowConsumer)));
    }

    fn entry(&mut self, live: Arc<Live>, alone: bool) {
        if self.feeds.contains_key(&live.key) {
            let key = live.key;
            self.advance(key, live, alone);
            self.want_missing(key);
        } else {
            self.tell_gained(&live);
        }
    }

    fn hint(&mut self, key: StreamKey, seq: u64) {
        if let Some(feed) = self.feeds.get_mut(&key) {
            feed.order.hear_of(seq);
            self.want_missing(key);
        }
    }

    /// Takes one entry into its stream's order.
    fn advance(&mut self, key: StreamKey, live: Arc<Live>, alone: bool) {
        let due = self.feeds.get_mut(&key).and_then(|feed| feed.order.take(live));
        self.flow(key, due, alone);
    }

    /// Delivers an entry whose turn it is, and all whose turn it is then.
    fn flow(&mut self, key: StreamKey, mut due: Option<Arc<Live>>, alone: bool) {
        while let Some(live) = due {
            let full = self.deliver(&live, alone);
            self.remove_full(full);
            self.tell_gained(&live);
            if let Some(Audience::Dnd(dnd)) = live.audience {
                self.presence.dnd((key.workspace, UserId::from(key.stream.uuid())), dnd);
            }
            due = self.feeds.get_mut(&key).and_then(|feed| feed.order.next());
        }
    }

    /// Returns those whose queue was full.
    fn deliver(&mut self, live: &Arc<Live>, alone: bool) -> Vec<ConnectionId> {
        let Some(feed) = self.feeds.get(&live.key) else { return Vec::new() };
        if !alone {
            return feed.deliver(live);
        }
        let (full, sent) = feed.hand(self.now, live);
        self.handed += sent;
        full
    }

    fn want_missing(&mut self, key: StreamKey) {
        if let Some(feed) = self.feeds.get_mut(&key)
            && feed.order.is_behind()
            && !feed.reading
        {
            feed.reading = true;
            self.reads.want(key);
        }
    }

    fn tell_gained(&mut self, live: &Live) {
        for user in live.audience.iter().flat_map(|audience| audience.gained()) {
            self.gained(live.key, *user);
        }
    }

    fn gained(&mut self, key: StreamKey, user: UserId) {
        let theirs = self.listeners.of_user(key.workspace, user);
        let new = theirs.filter(|(_, listener)| !listener.streams.contains(&key.stream));
        let full = new.filter(|(_, listener)| listener.outlet.push(Delivery::Gained(key.stream)).is_err());
        let full = full.map(|(id, _)| id).collect();
        self.remove_full(full);
    }

    fn revoke(&mut self, now: Time, revocation: Revocation) {
        self.revoked.hear(now, revocation);
        for (connection, code) in self.listeners.concerned(revocation) {
            self.remove(connection, Some(code));
        }
    }
}

#[cfg(test)]
mod tests;
