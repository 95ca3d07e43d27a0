//! What mentions do beside being said: whoever is mentioned is told how often.

use std::collections::BTreeSet;

use parlance_base::{EntryId, Result, StreamId, UserId};
use parlance_stream::{Head, Page, Read, View};

use super::{Broadcast, MAX_MENTIONS, Mention, Mentioned};
use crate::{
    chat::invalid,
    group,
    member::Member,
    thread::{self, InThread},
};

/// Whom a message is to mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whom {
    /// Each once, in order.
    users: Vec<UserId>,
    /// Those of them whom the author named by their ids.
    named: Vec<UserId>,
    /// Whether these must be members: where the author names them now.
    strict: bool,
    broadcast: Option<Broadcast>,
}

impl Whom {
    pub(super) fn new(users: Vec<UserId>, named: Vec<UserId>, broadcast: Option<Broadcast>) -> Self {
        let mut seen = BTreeSet::new();
        let users = users.into_iter().filter(|user| seen.insert(*user)).take(MAX_MENTIONS).collect();
        Self { users, named, strict: true, broadcast }
    }

    /// The same, where those who are named were named before, and may have left since.
    pub(crate) fn named_before(self) -> Self {
        Self { strict: false, ..self }
    }

    pub(crate) fn users(&self) -> &[UserId] {
        &self.users
    }

    pub(crate) fn named(&self) -> &[UserId] {
        &self.named
    }

    /// What reaches everybody, where its author may say so.
    pub(crate) fn broadcast(&self, head: &Head, author: &Member) -> Option<Broadcast> {
        self.broadcast.filter(|_| reaches_all(head, author))
    }
}

/// Whether this member may mention everybody: in a large group only who runs it may.
pub(super) fn reaches_all(head: &Head, author: &Member) -> bool {
    !group::is_large(head) || author.rights.is_admin || author.rights.is_owner
}

/// A message that mentions people, and where.
pub(crate) struct Mentioning<'a> {
    pub(crate) message: EntryId,
    /// The message's `seq`.
    pub(crate) seq: i64,
    pub(crate) author: UserId,
    pub(crate) group: StreamId,
    pub(crate) thread: Option<&'a InThread>,
}

/// What a plan reads that sends a message that mentions these people.
pub(crate) fn reads_of_new(group: StreamId, thread: Option<EntryId>, users: &[UserId]) -> Vec<Read> {
    let of = |user: &UserId| {
        let member = Read::of::<Member>(Member::id_of(group, *user));
        [member].into_iter().chain(thread.map(|thread| thread::part_of(thread, *user)))
    };
    users.iter().flat_map(of).collect()
}

/// What a plan reads that has a message mention other people.
pub(crate) fn reads(
    message: EntryId,
    group: StreamId,
    thread: Option<EntryId>,
    users: &[UserId],
) -> Vec<Read> {
    let mentions = users.iter().map(|user| Read::of::<Mention>(Mention::id_of(message, *user)));
    reads_of_new(group, thread, users).into_iter().chain(mentions).collect()
}

impl Mentioning<'_> {
    /// Mentions these people, as far as they are there to read it, by the message that the view's plan appends; answers who they are.
    ///
    /// # Errors
    /// 422 `message.mentions` for somebody who was named and is no member.
    pub(crate) fn begin(&self, view: &mut View<'_>, head: &Head, whom: &Whom) -> Result<Vec<UserId>> {
        let reached = self.reached(view, head, whom)?;
        for user in &reached {
            let mention = self.count(view, head, *user)?;
            view.insert(&mention)?;
        }
        Ok(reached)
    }

    /// Has the message mention these people and nobody else, by the view's entry, which edits it; answers who they are.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(crate) fn turn(
        &self,
        view: &mut View<'_>,
        head: &Head,
        was: &[UserId],
        whom: &Whom,
    ) -> Result<Vec<UserId>> {
        let reached = self.reached(view, head, whom)?;
        self.end(view, was.iter().filter(|user| !reached.contains(user)))?;
        for user in reached.iter().filter(|user| !was.contains(user)) {
            let mention = self.count(view, head, *user)?;
            view.put(&mention)?;
        }
        Ok(reached)
    }

    /// Mentions these people no longer.
    pub(crate) fn end<'a>(
        &self,
        view: &mut View<'_>,
        users: impl IntoIterator<Item = &'a UserId>,
    ) -> Result<()> {
        for user in users {
            let id = Mention::id_of(self.message, *user);
            let Some(Mention { ordinal, .. }) = view.get::<Mention>(id)? else { continue };
            view.remove::<Mention>(id)?;
            self.change(view, *user, |mentioned| mentioned.take_back(ordinal))?;
        }
        Ok(())
    }

    /// Those of them who are there to read it.
    fn reached(&self, view: &View<'_>, head: &Head, whom: &Whom) -> Result<Vec<UserId>> {
        let mut reached = Vec::new();
        for user in &whom.users {
            let member = view.get::<Member>(Member::id_of(self.group, *user))?;
            let member = member.filter(|member| member.active && member.rights.can_read);
            let sees = |member: &Member| {
                let from = group::visible_from(head, Some(member));
                self.thread.map_or(self.seq, |thread| thread.seq) >= from
            };
            match member {
                Some(member) if *user != self.author && sees(&member) => reached.push(*user),
                None if whom.strict && whom.named.contains(user) => {
                    return Err(invalid("message.mentions", format!("{user} is no member of the group")));
                }
                _ => {}
            }
        }
        Ok(reached)
    }

    /// Counts a mention by the view's entry.
    fn count(&self, view: &mut View<'_>, head: &Head, user: UserId) -> Result<Mention> {
        let (seq, cleared) = (view.next_seq(), group::details(head).cleared.seq);
        let mut ordinal = 0;
        self.change(view, user, |mentioned| ordinal = mentioned.mention(seq, cleared))?;
        let page = self.thread.map_or(Page::Main, |thread| Page::Thread(thread.id)).to_string();
        let id = Mention::id_of(self.message, user);
        Ok(Mention { id, user_id: user, group_id: self.group, page, seq, ordinal })
    }

    fn change(&self, view: &mut View<'_>, user: UserId, change: impl FnOnce(&mut Mentioned)) -> Result<()> {
        if let Some(thread) = self.thread {
            return thread::call(view, (thread, self.seq), user, change);
        }
        let Some(mut member) = view.get::<Member>(Member::id_of(self.group, user))? else { return Ok(()) };
        change(&mut member.mentioned);
        view.put(&member)
    }
}
