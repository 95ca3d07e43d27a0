//! How far long work is, for somebody who watches.

use std::io::{self, IsTerminal as _, Write as _};

/// Shows it on one line, if standard error is a terminal.
pub(super) fn show(line: &str) {
    let mut out = io::stderr().lock();
    if out.is_terminal() {
        // Where it cannot be shown, the work goes on.
        let _ = write!(out, "\r{line}\x1b[K").and_then(|()| out.flush());
    }
}

/// Takes the line away.
pub(super) fn clear() {
    show("");
}
