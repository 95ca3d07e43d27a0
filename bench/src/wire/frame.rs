//! Frames of the WebSocket protocol (RFC 6455, section 5.2), as far as the load needs them: whole ones, up to 64 KiB from
//! a client, and any size from a server.

/// A frame as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    /// As it came: what a client sends is masked, with zeros where it is ours.
    pub(crate) payload: &'a [u8],
    /// How many bytes it took.
    pub(crate) length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Ping,
    Close,
    Other,
}

const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const MASKED: u8 = 0x80;

/// A text of a client. Clients must mask; a mask of zeros leaves the text as it is.
pub(crate) fn masked(text: &str) -> Vec<u8> {
    framed(FINAL | TEXT, MASKED, &[0; 4], text.as_bytes())
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    framed(FINAL | PONG, MASKED, &[0; 4], payload)
}

/// A text of a server.
pub(crate) fn unmasked(text: &[u8]) -> Vec<u8> {
    framed(FINAL | TEXT, 0, &[], text)
}

fn framed(first: u8, masked: u8, mask: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => frame.push(masked | short),
        (_, Ok(medium)) => {
            frame.push(masked | 126);
            frame.extend(medium.to_be_bytes());
        }
        _ => {
            frame.push(masked | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload);
    frame
}

/// The first frame of these bytes; none where it is not whole yet.
pub(crate) fn split(bytes: &[u8]) -> Option<Frame<'_>> {
    let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
    let (size, rest) = match second & !MASKED {
        126 => {
            rest.split_first_chunk::<2>().map(|(size, rest)| (u64::from(u16::from_be_bytes(*size)), rest))?
        }
        127 => rest.split_first_chunk::<8>().map(|(size, rest)| (u64::from_be_bytes(*size), rest))?,
        short => (u64::from(short), rest),
    };
    let rest = rest.get(if second & MASKED == 0 { 0 } else { 4 }..)?;
    let payload = rest.get(..usize::try_from(size).ok()?)?;
    let kind = match first & 0xF {
        TEXT => Kind::Text,
        PING => Kind::Ping,
        CLOSE => Kind::Close,
        _ => Kind::Other,
    };
    Some(Frame { kind, payload, length: bytes.len() - rest.len() + payload.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_split_off_once_it_is_whole() {
        for size in [0, 1, 125, 126, 127, 65_535, 65_536] {
            let text = "x".repeat(size);
            for frame in [masked(&text), unmasked(text.as_bytes())] {
                assert_eq!(split(&frame[..frame.len() - 1]), None, "{size}");
                let two = [frame.clone(), frame.clone()].concat();
                let first = split(&two).unwrap();
                assert_eq!((first.kind, first.length), (Kind::Text, frame.len()), "{size}");
                assert_eq!(first.payload, text.as_bytes());
            }
        }
        assert_eq!(split(&[]), None);
    }

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(split(&[0x89, 0]).map(|frame| frame.kind), Some(Kind::Ping));
        assert_eq!(split(&[0x88, 2, 0x0F, 0xA8]).map(|frame| frame.kind), Some(Kind::Close));
        assert_eq!(
            split(&pong(b"a")).map(|frame| (frame.kind, frame.payload)),
            Some((Kind::Other, &b"a"[..]))
        );
    }
}
