//! Which texts are keys, and when.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey};
use parlance_base::{Error, Kind, Time};
use parlance_license::{Issuer, Key, KeyError, MAX_KEY, NoPrivateKey, Plan, Trust};

use crate::support::{DAY, issuer, key, signed};

const NOW: Time = Time::from_millis(1_795_253_400_000);

fn verify(text: &str) -> Result<Key, KeyError> {
    Key::verify(text, &issuer().trust())
}

#[test]
fn what_was_issued_is_what_is_read() {
    let plain = key("lic-1", Plan::Business, NOW);
    let rich = Key {
        org: "Ünïcode & Sons “Ltd”".to_owned(),
        seats: None,
        features: vec!["sso".to_owned(), "of_the_future".to_owned()],
        ..plain.clone()
    };
    for key in [plain, rich] {
        let text = signed(&key);
        assert_eq!(verify(&text), Ok(key.clone()));
        assert_eq!(verify(&format!("\n  {text}\r\n")), Ok(key.clone()), "pasted with white space");
        assert_eq!(Key::claimed(&text), Ok(key));
    }
}

#[test]
fn a_text_of_another_form_is_no_key() {
    let text = signed(&key("lic-1", Plan::Team, NOW));
    let parts: Vec<_> = text.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let with_header = |json: &str| format!("{}.{payload}.{signature}", BASE64.encode(json));
    for (text, why) in [
        (String::new(), "nothing"),
        ("x".to_owned(), "a word"),
        (format!("{header}.{payload}"), "two parts"),
        (format!("{text}."), "four parts"),
        (format!("{header}.{payload}.{signature}=="), "padding"),
        (format!("{header}.{payload}. {signature}"), "white space within"),
        (format!("{header}.{payload}.{}", &signature[..80]), "a short signature"),
        (format!("{header}.{payload}."), "no signature"),
        (format!("{header}.{payload}.{}", "A".repeat(MAX_KEY)), "too long"),
        (with_header(r#"{"alg":"none"}"#), "no algorithm"),
        (with_header(r#"{"alg":"none","typ":"parlance-license"}"#), "no algorithm, but the type"),
        (with_header(r#"{"alg":"HS256","typ":"parlance-license"}"#), "another algorithm"),
        (with_header(r#"{"alg":"Ed25519","typ":"parlance-license"}"#), "another name"),
        (with_header(r#"{"alg":"eddsa","typ":"parlance-license"}"#), "another case"),
        (with_header(r#"{"alg":"EdDSA"}"#), "no type"),
        (with_header(r#"{"alg":"EdDSA","typ":"JWT"}"#), "another type"),
        (with_header(r#"{"alg":"EdDSA","typ":"parlance-license","crit":["x"],"x":1}"#), "critical"),
        (with_header(r#"{"alg":"EdDSA","typ":"parlance-license","jwk":{}}"#), "a key of its own"),
        (with_header(r#"{"alg":"EdDSA","typ":"parlance-license"} "#), "a space more"),
    ] {
        assert!(matches!(verify(&text), Err(KeyError::Malformed(_))), "{why}: {:?}", verify(&text));
    }
}

#[test]
fn there_is_one_text_for_a_key() {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = signed(&key("lic-1", Plan::Team, NOW));
    let (rest, last) = text.split_at(text.len() - 1);
    // The last letter of 64 bytes has four bits that stand for nothing: other ones would be another text for them.
    let at = LETTERS.find(last).unwrap();
    for unused in 1..16 {
        let same_bytes = format!("{rest}{}", &LETTERS[at + unused..=at + unused]);
        assert!(matches!(verify(&same_bytes), Err(KeyError::Malformed(_))), "{same_bytes}");
    }
}

/// A text signed as a key is, whatever it says.
fn signed_anyhow(payload: &str) -> String {
    let header = BASE64.encode(br#"{"alg":"EdDSA","typ":"parlance-license"}"#);
    let signed = format!("{header}.{}", BASE64.encode(payload));
    let key = SigningKey::from_bytes(b"PARLANCE TEST KEY: TRUST NOBODY!");
    format!("{signed}.{}", BASE64.encode(key.sign(signed.as_bytes()).to_bytes()))
}

#[test]
fn a_genuine_key_that_says_what_this_release_does_not_know_is_not_read() {
    let good =
        r#"{"lid":"a","org":"A","plan":"team","seats":null,"features":["sso"],"iat":1,"nbf":1,"exp":2}"#;
    assert_eq!(verify(&signed_anyhow(good)).unwrap().seats, None);
    for (from, to) in [
        (r#""exp":2"#, r#""exp":2,"host":"a.example""#),
        (r#""exp":2"#, r#""exp":2,"exp":3"#),
        (r#""exp":2"#, r#""exp":2.5"#),
        (r#""exp":2"#, r#""exp":99999999999999999999"#),
        (r#""plan":"team""#, r#""plan":"galactic""#),
        (r#""seats":null,"#, ""),
        (r#""seats":null"#, r#""seats":"many""#),
        (r#""seats":null"#, r#""seats":0"#),
        (r#"["sso"]"#, r#"["s s o"]"#),
        (good, "[]"),
        (good, "null"),
        (good, ""),
    ] {
        let said = good.replace(from, to);
        assert_ne!(said, good);
        let read = verify(&signed_anyhow(&said));
        assert!(matches!(read, Err(KeyError::Unreadable(_))), "{said}: {read:?}");
    }
}

#[test]
fn what_somebody_else_signed_or_changed_is_refused_and_told_apart() {
    let mine = key("lic-1", Plan::Team, NOW);
    let theirs = Issuer::from_seed(&[7; 32]).issue(&mine).unwrap();
    assert_eq!(verify(&theirs), Err(KeyError::Untrusted));
    assert_eq!(Key::claimed(&theirs), Ok(mine.clone()), "it can be shown all the same");
    let better = signed(&Key { plan: Plan::Enterprise, ..mine.clone() });
    let (text, better): (Vec<_>, Vec<_>) = (
        signed(&mine).split('.').map(str::to_owned).collect(),
        better.split('.').map(str::to_owned).collect(),
    );
    assert_eq!(verify(&[&*text[0], &*better[1], &*text[2]].join(".")), Err(KeyError::Untrusted));
    if Trust::built_in().public_key().is_none() {
        assert_eq!(Key::verify(&signed(&mine), &Trust::built_in()), Err(KeyError::NoIssuer));
    } else {
        assert_eq!(Key::verify(&signed(&mine), &Trust::built_in()), Err(KeyError::Untrusted));
    }
}

#[test]
fn a_key_has_its_time() {
    let text = signed(&key("lic-1", Plan::Team, NOW));
    let key = verify(&text).unwrap();
    let (end, second) = (NOW.after(30 * DAY), DAY / 86_400);
    for (now, expected) in [
        (NOW.before(second), Err(KeyError::NotYetValid(NOW))),
        (NOW, Ok(())),
        (end.before(second), Ok(())),
        (end, Err(KeyError::Expired(end))),
    ] {
        assert_eq!(key.check_at(now), expected, "{}", now.to_rfc3339());
    }
}

#[test]
fn nothing_is_issued_that_would_not_be_read() {
    let good = key("lic-1", Plan::Team, NOW);
    let many = |length: usize| "x".repeat(length);
    for (bad, why) in [
        (Key { lid: String::new(), ..good.clone() }, "no id"),
        (Key { lid: "lic 1".to_owned(), ..good.clone() }, "a space in the id"),
        (Key { lid: many(65), ..good.clone() }, "a long id"),
        (Key { org: String::new(), ..good.clone() }, "nobody"),
        (Key { org: many(201), ..good.clone() }, "a long name"),
        (Key { org: "a\u{1b}[2Jb".to_owned(), ..good.clone() }, "a name that clears the screen"),
        (Key { seats: Some(0), ..good.clone() }, "no seats"),
        (Key { seats: Some(-1), ..good.clone() }, "less than no seats"),
        (Key { features: vec!["a b".to_owned()], ..good.clone() }, "no feature's name"),
        (Key { features: vec!["a".to_owned(); 65], ..good.clone() }, "many features"),
        (Key { valid_until: NOW, ..good.clone() }, "no time"),
        (Key { valid_until: Time::from_millis(i64::MAX), ..good.clone() }, "no date"),
        (Key { issued_at: Time::from_millis(-1), ..good.clone() }, "before 1970"),
    ] {
        assert!(matches!(issuer().issue(&bad), Err(KeyError::Unreadable(_))), "{why}");
    }
    let long = vec![many(64); 64];
    assert!(matches!(issuer().issue(&Key { features: long, ..good }), Err(KeyError::Malformed(_))));
}

#[test]
fn each_reason_has_its_code() {
    for (error, code) in [
        (KeyError::Malformed("x"), "license.key_malformed"),
        (KeyError::Untrusted, "license.key_untrusted"),
        (KeyError::NoIssuer, "license.no_issuer"),
        (KeyError::Unreadable(String::new()), "license.key_unreadable"),
        (KeyError::NotYetValid(NOW), "license.key_not_yet_valid"),
        (KeyError::Expired(NOW), "license.key_expired"),
    ] {
        let error = Error::from(error);
        assert_eq!((error.kind(), error.code()), (Kind::Invalid, code));
    }
}

#[test]
fn a_private_key_is_read_from_pem_and_from_a_seed_and_never_shown() {
    let pem = issuer().to_pem().unwrap();
    for content in [pem.as_bytes(), b"PARLANCE TEST KEY: TRUST NOBODY!", format!("\n{pem}\n").as_bytes()] {
        assert_eq!(Issuer::read(content).unwrap().trust(), issuer().trust());
    }
    // As OpenSSL 3 writes it.
    let openssl = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIFBBUkxBTkNFIFRFU1QgS0VZOiBUUlVTVCBOT0JPRFkh\n\
        -----END PRIVATE KEY-----\n";
    assert_eq!(pem, openssl);
    for nonsense in
        [b"".as_slice(), b"short", &[0; 33], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
    {
        assert_eq!(Issuer::read(nonsense).err(), Some(NoPrivateKey));
    }
    let shown = format!("{:?}", issuer());
    assert!(
        shown.contains(&issuer().trust().public_key().unwrap()) && !shown.contains("PARLANCE"),
        "{shown}"
    );
}
