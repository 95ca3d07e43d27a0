//! The server `parlance`: configuration, composition, operation. Everything that can be done in chat is done in the crates
//! beneath.

mod access;
mod admin;
mod api;
mod backup;
mod bound;
mod check;
pub mod cli;
mod command;
mod compose;
pub mod config;
mod cors;
mod counted;
mod demo;
mod described;
mod descriptors;
mod error;
mod exposed;
mod full;
mod health;
mod listen;
mod logs;
mod measure;
mod method;
mod owner;
mod parts;
pub mod rehearsal;
mod secret;
mod serve;
mod server;
mod stored;
mod tls;
mod traces;
mod transfer;
mod translate;

pub use config::Config;
pub use error::StartError;
pub use server::{Once, Server};
