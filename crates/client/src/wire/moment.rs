//! Moments, which the wire writes in RFC 3339 and this client has as [`Time`].

use parlance_base::Time;
use serde::{Deserialize, Deserializer, de::Error};

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

pub(super) fn read_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    Option::<String>::deserialize(deserializer)?.as_deref().map(parse).transpose()
}

fn parse<E: Error>(text: &str) -> Result<Time, E> {
    Time::parse_rfc3339(text).map_err(|_| E::custom("not a moment in RFC 3339"))
}
