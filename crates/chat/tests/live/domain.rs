//! The domain that the tests put behind the seam.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicUsize, Ordering},
};

use parlance_base::{BoxFuture, Caller, CallerRef, ConnectionId, Result, Revocation, StreamId, Time, UserId};
use parlance_chat::realtime::{
    Access, Activity, Audience, Domain, Live, Page, People, Ready, Signals, Standing, StreamKey, StreamKind,
    Unavailable, Wish,
    frame::{Command, CommandKind},
    limits::{PAGE_BYTES, PAGE_ENTRIES},
};
use parlance_store::{Find, Store};
use parlance_stream::{Committed, Entry, Receipt, Streams, Submission};
use serde::Deserialize;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use tokio::sync::Semaphore;

use super::plans::{Member, Say, USER};

pub(super) struct Room {
    pub(super) store: Store,
    pub(super) streams: Streams,
    pub(super) signals: Signals,
    pub(super) told: Told,
    /// Pages are read one after the other: each holds this meanwhile.
    pub(super) turn: Arc<Semaphore>,
}

/// What was made to be delivered. The entries themselves are whoever's that still has to send them.
#[derive(Clone, Default)]
pub(super) struct Told {
    live: Arc<Mutex<Vec<Weak<Live>>>>,
    pages: Arc<AtomicUsize>,
}

impl Told {
    fn note(&self, live: Vec<Arc<Live>>) -> Vec<Arc<Live>> {
        self.live.lock().unwrap().extend(live.iter().map(Arc::downgrade));
        live
    }

    /// Bytes of those that anybody still has.
    pub(super) fn waiting(&self) -> usize {
        let mut told = self.live.lock().unwrap();
        told.retain(|live| live.strong_count() > 0);
        told.iter().filter_map(Weak::upgrade).map(|live| live.frame.bytes()).sum()
    }

    /// How many pages were read.
    pub(super) fn pages(&self) -> usize {
        self.pages.load(Ordering::Relaxed)
    }
}

#[derive(Deserialize)]
struct Data {
    group_id: StreamId,
    #[serde(default)]
    text: String,
    client_id: Option<String>,
}

impl Room {
    async fn read(&self, key: StreamKey, after: u64) -> Result<Page> {
        let since = i64::try_from(after).expect("a position");
        let floor = self.streams.head(key.workspace, key.stream).await?.map_or(0, |head| head.log_floor);
        let Some(slice) = self.streams.read(key.workspace, key.stream, since, PAGE_ENTRIES).await? else {
            return Ok(Page::default());
        };
        let mut page = Page { head: seq(slice.seq), log_floor: seq(floor), entries: Vec::new() };
        let mut bytes = 0;
        for live in slice.entries.iter().map(|entry| live(key, entry)) {
            bytes += live.frame.bytes();
            page.entries.push(live);
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        page.entries = self.told.note(page.entries);
        Ok(page)
    }

    async fn stand(&self, caller: &CallerRef, streams: &[StreamId]) -> Result<Vec<Standing>> {
        let workspace = caller.workspace;
        let heads = self.streams.heads(workspace, streams.iter().copied()).await?;
        let rights = streams.iter().map(|stream| Member::id(*stream, caller.user));
        let rights: Vec<Member> = self.store.workspace(workspace).get_many(rights).await?;
        let own = [StreamId::from(caller.user.uuid()), StreamId::from(workspace.uuid())];
        let standing = |stream: &StreamId| {
            let kind = match own.iter().position(|own| own == stream) {
                Some(0) => StreamKind::User,
                Some(_) => StreamKind::Workspace,
                None => StreamKind::Group,
            };
            let may_read =
                kind != StreamKind::Group || rights.iter().any(|member| member.stream_id == *stream);
            let head = heads.iter().find(|head| head.id == *stream);
            may_read.then(|| Standing {
                stream: *stream,
                kind,
                head: head.map_or(0, |head| seq(head.seq)),
                log_floor: head.map_or(0, |head| seq(head.log_floor)),
                visible_from: 1,
                is_public: false,
                access: Access::Member,
                runs: false,
            })
        };
        Ok(streams.iter().filter_map(standing).collect())
    }

    async fn begin(&self, caller: &Caller, connection: ConnectionId, checked: Time) -> Result<Ready> {
        let reference = caller.reference();
        let own = [StreamId::from(caller.user.uuid()), StreamId::from(caller.workspace.uuid())];
        let mut streams = self.stand(&reference, &own).await?;
        let theirs = Find::new([USER.is(caller.user.to_string())]).limit(1_000);
        let theirs: Vec<Member> = self.store.workspace(caller.workspace).find(theirs).await?;
        let groups: Vec<StreamId> = theirs.iter().map(|member| member.stream_id).collect();
        streams.extend(self.stand(&reference, &groups).await?);
        let user = to_raw_value(&json!({ "id": caller.user })).expect("JSON");
        let epoch = self.streams.epoch().to_string();
        Ok(Ready { connection, caller: reference, checked, epoch, user, dnd: false, streams })
    }

    async fn carry_out(&self, caller: &Caller, command: Command) -> Result<Box<RawValue>> {
        let data: Data = serde_json::from_str(command.data.get()).expect("what our clients send");
        let key = StreamKey { workspace: caller.workspace, stream: data.group_id };
        match command.kind {
            CommandKind::MessageSend => {
                let say = Submission::new(caller.user, Say(key.stream, caller.user, data.text));
                match self.streams.submit(key.workspace, key.stream, say.named(data.client_id)).await? {
                    Receipt::Appended(entry) | Receipt::Repeated(entry) => {
                        Ok(to_raw_value(&json!({ "id": entry.id, "seq": entry.seq })).expect("JSON"))
                    }
                    Receipt::Unchanged => panic!("a message changes something"),
                }
            }
            _ => {
                let typing = json!({ "group_id": key.stream, "user_id": caller.user, "active": true });
                let frame = json!({ "type": "typing", "data": typing }).to_string();
                self.signals.pass_on(key, Some(caller.user), frame.into());
                Ok(to_raw_value(&json!({})).expect("JSON"))
            }
        }
    }
}

impl Domain for Room {
    fn page(&self, key: StreamKey, after: u64) -> BoxFuture<'_, Result<Page, Unavailable>> {
        Box::pin(async move {
            let _turn = self.turn.acquire().await;
            self.told.pages.fetch_add(1, Ordering::Relaxed);
            self.read(key, after).await.map_err(|_| Unavailable)
        })
    }

    fn heads<'a>(
        &'a self,
        keys: &'a [StreamKey],
    ) -> BoxFuture<'a, Result<Vec<(StreamKey, u64)>, Unavailable>> {
        Box::pin(async move {
            let Some(StreamKey { workspace, .. }) = keys.first().copied() else { return Ok(Vec::new()) };
            let streams = keys.iter().map(|key| key.stream);
            let heads = self.streams.heads(workspace, streams).await.map_err(|_| Unavailable)?;
            let key = |stream| StreamKey { workspace, stream };
            Ok(heads.into_iter().map(|head| (key(head.id), seq(head.seq))).collect())
        })
    }

    fn standings<'a>(
        &'a self,
        caller: &'a CallerRef,
        streams: &'a [StreamId],
    ) -> BoxFuture<'a, Result<Vec<Standing>, Unavailable>> {
        Box::pin(async move { self.stand(caller, streams).await.map_err(|_| Unavailable) })
    }

    fn people<'a>(&'a self, _: &'a Caller, _: StreamId) -> BoxFuture<'a, Result<People>> {
        Box::pin(async { Ok(People::new()) })
    }

    fn presence<'a>(&'a self, _: &'a Caller, _: Command) -> BoxFuture<'a, Result<Wish>> {
        Box::pin(async { Ok(Wish::Is(Activity::Online)) })
    }

    fn ready<'a>(
        &'a self,
        caller: &'a Caller,
        connection: ConnectionId,
        checked: Time,
    ) -> BoxFuture<'a, Result<Ready>> {
        Box::pin(self.begin(caller, connection, checked))
    }

    fn run<'a>(&'a self, caller: &'a Caller, command: Command) -> BoxFuture<'a, Result<Box<RawValue>>> {
        Box::pin(self.carry_out(caller, command))
    }

    fn encode(&self, committed: &Committed) -> Vec<Arc<Live>> {
        let key = StreamKey { workspace: committed.workspace, stream: committed.stream };
        self.told.note(committed.entries.iter().map(|entry| live(key, entry)).collect())
    }

    fn revocations(&self, _: &Committed) -> Vec<Revocation> {
        Vec::new()
    }
}

fn live(key: StreamKey, entry: &Entry) -> Arc<Live> {
    let frame = json!({
        "type": entry.kind, "stream_id": key.stream, "seq": entry.seq,
        "at": entry.at.to_rfc3339(), "author": entry.author(), "data": entry.data,
    });
    let users: Vec<UserId> = serde_json::from_value(json!([entry.data["user_id"]])).unwrap_or_default();
    let audience = match entry.kind.as_str() {
        "member.added" => Some(Audience::Members { gained: users, lost: Vec::new(), run: Vec::new() }),
        "member.removed" => Some(Audience::Members { gained: Vec::new(), lost: users, run: Vec::new() }),
        "group.joined" => entry.data["group_id"].as_str().map(|id| Audience::Joined(id.parse().unwrap())),
        _ => None,
    };
    let (seq, frame) = (seq(entry.seq), frame.to_string().into());
    Arc::new(Live { key, seq, frame, withheld: Vec::new(), audience })
}

fn seq(seq: i64) -> u64 {
    u64::try_from(seq).expect("a position")
}
