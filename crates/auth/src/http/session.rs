//! The two cookies of a browser's session.

use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};

use crate::{SessionCookies, sign_in};

/// Holds the session.
pub(super) const SESSION: &str = "parlance_session";

/// Holds what pages send in `X-CSRF-Token`.
const CSRF: &str = "parlance_csrf";

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
    CookieJar::new().add(cookie(SESSION, cookies.session, true)).add(cookie(CSRF, cookies.csrf, false))
}
