//! What is said against requests that cannot be read.

use axum::extract::rejection::BytesRejection;
use parlance_base::{Error, Kind};

/// A body that did not arrive whole.
pub(crate) fn of_bytes(rejection: &BytesRejection) -> Error {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Error::new(Kind::TooLarge, "request.too_large", "the body is larger than this route takes");
    }
    Error::new(Kind::Malformed, "request.malformed", "the body did not arrive whole")
}

/// JSON that does not parse, or does not say what it should.
pub(crate) fn of_json(error: &serde_json::Error) -> Error {
    let message = error.to_string();
    if !error.is_data() {
        return Error::new(Kind::Malformed, "request.malformed", format!("the body is not JSON: {message}"));
    }
    invalid(message)
}

/// A query that does not say what it should.
pub(crate) fn of_query(message: String) -> Error {
    invalid(message.trim_start_matches("Failed to deserialize query string: ").to_owned())
}

fn invalid(message: String) -> Error {
    let unknown = message.contains("unknown field");
    Error::new(Kind::Invalid, if unknown { "request.unknown_field" } else { "request.invalid" }, message)
}
