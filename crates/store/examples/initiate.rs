//! Makes a fresh `mongod --replSet NAME` a replica set of one member, as `rs.initiate()` in a MongoDB shell does:
//!
//! ```sh
//! cargo run -p parlance-store --example initiate -- 'mongodb://127.0.0.1:27017/?replicaSet=rs0'
//! ```

use std::{error::Error, time::Duration};

use bson::doc;
use mongodb::{Client, error::ErrorKind, options::ClientOptions};

/// The command's code for a server that is a member already.
const ALREADY_INITIALIZED: i32 = 23;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let uri = std::env::args().nth(1).ok_or("name the server: mongodb://HOST:PORT/?replicaSet=NAME")?;
    let mut options = ClientOptions::parse(&uri).await?;
    let name = options.repl_set_name.take().ok_or("the connection string names no replicaSet")?;
    let host = options.hosts.first().ok_or("the connection string names no host")?.to_string();
    options.direct_connection = Some(true);
    let admin = Client::with_options(options)?.database("admin");
    let config = doc! { "_id": name, "members": [{ "_id": 0, "host": host }] };
    match admin.run_command(doc! { "replSetInitiate": config }).await {
        Err(error) if matches!(&*error.kind, ErrorKind::Command(error) if error.code == ALREADY_INITIALIZED) =>
            {}
        answer => drop(answer?),
    }
    for _ in 0..600 {
        if admin.run_command(doc! { "hello": 1 }).await?.get_bool("isWritablePrimary").unwrap_or(false) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the server did not become primary within a minute".into())
}
