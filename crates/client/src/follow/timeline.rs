//! What a group's messages say (rule 12): a message is whatever its highest `rev` says.

use std::collections::BTreeMap;

use parlance_base::EntryId;

use crate::wire::{Entry, EntryEvent, Message};

/// How much of a message those show that answer it, in characters.
const PREVIEW: usize = 140;

/// The newest messages of one group, or the newest replies in one thread, at most as many as it was made for.
#[derive(Clone, Debug)]
pub struct Timeline {
    messages: BTreeMap<u64, Message>,
    most: usize,
    /// The message whose thread it is of.
    thread: Option<EntryId>,
    /// Messages at or below this place are not kept: between them and the others some may be missing.
    floor: u64,
}

impl Timeline {
    /// No messages, and at most so many ever.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { messages: BTreeMap::new(), most, thread: None, floor: 0 }
    }

    /// As [`new`](Self::new), of the replies to this message.
    #[must_use]
    pub const fn of_thread(thread: EntryId, most: usize) -> Self {
        Self { messages: BTreeMap::new(), most, thread: Some(thread), floor: 0 }
    }

    /// Forgets all messages, and takes these, the newest there are at `seq`.
    pub fn reset(&mut self, newest: impl IntoIterator<Item = Message>) {
        self.messages.clear();
        self.floor = 0;
        for message in newest {
            self.show(message);
        }
        self.floor = self.messages.keys().next().map_or(0, |first| first.saturating_sub(1));
    }

    /// Takes what an entry of the group's stream tells of its messages.
    pub fn take(&mut self, entry: &Entry) {
        if let Some(news) = entry.thread()
            && let Some(root) = self.messages.values_mut().find(|message| message.id == news.message_id)
        {
            root.hear(news);
        }
        if let Some(message) = Message::told_by(entry) {
            self.show(message);
        }
        match entry.event() {
            EntryEvent::MessageNew(message) => self.show(*message),
            EntryEvent::MessageEdited(message) => {
                self.quote(message.id, message.rev, message.content.as_deref());
                self.show(*message);
            }
            EntryEvent::MessageDeleted(id) => {
                self.quote(id, entry.seq, None);
                let message = self.messages.values_mut().find(|message| message.id == id);
                if let Some(message) = message.filter(|message| message.rev < entry.seq) {
                    message.rev = entry.seq;
                    message.content = None;
                    message.metadata = None;
                    message.pinned = false;
                    message.reactions.clear();
                    message.reacted = None;
                    message.deleted_at = Some(entry.at);
                    message.deleted_by = entry.author.id.parse().ok();
                }
            }
            EntryEvent::MessageReaction { message_id, reactions, .. } => {
                let message = self.messages.values_mut().find(|message| message.id == message_id);
                if let Some(message) = message.filter(|message| message.rev < entry.seq) {
                    message.rev = entry.seq;
                    message.reactions = reactions;
                }
            }
            EntryEvent::MessagePinned { message_id, pinned } => {
                let message = self.messages.values_mut().find(|message| message.id == message_id);
                if let Some(message) = message.filter(|message| message.rev < entry.seq) {
                    message.rev = entry.seq;
                    message.pinned = pinned;
                }
            }
            EntryEvent::ThreadClosed { message_id, closed } => {
                let message = self.messages.values_mut().find(|message| message.id == message_id);
                if let Some(message) = message.filter(|message| message.rev < entry.seq) {
                    message.rev = entry.seq;
                    message.closed = closed;
                }
            }
            EntryEvent::GroupCleared(seq) => {
                self.messages.retain(|place, _| *place > seq);
                self.floor = self.floor.max(seq);
            }
            _ => {}
        }
    }

    /// Has those that answer the message show what it says now.
    fn quote(&mut self, answered: EntryId, rev: u64, content: Option<&str>) {
        let beginning = content.map(beginning);
        let answers = self.messages.values_mut().filter(|message| message.reply_to == Some(answered));
        for quote in answers.filter_map(|message| message.quote.as_mut()).filter(|quote| quote.rev < rev) {
            quote.rev = rev;
            quote.content.clone_from(&beginning);
        }
    }

    /// Takes a message, unless a newer form of it is there. A message older than all that are kept is not taken, nor one of another
    /// thread.
    pub fn show(&mut self, message: Message) {
        if message.seq <= self.floor || message.thread_id != self.thread {
            return;
        }
        let held = self.messages.get(&message.seq);
        if held.is_none_or(|held| held.rev <= message.rev) {
            let mut message = message;
            // An entry does not say what who did something is called; a page did.
            if let Some(known) = held.filter(|_| message.system.is_some() && message.author.name.is_empty()) {
                message.author.name.clone_from(&known.author.name);
            }
            // An entry tells of a message as of its own time, or later: what it answers may have been heard of since.
            if let (Some(quote), Some(known)) =
                (&mut message.quote, held.and_then(|held| held.quote.as_ref()))
                && known.rev > quote.rev
            {
                quote.clone_from(known);
            }
            if let Some(quote) = &mut message.quote
                && let Some(answered) = self.messages.get(&quote.seq).filter(|it| it.rev > quote.rev)
            {
                quote.rev = answered.rev;
                quote.content = answered.content.as_deref().map(beginning);
            }
            if message.deleted_at.is_none() {
                message.reacted = message.reacted.or_else(|| held?.reacted.clone());
            }
            self.messages.insert(message.seq, message);
        }
        while self.messages.len() > self.most {
            let Some((seq, _)) = self.messages.pop_first() else { return };
            self.floor = seq;
        }
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }
}

/// How a message begins, as those show it that answer it.
fn beginning(content: &str) -> String {
    content.chars().take(PREVIEW).collect()
}

#[cfg(test)]
mod tests {
    use parlance_base::StreamId;
    use serde_json::{Value, json};

    use super::*;

    fn group() -> StreamId {
        StreamId::derived(&["group"])
    }

    fn message(seq: u64, rev: u64, content: &str) -> Value {
        json!({ "id": StreamId::derived(&["message", &seq.to_string()]), "group_id": group(), "seq": seq,
            "rev": rev, "content": content, "author": { "kind": "user", "id": "u" },
            "at": "2026-11-21T09:30:00Z" })
    }

    fn entry(seq: u64, kind: &str, data: Value) -> Entry {
        serde_json::from_value(json!({ "type": kind, "stream_id": group(), "seq": seq,
            "at": "2026-11-21T09:30:00Z", "author": { "kind": "user", "id": "u" }, "data": data }))
        .unwrap()
    }

    fn said(timeline: &Timeline) -> Vec<&str> {
        timeline.messages().map(|message| message.content.as_deref().unwrap_or("-")).collect()
    }

    #[test]
    fn rule_12_a_message_is_never_replaced_by_one_with_a_lower_rev() {
        let mut timeline = Timeline::new(10);
        timeline.reset([serde_json::from_value(message(1, 3, "newer")).unwrap()]);
        timeline.take(&entry(2, "message.edited", json!({ "message": message(1, 2, "older") })));
        assert_eq!(said(&timeline), ["newer"]);
        timeline.take(&entry(4, "message.edited", json!({ "message": message(1, 4, "newest") })));
        assert_eq!(said(&timeline), ["newest"]);
    }

    #[test]
    fn rule_12_a_deletion_is_a_rev_too() {
        let mut timeline = Timeline::new(10);
        timeline.take(&entry(1, "message.new", json!({ "message": message(1, 1, "hello") })));
        let id = StreamId::derived(&["message", "1"]);
        timeline.take(&entry(2, "message.deleted", json!({ "message_id": id })));
        timeline.take(&entry(2, "message.edited", json!({ "message": message(1, 1, "hello") })));
        assert_eq!(said(&timeline), ["-"]);
    }

    #[test]
    fn rule_12_a_pin_is_a_rev_too() {
        let mut timeline = Timeline::new(10);
        timeline.take(&entry(1, "message.new", json!({ "message": message(1, 1, "hello") })));
        let id = StreamId::derived(&["message", "1"]);
        let pinned = |timeline: &Timeline| timeline.messages().next().unwrap().pinned;
        timeline.take(&entry(3, "message.pinned", json!({ "message_id": id, "pinned": true })));
        assert!(pinned(&timeline));
        timeline.take(&entry(2, "message.pinned", json!({ "message_id": id, "pinned": false })));
        timeline.take(&entry(2, "message.edited", json!({ "message": message(1, 2, "older") })));
        assert!(pinned(&timeline) && said(&timeline) == ["hello"]);
        timeline.take(&entry(4, "message.pinned", json!({ "message_id": id, "pinned": false })));
        assert!(!pinned(&timeline));
    }

    #[test]
    fn an_answer_shows_what_the_answered_message_says_now() {
        let mut timeline = Timeline::new(10);
        let id = StreamId::derived(&["message", "1"]);
        let quote = |rev: u64, content: &str| json!({ "seq": 1, "rev": rev, "author": { "kind": "user", "id": "u" }, "content": content });
        let mut answer = message(2, 2, "answer");
        answer["reply_to"] = json!(id);
        answer["quote"] = quote(1, "first");
        timeline.take(&entry(2, "message.new", json!({ "message": answer })));
        let shown = |timeline: &Timeline| timeline.messages().last().unwrap().quote.clone().unwrap().content;
        assert_eq!(shown(&timeline).as_deref(), Some("first"));
        // What is answered may be older than all that are kept.
        timeline.take(&entry(3, "message.edited", json!({ "message": message(1, 3, &"é".repeat(200)) })));
        assert_eq!(shown(&timeline), Some("é".repeat(140)));
        answer["rev"] = json!(4);
        timeline.take(&entry(4, "message.edited", json!({ "message": answer })));
        assert_eq!(shown(&timeline), Some("é".repeat(140)), "an older quote replaces no newer one");
        timeline.take(&entry(5, "message.deleted", json!({ "message_id": id })));
        assert_eq!(shown(&timeline), None);
        // A page that was fetched before, and what it answers is here.
        let mut timeline = Timeline::new(10);
        timeline.take(&entry(9, "message.edited", json!({ "message": message(1, 9, "newest") })));
        timeline.show(serde_json::from_value(answer).unwrap());
        assert_eq!(shown(&timeline).as_deref(), Some("newest"));
    }

    #[test]
    fn a_change_of_the_group_is_shown_among_its_messages() {
        let mut timeline = Timeline::new(10);
        let id = StreamId::derived(&["message", "1"]);
        let mut told = entry(1, "group.archived", json!({}));
        timeline.take(&told);
        assert_eq!(timeline.messages().count(), 0, "not every change is a message");
        told.system_message_id = Some(id.uuid().into());
        timeline.take(&told);
        let shown: Vec<_> = timeline.messages().map(|it| it.system.clone().unwrap().kind).collect();
        assert_eq!(shown, ["group.archived"]);
    }

    #[test]
    fn replies_are_in_their_thread_and_counted_by_what_they_are_to() {
        let root = StreamId::derived(&["message", "1"]);
        let (mut group, mut thread) = (Timeline::new(10), Timeline::of_thread(root.uuid().into(), 10));
        let mut take = |entry: Entry| {
            group.take(&entry);
            thread.take(&entry);
            (said(&group).join(" "), group.messages().next().unwrap().reply_count, said(&thread).join(" "))
        };
        assert_eq!(
            take(entry(1, "message.new", json!({ "message": message(1, 1, "root") }))),
            ("root".to_owned(), 0, String::new())
        );
        let news = |rev: u64, count: u64| json!({ "message_id": root, "rev": rev, "reply_count": count });
        let mut reply = message(2, 2, "reply");
        reply["thread_id"] = json!(root);
        let told = json!({ "message": reply, "thread": news(2, 1) });
        assert_eq!(take(entry(2, "message.new", told.clone())), ("root".to_owned(), 1, "reply".to_owned()));
        let id = StreamId::derived(&["message", "2"]);
        let gone = json!({ "message_id": id, "thread_id": root, "thread": news(3, 0) });
        assert_eq!(take(entry(3, "message.deleted", gone)), ("root".to_owned(), 0, "-".to_owned()));
        // What is told of again is not counted again.
        assert_eq!(take(entry(2, "message.new", told)), ("root".to_owned(), 0, "-".to_owned()));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_and_do_not_come_back() {
        let mut timeline = Timeline::new(2);
        for seq in 1..=3 {
            timeline.take(&entry(seq, "message.new", json!({ "message": message(seq, seq, "new") })));
        }
        timeline.take(&entry(4, "message.edited", json!({ "message": message(1, 4, "old") })));
        assert_eq!(said(&timeline), ["new", "new"]);
    }

    #[test]
    fn what_was_cleared_is_gone_and_does_not_come_back() {
        let mut timeline = Timeline::new(10);
        for seq in [1, 3] {
            timeline.take(&entry(seq, "message.new", json!({ "message": message(seq, seq, "said") })));
        }
        // A job tells of it again later: what was said since stays.
        timeline.take(&entry(4, "group.cleared", json!({ "seq": 2 })));
        timeline.take(&entry(5, "message.edited", json!({ "message": message(1, 5, "said") })));
        assert_eq!(timeline.messages().map(|message| message.seq).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_reset_forgets_everything() {
        let mut timeline = Timeline::new(10);
        timeline.take(&entry(9, "message.new", json!({ "message": message(9, 9, "before") })));
        timeline.reset([serde_json::from_value(message(1, 1, "after")).unwrap()]);
        assert_eq!(said(&timeline), ["after"]);
    }
}
