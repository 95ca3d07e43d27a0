//! Whether the promise was kept, once the world is quiet.

use std::time::Duration;

use parlance_base::StreamId;
use rand::RngExt as _;

use super::{
    setup::Setup,
    world::{World, own_stream, workspace_stream},
};

/// Runs one schedule; what was broken, if anything was.
pub(super) fn run(setup: &Setup, seed: u64, traced: bool) -> Result<(), String> {
    let mut world = World::new(setup.clone(), seed, traced);
    world.schedule(setup.steps);
    let end = world.now().after(setup.pause * setup.steps as u32);
    world.run_until(end);
    world.end_with_a_flurry();
    world.calm_down();
    // What a lost signal, a lost store and a lost connection may cost together, many times over.
    for _ in 0..120 {
        let next = world.now().after(Duration::from_secs(1));
        world.run_until(next);
        if world.broken.is_some() || world.unsettled().is_none() {
            break;
        }
    }
    let more = world.now().after(Duration::from_secs(6));
    world.run_until(more);
    match world.broken.take().or_else(|| world.unsettled()) {
        Some(how) => Err(format!("seed {seed}: {how}")),
        None => Ok(()),
    }
}

impl World {
    /// What goes wrong last is mended by nothing that comes after it.
    fn end_with_a_flurry(&mut self) {
        for client in 0..self.clients.len() {
            if let Some(socket) = self.clients[client].socket.filter(|_| self.setup.cuts() && self.chance(50))
            {
                self.cut(socket);
            }
        }
        for group in self.groups.clone() {
            for _ in 0..self.random.random_range(0..3) {
                self.plan(0..800, move |world| world.write(group));
            }
        }
        let end = self.now().after(Duration::from_millis(800));
        self.run_until(end);
    }

    /// Nothing goes wrong any more, except that the bus may be dead for good: the promise holds without it.
    fn calm_down(&mut self) {
        self.trace(|| "calm".to_owned());
        if self.chance(50) {
            self.setup.bus.lost = 100;
        }
        let now = self.now();
        self.outage = now;
        self.checks_outage = now;
        for client in &mut self.clients {
            client.stalled_until = now;
        }
        for node in 0..self.nodes.len() {
            self.nodes[node].lags_until = now;
            self.start(node);
        }
        self.setup.pause = Duration::from_millis(self.random.random_range(1..2));
    }

    /// What is not as it should be in the end, if anything is not.
    fn unsettled(&self) -> Option<String> {
        (0..self.clients.len()).find_map(|client| self.client_unsettled(client))
    }

    fn client_unsettled(&self, client: usize) -> Option<String> {
        let one = &self.clients[client];
        if self.store.revoked.contains_key(&one.user) {
            let connected = one.is_ready;
            return connected.then(|| format!("client {client} is signed out and connected"));
        }
        if !one.is_ready || !one.pending.is_empty() {
            let pending: Vec<_> = one.pending.keys().collect();
            return Some(format!("client {client} is connected: {}, waits for {pending:?}", one.is_ready));
        }
        let expected = [own_stream(one.user), workspace_stream()].into_iter();
        let expected = expected.chain(self.store.memberships(one.user)).chain(one.watching.iter().copied());
        let missing = expected.into_iter().find(|stream| !one.held.contains_key(stream));
        missing
            .map(|stream| format!("client {client} does not hold {stream}"))
            .or_else(|| one.held.keys().find_map(|stream| self.stream_unsettled(client, *stream)))
            .or_else(|| self.acknowledged_lost(client))
    }

    fn stream_unsettled(&self, client: usize, stream: StreamId) -> Option<String> {
        let one = &self.clients[client];
        let held = one.held.get(&stream)?;
        let head = self.store.head(stream);
        let log = self.store.logs.get(&stream)?;
        if self.store.standing(stream, one.user, head).is_none() {
            return Some(format!("client {client} still holds {stream}"));
        }
        let owed = (1..).zip(&log.texts).skip(held.base as usize);
        let same = owed.eq(held.texts.iter().map(|(seq, text)| (*seq, text)));
        let done = held.have == head && held.fetch.is_none() && held.muted == 0 && !held.verdict_due;
        let epoch = held.epoch == self.store.epoch.to_string();
        (!same || !done || !epoch)
            .then(|| format!("client {client} holds {held:?} of {stream}, now at {head}"))
    }

    fn acknowledged_lost(&self, client: usize) -> Option<String> {
        let epoch = self.store.epoch.to_string();
        let now = self.clients[client].acknowledged.iter().filter(|(of, ..)| *of == epoch);
        now.into_iter().find_map(|(_, group, seq, text)| {
            let stored = self.store.logs.get(group)?.texts.get(*seq as usize - 1);
            (stored != Some(text)).then(|| format!("client {client} was told that {group}/{seq} is stored"))
        })
    }
}
