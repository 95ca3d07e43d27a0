//! The vendor's side: the private key, and the keys that it signs. A server never has one.

use std::fmt;

use ed25519_dalek::{
    Signer as _, SigningKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding},
};

use super::{Key, KeyError, Trust, claims, jws};

/// Signs license keys. The private key is wiped from memory when it goes.
#[derive(Clone)]
pub struct Issuer(SigningKey);

/// The bytes are no private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an Ed25519 key in PKCS#8 PEM nor the 32 bytes of a seed")]
pub struct NoPrivateKey;

impl Issuer {
    /// The issuer with this seed, which must be random.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The issuer that the content of a file is: PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it, or the
    /// 32 bytes of a seed.
    ///
    /// # Errors
    /// [`NoPrivateKey`].
    pub fn read(content: &[u8]) -> Result<Self, NoPrivateKey> {
        if let Ok(seed) = content.try_into() {
            return Ok(Self::from_seed(seed));
        }
        let pem = std::str::from_utf8(content).map_err(|_| NoPrivateKey)?;
        SigningKey::from_pkcs8_pem(pem.trim_ascii()).map(Self).map_err(|_| NoPrivateKey)
    }

    /// The private key in PKCS#8 PEM.
    ///
    /// # Errors
    /// [`NoPrivateKey`] where it cannot be written so, which never happens.
    pub fn to_pem(&self) -> Result<String, NoPrivateKey> {
        // Without the public key, as OpenSSL writes it and every version of it reads it.
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        bytes.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).map_err(|_| NoPrivateKey)
    }

    /// Who trusts this issuer.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::holder_of(self.0.verifying_key())
    }

    /// The text of the key.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`] for what no key can say, [`KeyError::Malformed`] where it becomes too long.
    pub fn issue(&self, key: &Key) -> Result<String, KeyError> {
        self.sign(&claims::write(key)?)
    }

    fn sign(&self, payload: &[u8]) -> Result<String, KeyError> {
        let signed = jws::signing_input(payload);
        jws::compact(&signed, &self.0.sign(signed.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Issuer").field(&self.trust().public_key()).finish()
    }
}
