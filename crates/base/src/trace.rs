//! What the spans of traces are called, for `tracing`.

/// The target of every span that traces are made of, all of them at level TRACE: who collects traces listens to it, and a log
/// does not.
pub const SPANS: &str = "parlance::trace";
