//! The installation's secret, and the keys derived from it: one for each purpose, so that what one of them signed means
//! nothing to another (a refresh token is no cookie, a cookie no CSRF token).
//!
//! Keys are HMAC-SHA256 of the purpose's name under the secret: the expand step of HKDF (RFC 5869) for one block, which is
//! all there is to do where the secret is uniformly random already.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::seal::Seal;

/// What the host keeps secret: 32 random bytes, the same on every node and after every restart. Whoever has them can be
/// anybody; other ones end every sign-in.
pub struct Secrets {
    root: [u8; 32],
}

/// A key for one purpose.
pub(crate) struct Key(Hmac<Sha256>);

/// All keys of the crate.
pub(crate) struct Keys {
    /// Signs access tokens.
    pub(crate) access: [u8; 32],
    /// Signs refresh tokens.
    pub(crate) refresh: Key,
    /// Signs session cookies.
    pub(crate) session: Key,
    /// Makes the CSRF token of a sign-in.
    pub(crate) csrf: Key,
    /// Seals the secrets of second factors.
    pub(crate) second_factors: Seal,
}

impl Secrets {
    /// Takes 32 bytes from a cryptographic source of randomness.
    #[must_use]
    pub const fn new(root: [u8; 32]) -> Self {
        Self { root }
    }

    pub(crate) fn keys(&self) -> Keys {
        let root = Key::of(&self.root);
        let derived = |purpose: &str| root.sign(&[b"parlance/auth/v1/", purpose.as_bytes(), &[1]]);
        Keys {
            access: derived("access"),
            refresh: Key::of(&derived("refresh")),
            session: Key::of(&derived("session")),
            csrf: Key::of(&derived("csrf")),
            second_factors: Seal::new(&derived("second factors")),
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Key {
    fn of(bytes: &[u8; 32]) -> Self {
        // HMAC pads a key to its block with zeros (RFC 2104): done here, there is no length that could be wrong.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self(Hmac::new(&block.into()))
    }

    /// The MAC over the parts, one after the other: callers give parts of fixed lengths.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether this is the MAC over the parts; takes the same time wherever it differs.
    pub(crate) fn has_signed(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.over(parts).verify_slice(mac).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let keys = Secrets::new([7; 32]).keys();
        let of = |key: &Key| key.sign(&[b"same"]);
        let mut all = [keys.access, of(&keys.refresh), of(&keys.session), of(&keys.csrf)].to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn a_mac_is_that_of_rfc_4231() {
        // Test case 2, its key padded as HMAC itself would.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = Key::of(&key).sign(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert!(Key::of(&key).has_signed(&[b"what do ya want for nothing?"], &mac));
        assert!(!Key::of(&key).has_signed(&[b"what do ya want for nothing?"], &mac[..31]));
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(format!("{:?}", Secrets::new([7; 32])), "Secrets(…)");
    }
}
