//! Clients that come back: what each has to hear until it is up to date.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    order::{Order, Stream},
    ready::Ready,
    wire::{Sockets, Spin, masked},
};

const NEW: &[u8] = br#"{"type":"message.new""#;
const READY: &[u8] = br#"{"type":"ready""#;
const RESUMED: &[u8] = br#"{"type":"resumed""#;
const ERROR: &[u8] = br#"{"type":"error""#;

/// Where a verdict stands in a frame, and those that say that nothing is missing.
const STATUS: &[u8] = br#""status":""#;
const GOOD: [&[u8]; 2] = [b"current", b"replayed"];

/// All of them.
pub(crate) struct Returning {
    order: Order,
    clients: Vec<Client>,
    let_in: Vec<usize>,
    back: usize,
    heard: usize,
    fault: Option<String>,
}

/// What one of them has yet to hear.
struct Client {
    messages: usize,
    verdicts: usize,
}

/// The frame by which a client says what it holds.
pub(crate) fn resume_frame(held: &Ready) -> Vec<u8> {
    let cursors: BTreeMap<_, _> = held.streams.iter().map(|stream| (&stream.id, stream.seq)).collect();
    let data = json!({ "epoch": held.epoch, "cursors": cursors });
    masked(&json!({ "type": "resume", "id": "1", "data": data }).to_string())
}

impl Returning {
    /// Clients that hold these, and have missed so many messages each.
    pub(crate) fn new(held: &[Ready], missed: usize) -> Result<Self, String> {
        let mut order = Order::new(held.len());
        for (number, held) in held.iter().enumerate() {
            for stream in &held.streams {
                let id = Stream::try_from(stream.id.as_bytes()).map_err(|_| "a stream without an id")?;
                order.begin(number, id, stream.seq);
            }
        }
        let client = |held: &Ready| Client { messages: missed, verdicts: held.streams.len() };
        let clients = held.iter().map(client).collect();
        Ok(Self { order, clients, let_in: Vec::new(), back: 0, heard: 0, fault: None })
    }

    /// How many are up to date.
    pub(crate) const fn back(&self) -> usize {
        self.back
    }

    /// How many frames came.
    pub(crate) const fn heard(&self) -> usize {
        self.heard
    }

    /// Those who were let in since one asked last.
    pub(crate) fn let_in(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.let_in)
    }

    pub(crate) fn poll(&mut self, sockets: &mut Sockets) -> Result<(), String> {
        sockets.poll(Spin::Spinning, |number, payload| {
            self.heard += 1;
            let told = self.hear(number, payload);
            self.fault = self.fault.take().or(told.err());
        })?;
        self.fault.take().map_or(Ok(()), Err)
    }

    fn hear(&mut self, number: usize, payload: &[u8]) -> Result<(), String> {
        if payload.starts_with(READY) {
            self.let_in.push(number);
            return Ok(());
        }
        if payload.starts_with(ERROR) {
            return Err(String::from_utf8_lossy(payload).into_owned());
        }
        let client = self.clients.get_mut(number).ok_or("there is no such client")?;
        let too_much = || format!("client {number} heard more than it missed");
        if payload.starts_with(NEW) {
            self.order.hear(number, payload)?;
            client.messages = client.messages.checked_sub(1).ok_or_else(too_much)?;
        } else if payload.starts_with(RESUMED) {
            client.verdicts = client.verdicts.checked_sub(verdicts(payload)?).ok_or_else(too_much)?;
        } else {
            return Ok(());
        }
        self.back += usize::from(client.messages == 0 && client.verdicts == 0);
        Ok(())
    }
}

/// How many streams the frame has a verdict on, none of which may say that something is missing.
fn verdicts(payload: &[u8]) -> Result<usize, String> {
    let mut count = 0;
    for at in 0..payload.len() {
        let Some(status) = payload.get(at..).and_then(|rest| rest.strip_prefix(STATUS)) else { continue };
        if !GOOD.iter().any(|good| status.starts_with(good)) {
            return Err(format!("a stream was not resumed: {}", String::from_utf8_lossy(payload)));
        }
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_counted_and_bad_ones_found() {
        let two = br#"{"type":"resumed","data":{"streams":[{"id":"a","status":"current","seq":1},{"id":"b","status":"replayed","seq":2}]}}"#;
        assert_eq!(verdicts(two), Ok(2));
        assert!(verdicts(br#"{"type":"resumed","data":{"streams":[{"id":"a","status":"gone"}]}}"#).is_err());
    }
}
