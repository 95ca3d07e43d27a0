//! Who sent last, and where: they have read up to there. The head remembers it, so that a send writes no membership beside its
//! entry and the head; a membership is told when its member is no longer among those who sent last.

use parlance_base::UserId;
use parlance_stream::Head;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Pointer;

/// How many are remembered before the one who sent first of them is written to their membership.
const AHEAD: usize = 64;

/// How many more are kept though their membership says it: for readers who read that a moment before, and the head after.
const BEHIND: usize = 16;

/// Those who sent last, the last one first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Senders(Vec<Sender>);

/// Who sent, and the place of the last message that they did send: its `seq` and its ordinal, and which mention of them was the
/// last one before it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Sender(UserId, i64, i64, i64);

/// Notes in the head that the user has sent a message at this place. Answers whose membership is to be told how far they have
/// read, and where that is.
pub(crate) fn sends(head: &mut Head, user: UserId, at: Pointer) -> Option<(UserId, Pointer)> {
    let mut senders = of(head);
    let before = senders.0.iter().position(|sender| sender.0 == user);
    if let Some(rank) = before {
        senders.0.remove(rank);
    }
    senders.0.insert(0, Sender(user, at.seq, at.ordinal, at.mentions));
    senders.0.truncate(AHEAD + BEHIND);
    head.recent = json!(senders);
    // Whoever stood before the place that the sender left has moved on by one.
    let moved_on = before.is_none_or(|rank| rank >= AHEAD);
    senders.0.get(AHEAD).filter(|_| moved_on).map(|sender| (sender.0, sender.pointer()))
}

/// Where the user has sent something, if they are among those who sent last.
pub(super) fn sent(head: &Head, user: UserId) -> Option<Pointer> {
    let user = user.to_string();
    let mut senders = head.recent.as_array()?.iter().filter_map(Value::as_array);
    // All others are left unparsed: lists of groups ask this for each of them.
    let sender = senders.find(|sender| sender.first().and_then(Value::as_str) == Some(&user))?;
    let [_, seq, ordinal, mentions] = &sender[..] else { return None };
    Some(Pointer { seq: seq.as_i64()?, ordinal: ordinal.as_i64()?, mentions: mentions.as_i64()? })
}

/// The furthest place that any of those who sent last has read up to.
pub(crate) fn furthest(head: &Head) -> Pointer {
    of(head).0.iter().map(|sender| sender.pointer()).max().unwrap_or_default()
}

fn of(head: &Head) -> Senders {
    Senders::deserialize(&head.recent).unwrap_or_default()
}

impl Sender {
    const fn pointer(self) -> Pointer {
        Pointer { seq: self.1, ordinal: self.2, mentions: self.3 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use parlance_base::{StreamId, Time};
    use uuid::Uuid;

    use super::*;

    /// However many send in whatever order, head and memberships together know how far each has read, and a membership is told
    /// before its member is forgotten.
    #[test]
    fn everybody_is_found_in_the_head_or_their_membership() {
        let people: Vec<UserId> = (1..=200).map(|n| UserId::from(Uuid::from_u128(n))).collect();
        let mut head = Head::new(StreamId::from(Uuid::from_u128(1)), "group", Time::from_millis(0));
        let (mut memberships, mut last) = (HashMap::new(), HashMap::new());
        let mut turn = 7_usize;
        for seq in 1..=5_000 {
            turn = (turn * 48_271) % 2_147_483_647;
            // At times a few talk, at times everybody.
            let among = if seq % 1_000 < 500 { 5 } else { people.len() };
            let user = people[turn % among];
            let at = Pointer { seq, ordinal: seq, mentions: seq / 7 };
            if let Some((user, pointer)) = sends(&mut head, user, at) {
                memberships.insert(user, pointer);
            }
            last.insert(user, at);
            assert!(of(&head).0.len() <= AHEAD + BEHIND);
            for (user, at) in &last {
                let known = sent(&head, *user).max(memberships.get(user).copied());
                assert_eq!(known, Some(*at), "{user} after {seq}");
            }
        }
        assert!(memberships.len() > 100, "{} were told", memberships.len());
    }

    #[test]
    fn few_who_talk_are_never_written_to_their_memberships() {
        let people: Vec<UserId> = (1..=64).map(|n| UserId::from(Uuid::from_u128(n))).collect();
        let mut head = Head::new(StreamId::from(Uuid::from_u128(1)), "group", Time::from_millis(0));
        for seq in 1..=1_000 {
            let user = people[usize::try_from(seq).unwrap_or(0) % people.len()];
            assert_eq!(sends(&mut head, user, Pointer { seq, ordinal: seq, mentions: 0 }), None);
        }
    }
}
