//! Settings that a file says in their place.

use std::path::Path;

use super::{Config, Hidden, Wrong};
use crate::exposed;

/// A setting, and that of the file which says it instead.
type Names = [&'static str; 2];

const MONGODB: &Names = &["mongodb", "mongodb_file"];
const SECRET: &Names = &["secret", "secret_file"];
const OTLP_HEADERS: &Names = &["otlp_headers", "otlp_headers_file"];

/// The same settings, with what files say.
pub(super) fn read(config: Config) -> Result<Config, Wrong> {
    let mongodb = said(config.mongodb, config.mongodb_file.as_deref(), MONGODB)?;
    let secret = said(config.secret, config.secret_file.as_deref(), SECRET)?;
    let otlp_headers = said(config.otlp_headers, config.otlp_headers_file.as_deref(), OTLP_HEADERS)?;
    Ok(Config { mongodb, secret, otlp_headers, ..config })
}

/// What the setting says, or else the file that is named for it.
fn said(value: Option<Hidden>, file: Option<&Path>, names: &'static Names) -> Result<Option<Hidden>, Wrong> {
    let [name, name_of_file] = names;
    match (value, file) {
        (value, None) => Ok(value),
        (Some(_), Some(_)) => {
            Err(Wrong::new(names, format!("{name} and {name_of_file} are both set: set one of them")))
        }
        (None, Some(file)) => {
            text_of(file).map(Some).map_err(|reason| Wrong::new(names, format!("{name_of_file}: {reason}")))
        }
    }
}

fn text_of(file: &Path) -> Result<Hidden, String> {
    exposed::is_kept(file)?;
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    match text.trim() {
        "" => Err(format!("{shown} is empty")),
        text => Ok(Hidden(text.to_owned())),
    }
}
