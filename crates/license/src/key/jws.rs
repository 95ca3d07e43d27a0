//! The compact form of a key: `header.payload.signature`, each in base64url.
//!
//! There is one header, byte for byte, and one way to write each part. So there is no algorithm to choose, no `none`, no
//! `crit`, no key in the header, and no two texts that are one key.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

use super::KeyError;

/// How long the text of a key may be, in bytes.
pub const MAX_KEY: usize = 4_096;

/// The type keeps apart what is signed for other purposes with the same key (RFC 8725, section 3.11).
const HEADER: &[u8] = br#"{"alg":"EdDSA","typ":"parlance-license"}"#;

/// A text of the right form; who signed it is not known yet.
pub(super) struct Token<'a> {
    /// What the signature is about.
    pub(super) signed: &'a str,
    pub(super) payload: Vec<u8>,
    pub(super) signature: [u8; 64],
}

pub(super) fn parse(text: &str) -> Result<Token<'_>, KeyError> {
    let text = text.trim_ascii();
    if text.len() > MAX_KEY {
        return Err(KeyError::Malformed("it is too long"));
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(KeyError::Malformed("it has no parts"))?;
    let (header, payload) = signed.split_once('.').ok_or(KeyError::Malformed("it has two parts"))?;
    if decode(header)? != HEADER {
        return Err(KeyError::Malformed("its header is another one"));
    }
    let payload = decode(payload)?;
    let signature = decode(signature)?.try_into();
    let signature = signature.map_err(|_| KeyError::Malformed("its signature has another length"))?;
    Ok(Token { signed, payload, signature })
}

/// What is signed of a key with this payload.
pub(super) fn signing_input(payload: &[u8]) -> String {
    format!("{}.{}", BASE64.encode(HEADER), BASE64.encode(payload))
}

/// The key: what was signed, and the signature.
pub(super) fn compact(signed: &str, signature: &[u8; 64]) -> Result<String, KeyError> {
    let text = format!("{signed}.{}", BASE64.encode(signature));
    if text.len() > MAX_KEY { Err(KeyError::Malformed("it is too long")) } else { Ok(text) }
}

/// Refuses padding, other alphabets, and bits that stand for nothing.
fn decode(part: &str) -> Result<Vec<u8>, KeyError> {
    BASE64.decode(part).map_err(|_| KeyError::Malformed("a part is not base64url without padding"))
}
