//! What an attempt to connect ended with, in the terms of a socket that was closed.

use crate::Error;

/// The code that the connection, or the attempt at one, ended with. Who is refused over HTTP might as well have been
/// refused by closing; what a proxy says means nothing here.
pub(super) fn code_of(error: &Error) -> Option<u16> {
    match error {
        Error::Closed { code, .. } => *code,
        Error::SignedOut => Some(4001),
        Error::Api { code, .. } if code.starts_with("http.") => None,
        Error::Api { status: 401, .. } => Some(4001),
        Error::Api { status: 403 | 404, .. } => Some(4003),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Error {
        let (code, message) = (code.to_owned(), String::new());
        Error::Api { status, code, message, request_id: None, retry_after: None }
    }

    #[test]
    fn a_refusal_over_http_counts_like_the_close_code() {
        for (error, code) in [
            (refused(401, "auth.invalid_token"), Some(4001)),
            (refused(403, "workspace.insufficient_role"), Some(4003)),
            (refused(404, "workspace.not_found"), Some(4003)),
            (refused(404, "http.404"), None),
            (refused(503, "store.unavailable"), None),
            (Error::SignedOut, Some(4001)),
            (Error::TimedOut, None),
            (Error::Closed { code: Some(4010), reason: String::new() }, Some(4010)),
        ] {
            assert_eq!(code_of(&error), code, "{error}");
        }
    }
}
