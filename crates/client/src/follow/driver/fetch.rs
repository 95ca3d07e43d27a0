//! Fetching a stream anew over HTTP: its position first, then how it stands, which is then at least as new.

use std::time::Duration;

use parlance_base::{Epoch, StreamId};

use crate::{
    Error, InWorkspace, Listed, Position,
    follow::{Fetch, Fetched, Input, Snapshot},
    socket::StreamKind,
    wire::MyGroup,
};

/// No user has more groups: 100 to a page.
const PAGES: usize = 100;

/// Fetches the stream, with so many of a group's newest messages.
pub(super) async fn fetch(workspace: InWorkspace, fetch: Fetch, messages: usize) -> Input {
    let fetched = match fetch.kind {
        StreamKind::Group => group(&workspace, fetch.stream, messages).await,
        StreamKind::User => own(&workspace, fetch).await,
        StreamKind::Workspace | StreamKind::Unknown => position(&workspace, fetch)
            .await
            .map(|(seq, epoch)| Fetched { seq, epoch, snapshot: Snapshot::Position }),
    };
    let Fetch { stream, fetch, .. } = fetch;
    match fetched {
        Ok(fetched) => Input::Fetched { stream, fetch, fetched: Box::new(fetched) },
        Err(error) => {
            tracing::debug!(%error, stream.id = %stream, "a stream was not fetched");
            Input::NotFetched { stream, fetch, retry_after: error.retry_after() }
        }
    }
}

async fn group(workspace: &InWorkspace, stream: StreamId, messages: usize) -> Result<Fetched, Error> {
    let page = workspace.messages(stream, Position::Newest, messages.clamp(1, 100)).await?;
    let (seq, epoch, mut items) = (page.seq, page.epoch, page.items);
    items.reverse();
    Ok(Fetched { seq, epoch, snapshot: Snapshot::Messages(items) })
}

async fn own(workspace: &InWorkspace, fetch: Fetch) -> Result<Fetched, Error> {
    let (seq, epoch) = position(workspace, fetch).await?;
    Ok(Fetched { seq, epoch, snapshot: Snapshot::Groups(groups(workspace).await?) })
}

async fn groups(workspace: &InWorkspace) -> Result<Vec<MyGroup>, Error> {
    let (mut groups, mut after) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = workspace.groups(&Listed::most(after)).await?;
        groups.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(groups)
}

/// Where the stream is, at least as far as is asked for.
async fn position(workspace: &InWorkspace, fetch: Fetch) -> Result<(u64, Epoch), Error> {
    let cursors = [(fetch.stream, fetch.since)].into();
    let changes = workspace.all_changes(Some(fetch.epoch), &cursors, Duration::ZERO).await?;
    if changes.gone.contains(&fetch.stream) {
        return Err(Error::Unreadable("the stream is not there".to_owned()));
    }
    // A stream without news is where it was.
    let seq = changes.streams.get(&fetch.stream).map_or(fetch.since, |changes| changes.seq);
    Ok((seq, changes.epoch))
}
