//! Heads: the one document that says how far a stream has come, and what it is the stream of.

use parlance_base::{StreamId, Time};
use parlance_store::{Change, Collection, Field, Home, ID, Index, Stored};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The head of a stream. `seq` and `ordinal` are counted by this crate; the rest is the domain's, written by its plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The stream's id: that of the group, the user or the workspace it belongs to.
    pub id: StreamId,
    /// What it is the stream of, in the domain's words (`group`, `direct`, `user`, …).
    pub kind: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The state it is in, in the domain's words (`active`, `archived`, …).
    pub state: String,
    /// Who may find it, in the domain's words (`private`, `public`).
    pub visibility: String,
    /// The `seq` of its last entry; 0 before the first.
    pub seq: i64,
    /// How many counted entries it has: its messages on the main page.
    pub ordinal: i64,
    /// The ordinal of the last message that mentions everybody.
    pub broadcast_ordinal: i64,
    /// Events below this `seq` may be pruned: a reader whose position is below it starts anew.
    pub log_floor: i64,
    /// When somebody last did something that counts as activity.
    pub last_activity_at: Time,
    /// The day of that, counted from 1970: groups are searched by it, and it changes once a day. One that was stored before it
    /// was counted has none.
    #[serde(default)]
    pub active_day: Option<i64>,
    /// The beginning of the last message.
    pub preview: Option<String>,
    /// What else the domain keeps about it.
    #[serde(default)]
    pub details: Value,
    /// What the domain keeps of who wrote last: apart from the details, for it changes with every entry.
    pub recent: Option<String>,
}

/// How far the stream has come: the guard of every change.
pub(crate) const SEQ: Field = Field::int("seq");
/// What a stream is the stream of.
pub const KIND: Field = Field::text("kind");
/// The state that a stream is in.
pub const STATE: Field = Field::text("state");
/// Who may find a stream.
pub const VISIBILITY: Field = Field::text("visibility");
/// The day of the last activity.
pub const ACTIVE_DAY: Field = Field::int("active_day");

const NAME: Field = Field::text("name");
const ORDINAL: Field = Field::int("ordinal");
const BROADCAST_ORDINAL: Field = Field::int("broadcast_ordinal");
const LOG_FLOOR: Field = Field::int("log_floor");
const LAST_ACTIVITY_AT: Field = Field::int("last_activity_at");
const PREVIEW: Field = Field::text("preview");
const DETAILS: Field = Field::any("details");
const RECENT: Field = Field::text("recent");

/// The heads of all streams of a workspace.
pub static HEADS: Collection = Collection {
    name: "heads",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_kind", fields: &[KIND, STATE, ID], unique: false },
        Index { name: "by_activity", fields: &[KIND, STATE, ACTIVE_DAY], unique: false },
        Index { name: "by_visibility", fields: &[VISIBILITY, STATE, ID], unique: false },
    ],
    fields: &[SEQ, ORDINAL, BROADCAST_ORDINAL, LOG_FLOOR, LAST_ACTIVITY_AT, NAME, PREVIEW, DETAILS, RECENT],
};

fn change<T: PartialEq + Serialize>(field: Field, now: &T, before: &T) -> Option<Change> {
    (now != before).then(|| field.set(json!(now)))
}

impl Stored for Head {
    const COLLECTION: &'static Collection = &HEADS;
}

/// The day of a moment, counted from 1970, in UTC.
#[must_use]
pub const fn day_of(moment: Time) -> i64 {
    moment.millis().div_euclid(24 * 3_600_000)
}

impl Head {
    /// Notes that somebody does something now that counts as activity.
    pub fn touch(&mut self, now: Time) {
        self.last_activity_at = now;
        self.active_day = Some(day_of(now));
    }

    /// The changes that lead here from what it was before.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<Change> {
        let Self {
            id: _,
            kind,
            name,
            state,
            visibility,
            seq,
            ordinal,
            broadcast_ordinal,
            log_floor,
            last_activity_at,
            active_day,
            preview,
            details,
            recent,
        } = self;
        let changes = [
            change(KIND, kind, &before.kind),
            change(NAME, name, &before.name),
            change(STATE, state, &before.state),
            change(VISIBILITY, visibility, &before.visibility),
            change(SEQ, seq, &before.seq),
            change(ORDINAL, ordinal, &before.ordinal),
            change(BROADCAST_ORDINAL, broadcast_ordinal, &before.broadcast_ordinal),
            change(LOG_FLOOR, log_floor, &before.log_floor),
            change(LAST_ACTIVITY_AT, last_activity_at, &before.last_activity_at),
            change(ACTIVE_DAY, active_day, &before.active_day),
            change(PREVIEW, preview, &before.preview),
            change(DETAILS, details, &before.details),
            change(RECENT, recent, &before.recent),
        ];
        changes.into_iter().flatten().collect()
    }

    /// The head of a stream that has no entries yet, in state `active` and `private`.
    #[must_use]
    pub fn new(id: StreamId, kind: &str, now: Time) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            name: None,
            state: "active".to_owned(),
            visibility: "private".to_owned(),
            seq: 0,
            ordinal: 0,
            broadcast_ordinal: 0,
            log_floor: 0,
            last_activity_at: now,
            active_day: Some(day_of(now)),
            preview: None,
            details: Value::Null,
            recent: None,
        }
    }
}
