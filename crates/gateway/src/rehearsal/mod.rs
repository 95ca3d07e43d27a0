//! What the demo and `scripts/crash` are made of: a real server as a child process that can be killed at any moment,
//! readers that write down what they are told, a ledger of what was acknowledged, and the audit that compares all three
//! with what is stored.

mod audit;
mod child;
mod door;
mod ledger;
mod person;
mod reader;

pub use audit::{Finding, MARK, audit};
pub use child::{Child, Settings};
pub use door::Door;
pub use ledger::{Ledger, Promise};
pub use person::registered;
pub use reader::{Reader, Resting};
