//! Somebody who joins and leaves.

use std::time::Duration;

use parlance_base::StreamId;
use parlance_client::{Error, InWorkspace, Listed};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{stage::Person, text};

const PAUSE: Duration = Duration::from_millis(20);

/// What is known of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    In,
    Out,
    /// The last answer did not come.
    Unsure,
}

/// Joins and leaves the group in turn until told to stop, and answers what was acknowledged last.
pub(crate) async fn join_and_leave(
    here: InWorkspace,
    group: StreamId,
    stop: CancellationToken,
) -> Result<Known, String> {
    let (mut known, mut joins) = (Known::Out, true);
    while !stop.is_cancelled() {
        let done = if joins { joined(&here, group).await } else { left(&here, group).await };
        known = match done {
            Ok(()) if joins => Known::In,
            Ok(()) => Known::Out,
            Err(error) if error.will_pass() => {
                sleep(PAUSE).await;
                Known::Unsure
            }
            Err(error) => return Err(format!("joining or leaving {group}: {error}")),
        };
        joins = !joins;
    }
    Ok(known)
}

async fn joined(here: &InWorkspace, group: StreamId) -> Result<(), Error> {
    here.join_group(group).await.map(drop)
}

/// Leaves; who is not in, because an answer did not come, has left.
async fn left(here: &InWorkspace, group: StreamId) -> Result<(), Error> {
    match here.leave_group(group).await {
        Err(error) if matches!(error.status(), Some(404 | 409)) => Ok(()),
        done => done,
    }
}

/// Holds the membership against what was acknowledged.
pub(crate) async fn check(person: &Person, group: StreamId, known: Known) -> Result<(), String> {
    let members = person.here.members(group, &Listed::default()).await.map_err(text)?;
    let is_in = members.items.iter().any(|member| member.user_id == person.id);
    match (known, is_in) {
        (Known::In, false) => Err(format!("{} has joined and is not in", person.name)),
        (Known::Out, true) => Err(format!("{} has left and is in", person.name)),
        _ => Ok(()),
    }
}
