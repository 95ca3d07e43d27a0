//! What a client of a conversation says.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};

use super::Conversation;

/// What stands for a frame that there is not.
const UNKNOWN: &str = r#"{"type":""}"#;

/// What a message can have that a conversation does not show.
const ELSEWHERE: [&str; 2] = ["thread_id", "send_at"];

/// What a frame says, each as it came.
type Said<'a> = BTreeMap<String, &'a RawValue>;

impl Conversation {
    /// The frame of the socket for all groups that says the same; what cannot be understood stays so.
    pub(in crate::realtime) fn heard(&self, text: &str) -> Cow<'static, str> {
        let Ok(mut said) = serde_json::from_str::<Said<'_>>(text) else { return Cow::Borrowed("") };
        let kind = said.remove("type").and_then(|kind| serde_json::from_str::<String>(kind.get()).ok());
        let (kind, data) = match kind.as_deref() {
            Some("message") => ("message.send", self.about(said)),
            Some("typing") => ("typing.start", self.about(said)),
            // As it is, or flat.
            Some("auth") => ("auth", said.remove("data").map_or_else(|| raw(&said), ToOwned::to_owned)),
            _ => return Cow::Borrowed(UNKNOWN),
        };
        let data = data.get();
        Cow::Owned(format!(r#"{{"type":"{kind}","id":"{kind}","data":{data}}}"#))
    }

    fn about(&self, said: Said<'_>) -> Box<RawValue> {
        let group = raw(&json!(self.group));
        // Refused as every field is that there is not.
        let named = |name: String| {
            if ELSEWHERE.contains(&name.as_str()) { format!("{name} in a conversation") } else { name }
        };
        let said = said.into_iter().map(|(name, value)| (named(name), value));
        raw(&said.chain([("group_id".to_owned(), &*group)]).collect::<Said<'_>>())
    }
}

fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    // What was read as JSON is written as JSON.
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
