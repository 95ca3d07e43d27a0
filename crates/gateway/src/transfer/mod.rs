//! A whole installation as lines of JSON, written from one store and read into another, of either engine.

mod export;
mod import;
mod line;

pub(crate) use export::export;
pub(crate) use import::{IMPORTS, import, is_unfinished};
