//! The span of a command that came over a socket: what it was and whether it went well, and nothing of what it said.

use parlance_base::{Error, Kind, SPANS};
use tracing::{Span, field::Empty, trace_span};

use crate::realtime::frame::CommandKind;

/// A command, a story of its own: the request that its socket began with has ended.
pub(super) fn command(kind: CommandKind) -> Span {
    trace_span!(
        target: SPANS,
        parent: None,
        "command",
        otel.name = kind.name(),
        otel.kind = "server",
        parlance.command = kind.name(),
        "error.type" = Empty,
        otel.status_code = Empty,
    )
}

/// It was refused, or failed.
pub(super) fn unanswered(command: &Span, error: &Error) {
    command.record("error.type", error.code());
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable { .. }) {
        command.record("otel.status_code", "error");
    }
}
