//! The least chat that delivery can be tested with: groups with members who post.

use parlance_base::{Error, Kind, Result, StreamId, UserId};
use parlance_store::{Collection, Field, Home, ID, Index, Stored};
use parlance_stream::{Draft, Head, Page, Plan, Read, Step, View};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(super) const USER: Field = Field::text("user_id");

pub(super) static MEMBERS: Collection = Collection {
    name: "members",
    home: Home::Workspace,
    indexes: &[Index { name: "by_user", fields: &[USER, ID], unique: false }],
    fields: &[],
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) stream_id: StreamId,
    pub(super) user_id: UserId,
}

impl Stored for Member {
    const COLLECTION: &'static Collection = &MEMBERS;
}

impl Member {
    pub(super) fn id(stream: StreamId, user: UserId) -> String {
        format!("{stream}:{user}")
    }
}

/// Adds a user, or takes one away; makes the group where there is none.
pub(super) struct Admit(pub(super) StreamId, pub(super) UserId, pub(super) bool);

impl Plan for Admit {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id(self.0, self.1))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Self(stream, user, joins) = *self;
        let id = Member::id(stream, user);
        if view.head().is_none() {
            view.put_head(Head::new(stream, "group", view.now()));
        }
        if joins {
            view.put(&Member { id, stream_id: stream, user_id: user })?;
        } else {
            view.remove::<Member>(id)?;
        }
        let kind = if joins { "member.added" } else { "member.removed" };
        Ok(Step::Append(Draft { page: Page::Event, kind, counts: false, data: json!({ "user_id": user }) }))
    }
}

/// Tells a user, in their own stream, that they are a member now: nothing else is sure to reach them.
pub(super) struct Tell(pub(super) StreamId, pub(super) UserId);

impl Plan for Tell {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Self(group, user) = *self;
        if view.head().is_none() {
            view.put_head(Head::new(StreamId::from(user.uuid()), "user", view.now()));
        }
        let data = json!({ "group_id": group });
        Ok(Step::Append(Draft { page: Page::Event, kind: "group.joined", counts: false, data }))
    }
}

/// A message by a member.
pub(super) struct Say(pub(super) StreamId, pub(super) UserId, pub(super) String);

impl Plan for Say {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id(self.0, self.1))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        if view.get::<Member>(Member::id(self.0, self.1))?.is_none() {
            return Err(Error::new(Kind::NotFound, "group.not_found", "no such group"));
        }
        let data = json!({ "text": self.2 });
        Ok(Step::Append(Draft { page: Page::Main, kind: "message.new", counts: true, data }))
    }
}
