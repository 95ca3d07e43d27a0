//! Moments, which the wire writes in RFC 3339 and this client has as [`Time`].

use parlance_base::Time;
use serde::{Deserialize, Deserializer, Serialize as _, Serializer, de::Error};

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

pub(super) fn read_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    Option::<String>::deserialize(deserializer)?.as_deref().map(parse).transpose()
}

/// What is given; null, where that is that there is none.
#[expect(clippy::ref_option, reason = "serde asks for it like this")]
pub(super) fn write_given<S: Serializer>(
    given: &Option<Option<Time>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    given.flatten().map(Time::to_rfc3339).serialize(serializer)
}

fn parse<E: Error>(text: &str) -> Result<Time, E> {
    Time::parse_rfc3339(text).map_err(|_| E::custom("not a moment in RFC 3339"))
}
