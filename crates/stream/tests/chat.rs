//! The least chat that has members with rights, messages that can be edited, and toggles: plans for the tests.

use parlance_base::{Error, Kind, Result, StreamId, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use parlance_stream::{Draft, Entry, Head, Page, Plan, Read, Receipt, Step, Streams, Submission, View};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::World;

pub(crate) static MEMBERS: Collection =
    Collection { name: "members", home: Home::Workspace, indexes: &[], fields: &[Field::bool("muted")] };
pub(crate) const TOTAL: Field = Field::int("total");
pub(crate) static COUNTS: Collection =
    Collection { name: "counts", home: Home::Workspace, indexes: &[], fields: &[TOTAL] };
const WORD: Field = Field::text("word");
pub(crate) static MARKS: Collection = Collection {
    name: "marks",
    home: Home::Workspace,
    indexes: &[Index { name: "by_word", fields: &[WORD], unique: true }],
    fields: &[],
};

/// Who may post; owned by the stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: UserId,
    pub(crate) muted: bool,
}

impl Stored for Member {
    const COLLECTION: &'static Collection = &MEMBERS;
}

/// A counter that does not belong to the stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) id: StreamId,
    pub(crate) total: i64,
}

impl Stored for Count {
    const COLLECTION: &'static Collection = &COUNTS;
}

/// A row beside an entry, with a key of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) id: String,
    pub(crate) word: String,
}

impl Stored for Mark {
    const COLLECTION: &'static Collection = &MARKS;
}

pub(crate) fn event(kind: &'static str, data: serde_json::Value) -> Step {
    Step::Append(Draft { page: Page::Event, kind, counts: false, data })
}

pub(crate) fn message(text: &str) -> Step {
    Step::Append(Draft { page: Page::Main, kind: "message.new", counts: true, data: json!({ "text": text }) })
}

/// Makes the group with its first member.
pub(crate) struct Open(pub(crate) StreamId, pub(crate) UserId);

impl Plan for Open {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.1)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        if view.head().is_some() {
            return Ok(Step::Nothing);
        }
        view.put_head(Head::new(self.0, "group", view.now()));
        view.put(&Member { id: self.1, muted: false })?;
        Ok(event("member.added", json!({ "user_id": self.1 })))
    }
}

/// Adds a member, or takes one away.
pub(crate) struct Admit(pub(crate) UserId, pub(crate) bool);

impl Plan for Admit {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.0)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let is_member = view.get::<Member>(self.0)?.is_some();
        match (is_member, self.1) {
            (false, true) => view.put(&Member { id: self.0, muted: false })?,
            (true, false) => view.remove::<Member>(self.0)?,
            _ => return Ok(Step::Nothing),
        }
        let kind = if self.1 { "member.added" } else { "member.removed" };
        Ok(event(kind, json!({ "user_id": self.0 })))
    }
}

/// A message by a member.
pub(crate) struct Say(pub(crate) UserId, pub(crate) String);

impl Plan for Say {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.0)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        member(view, self.0)?;
        Ok(message(&self.1))
    }
}

/// Edits a message by its id.
pub(crate) struct Edit(pub(crate) UserId, pub(crate) parlance_base::EntryId, pub(crate) String);

impl Plan for Edit {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.0), Read::of::<Entry>(self.1)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        member(view, self.0)?;
        let Some(mut entry) = view.get::<Entry>(self.1)? else {
            return Err(Error::new(Kind::NotFound, "message.not_found", "no such message"));
        };
        entry.data = json!({ "text": self.2 });
        entry.rev = view.next_seq();
        view.put(&entry)?;
        Ok(event("message.edited", json!({ "message_id": self.1 })))
    }
}

/// Mutes a member, or lifts it, whichever is the other; decided at the first look.
pub(crate) struct Toggle(pub(crate) UserId, pub(crate) Option<bool>);

impl Plan for Toggle {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.0)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let mut member = member(view, self.0)?;
        let muted = *self.1.get_or_insert(!member.muted);
        if member.muted == muted {
            return Ok(Step::Nothing);
        }
        member.muted = muted;
        view.put(&member)?;
        Ok(event("member.updated", json!({ "user_id": self.0, "muted": muted })))
    }
}

/// A message that also counts and marks a word, outside the stream.
pub(crate) struct Mention(pub(crate) StreamId, pub(crate) String);

impl Plan for Mention {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        view.update::<Count>(self.0, [TOTAL.grow(1)]);
        view.insert(&Mark { id: view.entry_id().to_string(), word: self.1.clone() })?;
        Ok(message(&self.1))
    }
}

/// A message that goes in only while the count outside the stream is this.
pub(crate) struct While(pub(crate) StreamId, pub(crate) i64);

impl Plan for While {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        view.update_if::<Count>(self.0, [TOTAL.is(self.1)], [TOTAL.raise_to(self.1)]);
        Ok(message("while"))
    }
}

fn member(view: &View<'_>, user: UserId) -> Result<Member> {
    let member = view.get::<Member>(user)?;
    member.ok_or_else(|| Error::new(Kind::Forbidden, "group.not_member", "not a member"))
}

impl World {
    /// Submits to the world's stream.
    pub(crate) async fn submit(&self, streams: &Streams, submission: Submission) -> Result<Receipt> {
        streams.submit(self.workspace, self.stream, submission).await
    }

    /// Opens the world's stream with one member and answers them.
    pub(crate) async fn open(&self, streams: &Streams) -> UserId {
        let user = self.ids.next();
        let opened = self.submit(streams, Submission::new(user, Open(self.stream, user))).await.unwrap();
        assert!(matches!(opened, Receipt::Appended(entry) if entry.seq == 1));
        user
    }

    /// Says something under a name.
    pub(crate) async fn say(&self, streams: &Streams, user: UserId, name: &str) -> Result<Receipt> {
        let plan = Say(user, name.to_owned());
        self.submit(streams, Submission::new(user, plan).named(Some(name.to_owned()))).await
    }

    /// Every entry of the world's stream.
    pub(crate) async fn log(&self) -> Vec<Entry> {
        let streams = self.streams();
        let mut log: Vec<Entry> = Vec::new();
        loop {
            let since = log.last().map_or(0, |entry| entry.seq);
            let slice = streams.read(self.workspace, self.stream, since, 100).await.unwrap().unwrap();
            assert!(!slice.reset);
            log.extend(slice.entries);
            if log.last().map_or(0, |entry| entry.seq) == slice.seq {
                return log;
            }
        }
    }
}

/// The entry of a receipt.
pub(crate) fn entry(receipt: Receipt) -> std::sync::Arc<Entry> {
    match receipt {
        Receipt::Appended(entry) | Receipt::Repeated(entry) => entry,
        Receipt::Unchanged => panic!("nothing was appended"),
    }
}
