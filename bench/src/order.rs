//! The order of what sockets hear: each stream by `seq`, one after the other, without a gap.

use crate::wire::Field;

/// The length of an id.
const ID: usize = 36;

/// The id of a stream, as it stands in frames.
pub(crate) type Stream = [u8; ID];

/// What each socket is to hear next.
pub(crate) struct Order {
    next: Vec<Vec<(Stream, u64)>>,
    seq: Field,
    stream: Field,
}

impl Order {
    /// Of so many sockets, of which nothing is known yet: each stream may begin anywhere.
    pub(crate) fn new(sockets: usize) -> Self {
        let (seq, stream) = (Field::behind("\"seq\":"), Field::behind("\"stream_id\":\""));
        Self { next: vec![Vec::new(); sockets], seq, stream }
    }

    /// The socket has come to this place in the stream.
    pub(crate) fn begin(&mut self, socket: usize, stream: Stream, cursor: u64) {
        if let Some(streams) = self.next.get_mut(socket) {
            streams.push((stream, cursor + 1));
        }
    }

    /// The socket hears this entry.
    pub(crate) fn hear(&mut self, socket: usize, payload: &[u8]) -> Result<(), String> {
        let seq = self.seq.number(payload).ok_or("an entry without seq")?;
        let stream = self.stream.of(payload).and_then(|rest| rest.first_chunk::<ID>());
        let stream = stream.ok_or("an entry of no stream")?;
        let streams = self.next.get_mut(socket).ok_or("there is no such socket")?;
        match streams.iter_mut().find(|(id, _)| id == stream) {
            Some((_, next)) if *next != seq => {
                return Err(format!("socket {socket} heard {seq} where {next} should be"));
            }
            Some((_, next)) => *next += 1,
            None => streams.push((*stream, seq + 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_and_a_repetition_are_found() {
        let entry = |stream: char, seq: u64| {
            let id = stream.to_string().repeat(ID);
            format!(r#"{{"type":"message.new","stream_id":"{id}","seq":{seq},"x":1}}"#).into_bytes()
        };
        let mut order = Order::new(2);
        for (socket, stream, seq, good) in [
            (0, 'a', 5, true),
            (0, 'b', 9, true),
            (1, 'a', 3, true),
            (0, 'a', 6, true),
            (0, 'a', 6, false),
            (0, 'b', 11, false),
            (1, 'a', 4, true),
            (2, 'a', 1, false),
        ] {
            assert_eq!(order.hear(socket, &entry(stream, seq)).is_ok(), good, "{socket} {stream} {seq}");
        }
        order.begin(1, [b'c'; ID], 7);
        assert!(order.hear(1, &entry('c', 7)).is_err() && order.hear(1, &entry('c', 8)).is_ok());
    }
}
