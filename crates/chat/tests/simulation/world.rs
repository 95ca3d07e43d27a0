//! A world of nodes, clients, a store and a bus, in which everything that happens follows from one number.

use std::{collections::BTreeMap, time::Duration};

use parlance_base::{Clock as _, ManualClock, StreamId, Time, UserId};
use parlance_chat::realtime::{Audience, StreamKind};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use super::{
    client::Client,
    host::Node,
    setup::Setup,
    socket::Socket,
    store::{Store, workspace},
};

/// Where the numbers of users, and of groups, begin.
pub(super) const USERS: u128 = 0xA0;
const GROUPS: u128 = 0xB0;

type Event = Box<dyn FnOnce(&mut World)>;

pub(super) struct World {
    pub(super) setup: Setup,
    pub(super) random: StdRng,
    pub(super) clock: ManualClock,
    agenda: BTreeMap<(Time, u64), Event>,
    planned: u64,
    pub(super) store: Store,
    pub(super) nodes: Vec<Node>,
    pub(super) sockets: BTreeMap<u64, Box<Socket>>,
    pub(super) sockets_made: u64,
    pub(super) clients: Vec<Client>,
    pub(super) groups: Vec<StreamId>,
    /// Until when the store, or the checks of callers, do not answer.
    pub(super) outage: Time,
    pub(super) checks_outage: Time,
    /// The first broken promise.
    pub(super) broken: Option<String>,
    pub(super) traced: bool,
}

impl World {
    pub(super) fn new(mut setup: Setup, seed: u64, traced: bool) -> Self {
        let start = Time::from_millis(1_800_000_000_000);
        let mut random = StdRng::seed_from_u64(seed);
        for size in [&mut setup.nodes, &mut setup.users, &mut setup.groups] {
            *size = random.random_range(1..=*size);
        }
        let mut world = Self {
            random,
            clock: ManualClock::at(start),
            agenda: BTreeMap::new(),
            planned: 0,
            store: Store::default(),
            nodes: (0..setup.nodes).map(|_| Node::new(start)).collect(),
            sockets: BTreeMap::new(),
            sockets_made: 0,
            clients: (0..setup.users).map(Client::new).collect(),
            groups: (0..setup.groups).map(|n| id(GROUPS + n as u128)).collect(),
            outage: start,
            checks_outage: start,
            broken: None,
            traced,
            setup,
        };
        world.populate();
        world
    }

    fn populate(&mut self) {
        let users: Vec<UserId> = self.clients.iter().map(|client| client.user).collect();
        for group in self.groups.clone() {
            let members: Vec<_> = users.iter().copied().filter(|_| self.chance(70)).collect();
            let since_join = self.chance(40);
            self.store.create(group, StreamKind::Group, since_join, &members);
            if self.chance(40) {
                self.store.log(group).publish();
            }
        }
        for user in &users {
            self.store.create(own_stream(*user), StreamKind::User, false, &[*user]);
        }
        self.store.create(workspace_stream(), StreamKind::Workspace, false, &users);
        for client in 0..self.clients.len() {
            self.plan(0..500, move |world| world.connect(client));
        }
        for node in 0..self.nodes.len() {
            self.tick_hub(node);
        }
    }

    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Plans something for some milliseconds from now.
    pub(super) fn plan(&mut self, after: std::ops::Range<u64>, event: impl FnOnce(&mut Self) + 'static) {
        let after = self.random.random_range(after);
        self.plan_at(self.now().after(Duration::from_millis(after)), event);
    }

    pub(super) fn plan_at(&mut self, at: Time, event: impl FnOnce(&mut Self) + 'static) {
        self.planned += 1;
        self.agenda.insert((at.max(self.now()), self.planned), Box::new(event));
    }

    pub(super) fn run_until(&mut self, end: Time) {
        while self.broken.is_none()
            && let Some(next) = self.agenda.first_entry()
            && next.key().0 <= end
        {
            self.clock.set(next.key().0);
            next.remove()(self);
        }
        self.clock.set(end);
    }

    pub(super) fn chance(&mut self, of_hundred: u32) -> bool {
        self.random.next_u32() % 100 < of_hundred
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.random.random_range(0..all.len())]) }
    }

    pub(super) fn break_promise(&mut self, how: String) {
        self.trace(|| format!("BROKEN {how}"));
        self.broken.get_or_insert(how);
    }

    pub(super) fn trace(&self, what: impl FnOnce() -> String) {
        if self.traced {
            println!("{:>7} {}", self.now().millis() % 10_000_000, what());
        }
    }

    pub(super) fn store_answers(&self) -> bool {
        self.now() >= self.outage
    }

    /// Commits an entry through any node that is up, which tells its hub and the bus.
    pub(super) fn commit(
        &mut self,
        stream: StreamId,
        kind: &str,
        text: &str,
        audience: Option<Audience>,
    ) -> Option<u64> {
        let up: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].up).collect();
        let node = self.one_of(&up)?;
        Some(self.commit_through(node, stream, kind, text, audience))
    }

    pub(super) fn commit_through(
        &mut self,
        node: usize,
        stream: StreamId,
        kind: &str,
        text: &str,
        audience: Option<Audience>,
    ) -> u64 {
        let live = self.store.append(self.now(), stream, kind, text, audience);
        self.trace(|| format!("node {node} commits {kind} {stream}/{} {:?}", live.seq, live.audience));
        let seq = live.seq;
        self.announce(node, live);
        seq
    }
}

/// Ids are small numbers here, to be told apart with the naked eye.
pub(super) fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

pub(super) fn own_stream(user: UserId) -> StreamId {
    StreamId::from(user.uuid())
}

pub(super) fn workspace_stream() -> StreamId {
    StreamId::from(workspace().uuid())
}
