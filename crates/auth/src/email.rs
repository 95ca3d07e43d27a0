//! E-mail addresses: which can be one. They are stored and compared as [`normalised`] writes them: the part before the `@`
//! could in theory depend on case; no mail server in use lets it.

use parlance_base::{Error, Kind, Result};
use parlance_workspace::normalised;

/// The longest address that mail can go to (RFC 5321, with its erratum 1690).
const MOST_BYTES: usize = 254;

/// Reads an address to which mail could go; whether it does, only mail can tell.
///
/// # Errors
/// 422 `user.invalid_email`.
pub(crate) fn read(text: &str) -> Result<String> {
    let email = normalised(text);
    let plain = !email.chars().any(|char| char.is_whitespace() || char.is_control());
    let parts = email.rsplit_once('@').filter(|(local, domain)| {
        (1..=64).contains(&local.len())
            && !local.contains('@')
            && domain.split('.').all(|label| !label.is_empty())
    });
    if plain && email.len() <= MOST_BYTES && parts.is_some() {
        return Ok(email);
    }
    Err(Error::new(Kind::Invalid, "user.invalid_email", "this is not an e-mail address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_form() {
        for text in ["Ann@Example.ORG", " ann@example.org\n"] {
            assert_eq!(read(text).unwrap(), "ann@example.org", "{text:?}");
        }
        assert!(read("ann+lists@localhost").is_ok());
    }

    #[test]
    fn what_mail_cannot_go_to_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}", "b.".repeat(130));
        for text in
            ["", "ann", "@example.org", "ann@", "ann@x..y", "a@b@c", "a n@b.c", "a\0@b.c", &long, &longer]
        {
            assert_eq!(read(text).unwrap_err().code(), "user.invalid_email", "{text:?}");
        }
    }
}
