//! Chat itself, served over real sockets.

mod nodes;
