//! Everything that this release stores, and where.

use parlance_base::Ids;
use parlance_store::{
    Collection, Config as StoreConfig, MongoConfig, OpenError, Schema, SqliteConfig, Store,
};

use crate::{
    config::{Config, Durability},
    secret::FINGERPRINTS,
    transfer::IMPORTS,
};

/// Counted up with every release that declares something new or other.
pub(crate) const SCHEMA: u32 = 2;

/// The store's folder in the data folder.
pub(crate) const FOLDER: &str = "store";

/// Opens the configured store.
pub(crate) async fn open(config: &Config, ids: &Ids) -> Result<Store, OpenError> {
    let schema = Schema { version: SCHEMA, collections: collections(), migrations: Vec::new() };
    Store::open(place(config), &schema, ids).await
}

/// Nothing, where there is a store to look at: a command that made one would look at nothing.
///
/// # Errors
/// Where there is none, for people.
pub(crate) async fn found(config: &Config) -> Result<(), String> {
    if Store::is_there(&place(config)).await.map_err(|error| error.to_string())? {
        return Ok(());
    }
    if config.mongodb.is_some() {
        let name = &config.mongodb_database;
        return Err(format!(
            "there is no Parlance installation in the database {name}: look at mongodb and mongodb_database"
        ));
    }
    Err(format!("there is no store in {}: name the data folder with --data", config.data.display()))
}

/// The engine's name, for the log.
pub(crate) const fn engine(config: &Config) -> &'static str {
    if config.mongodb.is_some() { "mongodb" } else { "sqlite" }
}

fn place(config: &Config) -> StoreConfig {
    if let Some(uri) = &config.mongodb {
        let database = config.mongodb_database.clone();
        return StoreConfig::Mongo(MongoConfig { uri: uri.0.clone(), database });
    }
    let mut sqlite = SqliteConfig::new(config.data.join(FOLDER));
    sqlite.durability = match config.durability {
        Durability::Power => parlance_store::Durability::Power,
        Durability::Process => parlance_store::Durability::Process,
    };
    StoreConfig::Sqlite(sqlite)
}

fn collections() -> Vec<&'static Collection> {
    let mut all = parlance_chat::collections();
    all.extend(parlance_auth::COLLECTIONS);
    all.extend([&FINGERPRINTS, &IMPORTS]);
    all
}
