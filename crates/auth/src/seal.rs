//! Sealing: what the store keeps for us but must not be able to read.
//!
//! XChaCha20-Poly1305 under a key derived from the installation's secret. Its nonces are long enough to be random. What a
//! text is about goes into its authentication: moved to another user's document, it does not open.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD as BASE64};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use parlance_base::{Error, Ids, Result};
use serde::{Deserialize, Serialize};

const NONCE_BYTES: usize = 24;

/// Seals and opens for one purpose.
pub(crate) struct Seal(XChaCha20Poly1305);

/// A sealed text, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sealed(String);

impl Seal {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&(*key).into()))
    }

    /// `plain`, which only this key opens, and only where it is said to be about the same.
    ///
    /// # Errors
    /// `secret.unsealable`, a fault of ours, for more than the cipher can take.
    pub(crate) fn seal(&self, plain: &[u8], about: &[u8], ids: &Ids) -> Result<Sealed> {
        let nonce = ids.random::<NONCE_BYTES>();
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: about });
        let sealed = sealed.map_err(|_| Error::internal("secret.unsealable", "a secret cannot be sealed"))?;
        Ok(Sealed(BASE64.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// What was sealed; none where it was another key, about something else, or touched since.
    pub(crate) fn open(&self, Sealed(text): &Sealed, about: &[u8]) -> Option<Vec<u8>> {
        let bytes = BASE64.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: about }).ok()
    }
}

impl Sealed {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_for_what_it_is_about_and_unchanged() {
        let ids = Ids::new(Arc::new(parlance_base::SystemClock)).unwrap();
        let (seal, other) = (Seal::new(&[1; 32]), Seal::new(&[2; 32]));
        let sealed = seal.seal(b"a secret", b"ann", &ids).unwrap();
        assert_eq!(seal.open(&sealed, b"ann").as_deref(), Some(&b"a secret"[..]));
        assert_eq!((seal.open(&sealed, b"ben"), other.open(&sealed, b"ann")), (None, None));
        let mut bytes = BASE64.decode(sealed.as_str()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(seal.open(&Sealed(BASE64.encode(bytes)), b"ann"), None);
        assert_eq!(seal.open(&Sealed("no base64".to_owned()), b"ann"), None);
        assert_ne!(seal.seal(b"a secret", b"ann", &ids).unwrap().as_str(), sealed.as_str());
        assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    }
}
