//! How much whoever embeds chat takes in with it: the crates in its tree, which is to stay small.

use std::{collections::BTreeSet, error::Error, process::Command};

use crate::tree::ROOT;

/// What chat brings along without its feature `mongodb`, and with it.
const BOUNDS: [(&[&str], usize); 2] = [(&["--no-default-features"], 155), (&[], 215)];

/// Crates of ours that are no part of chat.
const OTHERS: [&str; 3] = ["parlance-gateway", "parlance-auth", "parlance-client"];

/// The packages that `parlance-chat` is built of, each with its version.
fn tree(features: &[&str]) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "-p", "parlance-chat", "-e", "normal", "--prefix", "none", "--offline"]);
    let output = command.args(features).current_dir(ROOT).output()?;
    if !output.status.success() {
        return Err(format!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(named(&String::from_utf8(output.stdout)?))
}

/// The packages of these lines; one that stands there again is marked with a star.
fn named(lines: &str) -> BTreeSet<String> {
    lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

fn violations(tree: &BTreeSet<String>, most: usize) -> Vec<String> {
    let size = tree.len();
    let heavy = (size > most).then(|| format!("chat is built of {size} crates, over {most}: which are new?"));
    let others = OTHERS.iter().filter(|other| tree.iter().any(|name| name.starts_with(&format!("{other} "))));
    heavy.into_iter().chain(others.map(|other| format!("chat is built of {other}, too"))).collect()
}

#[test]
fn chat_stays_light_for_who_embeds_it() {
    for (features, most) in BOUNDS {
        crate::assert_none(&violations(&tree(features).unwrap(), most));
    }
}

#[test]
fn chat_on_sqlite_is_without_the_driver_of_mongodb() {
    let names = |features| tree(features).unwrap().iter().any(|name| name.starts_with("mongodb "));
    assert_eq!([names(&["--no-default-features"]), names(&[])], [false, true]);
}

#[test]
fn what_makes_it_heavy_is_found() {
    let lines = "parlance-chat v0.1.0 (/x)\nserde v1.0.0\nserde v1.0.0 (*)\nparlance-auth v0.1.0 (/y)\n";
    let tree = named(lines);
    assert_eq!(tree.len(), 3);
    assert_eq!([violations(&tree, 3).len(), violations(&tree, 2).len()], [1, 2]);
}
