//! Tests of a real server from outside: typed clients and raw ones, over loopback, on both engines.

mod bounds;
mod door;
mod malformed;
mod nodes;
mod raw;
mod starting;
mod story;
mod walk;
mod world;
