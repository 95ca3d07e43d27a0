//! An authenticator app, written from RFC 6238 for the tests.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::{
    node::{Answer, Node},
    support::{PASSWORD, World},
};

/// An app that was given a secret.
pub(crate) struct Authenticator {
    secret: Vec<u8>,
}

impl Authenticator {
    pub(crate) fn new(base32: &str) -> Self {
        Self { secret: BASE32_NOPAD.decode(base32.as_bytes()).unwrap() }
    }

    /// Its secret, as somebody could write it.
    pub(crate) fn spellings(&self) -> [String; 4] {
        [
            BASE32_NOPAD.encode(&self.secret),
            HEXLOWER.encode(&self.secret),
            BASE64_NOPAD.encode(&self.secret),
            BASE64URL_NOPAD.encode(&self.secret),
        ]
    }

    /// What it shows now; `away` steps later or earlier where that is asked.
    pub(crate) fn code(&self, world: &World, away: i64) -> String {
        let step = parlance_base::Clock::now(&*world.clock).millis() / 30_000 + away;
        let mac = Hmac::<Sha1>::new_from_slice(&self.secret).unwrap().chain_update(step.to_be_bytes());
        let mac = mac.finalize().into_bytes();
        let at = usize::from(mac[19] & 0xf);
        let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Switches the user's second factor on; their app, and their recovery codes.
pub(crate) async fn enrol(world: &World, node: &Node, login: &Answer) -> (Authenticator, Vec<String>) {
    let ask = |path| node.ask("POST", path).bearer(login.access_token());
    let begun = ask("/totp").json(json!({"password": PASSWORD})).await.is(200).body;
    let app = Authenticator::new(begun["secret"].as_str().unwrap());
    let confirmed = ask("/totp/confirm").json(json!({"code": app.code(world, 0)})).await.is(200).body;
    (app, codes(&confirmed))
}

pub(crate) fn codes(body: &Value) -> Vec<String> {
    serde_json::from_value(body["recovery_codes"].clone()).unwrap()
}

pub(crate) async fn login(node: &Node, email: &str, password: &str, code: Option<&str>) -> Answer {
    let mut body = json!({"email": email, "password": password});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    node.post("/login", body).await
}
