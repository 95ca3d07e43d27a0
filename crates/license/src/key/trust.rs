//! Whose keys count.

use ed25519_dalek::{Signature, VerifyingKey};

use super::{KeyError, jws::Token};

/// The public key that the build was given, in the variable `PARLANCE_LICENSE_PUBLIC_KEY` of its environment: 64
/// hexadecimal digits. It becomes part of the program; one that runs reads no such variable.
const BUILT_IN: Option<[u8; 32]> = match option_env!("PARLANCE_LICENSE_PUBLIC_KEY") {
    Some(digits) => Some(from_hex(digits)),
    None => None,
};

/// The one issuer whose keys count, or nobody.
///
/// Which one is settled when the program is built. A program of one's own can be written to trust another; no setting,
/// flag or variable makes a running server do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust(Option<VerifyingKey>);

impl Trust {
    /// Whom this build trusts: nobody, where it was built without a public key.
    #[must_use]
    pub fn built_in() -> Self {
        Self(BUILT_IN.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()))
    }

    /// Trusts the holder of the private key to this public one.
    pub(super) const fn holder_of(public: VerifyingKey) -> Self {
        Self(Some(public))
    }

    /// The public key in 64 hexadecimal digits; none where nobody is trusted.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        let hex = |key: VerifyingKey| key.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.map(hex)
    }

    /// Nothing, where the issuer signed the token. `verify_strict` also refuses public keys and signatures that fit
    /// several messages.
    pub(super) fn check(&self, token: &Token<'_>) -> Result<(), KeyError> {
        let key = self.0.ok_or(KeyError::NoIssuer)?;
        let signature = Signature::from_bytes(&token.signature);
        key.verify_strict(token.signed.as_bytes(), &signature).map_err(|_| KeyError::Untrusted)
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::built_in()
    }
}

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it, and a wrong index ends the build")]
const fn from_hex(digits: &str) -> [u8; 32] {
    let (digits, mut bytes, mut at) = (digits.as_bytes(), [0; 32], 0);
    assert!(digits.len() == 64, "PARLANCE_LICENSE_PUBLIC_KEY must be 64 hexadecimal digits");
    while at < bytes.len() {
        bytes[at] = digit(digits[2 * at]) << 4 | digit(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn digit(digit: u8) -> u8 {
    assert!(digit.is_ascii_hexdigit(), "PARLANCE_LICENSE_PUBLIC_KEY must be 64 hexadecimal digits");
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_in_both_cases() {
        let bytes = from_hex("00FFab0100000000000000000000000000000000000000000000000000000010");
        assert_eq!((bytes[..4].to_vec(), bytes[31]), (vec![0, 255, 0xab, 1], 16));
    }

    #[test]
    fn the_built_in_key_is_one() {
        assert_eq!(Trust::built_in().public_key().is_some(), BUILT_IN.is_some());
    }
}
