//! Recovery codes: what lets somebody in whose authenticator is lost. Each has 80 random bits, so that a plain hash hides
//! it: there is nothing to guess.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD as BASE64};
use data_encoding::BASE32_NOPAD;
use parlance_base::{Ids, UserId};
use sha2::{Digest, Sha256};

/// How many somebody gets.
const COUNT: usize = 10;

const BYTES: usize = 10;

/// A recovery code.
#[derive(Clone, Copy)]
pub(super) struct RecoveryCode([u8; BYTES]);

impl RecoveryCode {
    /// A new set of them.
    pub(super) fn some(ids: &Ids) -> Vec<Self> {
        (0..COUNT).map(|_| Self(ids.random())).collect()
    }

    /// What somebody typed, with or without hyphens, in either case.
    pub(super) fn read(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|char| !matches!(char, '-' | ' ')).collect();
        let bytes = BASE32_NOPAD.decode(plain.to_ascii_uppercase().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As people keep it: four times four characters.
    pub(super) fn text(self) -> String {
        let mut text = BASE32_NOPAD.encode(&self.0);
        for at in [12, 8, 4] {
            text.insert(at, '-');
        }
        text
    }

    /// What is stored of it.
    pub(super) fn hash(self, user: UserId) -> String {
        let hash = Sha256::new().chain_update(b"parlance/recovery/v1").chain_update(user.uuid());
        BASE64.encode(hash.chain_update(self.0).finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        assert_eq!(code.text(), "ABCD-EFGH-IJKL-MNOP");
        for text in ["ABCD-EFGH-IJKL-MNOP", "abcdefghijklmnop", " ABCD EFGH IJKL MNOP "] {
            assert_eq!(RecoveryCode::read(text).map(|code| code.0), Some(code.0), "{text:?}");
        }
        for text in ["", "ABCD", "ABCD-EFGH-IJKL-MNOPA", "ABCD-EFGH-IJKL-MNO1", "ÄBCDEFGHIJKLMNOP"] {
            assert!(RecoveryCode::read(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_hash_is_of_the_code_and_the_user() {
        let (ann, ben) = (UserId::derived(&["ann"]), UserId::derived(&["ben"]));
        let code = RecoveryCode([1; BYTES]);
        assert_eq!(code.hash(ann), code.hash(ann));
        assert_ne!(code.hash(ann), code.hash(ben));
        assert_ne!(code.hash(ann), RecoveryCode([2; BYTES]).hash(ann));
    }
}
