//! Sockets of people who listen.

use std::net::SocketAddr;

use crate::{
    people::Person,
    ready::{Ready, ready},
    wire::{Sockets, upgrade},
};

/// How many sockets are let in at once.
const AT_ONCE: usize = 250;

/// A socket of each, once each has been told that it listens.
pub(crate) fn listening(address: SocketAddr, people: &[Person]) -> Result<Sockets, String> {
    told(address, people).map(|(sockets, _)| sockets)
}

/// The same, with what each was told.
pub(crate) fn told(address: SocketAddr, people: &[Person]) -> Result<(Sockets, Vec<Ready>), String> {
    let (mut sockets, mut all) = (Sockets::none()?, Vec::new());
    for some in people.chunks(AT_ONCE) {
        for person in some {
            sockets.open(address, &upgrade(&person.key))?;
        }
        all.extend(ready(&mut sockets, some.len())?.into_iter().flatten());
    }
    Ok((sockets, all))
}
