//! Lists, a page at a time.

use std::fmt::Display;

use clap::Args;

/// How many lines a page has.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Limit {
    /// How many at most, up to 1,000
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(super) limit: u16,
}

/// The lines of a page, and how to go on.
pub(super) fn lines<T>(items: &[T], line: impl Fn(&T) -> String, next: Option<impl Display>) -> String {
    let more = next.map(|next| format!("there are more: go on with --after {next}"));
    items.iter().map(line).chain(more).collect::<Vec<_>>().join("\n")
}
