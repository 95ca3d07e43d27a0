//! The loop of one socket on the server: it feeds the connection and does what comes out.

use std::time::Duration;

use futures::FutureExt as _;
use parlance_base::{ConnectionId, Error, Kind, Role, SignInId, StreamId, Time, UserId};
use parlance_chat::realtime::{
    CallerRef, Credential, Delivery, HubInput, Input, Output, Ready, Standing, StreamKind, Text, Unavailable,
    frame::{CloseCode, Command, CommandKind},
    limits::TRUST,
    queue,
};
use rand::RngExt as _;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::{
    rules::Heard,
    setup::Planted,
    socket::{Down, Mail, Socket},
    store::workspace,
    world::{World, own_stream, workspace_stream},
};

impl World {
    /// Runs the loop until it has to wait.
    pub(super) fn drive(&mut self, id: u64) {
        let Some(mut socket) = self.sockets.remove(&id) else { return };
        socket.woken = false;
        self.close_lane(&mut socket, id);
        while !socket.closed && self.is_alive(socket.node, socket.life) && self.drive_once(&mut socket, id) {}
        if !socket.closed {
            self.plan_tick(&mut socket, id);
            self.open_lane(&mut socket);
        }
        if !(socket.closed && socket.cut) {
            self.sockets.insert(id, socket);
        }
    }

    /// One turn of the loop; whether there was anything to do.
    fn drive_once(&mut self, socket: &mut Socket, id: u64) -> bool {
        let now = self.now();
        if let Some(control) = socket.inbox.as_mut().and_then(|inbox| inbox.control().now_or_never()) {
            socket.trusted = socket.trusted.max(control.checked);
            self.feed(socket, id, Input::Control(control));
        } else if socket.is_blocked() {
            // The last flush has not ended: nothing else is done meanwhile.
            return false;
        } else if now >= socket.connection.deadline(now) {
            self.feed(socket, id, Input::Tick);
        } else if self.chance(50) && self.drain(socket, id) {
        } else if let Some(mail) = socket.mail.pop_front() {
            self.open_mail(socket, id, mail);
        } else {
            return self.drain(socket, id);
        }
        true
    }

    fn drain(&mut self, socket: &mut Socket, id: u64) -> bool {
        if !socket.connection.wants_live(self.now()) {
            return false;
        }
        let mut batch = Vec::new();
        let limit = self.random.random_range(1..64);
        let Some(inbox) = &mut socket.inbox else { return false };
        let count = inbox.recv_many(&mut batch, limit).now_or_never().unwrap_or(0);
        for delivery in batch {
            self.watch_queue(socket, &delivery);
            self.feed(socket, id, Input::Live(delivery));
        }
        count > 0
    }

    /// What a hub queues of a stream has no hole and no repeat, unless it says so.
    fn watch_queue(&mut self, socket: &mut Socket, delivery: &Delivery) {
        match delivery {
            Delivery::Head { stream, .. } => {
                socket.queued.remove(stream);
            }
            Delivery::Entry(live) => self.watch_order(socket, live.key.stream, live.seq),
            _ => {}
        }
    }

    pub(super) fn watch_order(&mut self, socket: &mut Socket, stream: StreamId, seq: u64) {
        match socket.queued.get_mut(&stream) {
            Some(Some(last)) if seq != *last + 1 => {
                let how = format!("{stream}/{seq} was queued after {last}");
                self.break_promise(how);
            }
            Some(Some(last)) => *last = seq,
            Some(None) => {}
            None => {
                socket.queued.insert(stream, Some(seq));
            }
        }
    }

    fn open_mail(&mut self, socket: &mut Socket, id: u64, mail: Mail) {
        match mail {
            Mail::Text(text) => {
                socket.unanswered.extend(Heard::from(&text).id());
                self.feed(socket, id, Input::Text(&text));
            }
            Mail::Alive => self.feed(socket, id, Input::Alive),
            Mail::Authenticated(ready) => self.feed(socket, id, Input::Authenticated(ready)),
            Mail::Refused(error) => self.feed(socket, id, Input::Refused(error)),
            Mail::Looked(result) => self.feed(socket, id, Input::Looked(result)),
            Mail::Page(result) => self.feed(socket, id, Input::Page(result)),
            Mail::Reply(result) => self.feed(socket, id, Input::Reply(result)),
            Mail::Shutdown => {
                let reconnect_after = Duration::from_millis(100);
                self.feed(socket, id, Input::Shutdown { reconnect_after });
            }
            Mail::Gone => self.end(socket, id),
        }
    }

    fn feed(&mut self, socket: &mut Socket, id: u64, input: Input<'_>) {
        if socket.closed {
            return;
        }
        let mut out = Vec::new();
        let now = self.now();
        self.trace(|| format!("socket {id} takes {input:?}"));
        socket.connection.handle(now, input, &mut out);
        for output in out {
            self.trace(|| format!("socket {id} wants {output:?}"));
            self.carry_out(socket, id, output);
        }
    }

    fn carry_out(&mut self, socket: &mut Socket, id: u64, output: Output) {
        match output {
            Output::Send(text) => {
                self.watch_over(socket, &text);
                self.send_down(socket, id, Down::Frame(text));
            }
            Output::Ping => self.send_down(socket, id, Down::Ping),
            Output::Authenticate { .. } => self.authenticate(id, socket.client),
            Output::Listen(streams) => {
                self.mail_hub(socket, HubInput::Listen { connection: connection(id), streams });
            }
            Output::Unlisten(stream) => {
                socket.queued.insert(stream, None);
                self.mail_hub(socket, HubInput::Unlisten { connection: connection(id), stream });
            }
            Output::Look(streams) => {
                let user = self.clients[socket.client].user;
                self.look_up(user, streams, move |world, result| world.post(id, Mail::Looked(result)));
            }
            Output::Read { stream, after } => {
                self.read_page(stream, after, move |world, result| world.post(id, Mail::Page(result)));
            }
            Output::Run(command) => {
                let user = self.clients[socket.client].user;
                self.plan(1..80, move |world| world.run(id, user, &command));
            }
            Output::Close(code) => self.close(socket, id, code),
        }
    }

    /// What the server sends is held against the truth.
    fn watch_over(&mut self, socket: &mut Socket, text: &Text) {
        let Text::Entry(live) = text else { return self.watch_answer(socket, text.frame().text()) };
        self.watch_entry(socket, live.key.stream, live.seq);
    }

    pub(super) fn watch_entry(&mut self, socket: &Socket, stream: StreamId, seq: u64) {
        let user = self.clients[socket.client].user;
        let now = self.now();
        if !self.store.may_have(user, stream, seq) {
            self.break_promise(format!("{stream}/{seq} went to client {} without right", socket.client));
        }
        if now.since(socket.trusted) > TRUST {
            self.break_promise(format!("{stream}/{seq} went to client {} unchecked", socket.client));
        }
        if self.store.revoked.get(&user).is_some_and(|at| now.since(*at) > TRUST) {
            let how = format!("{stream}/{seq} went to client {} after its sign-in ended", socket.client);
            self.break_promise(how);
        }
    }

    fn watch_answer(&mut self, socket: &mut Socket, text: &str) {
        if let Some(id) = Heard::from(text).id()
            && !socket.unanswered.remove(&id)
        {
            self.break_promise(format!("an answer to {id}, which does not wait for one: {text}"));
        }
    }

    fn close(&mut self, socket: &mut Socket, id: u64, code: CloseCode) {
        let abrupt = matches!(code, CloseCode::SlowConsumer | CloseCode::Revoked) && self.chance(50);
        if abrupt {
            socket.link.clear();
        }
        if code == CloseCode::ShuttingDown && !socket.unanswered.is_empty() {
            self.break_promise(format!("{:?} unanswered at shutdown", socket.unanswered));
        }
        self.send_down(socket, id, Down::Close(code.number()));
        self.end(socket, id);
    }

    /// The server is done with the socket.
    fn end(&mut self, socket: &mut Socket, id: u64) {
        socket.closed = true;
        self.mail_hub(socket, HubInput::Closed(connection(id)));
    }

    fn mail_hub(&mut self, socket: &mut Socket, input: HubInput) {
        let delay = Duration::from_millis(self.random.random_range(0..6));
        socket.hub_at = socket.hub_at.max(self.now().after(delay));
        let (node, life) = (socket.node, socket.life);
        self.plan_at(socket.hub_at, move |world| world.tell_hub(node, life, input));
    }

    fn plan_tick(&mut self, socket: &mut Socket, id: u64) {
        let deadline = socket.connection.deadline(self.now());
        if socket.is_blocked() || socket.ticks_at.is_some_and(|at| at <= deadline) {
            return;
        }
        socket.ticks_at = Some(deadline);
        self.plan_at(deadline, move |world| {
            if let Some(socket) = world.sockets.get_mut(&id) {
                socket.ticks_at = None;
                world.wake(id);
            }
        });
    }

    /// Finds out who the caller is and gathers what `ready` tells, in the one order that leaves no hole.
    pub(super) fn authenticate(&mut self, id: u64, client: usize) {
        let user = self.clients[client].user;
        let asked = self.now();
        self.plan(1..40, move |world| {
            let refusal = match () {
                () if !world.store_answers() => Some(Error::unavailable("store.unavailable", "try later")),
                () if world.store.revoked.contains_key(&user) => {
                    Some(Error::new(Kind::Unauthenticated, "auth.invalid", "unknown token"))
                }
                () => None,
            };
            match refusal {
                Some(error) => world.post(id, Mail::Refused(error)),
                None => world.admit(id, caller(user), asked),
            }
        });
    }

    fn admit(&mut self, id: u64, caller: CallerRef, asked: Time) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.trusted = asked;
        let (outlet, inbox) = queue(asked);
        socket.inbox = Some(inbox);
        let (node, life) = (socket.node, socket.life);
        self.tell_hub(node, life, HubInput::Open { connection: connection(id), caller, outlet });
        self.gather(id, caller, asked);
    }

    fn gather(&mut self, id: u64, caller: CallerRef, asked: Time) {
        let user = caller.user;
        let first = vec![own_stream(user), workspace_stream()];
        let last = self.setup.planted == Some(Planted::OwnHeadLast);
        self.look_up(user, first.clone(), move |world, own| {
            world.plan(0..60, move |world| {
                let groups = world.store.memberships(user);
                let groups = groups.into_iter().filter(|stream| !first.contains(stream)).collect();
                world.look_up(user, groups, move |world, groups| {
                    let own = if last { world.own_again(user, own) } else { own };
                    world.ready(id, caller, asked, own.and_then(|own| Ok([own, groups?].concat())));
                });
            });
        });
    }

    fn own_again(
        &mut self,
        user: UserId,
        own: Result<Vec<Standing>, Unavailable>,
    ) -> Result<Vec<Standing>, Unavailable> {
        let head = self.store.head(own_stream(user));
        let mut own = own?;
        own.iter_mut().filter(|one| one.kind == StreamKind::User).for_each(|one| one.head = head);
        Ok(own)
    }

    fn ready(
        &mut self,
        id: u64,
        caller: CallerRef,
        checked: Time,
        streams: Result<Vec<Standing>, Unavailable>,
    ) {
        let Ok(streams) = streams else {
            return self.post(id, Mail::Refused(Error::unavailable("store.unavailable", "try later")));
        };
        let epoch = self.store.epoch.to_string();
        let user = RawValue::from_string("{}".into()).expect("JSON");
        let ready = Ready { connection: connection(id), caller, checked, epoch, user, dnd: false, streams };
        self.post(id, Mail::Authenticated(Box::new(ready)));
    }

    fn run(&mut self, id: u64, user: UserId, command: &Command) {
        let Some(node) = self.sockets.get(&id).map(|socket| socket.node) else { return };
        let answers = self.store_answers();
        let result = match command.kind {
            _ if !answers => Err(Error::unavailable("store.unavailable", "try later")),
            CommandKind::MessageSend => self.send_message(node, user, command.data.get()),
            _ => Ok(to_raw_value(&()).expect("JSON")),
        };
        self.plan(0..20, move |world| world.post(id, Mail::Reply(result)));
    }

    fn send_message(&mut self, node: usize, user: UserId, data: &str) -> Result<Box<RawValue>, Error> {
        let (group, text): (StreamId, String) = serde_json::from_str(data).expect("what our clients send");
        let log = self.store.log(group);
        let stored = (1_u64..).zip(&log.texts).find(|(_, stored)| **stored == text).map(|(seq, _)| seq);
        if stored.is_none() && !log.members.contains_key(&user) {
            return Err(Error::new(Kind::NotFound, "group.not_found", "no such group"));
        }
        let seq = stored.unwrap_or_else(|| self.commit_through(node, group, "message.new", &text, None));
        Ok(to_raw_value(&seq).expect("JSON"))
    }
}

fn caller(user: UserId) -> CallerRef {
    let sign_in = SignInId::from(user.uuid());
    CallerRef {
        workspace: workspace(),
        user,
        credential: Credential::SignIn(sign_in),
        role: Role::Member,
        backer: None,
    }
}

pub(super) fn connection(id: u64) -> ConnectionId {
    ConnectionId::from(Uuid::from_u128(u128::from(id)))
}
