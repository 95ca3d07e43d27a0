//! The way to the servers, and whether they are ones that Parlance can use.

use std::time::Duration;

use bson::{Document, doc};
use mongodb::{
    Client, Database,
    error::Error,
    options::{
        Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria,
        WriteConcern,
    },
};

use super::{MongoConfig, unreachable};
use crate::schema::OpenError;

/// How long to look for a primary, where the connection string does not say.
const SELECTION: Duration = Duration::from_secs(5);

/// How long to wait for one server's connection, where the connection string does not say.
const CONNECTING: Duration = Duration::from_secs(5);

/// How many connections to one server, where the connection string does not say.
const POOL: u32 = 32;

/// The first major version that can be used.
const OLDEST: u32 = 6;

/// The configured database, on a replica set that can be used, and what our connections to it are called.
pub(super) async fn database(config: &MongoConfig) -> Result<(Database, String), OpenError> {
    let mut options = ClientOptions::parse(&config.uri).await.map_err(failed)?;
    // Ours alone, whatever the connection string says: see `abandoned`.
    let app_name = app_name(&config.database);
    options.app_name = Some(app_name.clone());
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(CONNECTING);
    options.max_pool_size.get_or_insert(POOL);
    let client = Client::with_options(options.clone()).map_err(failed)?;
    match hello(&client).await {
        Ok(hello) => check_topology(&hello)?,
        // A replica set was looked for; what is there instead says so only to who asks it directly.
        Err(error) => {
            check_server(options.clone()).await?;
            return Err(unreachable::why(&options, error).await);
        }
    }
    check_version(&client).await?;
    let options = DatabaseOptions::builder()
        .read_concern(ReadConcern::majority())
        .write_concern(durable())
        .selection_criteria(primary())
        .build();
    Ok((client.database_with_options(&config.database, options), app_name))
}

/// What the connections of all nodes to this database are called.
fn app_name(database: &str) -> String {
    format!("parlance/{database}")
}

/// Written to the journals of a majority.
pub(super) fn durable() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build()
}

/// The server that takes writes.
pub(super) fn primary() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::Primary)
}

/// An error of the servers or of the way to them, without the bytes of the answer that the driver adds.
pub(super) fn failed(error: Error) -> OpenError {
    OpenError::failed(error.kind.to_string())
}

async fn hello(client: &Client) -> Result<Document, Error> {
    client.database("admin").run_command(doc! { "hello": 1 }).await
}

fn check_topology(hello: &Document) -> Result<(), OpenError> {
    if hello.get_str("msg").is_ok_and(|message| message == "isdbgrid") {
        return Err(OpenError::failed("MongoDB is a sharded cluster: Parlance needs a replica set"));
    }
    if hello.contains_key("setName") { Ok(()) } else { Err(OpenError::Standalone) }
}

/// Says what is wrong with the first server of the list, if it answers at all.
async fn check_server(mut options: ClientOptions) -> Result<(), OpenError> {
    options.hosts.truncate(1);
    options.direct_connection = Some(true);
    options.repl_set_name = None;
    let client = Client::with_options(options).map_err(failed)?;
    match hello(&client).await {
        Ok(hello) => check_topology(&hello),
        Err(_) => Ok(()),
    }
}

async fn check_version(client: &Client) -> Result<(), OpenError> {
    let build = client.database("admin").run_command(doc! { "buildInfo": 1 }).await.map_err(failed)?;
    let version = build.get_str("version").map_err(OpenError::failed)?;
    if is_new_enough(version) { Ok(()) } else { Err(OpenError::TooOld(version.to_owned())) }
}

fn is_new_enough(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_from_six_on_can_be_used() {
        for version in ["6.0.0", "6.0.5", "7.0.0-rc1", "8.2.1", "10.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["5.0.31", "4.4.0", "", "new"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
