//! The payload of a key: its claims as they are written, and what they must keep to.

use parlance_base::Time;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Key, KeyError};
use crate::plan::Plan;

const MAX_ORG: usize = 200;
const MAX_WORD: usize = 64;
const MAX_FEATURES: usize = 64;
const MAX_SEATS: i64 = 1_000_000_000;

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A claim that this release does not know may take something back, so a key that has one is not read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    lid: String,
    org: String,
    plan: Plan,
    /// Null says that there is no limit; to say nothing is no way to say that.
    #[serde(deserialize_with = "present")]
    seats: Option<i64>,
    features: Vec<String>,
    /// Seconds since 1970, as in every JWT.
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The key that the payload says.
pub(super) fn read(payload: &[u8]) -> Result<Key, KeyError> {
    let unreadable = |reason: String| KeyError::Unreadable(reason);
    let claims: Claims = serde_json::from_slice(payload).map_err(|error| unreadable(error.to_string()))?;
    claims.check().map_err(unreadable)?;
    Ok(Key {
        lid: claims.lid,
        org: claims.org,
        plan: claims.plan,
        seats: claims.seats,
        features: claims.features,
        issued_at: moment(claims.iat),
        valid_from: moment(claims.nbf),
        valid_until: moment(claims.exp),
    })
}

/// The payload that says this key.
pub(super) fn write(key: &Key) -> Result<Vec<u8>, KeyError> {
    let claims = Claims {
        lid: key.lid.clone(),
        org: key.org.clone(),
        plan: key.plan,
        seats: key.seats,
        features: key.features.clone(),
        iat: second(key.issued_at),
        nbf: second(key.valid_from),
        exp: second(key.valid_until),
    };
    claims.check().map_err(KeyError::Unreadable)?;
    serde_json::to_vec(&claims).map_err(|error| KeyError::Unreadable(error.to_string()))
}

impl Claims {
    fn check(&self) -> Result<(), String> {
        let is_time = |second: &i64| (0..=LAST_SECOND).contains(second);
        let fits = [
            ("lid", is_word(&self.lid)),
            (
                "org",
                (1..=MAX_ORG).contains(&self.org.chars().count()) && !self.org.contains(char::is_control),
            ),
            ("seats", self.seats.is_none_or(|seats| (1..=MAX_SEATS).contains(&seats))),
            (
                "features",
                self.features.len() <= MAX_FEATURES && self.features.iter().all(|name| is_word(name)),
            ),
            ("iat", is_time(&self.iat)),
            ("nbf", is_time(&self.nbf)),
            ("exp", is_time(&self.exp) && self.nbf < self.exp),
        ];
        match fits.iter().find(|(_, fits)| !fits) {
            Some((claim, _)) => Err(format!("the claim {claim} is not one that a key can make")),
            None => Ok(()),
        }
    }
}

fn is_word(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_WORD).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Reads what may be null, and must be there.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(from)
}

const fn moment(second: i64) -> Time {
    Time::from_millis(second.saturating_mul(1_000))
}

const fn second(moment: Time) -> i64 {
    moment.millis().div_euclid(1_000)
}
