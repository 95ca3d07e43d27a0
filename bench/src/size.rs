//! How large the program is, which is all that has to be carried to where it runs.

use std::{fs::metadata, path::Path};

use crate::{
    table::{Bound, Row, short},
    text,
};

/// MiB.
const BOUND: f64 = 40.0;

pub(crate) fn size(program: &Path) -> Result<Row, String> {
    let bytes = metadata(program).map_err(text)?.len();
    #[expect(clippy::cast_precision_loss, reason = "the size of a file")]
    let size = bytes as f64 / f64::from(1 << 20);
    Ok(Row {
        what: "size of the program".to_owned(),
        ours: format!("{} MiB", short(size)),
        yardstick: String::new(),
        figure: [size].into_iter().collect(),
        unit: " MiB",
        bound: Bound::AtMost(BOUND),
        disturbed: None,
    })
}
