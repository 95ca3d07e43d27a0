//! How much of an entry its readers are shown.

use parlance_base::WorkspaceId;
use parlance_stream::Entry;
use serde_json::Value;

use super::{FOR_GUESTS, MESSAGE_NEW, QUIET, members_of, message_in, told};
use crate::{
    message::quoted,
    realtime::Whom,
    thread::{shown_by, thread_of},
};

/// How much of an entry somebody is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// All there is.
    Whole,
    /// All but the message that is answered.
    Unquoted,
    /// That there is an entry.
    Skipped,
}

/// Who is shown less than the whole of the entry: the first of them that a reader is among says how much. Who is of the workspace,
/// and as what, is not for guests; and what was said before somebody came may not be for them, nor what becomes of it later.
pub(super) fn lesser(workspace: WorkspaceId, entry: &Entry, messages: &[Entry]) -> Vec<(Whom, Shape)> {
    if entry.stream_id.uuid() == workspace.uuid() {
        let is_for_all = FOR_GUESTS.contains(&entry.kind.as_str());
        return if is_for_all { Vec::new() } else { vec![(Whom::Guests, Shape::Skipped)] };
    }
    if entry.data.get(QUIET) == Some(&Value::Bool(true)) {
        let named = members_of(entry).map(|(user, _)| user).collect();
        return vec![(Whom::Bystanders(named), Shape::Skipped)];
    }
    let newcomers = |message: &Entry| Whom::Newcomers(u64::try_from(shown_by(message)).unwrap_or(0));
    // What is no reply is shown by its own place, as every entry is.
    let hidden =
        told(entry, messages).or((entry.kind == MESSAGE_NEW && thread_of(entry).is_some()).then_some(entry));
    let answered = message_in(entry, messages).and_then(|message| quoted(message, messages));
    let skipped = hidden.map(|message| (newcomers(message), Shape::Skipped));
    skipped.into_iter().chain(answered.map(|quoted| (newcomers(quoted), Shape::Unquoted))).collect()
}
