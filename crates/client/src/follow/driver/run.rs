//! The follower's task: it tells the machine what happens, and does what the machine says.

use std::collections::VecDeque;

use tokio::{
    sync::mpsc::{self, error::SendError},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{
    FollowOptions, Replies,
    attempt::code_of,
    commands::Ask,
    fetch::fetch,
    link::{Came, Link},
    timers::Timers,
};
use crate::{
    Error, InWorkspace,
    backoff::chance,
    follow::{Due, Event, Fetch, Input, Machine, Outcome, Output, Pause, State},
};

pub(super) struct Run {
    workspace: InWorkspace,
    options: FollowOptions,
    machine: Machine,
    link: Link,
    timers: Timers,
    /// Streams to fetch: the last fetch of each.
    wanted: VecDeque<Fetch>,
    fetching: JoinSet<Input>,
    /// What the application is to be told, once it has room.
    told: VecDeque<Event>,
    tell: mpsc::Sender<Event>,
    asks: mpsc::Receiver<Ask>,
    replies: Replies,
    tickets: u64,
}

enum Happened {
    Came(Came),
    Asked(Ask),
    Fetched(Input),
    Due(Due),
    Told,
    /// Nobody listens any more.
    Over,
}

impl Run {
    pub(super) fn new(
        workspace: InWorkspace,
        state: &State,
        options: FollowOptions,
        tell: mpsc::Sender<Event>,
        asks: mpsc::Receiver<Ask>,
    ) -> Self {
        Self {
            link: Link::connect(&workspace, options.socket),
            machine: Machine::new(state, options.reconnect),
            workspace,
            options,
            timers: Timers::default(),
            wanted: VecDeque::new(),
            fetching: JoinSet::new(),
            told: VecDeque::new(),
            tell,
            asks,
            replies: Replies::new(),
            tickets: 0,
        }
    }

    pub(super) async fn follow(mut self, stop: CancellationToken) {
        loop {
            self.start_fetches();
            let happened = tokio::select! {
                () = stop.cancelled() => break,
                happened = self.next() => happened,
            };
            if matches!(happened, Happened::Over) {
                break;
            }
            if let Some(input) = self.input(happened) {
                self.handle(input).await;
            }
        }
        self.link.close().await;
    }

    /// What the machine is told of it, if anything.
    fn input(&mut self, happened: Happened) -> Option<Input> {
        Some(match happened {
            Happened::Came(Came::Frame(frame)) => Input::Frame(frame),
            Happened::Came(Came::Ended(error)) => self.ended(&error),
            Happened::Fetched(input) => input,
            Happened::Due(due) => Input::Due(due),
            Happened::Asked(Ask::Frame(command, reply)) => {
                self.tickets += 1;
                self.replies.insert(self.tickets, reply);
                Input::Command { ticket: self.tickets, command }
            }
            Happened::Asked(Ask::Reconnect) => {
                self.reconnect();
                return None;
            }
            Happened::Came(Came::Changed) | Happened::Told | Happened::Over => return None,
        })
    }

    /// What happens next. While the application does not take what it is told, nothing more is read that it would have to
    /// be told.
    async fn next(&mut self) -> Happened {
        let has_room = self.told.len() < self.options.events.max(1);
        let options = &self.options;
        tokio::select! {
            room = self.tell.reserve(), if !self.told.is_empty() => match (room, self.told.pop_front()) {
                (Ok(room), Some(event)) => {
                    room.send(event);
                    Happened::Told
                }
                (Ok(_), None) => Happened::Told,
                (Err(SendError(())), _) => Happened::Over,
            },
            Some(ask) = self.asks.recv() => Happened::Asked(ask),
            due = self.timers.next() => Happened::Due(due),
            Some(fetched) = self.fetching.join_next(), if has_room => match fetched {
                Ok(input) => Happened::Fetched(input),
                // Only a fetch that panicked or was aborted ends so, and none of either is left to be told of.
                Err(_) => Happened::Told,
            },
            came = self.link.next(&self.workspace, options.socket, options.ready_within), if has_room => {
                Happened::Came(came)
            }
        }
    }

    async fn handle(&mut self, input: Input) {
        if let Err(error) = self.carry_out_all(input).await {
            let ended = self.ended(&error);
            // Without a connection, nothing is sent.
            let _ = self.carry_out_all(ended).await;
        }
        if self.machine.is_ready() {
            self.link.is_ready();
        }
    }

    /// Once a frame could not be sent, no other is. All else is still done: what the application is to be told counts as
    /// told.
    async fn carry_out_all(&mut self, input: Input) -> Result<(), Error> {
        let mut broken = Ok(());
        for output in self.machine.handle(input) {
            match output {
                Output::Send { id, command } if broken.is_ok() => {
                    broken = self.link.send(&id, &command).await;
                }
                output => self.carry_out(output),
            }
        }
        broken
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send { .. } => {}
            Output::Fetch(fetch) => {
                self.wanted.retain(|wanted| wanted.stream != fetch.stream);
                self.wanted.push_back(fetch);
            }
            Output::Tell(event) => self.told.push_back(event),
            Output::Settled { ticket, outcome } => {
                if let Some(reply) = self.replies.remove(&ticket) {
                    // Whoever does not wait any more does not need to know.
                    let _ = reply.send(outcome.into());
                }
            }
            Output::Wait { pause, due } => self.timers.set(self.after(pause), due),
            Output::Connect { after } => self.link = Link::Waiting(self.after(after)),
            Output::Stop => self.link = Link::Stopped,
        }
    }

    fn ended(&mut self, error: &Error) -> Input {
        debug!(%error, "a connection has ended");
        let lasted = self.link.lasted();
        self.link = Link::Stopped;
        self.timers.clear();
        self.wanted.clear();
        self.fetching.abort_all();
        Input::Ended { code: code_of(error), lasted }
    }

    fn reconnect(&mut self) {
        if matches!(self.link, Link::Waiting(_) | Link::Stopped) {
            self.link = Link::connect(&self.workspace, self.options.socket);
        }
    }

    fn start_fetches(&mut self) {
        while self.fetching.len() < self.options.fetches.max(1) {
            let Some(wanted) = self.wanted.pop_front() else { return };
            self.fetching.spawn(Box::pin(fetch(self.workspace.clone(), wanted, self.options.messages)));
        }
    }

    fn after(&self, pause: Pause) -> Instant {
        let chance = chance(self.workspace.client().ids().random());
        Instant::now() + pause.at_least + pause.random.mul_f64(chance)
    }
}

impl From<Outcome> for Result<serde_json::Value, Error> {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(answer) => Ok(answer),
            Outcome::Refused(refusal) => Err(refusal.into()),
            Outcome::Ended { code } => Err(Error::Closed { code, reason: String::new() }),
            Outcome::NotConnected => Err(Error::NotConnected),
            Outcome::Full => Err(Error::Full),
            Outcome::NotYours => Err(Error::Unsendable("the follower alone sends such frames".to_owned())),
        }
    }
}
