//! What a device says it is, for its user to recognise it by. Where it was is not stored: an address says more about the person
//! than about the device, and who runs the installation has it in the proxy's log for as long as they decided.

use parlance_workspace::visible;

/// How much of it is kept.
const MOST_CHARS: usize = 200;

/// A description of a device in one line, given by the device itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// What a `User-Agent` says, cut to 200 characters; none where that is nothing.
    #[must_use]
    pub fn from_user_agent(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let cut: String = visible(&text).trim().chars().take(MOST_CHARS).collect();
        (!cut.is_empty()).then_some(Self(cut))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_one_line_of_bounded_length() {
        let said = |text: &[u8]| Device::from_user_agent(text).map(Device::into_text);
        assert_eq!(said(b" curl/8.1\t\x7f "), Some("curl/8.1".to_owned()));
        assert_eq!(said("Müller\u{202e}\u{200b}".as_bytes()), Some("Müller".to_owned()));
        assert_eq!(said(&[b'x'; 500]).map(|text| text.len()), Some(200));
        assert_eq!(said("é".repeat(500).as_bytes()).map(|text| text.chars().count()), Some(200));
        assert_eq!([said(b""), said(b" \r\n ")], [None, None]);
    }
}
