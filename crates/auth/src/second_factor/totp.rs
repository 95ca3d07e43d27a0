//! Codes that change with time (RFC 6238): HMAC-SHA-1, six digits, thirty seconds; what every authenticator app speaks.
//! Pure. Own code, since what matters here is which step a code belongs to: a step counts once.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use parlance_base::Time;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

/// As long as the MAC, as RFC 4226 recommends.
pub(super) const SECRET_BYTES: usize = 20;

const STEP_MILLIS: i64 = 30_000;

/// How many steps a code may be early or late: clocks differ, and people type slowly.
const WINDOW: i64 = 1;

const DIGITS: u32 = 6;

/// How our name shows in authenticator apps.
const ISSUER: &str = "Parlance";

/// What user and server share.
#[derive(Clone)]
pub(super) struct Secret(pub(super) [u8; SECRET_BYTES]);

impl Secret {
    /// The step after `used` whose code this is, among those that are good now.
    pub(super) fn step_of(&self, code: u32, now: Time, used: i64) -> Option<i64> {
        let now = now.millis().div_euclid(STEP_MILLIS);
        (now.saturating_sub(WINDOW)..=now.saturating_add(WINDOW))
            .find(|step| *step > used && self.code(*step) == code)
    }

    /// What people type who cannot scan.
    pub(super) fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// What authenticator apps scan.
    pub(super) fn uri(&self, account: &str) -> String {
        let (secret, account) = (self.base32(), utf8_percent_encode(account, NON_ALPHANUMERIC));
        format!(
            "otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={}",
            STEP_MILLIS / 1_000
        )
    }

    /// The code of a step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> u32 {
        // HMAC pads a key to its block with zeros (RFC 2104): done here, there is no length that could be wrong.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mac: [u8; 20] =
            Hmac::<Sha1>::new(&block.into()).chain_update(step.to_be_bytes()).finalize().into_bytes().into();
        let [.., last] = mac;
        let truncated = mac.iter().skip(usize::from(last & 0xf)).take(4);
        let number = truncated.fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
        (number & 0x7fff_ffff) % 10_u32.pow(DIGITS)
    }
}

/// The number that somebody typed as a code.
pub(super) fn read(text: &str) -> Option<u32> {
    let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Secret = Secret(*b"12345678901234567890");

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn codes_are_those_of_rfc_4226_and_rfc_6238() {
        let first =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (step, code) in (0..).zip(first) {
            assert_eq!(SECRET.code(step), code);
        }
        // RFC 6238, appendix B, the last six of its eight digits.
        for (seconds, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(SECRET.step_of(code, at(seconds), 0), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late_and_after_those_used() {
        let code = SECRET.code(100);
        let found = |seconds, used| SECRET.step_of(code, at(seconds), used);
        assert_eq!([found(2_969, 0), found(3_060, 0)], [None; 2]);
        assert_eq!([found(2_970, 0), found(3_000, 0), found(3_059, 99)], [Some(100); 3]);
        assert_eq!([found(3_000, 100), found(3_000, 101)], [None; 2]);
    }

    #[test]
    fn what_is_typed_is_six_digits() {
        assert_eq!(read("081804"), Some(81_804));
        for text in ["", "81804", "0081804", "+81804", "08180a", "٠٨١٨٠٤"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn apps_are_told_all_they_need() {
        assert_eq!(
            SECRET.uri("ann+x@example.org"),
            "otpauth://totp/Parlance:ann%2Bx%40example%2Eorg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Parlance&algorithm=SHA1&digits=6&period=30"
        );
    }
}
