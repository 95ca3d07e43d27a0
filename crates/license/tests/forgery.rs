//! Whatever is handed in as a key: nothing panics, and nothing passes but what was signed.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_base::Time;
use parlance_license::{Key, Plan};
use proptest::prelude::*;

use crate::support::{issuer, signed};

fn any_key() -> impl Strategy<Value = Key> {
    let words = proptest::collection::vec("[a-z_]{1,64}", 0..8);
    let seats = proptest::option::of(1_i64..1_000_000_000);
    let times = (0_i64..4_000_000_000, 0_i64..4_000_000_000, 1_i64..4_000_000_000);
    ("[A-Za-z0-9_-]{1,64}", "[^\\p{Cc}]{1,200}", 0..Plan::ALL.len(), seats, words, times).prop_map(
        |(lid, org, plan, seats, features, (iat, nbf, lasts))| Key {
            lid,
            org,
            plan: Plan::ALL[plan],
            seats,
            features,
            issued_at: Time::from_millis(iat * 1_000),
            valid_from: Time::from_millis(nbf * 1_000),
            valid_until: Time::from_millis((nbf + lasts) * 1_000),
        },
    )
}

fn refused(text: &str) -> Result<(), TestCaseError> {
    let read = Key::verify(text, &issuer().trust());
    prop_assert!(read.is_err(), "{text} is {read:?}");
    let _ = Key::claimed(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_key_is_read_as_it_was_issued(key in any_key()) {
        prop_assert_eq!(Key::verify(&signed(&key), &issuer().trust()), Ok(key));
    }

    #[test]
    fn any_text_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..6_000)) {
        refused(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn anything_in_the_form_of_a_key_is_refused(
        header in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..80)),
        payload in proptest::collection::vec(any::<u8>(), 0..600),
        signature in proptest::collection::vec(any::<u8>(), 60..68),
    ) {
        let header = header.unwrap_or_else(|| br#"{"alg":"EdDSA","typ":"parlance-license"}"#.to_vec());
        refused(&[header, payload, signature].map(|part| BASE64.encode(part)).join("."))?;
    }

    #[test]
    fn a_changed_letter_is_refused(key in any_key(), at in any::<prop::sample::Index>(), letter in "[ -~]") {
        let text = signed(&key);
        let at = at.index(text.len());
        let changed = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
        prop_assume!(changed.trim_ascii() != text);
        refused(&changed)?;
    }

    #[test]
    fn a_letter_more_or_less_is_refused(key in any_key(), at in any::<prop::sample::Index>(), letter in "[!-~]") {
        let text = signed(&key);
        let at = at.index(text.len());
        refused(&format!("{}{letter}{}", &text[..at], &text[at..]))?;
        refused(&format!("{}{}", &text[..at], &text[at + 1..]))?;
    }

    #[test]
    fn another_payload_under_the_same_signature_is_refused(one in any_key(), other in any_key()) {
        prop_assume!(one != other);
        let (one, other) = (signed(&one), signed(&other));
        let (signed, _) = one.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        refused(&format!("{signed}.{signature}"))?;
    }
}
