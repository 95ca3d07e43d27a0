//! What a client of a conversation says.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Conversation;

/// What stands for a frame that there is not.
const UNKNOWN: &str = r#"{"type":""}"#;

impl Conversation {
    /// The frame of the socket for all groups that says the same; what cannot be understood stays so.
    pub(in crate::realtime) fn heard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Ok(Value::Object(mut said)) = serde_json::from_str(text) else { return Cow::Borrowed(text) };
        let (kind, data) = match said.remove("type").as_ref().and_then(Value::as_str) {
            Some("message") => ("message.send", self.about(said)),
            Some("typing") => ("typing.start", self.about(said)),
            // As it is, or flat.
            Some("auth") => ("auth", said.remove("data").unwrap_or(Value::Object(said))),
            _ => return Cow::Borrowed(UNKNOWN),
        };
        Cow::Owned(json!({ "type": kind, "id": kind, "data": data }).to_string())
    }

    fn about(&self, mut said: Map<String, Value>) -> Value {
        said.insert("group_id".to_owned(), json!(self.group));
        Value::Object(said)
    }
}
