//! The rows of the permission table that frames meet, and what comes of each.

/// Who sends the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Made the groups: has every right there.
    Owner,
    /// Is a member with the rights that members have by default.
    Member,
    /// Is a member by an API key that reads.
    Reader,
    /// Is a member by an API key that reads and sends.
    Writer,
    /// Is a member who may not read.
    Blind,
    /// Was a member when the socket was opened.
    Removed,
    /// Is of the workspace and in none of the groups.
    Outsider,
    /// Is a guest of the workspace and in none of the groups.
    Guest,
    /// Is of another workspace.
    Stranger,
}

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Private,
    /// Members read there, and do not write.
    Channel,
    Public,
    Archived,
    Deleted,
    Unknown,
}

/// With what, where the frame is about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Nothing,
    /// A message that the sender of the frame said.
    Own,
    /// A message that the owner said.
    Owners,
    /// A message that a member said.
    Members,
}

/// What the frame is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    Error(&'static str),
    /// `ok`, and then this about the stream.
    Verdict(&'static str),
}

use About::{Members, Nothing, Own, Owners};
use Answer::{Error, Ok, Verdict};
use Place::{Archived, Channel, Deleted, Private, Public, Unknown};
use Who::{Blind, Guest, Member, Outsider, Owner, Reader, Removed, Stranger, Writer};

const NOT_FOUND: Answer = Error("group.not_found");
const READ_ONLY: Answer = Error("group.read_only");
const IS_ARCHIVED: Answer = Error("group.archived");
const NO_RIGHT: Answer = Error("group.missing_right");
const NOT_AUTHOR: Answer = Error("message.not_author");
const NO_SCOPE: Answer = Error("key.missing_scope");
const GONE: Answer = Verdict("gone");
const REPLAYED: Answer = Verdict("replayed");

/// Frames that take no right in a group: what they change is the caller's own, and what they tell is told by who may see it.
pub(super) const FREE: [&str; 4] = ["ping", "group.unwatch", "presence.update", "presence.watch"];

/// Frames whose rows need `group.read`, with what it is worth there: somebody who reads, and all who do not.
const READING: [(Who, Place, bool); 13] = [
    (Owner, Private, true),
    (Member, Private, true),
    (Member, Channel, true),
    (Member, Archived, true),
    (Member, Deleted, false),
    (Member, Unknown, false),
    (Blind, Private, false),
    (Removed, Private, false),
    (Outsider, Private, false),
    (Outsider, Archived, false),
    (Guest, Private, false),
    (Guest, Public, false),
    (Stranger, Public, false),
];

/// The row `group.post`.
const POSTING: [(Who, Place, Answer); 15] = [
    (Owner, Private, Ok),
    (Owner, Channel, Ok),
    (Member, Private, Ok),
    (Member, Public, Ok),
    (Member, Channel, READ_ONLY),
    (Outsider, Public, READ_ONLY),
    (Owner, Archived, IS_ARCHIVED),
    (Member, Archived, IS_ARCHIVED),
    (Owner, Deleted, NOT_FOUND),
    (Member, Unknown, NOT_FOUND),
    (Blind, Private, NOT_FOUND),
    (Removed, Private, NOT_FOUND),
    (Outsider, Private, NOT_FOUND),
    (Guest, Public, NOT_FOUND),
    (Stranger, Private, NOT_FOUND),
];

/// The rows `group.react`, `group.pin`, `message.edit` and `message.delete`.
const MESSAGES: [(&str, Who, Place, About, Answer); 43] = [
    ("message.react", Member, Private, Owners, Ok),
    ("message.react", Member, Channel, Owners, Ok),
    ("message.react", Writer, Private, Owners, Ok),
    ("message.react", Owner, Archived, Own, IS_ARCHIVED),
    ("message.react", Reader, Private, Own, NO_SCOPE),
    ("message.react", Outsider, Public, Owners, NO_RIGHT),
    ("message.react", Blind, Private, Own, NOT_FOUND),
    ("message.react", Removed, Private, Own, NOT_FOUND),
    ("message.react", Outsider, Private, Owners, NOT_FOUND),
    ("message.react", Guest, Public, Owners, NOT_FOUND),
    ("message.react", Stranger, Private, Owners, NOT_FOUND),
    ("message.pin", Owner, Private, Members, Ok),
    ("message.pin", Owner, Channel, Owners, Ok),
    ("message.pin", Owner, Archived, Own, Ok),
    ("message.pin", Member, Private, Own, NO_RIGHT),
    ("message.pin", Member, Channel, Owners, NO_RIGHT),
    ("message.pin", Outsider, Public, Owners, NO_RIGHT),
    ("message.pin", Reader, Private, Own, NO_RIGHT),
    ("message.pin", Blind, Private, Own, NOT_FOUND),
    ("message.pin", Removed, Private, Own, NOT_FOUND),
    ("message.pin", Outsider, Private, Owners, NOT_FOUND),
    ("message.pin", Guest, Public, Owners, NOT_FOUND),
    ("message.pin", Stranger, Private, Owners, NOT_FOUND),
    ("message.edit", Member, Private, Own, Ok),
    ("message.edit", Owner, Private, Own, Ok),
    ("message.edit", Member, Private, Owners, NOT_AUTHOR),
    ("message.edit", Owner, Private, Members, NOT_AUTHOR),
    ("message.edit", Owner, Archived, Own, IS_ARCHIVED),
    ("message.edit", Member, Channel, Owners, READ_ONLY),
    ("message.edit", Outsider, Public, Owners, READ_ONLY),
    ("message.edit", Removed, Private, Own, NOT_FOUND),
    ("message.edit", Stranger, Private, Owners, NOT_FOUND),
    ("message.delete", Member, Private, Own, Ok),
    ("message.delete", Member, Archived, Own, Ok),
    ("message.delete", Owner, Private, Members, Ok),
    ("message.delete", Member, Private, Owners, NOT_AUTHOR),
    ("message.delete", Blind, Private, Own, NOT_FOUND),
    ("message.delete", Removed, Private, Own, NOT_FOUND),
    ("message.delete", Outsider, Private, Owners, NOT_FOUND),
    ("message.delete", Outsider, Public, Owners, NOT_AUTHOR),
    ("message.delete", Removed, Public, Own, Ok),
    ("message.delete", Guest, Public, Owners, NOT_FOUND),
    ("message.delete", Stranger, Private, Owners, NOT_FOUND),
];

/// What frames take of a key's scopes; what its user may not know of stays unknown, and what they may not do is said first.
const KEYS: [(&str, Who, Place, About, Answer); 20] = [
    ("group.watch", Reader, Private, Nothing, Ok),
    ("resume", Reader, Private, Nothing, REPLAYED),
    ("group.watch", Reader, Unknown, Nothing, NOT_FOUND),
    ("read.ack", Reader, Private, Nothing, NO_SCOPE),
    ("typing.start", Reader, Private, Nothing, NO_SCOPE),
    ("typing.stop", Reader, Private, Nothing, NO_SCOPE),
    ("message.send", Reader, Private, Nothing, NO_SCOPE),
    ("message.send", Reader, Channel, Nothing, READ_ONLY),
    ("message.send", Reader, Unknown, Nothing, NOT_FOUND),
    ("message.edit", Reader, Private, Own, NO_SCOPE),
    ("message.edit", Reader, Deleted, Own, NOT_FOUND),
    ("message.delete", Reader, Private, Own, NO_SCOPE),
    ("message.delete", Reader, Public, Owners, NOT_AUTHOR),
    ("read.ack", Writer, Private, Nothing, Ok),
    ("typing.start", Writer, Private, Nothing, Ok),
    ("typing.stop", Writer, Private, Nothing, Ok),
    ("message.send", Writer, Private, Nothing, Ok),
    ("message.edit", Writer, Private, Own, Ok),
    ("message.delete", Writer, Private, Own, Ok),
    ("message.delete", Writer, Private, Owners, NOT_AUTHOR),
];

/// Every case: the type of a frame, who sends it, where, about what, and the answer.
pub(super) fn cases() -> Vec<(&'static str, Who, Place, About, Answer)> {
    let reading = READING.iter().flat_map(|&(who, place, reads)| {
        let answer = |done| if reads { done } else { NOT_FOUND };
        let resumed = if reads { REPLAYED } else { GONE };
        [("group.watch", answer(Ok)), ("read.ack", answer(Ok)), ("resume", resumed)]
            .map(|(kind, answer)| (kind, who, place, Nothing, answer))
    });
    // Who reads a public group without being a member watches it; there is nothing that they could have read.
    let public = [
        ("group.watch", Outsider, Public, Nothing, Ok),
        ("resume", Outsider, Public, Nothing, REPLAYED),
        ("read.ack", Outsider, Public, Nothing, NOT_FOUND),
        ("group.unwatch", Outsider, Public, Nothing, GONE),
        ("group.unwatch", Member, Private, Nothing, Ok),
        ("group.unwatch", Stranger, Private, Nothing, Ok),
        ("ping", Guest, Unknown, Nothing, Ok),
        ("presence.update", Guest, Unknown, Nothing, Ok),
        ("presence.watch", Guest, Unknown, Nothing, Ok),
    ];
    let posting = POSTING.iter().flat_map(|&(who, place, answer)| {
        ["message.send", "typing.start", "typing.stop"].map(|kind| (kind, who, place, Nothing, answer))
    });
    reading.chain(public).chain(posting).chain(MESSAGES).chain(KEYS).collect()
}
