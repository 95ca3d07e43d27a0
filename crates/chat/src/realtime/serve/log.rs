//! Failures of ours, for the log: the client learns no more than that there was one.

use parlance_base::{Error, Kind};

use crate::realtime::Input;

/// Logs what the input says went wrong with us.
pub(super) fn failure(input: &Input<'_>) {
    let (Input::Refused(error) | Input::Reply(Err(error))) = input else { return };
    match error.kind() {
        Kind::Internal => tracing::error!(%error, cause = cause(error), "a frame failed"),
        Kind::Unavailable { .. } => tracing::warn!(%error, cause = cause(error), "a frame was put off"),
        _ => {}
    }
}

fn cause(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}
