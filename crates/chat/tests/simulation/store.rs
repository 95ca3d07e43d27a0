//! The truth: what was committed, and who may read it. Reads of it are always right; what makes them late, or fail, is
//! the host's business.

use std::{collections::BTreeMap, sync::Arc};

use parlance_base::{StreamId, Time, UserId, WorkspaceId};
use parlance_chat::realtime::{Access, Audience, Live, Page, Standing, StreamKey, StreamKind};

use super::world::id;

#[derive(Default)]
pub(super) struct Store {
    pub(super) epoch: u32,
    pub(super) logs: BTreeMap<StreamId, Log>,
    /// When each user's only sign-in ended.
    pub(super) revoked: BTreeMap<UserId, Time>,
}

pub(super) struct Log {
    pub(super) kind: StreamKind,
    pub(super) entries: Vec<Arc<Live>>,
    pub(super) texts: Vec<String>,
    pub(super) committed: Vec<Time>,
    pub(super) floor: u64,
    pub(super) public: bool,
    pub(super) since_join: bool,
    pub(super) members: BTreeMap<UserId, Member>,
    /// All stretches of the log that anyone was ever allowed to read.
    spans: Vec<Span>,
}

#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) visible_from: u64,
    pub(super) changed: u64,
}

struct Span {
    /// Nobody in particular: everyone, while the group was public.
    user: Option<UserId>,
    first: u64,
    /// The entry that ended the right; none yet.
    last: Option<u64>,
}

pub(super) fn workspace() -> WorkspaceId {
    id(1)
}

impl Store {
    pub(super) fn create(
        &mut self,
        stream: StreamId,
        kind: StreamKind,
        since_join: bool,
        members: &[UserId],
    ) {
        let members: BTreeMap<_, _> =
            members.iter().map(|user| (*user, Member { visible_from: 1, changed: 0 })).collect();
        let spans = members.keys().map(|user| Span { user: Some(*user), first: 1, last: None }).collect();
        let (entries, texts, committed) = (Vec::new(), Vec::new(), Vec::new());
        let log =
            Log { kind, entries, texts, committed, floor: 1, public: false, since_join, members, spans };
        self.logs.insert(stream, log);
    }

    pub(super) fn log(&mut self, stream: StreamId) -> &mut Log {
        self.logs.get_mut(&stream).expect("a stream of this world")
    }

    pub(super) fn append(
        &mut self,
        now: Time,
        stream: StreamId,
        kind: &str,
        text: &str,
        audience: Option<Audience>,
    ) -> Arc<Live> {
        let log = self.log(stream);
        let seq = log.head() + 1;
        let frame = format!(
            r#"{{"type":"{kind}","stream_id":"{stream}","seq":{seq},"at":"2026-01-01T00:00:00.000Z","data":{{"text":"{text}"}}}}"#
        );
        let key = StreamKey { workspace: workspace(), stream };
        let live = Arc::new(Live { key, seq, frame: frame.into(), withheld: Vec::new(), audience });
        log.entries.push(Arc::clone(&live));
        log.texts.push(text.to_owned());
        log.committed.push(now);
        log.apply(&live);
        live
    }

    /// Where the user stands, as of `head` or later.
    pub(super) fn standing(&self, stream: StreamId, user: UserId, head: u64) -> Option<Standing> {
        let log = self.logs.get(&stream)?;
        let (access, visible_from) = match log.members.get(&user) {
            Some(member) => (Access::Member, member.visible_from),
            None if log.public => (Access::Watcher, 1),
            None => return None,
        };
        Some(Standing {
            stream,
            kind: log.kind,
            head,
            log_floor: log.floor,
            visible_from,
            is_public: log.public,
            access,
            runs: false,
        })
    }

    pub(super) fn head(&self, stream: StreamId) -> u64 {
        self.logs.get(&stream).map_or(0, Log::head)
    }

    pub(super) fn page(&self, stream: StreamId, after: u64, head: u64, limit: usize) -> Page {
        let Some(log) = self.logs.get(&stream) else { return Page::default() };
        let range = log.entries.iter().take(head as usize).skip(after as usize).take(limit);
        let entries = if log.floor > after + 1 { Vec::new() } else { range.cloned().collect() };
        Page { head, log_floor: log.floor, entries }
    }

    /// Streams of groups that the user is a member of.
    pub(super) fn memberships(&self, user: UserId) -> Vec<StreamId> {
        let mine = self.logs.iter().filter(|(_, log)| log.members.contains_key(&user));
        mine.map(|(stream, _)| *stream).collect()
    }

    /// Whether the user was, or is, allowed to be sent this entry.
    pub(super) fn may_have(&self, user: UserId, stream: StreamId, seq: u64) -> bool {
        self.logs.get(&stream).is_some_and(|log| {
            let mine = log.spans.iter().filter(|span| span.user.is_none_or(|of| of == user));
            mine.into_iter().any(|span| span.first <= seq && span.last.is_none_or(|last| seq <= last))
        })
    }

    /// A store that forgets: the last entries of each stream are gone, and the epoch with them.
    pub(super) fn lose_tail(&mut self, count: usize) {
        self.epoch += 1;
        for log in self.logs.values_mut() {
            for _ in 0..count {
                // Entries that decide rights stay, to keep the members and the log of this model in step.
                if log.entries.pop_if(|last| last.audience.is_none()).is_some() {
                    log.texts.pop();
                    log.committed.pop();
                }
            }
            log.floor = log.floor.min(log.head() + 1);
        }
    }
}

impl Log {
    pub(super) fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    fn apply(&mut self, live: &Live) {
        let seq = live.seq;
        match &live.audience {
            Some(Audience::Members { gained, lost, .. }) => {
                lost.iter().for_each(|user| self.leave(*user, seq));
                gained.iter().for_each(|user| self.join(*user, seq));
            }
            Some(Audience::Public) => self.publish(),
            Some(Audience::Private) => {
                self.public = false;
                self.end(None, seq);
            }
            Some(Audience::Deleted) => {
                self.members.clear();
                self.public = false;
                self.spans.iter_mut().for_each(|span| span.last = span.last.or(Some(seq)));
            }
            Some(Audience::Joined(_) | Audience::Dnd(_)) | None => {}
        }
    }

    /// The group is public from its next entry on.
    pub(super) fn publish(&mut self) {
        self.public = true;
        self.spans.push(Span { user: None, first: 1, last: None });
    }

    fn join(&mut self, user: UserId, seq: u64) {
        let visible_from = if self.since_join && !self.public { seq } else { 1 };
        self.members.insert(user, Member { visible_from, changed: seq });
        self.spans.push(Span { user: Some(user), first: visible_from, last: None });
    }

    fn leave(&mut self, user: UserId, seq: u64) {
        self.members.remove(&user);
        self.end(Some(user), seq);
    }

    fn end(&mut self, user: Option<UserId>, seq: u64) {
        let ended = self.spans.iter_mut().filter(|span| span.user == user && span.last.is_none());
        ended.for_each(|span| span.last = Some(seq));
    }
}
