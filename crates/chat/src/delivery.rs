//! What live delivery asks of the domain.

use std::sync::Arc;

use parlance_base::{
    BoxFuture, Caller, CallerRef, ConnectionId, Error, Kind, Result, Revocation, StreamId, Time, WorkspaceId,
};
use parlance_stream::Committed;
use serde::de::DeserializeOwned;
use serde_json::{json, value::RawValue};
use tracing::error;

use crate::{
    chat::Chat,
    event,
    message::{Edit, React},
    own, permission,
    realtime::{
        Domain, Live, Page, People, Ready, Standing, StreamKey, Unavailable, WATCHED, Wish,
        frame::{Command, CommandKind},
        limits::{PAGE_BYTES, PAGE_ENTRIES},
    },
};

impl Domain for Chat {
    fn page(&self, key: StreamKey, after: u64) -> BoxFuture<'_, Result<Page, Unavailable>> {
        Box::pin(async move { self.read_page(key, after).await.map_err(|_| Unavailable) })
    }

    fn heads<'a>(
        &'a self,
        keys: &'a [StreamKey],
    ) -> BoxFuture<'a, Result<Vec<(StreamKey, u64)>, Unavailable>> {
        Box::pin(async move {
            let mut heads = Vec::new();
            for workspace in each_workspace(keys) {
                let streams = keys.iter().filter(|key| key.workspace == workspace).map(|key| key.stream);
                let found = self.streams().heads(workspace, streams).await.map_err(|_| Unavailable)?;
                heads.extend(
                    found.iter().map(|head| (StreamKey { workspace, stream: head.id }, unsigned(head.seq))),
                );
            }
            Ok(heads)
        })
    }

    fn standings<'a>(
        &'a self,
        caller: &'a CallerRef,
        streams: &'a [StreamId],
    ) -> BoxFuture<'a, Result<Vec<Standing>, Unavailable>> {
        Box::pin(async move {
            let CallerRef { workspace, user, role, .. } = *caller;
            self.standings(workspace, user, role, streams).await.map_err(|_| Unavailable)
        })
    }

    fn ready<'a>(
        &'a self,
        caller: &'a Caller,
        connection: ConnectionId,
        checked: Time,
    ) -> BoxFuture<'a, Result<Ready>> {
        Box::pin(self.begin(caller, connection, checked))
    }

    fn people<'a>(&'a self, caller: &'a Caller, group: StreamId) -> BoxFuture<'a, Result<People>> {
        Box::pin(async move {
            let members = self.by(caller).members(group, None, WATCHED).await?.items;
            Ok(members.into_iter().map(|member| (member.user_id, member.name)).collect())
        })
    }

    fn run<'a>(&'a self, caller: &'a Caller, command: Command) -> BoxFuture<'a, Result<Box<RawValue>>> {
        Box::pin(self.carry_out(caller, command))
    }

    fn presence<'a>(&'a self, caller: &'a Caller, command: Command) -> BoxFuture<'a, Result<Wish>> {
        Box::pin(async move {
            let by = self.by(caller);
            match command.kind {
                CommandKind::PresenceUpdate => {
                    by.say_presence(parsed::<frames::Presence>(&command.data)?.status).await
                }
                CommandKind::PresenceWatch => {
                    by.watch_presence(parsed::<frames::Watch>(&command.data)?.user_ids).await
                }
                kind => Err(not_presence(kind)),
            }
        })
    }

    fn encode(&self, committed: &Committed) -> Vec<Arc<Live>> {
        let entries = committed.entries.iter().map(Arc::as_ref);
        event::live(committed.workspace, entries, &committed.changed).unwrap_or_else(|error| {
            // What is missing here is a gap to the hub, which reads it.
            error!(%error, "a commit was not encoded");
            Vec::new()
        })
    }

    fn revocations(&self, committed: &Committed) -> Vec<Revocation> {
        parlance_workspace::revocations(committed)
    }
}

impl Chat {
    async fn read_page(&self, key: StreamKey, after: u64) -> Result<Page> {
        let since = i64::try_from(after).unwrap_or(i64::MAX);
        let read = self.streams().read(key.workspace, key.stream, since, PAGE_ENTRIES).await?;
        let Some(slice) = read else { return Ok(Page::default()) };
        let scope = self.shared.store.workspace(key.workspace);
        let messages = event::told_of(&scope, &slice.entries).await?;
        let mut entries = event::live(key.workspace, &slice.entries, &messages)?;
        let mut bytes = 0_usize;
        let fitting = entries.iter().take_while(|live| {
            let fits = bytes < PAGE_BYTES;
            bytes = bytes.saturating_add(live.frame.bytes());
            fits
        });
        let fitting = fitting.count();
        entries.truncate(fitting);
        Ok(Page { head: unsigned(slice.seq), log_floor: unsigned(slice.log_floor), entries })
    }

    /// The user's own stream and the workspace's are looked at before the memberships, and those before the groups: what
    /// is gained meanwhile is told of by an entry that the connection will be sent.
    async fn begin(&self, caller: &Caller, connection: ConnectionId, checked: Time) -> Result<Ready> {
        let by = self.by(caller);
        by.noted(None, permission::check_own(caller))?;
        let fixed = [own::stream(caller.user), StreamId::from(caller.workspace.uuid())];
        let mut streams = self.standings(caller.workspace, caller.user, caller.role, &fixed).await?;
        let groups: Vec<StreamId> =
            by.memberships().await?.into_iter().map(|member| member.group_id).collect();
        streams.extend(self.standings(caller.workspace, caller.user, caller.role, &groups).await?);
        let user = raw(&json!({ "id": caller.user, "role": caller.role }))?;
        let epoch = self.streams().epoch().to_string();
        let dnd = self.dnd(caller.workspace, caller.user).await?;
        Ok(Ready { connection, caller: caller.reference(), checked, epoch, user, dnd, streams })
    }

    async fn carry_out(&self, caller: &Caller, Command { kind, data }: Command) -> Result<Box<RawValue>> {
        let by = self.by(caller);
        match kind {
            CommandKind::MessageSend => {
                let (group, new) = parsed::<frames::Send>(&data)?.into_message();
                raw(&by.send(group, new).await?.0)
            }
            CommandKind::MessageEdit => {
                let frames::Edit { group_id, message_id, content, mentions } = parsed(&data)?;
                raw(&by.edit(group_id, message_id, Edit { content, mentions }).await?)
            }
            CommandKind::MessageDelete => {
                let frames::Delete { group_id, message_id } = parsed(&data)?;
                by.delete(group_id, message_id).await?;
                raw(&json!({}))
            }
            CommandKind::MessageReact => {
                let frames::React { group_id, message_id, emoji, on } = parsed(&data)?;
                raw(&by.react(group_id, message_id, React { emoji, on }).await?)
            }
            CommandKind::MessagePin => {
                let frames::Pin { group_id, message_id, pinned } = parsed(&data)?;
                raw(&by.pin(group_id, message_id, pinned).await?)
            }
            CommandKind::ReadAck => {
                let (group, read) = parsed::<frames::Read>(&data)?.into_read();
                raw(&by.read_up_to(group, read).await?)
            }
            CommandKind::TypingStart | CommandKind::TypingStop => {
                let frames::Typing { group_id } = parsed(&data)?;
                by.typing(group_id, kind == CommandKind::TypingStart).await?;
                raw(&json!({}))
            }
            CommandKind::PresenceUpdate | CommandKind::PresenceWatch => Err(not_presence(kind)),
        }
    }
}

/// The data of command frames.
mod frames {
    use parlance_base::{EntryId, StreamId, Time, UserId};
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use crate::{
        message::{NewMessage, moment},
        presence::Said,
        read_state::ReadUpTo,
    };

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Send {
        group_id: StreamId,
        content: String,
        client_id: Option<String>,
        reply_to: Option<EntryId>,
        thread_id: Option<EntryId>,
        #[serde(default)]
        mentions: Vec<UserId>,
        metadata: Option<Box<RawValue>>,
        #[serde(default, deserialize_with = "moment")]
        send_at: Option<Time>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Edit {
        pub(super) group_id: StreamId,
        pub(super) message_id: EntryId,
        pub(super) content: String,
        pub(super) mentions: Option<Vec<UserId>>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Delete {
        pub(super) group_id: StreamId,
        pub(super) message_id: EntryId,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct React {
        pub(super) group_id: StreamId,
        pub(super) message_id: EntryId,
        pub(super) emoji: String,
        pub(super) on: Option<bool>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Pin {
        pub(super) group_id: StreamId,
        pub(super) message_id: EntryId,
        pub(super) pinned: bool,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Read {
        group_id: StreamId,
        seq: i64,
        thread_id: Option<EntryId>,
        read_rev: Option<i64>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Presence {
        pub(super) status: Said,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Watch {
        pub(super) user_ids: Vec<UserId>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Typing {
        pub(super) group_id: StreamId,
    }

    impl Send {
        pub(super) fn into_message(self) -> (StreamId, NewMessage) {
            let Self { group_id, content, client_id, reply_to, thread_id, mentions, metadata, send_at } =
                self;
            let new = NewMessage { content, client_id, reply_to, thread_id, mentions, metadata, send_at };
            (group_id, new)
        }
    }

    impl Read {
        pub(super) fn into_read(self) -> (StreamId, ReadUpTo) {
            let Self { group_id, seq, thread_id, read_rev } = self;
            (group_id, ReadUpTo { seq, thread_id, read_rev })
        }
    }
}

/// What is about presence is asked of [`Domain::presence`], and nothing else.
fn not_presence(kind: CommandKind) -> Error {
    Error::internal("frame.misled", format!("{} was asked in the wrong place", kind.name()))
}

fn parsed<T: DeserializeOwned>(data: &RawValue) -> Result<T> {
    serde_json::from_str(data.get()).map_err(|error| {
        let message = error.to_string();
        let code =
            if message.contains("unknown field") { "request.unknown_field" } else { "request.invalid" };
        Error::new(Kind::Invalid, code, message)
    })
}

fn raw(value: &impl serde::Serialize) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(value)
        .map_err(|error| Error::internal("event.unwritable", "an answer cannot be written").because(error))
}

fn each_workspace(keys: &[StreamKey]) -> Vec<WorkspaceId> {
    let mut workspaces: Vec<WorkspaceId> = keys.iter().map(|key| key.workspace).collect();
    workspaces.sort();
    workspaces.dedup();
    workspaces
}

fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}
