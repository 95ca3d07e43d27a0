//! Frames from clients, parsed strictly: a frame is understood in full or refused with the reason.

use std::{collections::BTreeMap, fmt};

use parlance_base::{Error, Kind, Result, StreamId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::realtime::limits::{CURSORS, FRAME_ID_BYTES};

/// The type of every frame that a client can send.
pub const TYPES: [&str; 15] = [
    "auth",
    "ping",
    "resume",
    "group.watch",
    "group.unwatch",
    "message.send",
    "message.edit",
    "message.delete",
    "message.react",
    "message.pin",
    "read.ack",
    "typing.start",
    "typing.stop",
    "presence.update",
    "presence.watch",
];

/// A frame that is understood.
#[derive(Debug)]
pub(in crate::realtime) struct ClientFrame {
    /// Echoed in the answer; a frame without one is not answered.
    pub(in crate::realtime) id: Option<String>,
    pub(in crate::realtime) request: Request,
}

/// A frame that is not, with its id if at least that could be read.
#[derive(Debug)]
pub(in crate::realtime) struct BadFrame {
    pub(in crate::realtime) id: Option<String>,
    pub(in crate::realtime) error: Error,
}

#[derive(Debug)]
pub(in crate::realtime) enum Request {
    Auth { token: AuthToken, workspace: Option<String> },
    Ping,
    Resume(Resume),
    Watch(StreamId),
    Unwatch(StreamId),
    Command(Command),
}

/// What a client has, per stream, and of which epoch.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::realtime) struct Resume {
    pub(in crate::realtime) epoch: String,
    pub(in crate::realtime) cursors: BTreeMap<StreamId, u64>,
}

/// The token of an `auth` frame. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthToken(String);

impl AuthToken {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(…)")
    }
}

/// A frame that the domain carries out: it alone knows what the data means.
#[derive(Clone, Debug)]
pub struct Command {
    /// What is to be done.
    pub kind: CommandKind,
    /// The frame's `data` as it came, `null` if it had none.
    pub data: Box<RawValue>,
}

/// What a [`Command`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// `message.send`
    MessageSend,
    /// `message.edit`
    MessageEdit,
    /// `message.delete`
    MessageDelete,
    /// `message.react`
    MessageReact,
    /// `message.pin`
    MessagePin,
    /// `read.ack`
    ReadAck,
    /// `typing.start`
    TypingStart,
    /// `typing.stop`
    TypingStop,
    /// `presence.update`
    PresenceUpdate,
    /// `presence.watch`
    PresenceWatch,
}

impl CommandKind {
    /// The `type` of its frame.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageSend => "message.send",
            Self::MessageEdit => "message.edit",
            Self::MessageDelete => "message.delete",
            Self::MessageReact => "message.react",
            Self::MessagePin => "message.pin",
            Self::ReadAck => "read.ack",
            Self::TypingStart => "typing.start",
            Self::TypingStop => "typing.stop",
            Self::PresenceUpdate => "presence.update",
            Self::PresenceWatch => "presence.watch",
        }
    }
}

/// Reads one text frame.
pub(in crate::realtime) fn parse(text: &str) -> Result<ClientFrame, BadFrame> {
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|_| BadFrame::malformed("a frame is a JSON object"))?;
    let id = take_id(&mut fields)?;
    match request(fields) {
        // The client could not tell what came before the answer from what came after it.
        Ok(Request::Resume(_)) if id.is_none() => Err(BadFrame::malformed("a resume needs an id")),
        Ok(request) => Ok(ClientFrame { id, request }),
        Err(error) => Err(BadFrame { id, error }),
    }
}

impl BadFrame {
    fn malformed(message: &str) -> Self {
        Self { id: None, error: malformed(message) }
    }
}

fn take_id(fields: &mut BTreeMap<String, &RawValue>) -> Result<Option<String>, BadFrame> {
    let Some(raw) = fields.remove("id") else { return Ok(None) };
    match serde_json::from_str::<String>(raw.get()) {
        Ok(id) if id.len() <= FRAME_ID_BYTES => Ok(Some(id)),
        _ => Err(BadFrame::malformed("an id is a string of at most 64 bytes")),
    }
}

fn request(mut fields: BTreeMap<String, &RawValue>) -> Result<Request> {
    let name = fields.remove("type").ok_or_else(|| malformed("a frame has a type"))?;
    let name: String = serde_json::from_str(name.get()).map_err(|_| malformed("a type is a string"))?;
    if !TYPES.contains(&name.as_str()) {
        return Err(unknown_type());
    }
    let data = fields.remove("data");
    if let Some(field) = fields.keys().next() {
        return Err(unknown_field(format!("unknown field `{field}` beside type, id and data")));
    }
    match name.as_str() {
        "auth" => auth(data),
        "ping" => parsed(data).map(|Nothing {}| Request::Ping),
        "resume" => resume(data),
        "group.watch" => group(data).map(Request::Watch),
        "group.unwatch" => group(data).map(Request::Unwatch),
        name => command(name, data),
    }
}

fn auth(data: Option<&RawValue>) -> Result<Request> {
    let Auth { token, workspace } = parsed(data)?;
    Ok(Request::Auth { token: AuthToken(token), workspace })
}

fn resume(data: Option<&RawValue>) -> Result<Request> {
    let ResumeData { epoch, cursors } = parsed(data)?;
    if cursors.len() > CURSORS {
        let message = format!("a frame resumes at most {CURSORS} streams: send several");
        return Err(Error::new(Kind::Invalid, "resume.too_many_cursors", message));
    }
    let cursors = cursors.into_iter().map(|(id, seq)| Ok((stream(&id)?, seq))).collect::<Result<_>>()?;
    Ok(Request::Resume(Resume { epoch, cursors }))
}

fn group(data: Option<&RawValue>) -> Result<StreamId> {
    let GroupData { group_id } = parsed(data)?;
    stream(&group_id)
}

fn command(name: &str, data: Option<&RawValue>) -> Result<Request> {
    let kind = match name {
        "message.send" => CommandKind::MessageSend,
        "message.edit" => CommandKind::MessageEdit,
        "message.delete" => CommandKind::MessageDelete,
        "message.react" => CommandKind::MessageReact,
        "message.pin" => CommandKind::MessagePin,
        "read.ack" => CommandKind::ReadAck,
        "typing.start" => CommandKind::TypingStart,
        "typing.stop" => CommandKind::TypingStop,
        "presence.update" => CommandKind::PresenceUpdate,
        "presence.watch" => CommandKind::PresenceWatch,
        _ => return Err(unknown_type()),
    };
    let data = data.map_or_else(|| RawValue::NULL.to_owned(), ToOwned::to_owned);
    Ok(Request::Command(Command { kind, data }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    token: String,
    workspace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeData {
    epoch: String,
    cursors: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupData {
    group_id: String,
}

fn parsed<T: DeserializeOwned>(data: Option<&RawValue>) -> Result<T> {
    serde_json::from_str(data.map_or("{}", RawValue::get)).map_err(|error| {
        let message = error.to_string();
        // serde tells an unknown field from other faults by these words alone.
        if message.starts_with("unknown field") { unknown_field(message) } else { invalid(message) }
    })
}

fn stream(id: &str) -> Result<StreamId> {
    id.parse().map_err(|_| invalid("an id is a UUID in its hyphenated lower-case form"))
}

fn malformed(message: &str) -> Error {
    Error::new(Kind::Malformed, "frame.malformed", message)
}

fn unknown_type() -> Error {
    Error::new(Kind::Malformed, "frame.unknown_type", "no frame has this type")
}

fn unknown_field(message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, "request.unknown_field", message)
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, "request.invalid", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "01980000-0000-7000-8000-000000000001";

    fn code(text: &str) -> (Option<String>, &'static str) {
        let bad = parse(text).expect_err(text);
        (bad.id, bad.error.code())
    }

    #[test]
    fn a_bad_frame_says_what_is_wrong_and_keeps_its_id() {
        let id = Some("7".to_owned());
        for (text, expected) in [
            ("", (None, "frame.malformed")),
            ("[]", (None, "frame.malformed")),
            (r#"{"type":"ping""#, (None, "frame.malformed")),
            (r#"{"type":"ping","id":7}"#, (None, "frame.malformed")),
            (r#"{"id":"7"}"#, (id.clone(), "frame.malformed")),
            (r#"{"id":"7","type":1}"#, (id.clone(), "frame.malformed")),
            (r#"{"id":"7","type":"fly"}"#, (id.clone(), "frame.unknown_type")),
            (r#"{"id":"7","type":"ping","extra":1}"#, (id.clone(), "request.unknown_field")),
            (r#"{"id":"7","type":"ping","data":{"extra":1}}"#, (id.clone(), "request.unknown_field")),
            (r#"{"id":"7","type":"auth","data":{"workspace":"a"}}"#, (id.clone(), "request.invalid")),
            (r#"{"id":"7","type":"group.watch","data":{"group_id":"x"}}"#, (id.clone(), "request.invalid")),
            (r#"{"type":"resume","data":{"epoch":"e","cursors":{}}}"#, (None, "frame.malformed")),
            (r#"{"id":"7","type":"resume"}"#, (id.clone(), "request.invalid")),
            (r#"{"id":"7","type":"resume","data":{"epoch":"e","cursors":{"x":1}}}"#, (id, "request.invalid")),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn every_type_is_known() {
        for kind in TYPES {
            let text = format!(r#"{{"type":"{kind}","id":"7","data":{{"nonsense":1}}}}"#);
            let refused = parse(&text).err().map(|bad| bad.error.code());
            assert_ne!(refused, Some("frame.unknown_type"), "{kind}");
        }
    }

    #[test]
    fn an_id_has_a_bound() {
        let id = "i".repeat(FRAME_ID_BYTES);
        assert_eq!(parse(&format!(r#"{{"type":"ping","id":"{id}"}}"#)).unwrap().id, Some(id.clone()));
        assert_eq!(code(&format!(r#"{{"type":"ping","id":"{id}i"}}"#)), (None, "frame.malformed"));
    }

    #[test]
    fn a_resume_names_streams_and_positions() {
        let text =
            format!(r#"{{"type":"resume","id":"1","data":{{"epoch":"e","cursors":{{"{GROUP}":41}}}}}}"#);
        let Request::Resume(resume) = parse(&text).unwrap().request else { panic!("not a resume") };
        assert_eq!(resume, Resume { epoch: "e".into(), cursors: [(GROUP.parse().unwrap(), 41)].into() });
        let negative = text.replace("41", "-1");
        assert_eq!(code(&negative).1, "request.invalid");
        let upper = text.replace(GROUP, &GROUP.replace('7', "A"));
        assert_eq!(code(&upper).1, "request.invalid");
    }

    #[test]
    fn a_resume_has_a_bound() {
        let resume = |count: usize| {
            let cursors: BTreeMap<StreamId, usize> =
                (0..count).map(|n| (StreamId::derived(&[&n.to_string()]), n)).collect();
            let data = serde_json::json!({ "epoch": "e", "cursors": cursors });
            serde_json::json!({ "type": "resume", "id": "1", "data": data }).to_string()
        };
        assert!(parse(&resume(CURSORS)).is_ok());
        assert_eq!(code(&resume(CURSORS + 1)), (Some("1".to_owned()), "resume.too_many_cursors"));
    }

    #[test]
    fn a_command_keeps_its_data_as_it_came() {
        let text = r#"{"type":"message.send","data":{"content":"héllo \u0000", "x":1.50}}"#;
        let Request::Command(command) = parse(text).unwrap().request else { panic!("not a command") };
        assert_eq!(command.kind, CommandKind::MessageSend);
        assert_eq!(command.data.get(), r#"{"content":"héllo \u0000", "x":1.50}"#);
    }

    #[test]
    fn a_token_is_not_shown() {
        let text = r#"{"type":"auth","data":{"token":"hush","workspace":"acme"}}"#;
        let frame = parse(text).unwrap();
        assert!(!format!("{frame:?}").contains("hush"));
        let Request::Auth { token, workspace } = frame.request else { panic!("not an auth") };
        assert_eq!((token.reveal(), workspace.as_deref()), ("hush", Some("acme")));
    }
}
