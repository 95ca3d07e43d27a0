//! What happens to the world, step by step.

use std::time::Duration;

use parlance_base::{SignInId, StreamId, UserId};
use parlance_chat::realtime::{Audience, Revocation, limits::WAITING_FRAMES};
use rand::RngExt as _;
use serde_json::json;

use super::{
    client::Pending,
    host::Signal,
    setup::Step,
    socket::Mail,
    world::{World, own_stream},
};

impl World {
    /// Takes the schedule's next step after a pause, until all are taken.
    pub(super) fn schedule(&mut self, left: usize) {
        if left == 0 {
            return;
        }
        let pause = self.setup.pause.as_millis() as u64;
        self.plan(0..pause, move |world| {
            let step = world.draw();
            world.trace(|| format!("{step:?}"));
            world.take(step);
            world.schedule(left - 1);
        });
    }

    fn draw(&mut self) -> Step {
        let mix = self.setup.mix;
        let mut left = self.random.random_range(0..mix.iter().map(|(_, weight)| weight).sum());
        for (step, weight) in mix {
            if left < *weight {
                return *step;
            }
            left -= weight;
        }
        Step::Write
    }

    fn take(&mut self, step: Step) {
        let group = self.random.random_range(0..self.groups.len());
        let group = self.groups[group];
        let client = self.random.random_range(0..self.clients.len());
        let node = self.random.random_range(0..self.nodes.len());
        let user = self.clients[client].user;
        match step {
            Step::Write => self.write(group),
            Step::Burst => (0..40).for_each(|_| self.write(group)),
            Step::Send => self.send(client, group),
            Step::Flood => {
                (0..WAITING_FRAMES + 5).for_each(|_| self.ask(client, "read.ack", &json!({}), Pending::Other))
            }
            Step::Nonsense => self.nonsense(client),
            Step::Remove => self.remove(group, user),
            Step::Add => self.add(group, user),
            Step::Readd => {
                self.remove(group, user);
                self.plan(0..400, move |world| world.add(group, user));
            }
            Step::Publicity => self.turn_publicity(group),
            Step::Delete => self.delete(group),
            Step::Watch => self.watch(client, group),
            Step::Unwatch => self.unwatch(client, group),
            Step::Resume => self.resume_some(client),
            Step::Cut => self.clients[client].socket.into_iter().for_each(|socket| self.cut(socket)),
            Step::Crash => self.crash(node),
            Step::Shutdown => self.shut_down(node),
            Step::Stall => self.stall(client),
            Step::Prune => self.prune(),
            Step::Epoch => self.change_epoch(),
            Step::Outage => self.outage = self.some_time(100..6_000),
            Step::ChecksOutage => self.checks_outage = self.some_time(1_000..12_000),
            Step::Revoke => self.revoke(client),
            Step::Lag => self.lag(node),
        }
    }

    fn some_time(&mut self, millis: std::ops::Range<u64>) -> parlance_base::Time {
        let millis = self.random.random_range(millis);
        self.now().after(Duration::from_millis(millis))
    }

    pub(super) fn write(&mut self, group: StreamId) {
        let text = self.text();
        self.commit(group, "message.new", &text, None);
    }

    /// A text that there is only once.
    fn text(&mut self) -> String {
        format!("{:x}{}", self.random.random::<u64>(), "x".repeat(self.setup.padding))
    }

    fn send(&mut self, client: usize, group: StreamId) {
        let text = self.text();
        let one = &mut self.clients[client];
        if one.is_ready {
            one.unsent.push((group, text.clone()));
            self.ask(client, "message.send", &json!((group, &text)), Pending::Send(group, text));
        }
    }

    fn nonsense(&mut self, client: usize) {
        let Some(socket) = self.clients[client].socket else { return };
        for _ in 0..self.random.random_range(1..30) {
            self.send_up(socket, r#"{"type":"fly"}"#.into());
        }
    }

    fn remove(&mut self, group: StreamId, user: UserId) {
        if self.store.log(group).members.contains_key(&user) {
            let change = Audience::Members { gained: Vec::new(), lost: vec![user], run: Vec::new() };
            self.commit(group, "member.removed", "", Some(change));
        }
    }

    fn add(&mut self, group: StreamId, user: UserId) {
        let deleted = self.is_deleted(group);
        if deleted || self.store.log(group).members.contains_key(&user) {
            return;
        }
        let change = Audience::Members { gained: vec![user], lost: Vec::new(), run: Vec::new() };
        if let Some(seq) = self.commit(group, "member.added", "", Some(change)) {
            self.plan(1..900, move |world| world.tell_joined(group, user, seq));
        }
    }

    /// The outbox: what concerns the user's own stream comes there later, if it is still true.
    fn tell_joined(&mut self, group: StreamId, user: UserId, seq: u64) {
        if self.store.log(group).members.get(&user).is_none_or(|member| member.changed != seq) {
            return;
        }
        let told = self.commit(own_stream(user), "group.joined", "", Some(Audience::Joined(group)));
        if told.is_none() {
            self.plan(100..500, move |world| world.tell_joined(group, user, seq));
        }
    }

    fn is_deleted(&mut self, group: StreamId) -> bool {
        let entries = &self.store.log(group).entries;
        entries.iter().any(|live| live.audience == Some(Audience::Deleted))
    }

    fn turn_publicity(&mut self, group: StreamId) {
        if self.is_deleted(group) || self.nodes.iter().all(|node| !node.up) {
            return;
        }
        let change = if self.store.log(group).public { Audience::Private } else { Audience::Public };
        self.commit(group, "group.updated", "", Some(change));
    }

    fn delete(&mut self, group: StreamId) {
        if !self.is_deleted(group) {
            self.commit(group, "group.deleted", "", Some(Audience::Deleted));
        }
    }

    fn watch(&mut self, client: usize, group: StreamId) {
        if self.clients[client].is_ready {
            self.clients[client].watching.insert(group);
            self.ask(client, "group.watch", &json!({ "group_id": group }), Pending::Watch(group));
        }
    }

    fn unwatch(&mut self, client: usize, group: StreamId) {
        if self.clients[client].is_ready {
            self.clients[client].watching.remove(&group);
            self.ask(client, "group.unwatch", &json!({ "group_id": group }), Pending::Unwatch);
        }
    }

    /// A client resumes in the middle of a connection, perhaps as if it had lost its newest entries.
    fn resume_some(&mut self, client: usize) {
        if !self.clients[client].is_ready {
            return;
        }
        let streams: Vec<_> = self.clients[client].held.keys().copied().collect();
        let some: Vec<_> = streams.into_iter().filter(|_| self.chance(60)).collect();
        for stream in &some {
            let lost = self.random.random_range(0..8);
            if let Some(held) = self.clients[client].held.get_mut(stream).filter(|held| held.fetch.is_none())
            {
                held.have = held.have.saturating_sub(lost).max(held.base);
                let have = held.have;
                held.texts.retain(|(seq, _)| *seq <= have);
            }
        }
        for _ in 0..self.random.random_range(1..4) {
            self.resume(client, &some);
        }
    }

    fn shut_down(&mut self, node: usize) {
        let here: Vec<u64> =
            self.sockets.iter().filter(|(_, socket)| socket.node == node).map(|(id, _)| *id).collect();
        let life = self.nodes[node].life;
        here.into_iter().for_each(|id| self.post(id, Mail::Shutdown));
        self.plan(6_000..6_500, move |world| {
            if world.is_alive(node, life) {
                world.crash(node);
            }
        });
    }

    fn stall(&mut self, client: usize) {
        self.clients[client].stalled_until = self.some_time(500..9_000);
    }

    fn prune(&mut self) {
        let keep = self.random.random_range(0..6);
        for log in self.store.logs.values_mut() {
            log.floor = log.floor.max((log.head() + 1).saturating_sub(keep));
        }
    }

    fn change_epoch(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.crash(node));
        let lost = self.random.random_range(0..4);
        self.store.lose_tail(lost);
    }

    fn revoke(&mut self, client: usize) {
        let user = self.clients[client].user;
        let now = self.now();
        self.store.revoked.entry(user).or_insert(now);
        if self.chance(50) {
            let sign_in = SignInId::from(user.uuid());
            let node = self.random.random_range(0..self.nodes.len());
            self.publish(node, &Signal::Revoked(Revocation::SignIn(sign_in)));
        }
    }
}
