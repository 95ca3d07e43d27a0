//! Makes a database that was copied back into a folder one of its own time.

use parlance_base::Epoch;

use super::{SqliteConfig, checkpoint, connection::Folder, layout};
use crate::{installation::Installation, schema::OpenError};

/// Has the store in the folder count in this epoch from now on: it may be older than what its readers have seen, and they must not
/// take what is new for what they know.
pub(super) fn adopt(config: &SqliteConfig, epoch: Epoch) -> Result<(), OpenError> {
    let folder = Folder::claim(config)?;
    let connection = folder.writing().map_err(|error| folder.unopened(error))?;
    let known = layout::known(&connection).map_err(|error| folder.unopened(error))?;
    let Ok(Some(known)) = known else { return Err(folder.foreign()) };
    let installation = Installation { epoch, ..known.installation };
    layout::remember(&connection, &installation, true).map_err(OpenError::failed)?;
    checkpoint::empty_log(&connection);
    drop(connection);
    folder.release();
    Ok(())
}
