//! One field of a frame, found without reading the rest: the frames of a stream are alike, so it stands where it stood in
//! the one before.

/// Where the value behind these bytes is.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    before: &'static [u8],
    at: usize,
}

impl Field {
    pub(crate) const fn behind(before: &'static str) -> Self {
        Self { before: before.as_bytes(), at: 0 }
    }

    /// What follows the first place where the field is named.
    pub(crate) fn of<'a>(&mut self, payload: &'a [u8]) -> Option<&'a [u8]> {
        let here = |at: usize| payload.get(at..)?.strip_prefix(self.before);
        if self.at > 0
            && let Some(rest) = here(self.at)
        {
            return Some(rest);
        }
        let at = payload.windows(self.before.len()).position(|window| window == self.before)?;
        self.at = at;
        payload.get(at..)?.strip_prefix(self.before)
    }

    /// The number that follows, perhaps behind spaces.
    pub(crate) fn number(&mut self, payload: &[u8]) -> Option<u64> {
        let digits = self.of(payload)?.trim_ascii_start();
        let value = |number: u64, digit: &u8| number * 10 + u64::from(digit - b'0');
        let first = digits.first().filter(|digit| digit.is_ascii_digit())?;
        let rest = digits.iter().skip(1).take(18).take_while(|digit| digit.is_ascii_digit());
        Some(rest.fold(value(0, first), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_where_it_was_and_where_it_is() {
        let mut seq = Field::behind("\"seq\":");
        for (payload, number) in [
            (r#"{"a":1,"seq":41,"b":2}"#, Some(41)),
            (r#"{"a":1,"seq":  42}"#, Some(42)),
            (r#"{"longer":1,"seq":43}"#, Some(43)),
            (r#"{"a":1,"seq":"x"}"#, None),
            (r#"{"a":1}"#, None),
            (r#"{"seq":7"#, Some(7)),
        ] {
            assert_eq!(seq.number(payload.as_bytes()), number, "{payload}");
        }
    }
}
