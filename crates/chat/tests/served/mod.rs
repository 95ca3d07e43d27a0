//! Chat itself, served over real sockets.

mod losing;
mod nodes;
mod rights;
mod table;
