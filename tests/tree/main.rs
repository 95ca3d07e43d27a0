//! The tree tests: they read this checkout and hold its structure to what ARCHITECTURE.md says of it.
//!
//! One file per rule. Each rule is a function over paths and texts that returns its violations as sentences; one test
//! runs it on the tree as it is, the others on planted violations, so that no rule can pass by looking at nothing.

mod code;
mod dependency;
mod file;
mod layer;
mod name;
mod script;
mod system;
mod tree;
mod version;
mod weight;

/// Fails with all violations at once, one a line.
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
