//! What is said: two hundred bytes that begin with who says it.

use parlance_base::StreamId;

use crate::wire::masked;

/// The length of a message.
const BYTES: usize = 200;

/// What its sender's number stands behind, in the frame that is sent and in those that are delivered.
pub(crate) const SENDER: &str = "\"content\":\"s";

/// The frame that sends a message of this sender into the group; one with an `id` is answered with `ok`.
pub(crate) fn sending(group: StreamId, sender: usize, answered: bool) -> Vec<u8> {
    let id = if answered { "\"id\":\"1\"," } else { "" };
    let content = content(sender);
    masked(&format!(r#"{{"type":"message.send",{id}"data":{{"group_id":"{group}","content":"{content}"}}}}"#))
}

fn content(sender: usize) -> String {
    let begun = format!("s{sender} ");
    let left = BYTES.saturating_sub(begun.len());
    format!("{begun}{}", "x".repeat(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Field, split};

    #[test]
    fn a_frame_says_who_sends_it() {
        let frame = sending("019ae3f0-0000-7000-8000-000000000000".parse().unwrap(), 42, true);
        let payload = split(&frame).unwrap().payload;
        assert_eq!(Field::behind(SENDER).number(payload), Some(42));
        assert_eq!(content(7).len(), BYTES);
    }
}
