//! Live delivery: every reader gets the same entries in the same order, none lost and none doubled.
//!
//! The streams are the truth; everything live is a hint that can be repaired from them. Two pure state machines see to
//! that: the [`Hub`], one a node, knows which connections listen to which stream and gives each its entries in order,
//! through a bounded [`queue()`]; the [`Connection`], one a socket, knows how far its client has come in each stream and
//! what it may still read. They do no I/O but through the [`Carry`] that they are given, and are told the time, so that `tests/simulation` can prove them together.
//!
//! # What their drivers do
//!
//! Whoever drives one of them feeds it an input, with a time that never goes back (the machine's clock may: derive it from
//! a monotonic one), carries out the outputs in their order, and feeds it a `Tick` at its `deadline`. Every output that asks
//! something is answered once, also where the answer is that it could not be found out.
//!
//! A **hub** takes `Open`, `Listen`, `Unlisten` and `Closed` from the sockets of its node, from each in the order in which its
//! connection wanted them; `Entry`, `Hint` and the rest from what this node commits and from the bus. The bus may lose, double
//! and reorder, but what it brings is of the running epoch.
//!
//! A **socket** is one loop over whatever comes first:
//! - a frame from the client: `Text`, `Binary`, `Oversize` or, for the pings and pongs of the protocol, `Alive`;
//! - the queue, while [`Connection::wants_live`]: `Live` for each delivery, then one flush for all that came out;
//! - the word beside the queue, [`Inbox::control`]: `Control`, also while a flush waits for the client;
//! - the answer to what was asked: there is at most one each of `Authenticate`, `Look`, `Read` and `Run` at a time;
//! - its deadline; the node's shutdown.
//!
//! When nothing is left to do or to send and it waits for the queue, it may grant what comes next: [`Connection::grant`], then
//! [`Inbox::open_lane`]. It then begins, whenever it runs again and before anything else, with [`Inbox::close_lane`] and
//! [`Connection::passed`], and sends the rest of what was begun before any other byte.
//!
//! Once the caller is known, the queue is made and the hub told `Open`, and only then is gathered what [`Ready`] holds. Where a
//! caller stands is read in one order: of each stream the head first, the rights after it, so that only entries after the
//! head can still change them; and the head of the user's own stream before the list of their memberships, so that what
//! they gain meanwhile is told of by an entry to come. The simulation shows what breaks otherwise.

mod audience;
mod bus;
mod connection;
mod conversation;
mod delivery;
mod domain;
mod door;
pub mod frame;
mod hub;
mod lane;
pub mod limits;
mod live;
mod node;
mod plain;
mod presence;
mod queue;
mod serve;
mod signal;
mod socket;
mod timeline;
mod turns;
mod verdict;

pub use audience::{Access, Audience};
pub use bus::Bus;
pub use connection::{Connection, Input, Opening, Output, Ready, Text};
pub use conversation::People;
pub(crate) use conversation::WATCHED;
pub use delivery::{Delivery, Volatile};
pub use domain::Domain;
pub use hub::{Hub, HubInput, HubOutput};
pub use lane::{Carry, Grant, Passed, Wire};
pub use live::{Live, Page, Reader, StreamKey, Unavailable, Whom, Withheld};
pub use node::{Realtime, Setup};
pub use parlance_base::{CallerRef, Check, Credential, Revocation};
pub use plain::Plain;
pub use presence::{Activity, Sightings, Status as PresenceStatus, Wish};
pub use queue::{Control, Inbox, Outlet, queue};
pub use signal::{Said, Signals, signals};
pub use socket::{Frame, router};
pub use verdict::{Standing, Status, StreamKind, Verdict};
