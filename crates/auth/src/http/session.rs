//! The two cookies of a browser's session.

use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};

use crate::{SessionCookies, sign_in};

/// Holds the session where cookies may travel in the clear.
const PLAIN_SESSION: &str = "parlance_session";

/// Holds the session elsewhere: by the prefix, browsers take it from this host alone, over TLS (RFC 6265bis, section 4.1.3.2),
/// so that neither a neighbouring subdomain nor somebody on the way can plant one.
const HOST_SESSION: &str = "__Host-parlance_session";

/// Holds what pages send in `X-CSRF-Token`.
const CSRF: &str = "parlance_csrf";

/// What the cookie is called that holds the session.
pub(super) const fn name(is_plain_loopback: bool) -> &'static str {
    if is_plain_loopback { PLAIN_SESSION } else { HOST_SESSION }
}

/// The cookies of a new session. They stay as long as a sign-in that nobody refreshes.
pub(super) fn given(cookies: SessionCookies, is_plain_loopback: bool) -> CookieJar {
    let lasts = i64::try_from(sign_in::LIFETIME.as_secs()).unwrap_or(i64::MAX);
    both(cookies, is_plain_loopback, lasts)
}

/// What takes the cookies back.
pub(super) fn taken_back(is_plain_loopback: bool) -> CookieJar {
    both(SessionCookies { session: String::new(), csrf: String::new() }, is_plain_loopback, 0)
}

fn both(cookies: SessionCookies, is_plain_loopback: bool, seconds: i64) -> CookieJar {
    let cookie = |name: &'static str, value: String, http_only: bool| {
        Cookie::build((name, value))
            .path("/")
            .http_only(http_only)
            .secure(!is_plain_loopback)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::seconds(seconds))
            .build()
    };
    let session = cookie(name(is_plain_loopback), cookies.session, true);
    CookieJar::new().add(session).add(cookie(CSRF, cookies.csrf, false))
}
