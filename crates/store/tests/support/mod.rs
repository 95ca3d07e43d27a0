//! What the tests stand on: fresh stores on either engine, the servers behind them, and the documents that they keep.

pub(crate) mod model;
pub(crate) mod mongod;
pub(crate) mod replica_set;
pub(crate) mod world;
