//! Who sent last, and where: they have read up to there. The head remembers it, so that a send writes no membership beside its
//! entry and the head; a membership is told when its member is no longer among those who sent last.

use std::fmt;

use parlance_base::UserId;
use parlance_stream::Head;

use super::Pointer;

/// How many are remembered before the one who sent first of them is written to their membership.
const AHEAD: usize = 64;

/// How many more are kept though their membership says it: for readers who read that a moment before, and the head after.
const BEHIND: usize = 16;

/// Who sent, and the place of the last message that they did send. As text it is a line of four words: the user, the `seq`, the
/// ordinal, and which mention of them was the last one before it. The head has the lines of those who sent last, the last one
/// first: text is copied at once, however many they are, and only the line that matters is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sender {
    user: UserId,
    at: Pointer,
}

/// Notes in the head that the user has sent a message at this place. Answers whose membership is to be told how far they have
/// read, and where that is.
pub(crate) fn sends(head: &mut Head, user: UserId, at: Pointer) -> Option<(UserId, Pointer)> {
    let mut lines: Vec<&str> = lines(head).collect();
    let name = user.to_string();
    let before = lines.iter().position(|line| line.starts_with(&name));
    if let Some(rank) = before {
        lines.remove(rank);
    }
    let first = Sender { user, at }.to_string();
    lines.insert(0, &first);
    lines.truncate(AHEAD + BEHIND);
    // Whoever stood before the place that the sender left has moved on by one.
    let moved_on = before.is_none_or(|rank| rank >= AHEAD);
    let told = lines.get(AHEAD).filter(|_| moved_on).and_then(|line| Sender::parse(line));
    head.recent = Some(lines.join("\n"));
    told.map(|sender| (sender.user, sender.at))
}

/// Where the user has sent something, if they are among those who sent last.
pub(super) fn sent(head: &Head, user: UserId) -> Option<Pointer> {
    let name = user.to_string();
    Sender::parse(lines(head).find(|line| line.starts_with(&name))?).map(|sender| sender.at)
}

/// The furthest place that any of those who sent last has read up to.
pub(crate) fn furthest(head: &Head) -> Pointer {
    lines(head).filter_map(Sender::parse).map(|sender| sender.at).max().unwrap_or_default()
}

fn lines(head: &Head) -> impl Iterator<Item = &str> {
    head.recent.iter().flat_map(|recent| recent.lines())
}

impl Sender {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let user = words.next()?.parse().ok()?;
        let [seq, ordinal, mentions] = [(); 3].map(|()| words.next()?.parse().ok());
        Some(Self { user, at: Pointer { seq: seq?, ordinal: ordinal?, mentions: mentions? } })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, at: Pointer { seq, ordinal, mentions } } = self;
        write!(f, "{user} {seq} {ordinal} {mentions}")
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
            assert!(lines(&head).count() <= AHEAD + BEHIND);
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
