//! What the session cookie holds, and the token that goes with it.
//!
//! The cookie names the sign-in and carries a MAC over that name, without the generation that refreshing counts: a browser
//! sends the same cookie with many requests at once and from many tabs, so a value that changed under them would end the
//! session of who did nothing wrong. It need not change either: scripts cannot read it, every request asks the store
//! whether the sign-in still holds, and it ends where the sign-in ends. The MAC saves the store from being asked about
//! made-up sign-ins.
//!
//! The CSRF token is another MAC over the same sign-in. The server compares it with what it computes itself, not with a
//! second cookie, so whoever can plant cookies (a page on a neighbouring subdomain) still cannot make one that fits.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_base::{Error, Kind, Result, SignInId};

use crate::secrets::Keys;

/// What the session cookie of this sign-in holds.
pub(crate) fn session(keys: &Keys, sign_in: SignInId) -> String {
    format!("{sign_in}.{}", BASE64.encode(keys.session.sign(&[sign_in.uuid().as_bytes()])))
}

/// The sign-in that a session cookie names.
///
/// # Errors
/// 401 `auth.invalid_session` for what we did not write.
pub(crate) fn read_session(keys: &Keys, text: &str) -> Result<SignInId> {
    let read = || {
        let (id, mac) = text.split_once('.')?;
        let (id, mac) = (id.parse::<SignInId>().ok()?, BASE64.decode(mac).ok()?);
        keys.session.has_signed(&[id.uuid().as_bytes()], &mac).then_some(id)
    };
    read().ok_or_else(|| {
        Error::new(Kind::Unauthenticated, "auth.invalid_session", "this is not a session of ours")
    })
}

/// What pages of this sign-in send in `X-CSRF-Token`.
pub(crate) fn csrf(keys: &Keys, sign_in: SignInId) -> String {
    BASE64.encode(keys.csrf.sign(&[sign_in.uuid().as_bytes()]))
}

/// Whether this is the CSRF token of the sign-in; takes the same time wherever it differs.
pub(crate) fn is_csrf(keys: &Keys, sign_in: SignInId, text: &str) -> bool {
    BASE64.decode(text).is_ok_and(|mac| keys.csrf.has_signed(&[sign_in.uuid().as_bytes()], &mac))
}
