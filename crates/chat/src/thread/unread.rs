//! What somebody has not read in the threads that they follow.

use std::collections::{HashMap, HashSet};

use parlance_base::{EntryId, Result, StreamId};
use parlance_store::{Field, Find};

use super::{AT, Follow, Participant, Thread, USER_ID};
use crate::chat::By;

/// How many of the threads that somebody took part in last are looked at, and of those that they did something else with.
const LATEST: usize = 500;

/// What somebody has not read in the threads of a group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UnreadThreads {
    /// Threads with replies that they have not read.
    pub(crate) threads: i64,
    /// Mentions of them that they have not read.
    pub(crate) mentions: i64,
}

impl By {
    /// What there is in the threads of each group that the caller has not read. Of threads, those are looked at in
    /// which they said something last, and those that they followed or read last, 500 of each; of groups, those are that they see from
    /// these `seq`s on.
    pub(crate) async fn unread_threads(
        &self,
        visible_from: &HashMap<StreamId, i64>,
    ) -> Result<HashMap<StreamId, UnreadThreads>> {
        let latest = |by: Field| Find::new([by.is(self.user().to_string())]).descending(AT).limit(LATEST);
        let participants = self.scope().find::<Participant>(latest(USER_ID)).await?;
        let follows = self.scope().find::<Follow>(latest(USER_ID)).await?;
        let ids = participants.iter().map(|it| it.thread_id).chain(follows.iter().map(|it| it.thread_id));
        let ids: Vec<EntryId> = ids.collect::<HashSet<_>>().into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let standings = self.standings_in(&ids).await?;
        let mut unread: HashMap<StreamId, UnreadThreads> = HashMap::new();
        for thread in self.scope().get_many::<Thread>(&ids).await? {
            let standing = standings.get(&thread.id).copied().unwrap_or_default();
            let is_seen = visible_from.get(&thread.group_id).is_some_and(|from| thread.root_seq >= *from);
            let is_unread = standing.unread(Some(&thread)) > 0;
            if is_seen && (is_unread || standing.mentions > 0) {
                let of_group = unread.entry(thread.group_id).or_default();
                of_group.threads += i64::from(is_unread);
                of_group.mentions += standing.mentions;
            }
        }
        Ok(unread)
    }
}
