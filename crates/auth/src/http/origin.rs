//! What a browser's request must show beside its cookie, since browsers send cookies along with what other pages ask for.
//!
//! A page of ours knows the CSRF token and sends it with every write. An `Origin` that is there must be one we know. A socket
//! is opened by a GET that no CSRF token can go with, so there the `Origin` must be there as well.

use axum::http::{HeaderName, Method, header, request::Parts};
use parlance_base::{Error, Kind, Result, SignInId};

use crate::{Auth, cookie};

const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// Refuses what a page of somebody else's could have made a browser send.
///
/// # Errors
/// 403 `origin.refused`, `csrf.refused`.
pub(super) fn check(auth: &Auth, sign_in: SignInId, origin: Option<&str>, request: &Parts) -> Result<()> {
    let is_known = match origin {
        Some(origin) => auth.core.origins.allows(origin),
        // One that is no text is there all the same.
        None => !request.headers.contains_key(header::ORIGIN) && !opens_socket(request),
    };
    if !is_known {
        return Err(refused("origin.refused", "pages of this origin may not use the session"));
    }
    let has_token = || {
        let token = request.headers.get(CSRF_TOKEN).and_then(|token| token.to_str().ok());
        token.is_some_and(|token| cookie::is_csrf(&auth.core.keys, sign_in, token))
    };
    if writes(&request.method) && !has_token() {
        return Err(refused("csrf.refused", "send the value of the cookie parlance_csrf in X-CSRF-Token"));
    }
    Ok(())
}

fn writes(method: &Method) -> bool {
    ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn opens_socket(request: &Parts) -> bool {
    request.headers.contains_key(header::UPGRADE) || request.headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(Kind::Forbidden, code, message)
}
