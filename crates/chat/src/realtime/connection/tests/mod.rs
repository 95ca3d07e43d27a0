//! A connection, told by data what happens, and asked what it wants.

mod commands;
mod ending;
mod granting;
mod opening;
mod replay;
mod rights;
mod verdicts;
mod volatile;

use std::{sync::Arc, time::Duration};

use parlance_base::{ConnectionId, Role, SignInId, StreamId, Time, UserId, WorkspaceId};
use serde_json::{Value, json, value::RawValue};

use super::*;
use crate::realtime::{
    Access, Audience, CallerRef, Credential, Delivery, Live, Page, Standing, StreamKey, StreamKind,
    Unavailable, limits::PING_EVERY,
};

/// A connection and the time it is.
struct Rig {
    connection: Connection,
    now: Time,
}

/// What a connection wants, in a form to compare with.
#[derive(Clone, Debug, PartialEq)]
enum Want {
    /// A frame of this type, and its data or, for an entry, its seq.
    Frame(String, Value),
    Ping,
    Authenticate,
    Listen(Vec<(StreamId, u64)>),
    Unlisten(StreamId),
    Look(Vec<StreamId>),
    Read(StreamId, u64),
    Run(frame::CommandKind),
    Close(CloseCode),
}

fn group() -> StreamId {
    StreamId::derived(&["group"])
}

/// A stream that the connection does not follow.
fn other() -> StreamId {
    StreamId::derived(&["other"])
}

fn me() -> UserId {
    UserId::derived(&["me"])
}

fn standing(head: u64) -> Standing {
    Standing {
        stream: group(),
        kind: StreamKind::Group,
        head,
        log_floor: 1,
        visible_from: 1,
        is_public: false,
        access: Access::Member,
        runs: false,
    }
}

fn ready(streams: Vec<Standing>) -> Ready {
    let sign_in = SignInId::derived(&["sign-in"]);
    let workspace = WorkspaceId::derived(&["workspace"]);
    Ready {
        connection: ConnectionId::derived(&["connection"]),
        caller: CallerRef {
            workspace,
            user: me(),
            credential: Credential::SignIn(sign_in),
            role: Role::Member,
            backer: None,
        },
        checked: Time::default(),
        epoch: "e".to_owned(),
        user: RawValue::from_string(r#"{"handle":"me"}"#.to_owned()).unwrap(),
        dnd: false,
        streams,
    }
}

fn entry(seq: u64) -> Arc<Live> {
    changing(seq, None)
}

fn changing(seq: u64, audience: Option<Audience>) -> Arc<Live> {
    let key = StreamKey { workspace: WorkspaceId::derived(&["workspace"]), stream: group() };
    Arc::new(Live {
        key,
        seq,
        frame: format!(r#"{{"type":"entry","seq":{seq}}}"#).into(),
        withheld: Vec::new(),
        audience,
    })
}

fn lost() -> Option<Audience> {
    Some(Audience::Members { gained: Vec::new(), lost: vec![me()], run: Vec::new() })
}

fn gained() -> Option<Audience> {
    Some(Audience::Members { gained: vec![me()], lost: Vec::new(), run: Vec::new() })
}

fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> Input<'static> {
    Input::Page(Ok(Page { head, log_floor: 1, entries: seqs.map(entry).collect() }))
}

/// The wants for entries of the group.
fn entries(seqs: std::ops::RangeInclusive<u64>) -> Vec<Want> {
    seqs.map(|seq| Want::Frame("entry".to_owned(), json!(seq))).collect()
}

/// The want for a `resumed` frame about the group.
fn resumed(status: &str, seq: Option<u64>) -> Want {
    let verdict = match seq {
        Some(seq) => json!({ "id": group(), "status": status, "seq": seq }),
        None => json!({ "id": group(), "status": status }),
    };
    Want::Frame("resumed".to_owned(), json!({ "streams": [verdict] }))
}

/// The want for the answer to the frame of this id.
fn ok(id: &str) -> Want {
    Want::Frame("ok".to_owned(), json!(id))
}

/// The want for an error that answers the frame of this id.
fn error(id: &str, code: &str) -> Want {
    Want::Frame("error".to_owned(), json!([id, code]))
}

impl Rig {
    fn new(opening: Opening) -> Self {
        let now = Time::default();
        Self { connection: Connection::new(now, opening, PING_EVERY), now }
    }

    /// A connection that follows the group, which has come to `head`.
    fn open(head: u64) -> Self {
        Self::following(vec![standing(head)])
    }

    fn following(streams: Vec<Standing>) -> Self {
        let mut rig = Self::new(Opening::Request);
        rig.tell(Input::Authenticated(Box::new(ready(streams))));
        rig
    }

    /// A connection whose client resumes the group from `cursor`, all of which was answered.
    fn replaying(cursor: u64, head: u64) -> Self {
        let mut rig = Self::open(head);
        assert_eq!(rig.resume("r", cursor), [ok("r"), Want::Read(group(), cursor)]);
        rig
    }

    /// Tells the connection something; what it wants then.
    fn tell(&mut self, input: Input<'_>) -> Vec<Want> {
        let mut out = Vec::new();
        self.connection.handle(self.now, input, &mut out);
        out.into_iter().map(Want::from).collect()
    }

    fn live(&mut self, live: Arc<Live>) -> Vec<Want> {
        self.tell(Input::Live(Delivery::Entry(live)))
    }

    fn text(&mut self, kind: &str, id: &str, data: &Value) -> Vec<Want> {
        self.tell(Input::Text(&json!({ "type": kind, "id": id, "data": data }).to_string()))
    }

    fn resume(&mut self, id: &str, cursor: u64) -> Vec<Want> {
        self.resume_all(id, &[(group(), cursor)])
    }

    fn resume_all(&mut self, id: &str, cursors: &[(StreamId, u64)]) -> Vec<Want> {
        let cursors: serde_json::Map<_, _> =
            cursors.iter().map(|(stream, cursor)| (stream.to_string(), json!(cursor))).collect();
        self.text("resume", id, &json!({ "epoch": "e", "cursors": cursors }))
    }

    /// Ticks when the connection wants it, the next time.
    fn tick(&mut self) -> Vec<Want> {
        self.now = self.connection.deadline(self.now);
        self.tell(Input::Tick)
    }

    /// The caller was found good just now.
    fn check(&mut self) -> Vec<Want> {
        self.tell(Input::Control(Control { checked: self.now, close: None }))
    }
}

impl From<Output> for Want {
    fn from(output: Output) -> Self {
        match output {
            Output::Send(text) => Self::frame(&serde_json::from_str(text.frame().text()).unwrap()),
            Output::Ping => Self::Ping,
            Output::Authenticate { .. } => Self::Authenticate,
            Output::Listen(streams) => Self::Listen(streams),
            Output::Unlisten(stream) => Self::Unlisten(stream),
            Output::Look(streams) => Self::Look(streams),
            Output::Read { stream, after } => Self::Read(stream, after),
            Output::Run(command) => Self::Run(command.kind),
            Output::Close(code) => Self::Close(code),
        }
    }
}

impl Want {
    fn frame(frame: &Value) -> Self {
        let kind = frame["type"].as_str().unwrap().to_owned();
        let what = match kind.as_str() {
            "entry" | "skipped" => frame["seq"].clone(),
            "ok" => frame["id"].clone(),
            "error" => json!([frame["id"], frame["error"]["code"]]),
            _ => frame["data"].clone(),
        };
        Self::Frame(kind, what)
    }
}
