//! How far long work is, for somebody who watches.

use std::{
    io::{self, IsTerminal as _, Write as _},
    pin::pin,
};

use tokio::sync::watch;

use crate::admin::Step;

/// Shows it on one line, if standard error is a terminal.
pub(super) fn show(line: &str) {
    let mut out = io::stderr().lock();
    if out.is_terminal() {
        // Where it cannot be shown, the work goes on.
        let _ = write!(out, "\r{line}\x1b[K").and_then(|()| out.flush());
    }
}

/// Does the work, and shows each step of it as this line.
pub(super) async fn watched<T>(
    work: impl Future<Output = T>,
    mut heard: watch::Receiver<Step>,
    line: impl Fn(Step) -> String,
) -> T {
    let mut work = pin!(work);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            Ok(()) = heard.changed() => show(&line(*heard.borrow_and_update())),
        }
    };
    clear();
    done
}

/// Takes the line away.
pub(super) fn clear() {
    show("");
}
