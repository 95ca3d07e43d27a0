//! What the disk takes for the least that durability costs: to append three hundred bytes and have them synced. It moves by
//! the hour, and most of what is stored durably waits for it, so it is printed beside the figures.

use std::{fs::File, io::Write as _};

use tempfile::TempDir;
use tokio::time::Instant;

use crate::{samples::Samples, say, text};

/// How often it is done.
const TIMES: usize = 200;

pub(crate) fn tell() -> Result<(), String> {
    let folder = TempDir::with_prefix("parlance-bench-disk-").map_err(text)?;
    let mut file = File::create(folder.path().join("log")).map_err(text)?;
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        file.write_all(&[b'x'; 300]).and_then(|()| file.sync_data()).map_err(text)?;
        took.push(began.elapsed());
    }
    let took: Samples = took.into_iter().collect();
    let [half, most] = [0.5, 0.99].map(|part| took.quantile(part).as_secs_f64() * 1_000.0);
    say(&format!("fdatasync of 300 bytes on this disk: p50 {half:.2} ms, p99 {most:.2} ms\n"))
}
