//! Chat itself, served over real sockets.

mod nodes;
mod rights;
mod table;
