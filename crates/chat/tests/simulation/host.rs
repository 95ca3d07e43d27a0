//! A node: its hub, what it reads for it, and the bus between nodes.

use std::{sync::Arc, time::Duration};

use parlance_base::{StreamId, Time, UserId};
use parlance_chat::realtime::{
    CallerRef, Check, Hub, HubInput, HubOutput, Live, Page, Revocation, Standing, StreamKey, Unavailable,
};
use rand::RngExt as _;

use super::{setup::Planted, world::World};

pub(super) struct Node {
    pub(super) up: bool,
    /// Grows with every start: what was on its way to an earlier life is lost.
    pub(super) life: u64,
    pub(super) hub: Hub,
    ticks_at: Option<Time>,
    /// Until when the bus does not reach this node.
    pub(super) lags_until: Time,
}

/// What nodes tell each other.
#[derive(Clone)]
pub(super) enum Signal {
    Entry(Arc<Live>),
    Gained(StreamKey, UserId),
    Revoked(Revocation),
}

impl Node {
    pub(super) fn new(now: Time) -> Self {
        Self { up: true, life: 0, hub: Hub::new(now), ticks_at: None, lags_until: now }
    }

    pub(super) fn restart(&mut self, now: Time) {
        *self = Self { life: self.life + 1, ..Self::new(now) };
    }
}

impl World {
    pub(super) fn is_alive(&self, node: usize, life: u64) -> bool {
        self.nodes[node].up && self.nodes[node].life == life
    }

    /// Tells this node's hub, and the other nodes by the bus.
    pub(super) fn announce(&mut self, node: usize, live: Arc<Live>) {
        let gained: Vec<UserId> =
            live.audience.iter().flat_map(|audience| audience.gained()).copied().collect();
        let key = live.key;
        self.publish(node, &Signal::Entry(live));
        for user in gained {
            self.publish(node, &Signal::Gained(key, user));
        }
    }

    pub(super) fn publish(&mut self, from: usize, signal: &Signal) {
        let life = self.nodes[from].life;
        let local = signal.clone();
        self.plan(0..4, move |world| world.hear(from, life, local));
        for to in (0..self.nodes.len()).filter(|to| *to != from) {
            self.carry(to, signal);
        }
    }

    fn carry(&mut self, to: usize, signal: &Signal) {
        let bus = self.setup.bus;
        if self.chance(bus.lost) || self.now() < self.nodes[to].lags_until {
            return;
        }
        let life = self.nodes[to].life;
        for _ in 0..=u32::from(self.chance(bus.twice)) {
            let delay = if self.chance(bus.late) { 0..3_000 } else { 1..120 };
            let signal = signal.clone();
            self.plan(delay, move |world| world.hear(to, life, signal));
        }
    }

    fn hear(&mut self, node: usize, life: u64, signal: Signal) {
        let input = match signal {
            Signal::Entry(live) if self.setup.bus.hints => HubInput::Hint { key: live.key, seq: live.seq },
            Signal::Entry(live) => HubInput::Entry { live, alone: true },
            Signal::Gained(key, user) => HubInput::Gained { key, user },
            Signal::Revoked(revocation) => HubInput::Revoke(revocation),
        };
        self.tell_hub(node, life, input);
    }

    pub(super) fn tell_hub(&mut self, node: usize, life: u64, input: HubInput) {
        if !self.is_alive(node, life) {
            return;
        }
        self.trace(|| format!("hub {node} takes {input:?}"));
        let callers = matches!(input, HubInput::Open { .. } | HubInput::Checked { .. } | HubInput::Revoke(_));
        let mut out = Vec::new();
        let now = self.now();
        self.nodes[node].hub.handle(now, input, &mut out);
        for output in out {
            self.do_for_hub(node, life, output);
        }
        self.tick_hub(node);
        self.pass_on(node);
        self.wake_sockets(node, callers);
    }

    pub(super) fn tick_hub(&mut self, node: usize) {
        let deadline = self.nodes[node].hub.deadline();
        let life = self.nodes[node].life;
        if self.nodes[node].ticks_at.is_none_or(|at| deadline < at) {
            self.nodes[node].ticks_at = Some(deadline);
            self.plan_at(deadline, move |world| {
                if world.is_alive(node, life) {
                    world.nodes[node].ticks_at = None;
                    world.tell_hub(node, life, HubInput::Tick);
                }
            });
        }
    }

    fn do_for_hub(&mut self, node: usize, life: u64, output: HubOutput) {
        match output {
            HubOutput::Read { key, after } => self.read_page(key.stream, after, move |world, result| {
                world.tell_hub(node, life, HubInput::Range { key, result });
            }),
            HubOutput::Tell(_) => {}
            HubOutput::Heads(keys) => self.plan(1..40, move |world| {
                let blind = matches!(world.setup.planted, Some(Planted::NoHeadCheck | Planted::LagUntold));
                let known = if blind { Vec::new() } else { keys };
                let heads = known.into_iter().map(|key| (key, world.store.head(key.stream))).collect();
                let result = world.if_answered(heads);
                world.plan(1..40, move |world| world.tell_hub(node, life, HubInput::Heads(result)));
            }),
            HubOutput::Check { asked, callers } => self.plan(1..40, move |world| {
                let result = world.check(callers);
                let delay = if world.chance(20) { 40..1_500 } else { 1..40 };
                world.plan(delay, move |world| world.take_checks(node, life, asked, result));
            }),
        }
    }

    fn check(&self, callers: Vec<CallerRef>) -> Result<Vec<(CallerRef, Check)>, Unavailable> {
        if !self.store_answers() || self.now() < self.checks_outage {
            return Err(Unavailable);
        }
        let revoked = |caller: &CallerRef| self.store.revoked.contains_key(&caller.user);
        let check = |caller| if revoked(&caller) { Check::Revoked } else { Check::Good };
        Ok(callers.into_iter().map(|caller| (caller, check(caller))).collect())
    }

    fn take_checks(
        &mut self,
        node: usize,
        life: u64,
        asked: Time,
        result: Result<Vec<(CallerRef, Check)>, Unavailable>,
    ) {
        let late = self.setup.planted == Some(Planted::ChecksDatedLate);
        let asked = if late { self.now() } else { asked };
        self.tell_hub(node, life, HubInput::Checked { asked, result });
    }

    fn if_answered<T>(&self, value: T) -> Result<T, Unavailable> {
        if self.store_answers() { Ok(value) } else { Err(Unavailable) }
    }

    /// Reads a page as a store is read: first the head, some time later the entries up to it.
    pub(super) fn read_page(
        &mut self,
        stream: StreamId,
        after: u64,
        then: impl FnOnce(&mut Self, Result<Page, Unavailable>) + 'static,
    ) {
        self.plan(1..40, move |world| {
            let head = world.store.head(stream);
            world.plan(0..40, move |world| {
                let limit = world.random.random_range(1..20);
                let mut page = world.store.page(stream, after, head, limit);
                if world.setup.planted == Some(Planted::PagesSkipHoles) {
                    page = world.store.page(stream, after.max(page.log_floor - 1), head, limit);
                    page.log_floor = 1;
                }
                let result = world.if_answered(page);
                world.plan(0..20, |world| then(world, result));
            });
        });
    }

    /// Looks up where a user stands: first the heads, some time later the rights.
    pub(super) fn look_up(
        &mut self,
        user: UserId,
        streams: Vec<StreamId>,
        then: impl FnOnce(&mut Self, Result<Vec<Standing>, Unavailable>) + 'static,
    ) {
        self.plan(1..40, move |world| {
            let heads: Vec<_> = streams.iter().map(|stream| (*stream, world.store.head(*stream))).collect();
            let early = world.standings(user, &heads);
            world.plan(0..60, move |world| {
                let mut standings = world.standings(user, &heads);
                if world.setup.planted == Some(Planted::RightsBeforeHead) {
                    standings = early;
                    standings.iter_mut().for_each(|one| one.head = world.store.head(one.stream));
                }
                let result = world.if_answered(standings);
                world.plan(0..20, |world| then(world, result));
            });
        });
    }

    fn standings(&self, user: UserId, heads: &[(StreamId, u64)]) -> Vec<Standing> {
        heads.iter().filter_map(|(stream, head)| self.store.standing(*stream, user, *head)).collect()
    }

    /// The bus to a node breaks; later the node notices.
    pub(super) fn lag(&mut self, node: usize) {
        let millis = self.random.random_range(100..4_000);
        let until = self.now().after(Duration::from_millis(millis));
        self.nodes[node].lags_until = until;
        let life = self.nodes[node].life;
        self.plan_at(until, move |world| {
            if world.setup.planted != Some(Planted::LagUntold) {
                world.tell_hub(node, life, HubInput::Lagged);
            }
        });
    }
}
