//! What sockets are told when they are let in, and waiting for that.

use std::{collections::HashSet, time::Duration};

use serde::Deserialize;
use tokio::time::Instant;

use crate::wire::{Sockets, Spin};

/// How long the next of them may take.
const WITHIN: Duration = Duration::from_secs(30);

const READY: &[u8] = br#"{"type":"ready""#;

/// Where a socket begins.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) epoch: String,
    pub(crate) streams: Vec<ReadyStream>,
    more: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ReadyStream {
    pub(crate) id: String,
    pub(crate) seq: u64,
}

#[derive(Deserialize)]
struct ReadyFrame {
    data: Ready,
}

impl Ready {
    /// What a frame says, if it is one.
    pub(crate) fn of(payload: &[u8]) -> Option<Self> {
        let frame = payload.starts_with(READY).then(|| serde_json::from_slice::<ReadyFrame>(payload).ok());
        frame.flatten().map(|frame| frame.data)
    }
}

/// Waits until so many sockets have the whole of `ready`, and answers what they were told, by socket, without what came
/// before the last frame of it.
pub(crate) fn ready(sockets: &mut Sockets, count: usize) -> Result<Vec<Option<Ready>>, String> {
    let (mut told, mut whole, mut came) = (vec![None; sockets.len()], HashSet::new(), Instant::now());
    while whole.len() < count {
        let before = whole.len();
        sockets.poll(Spin::Sleeping, |number, payload| {
            let Some(ready) = Ready::of(payload).filter(|ready| !ready.more) else { return };
            whole.insert(number);
            if let Some(told) = told.get_mut(number) {
                *told = Some(ready);
            }
        })?;
        if whole.len() > before {
            came = Instant::now();
        } else if came.elapsed() > WITHIN {
            return Err(format!("{} of {count} sockets were let in", whole.len()));
        }
    }
    Ok(told)
}
