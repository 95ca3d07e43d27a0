//! Chat itself over real sockets.

mod nodes;
