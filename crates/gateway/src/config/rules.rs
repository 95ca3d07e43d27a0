//! What settings have to be beyond what their types say: what a start would refuse without looking further than at them.

use parlance_auth::origin;
use parlance_store::MongoConfig;

use super::{BusKind, Config, Wrong, collector};
use crate::{logs, secret};

/// Nothing, where each setting goes with the others.
pub(super) fn together(config: &Config) -> Result<(), Wrong> {
    if config.max_connections == 0 {
        return Err(Wrong::new(&["max_connections"], "max_connections must be at least 1"));
    }
    if config.sends_per_second > 0 && config.send_burst == 0 {
        return Err(Wrong::new(&["send_burst"], "send_burst must be at least 1"));
    }
    if config.bus == Some(BusKind::Mongodb) && config.mongodb.is_none() && config.mongodb_file.is_none() {
        let wrong = "bus is mongodb, and no MongoDB is configured: set mongodb, or leave bus out";
        return Err(Wrong::new(&["bus"], wrong));
    }
    if config.tls_certificate.is_some() != config.tls_key.is_some() {
        let wrong = "tls_certificate and tls_key go together: set both, or none";
        return Err(Wrong::new(&["tls_certificate", "tls_key"], wrong));
    }
    Ok(())
}

/// Nothing, where each setting is something by itself.
pub(super) fn alone(config: &Config) -> Result<(), Wrong> {
    if let Some(url) = &config.public_url {
        is_origin("public_url", &["public_url"], url)?;
    }
    for url in &config.allowed_origins {
        is_origin("allowed_origins", &["allowed_origins"], url)?;
    }
    if let Some(secret) = &config.secret {
        secret::parse(&secret.0, secret::CONFIGURED)
            .map_err(|error| Wrong::new(&["secret", "secret_file"], error))?;
    }
    logs::parsed(&config.log).map_err(|reason| Wrong::new(&["log"], reason))?;
    collector::alone(config)?;
    mongodb(config)
}

fn is_origin(name: &str, settings: &'static [&'static str], url: &str) -> Result<(), Wrong> {
    let invalid = |error: parlance_base::Error| Wrong::new(settings, format!("{name}: {}", error.message()));
    origin(url).map(drop).map_err(invalid)
}

/// What is wrong with the address is not repeated from it: it may be a password.
fn mongodb(config: &Config) -> Result<(), Wrong> {
    let Some(uri) = &config.mongodb else { return Ok(()) };
    let place = MongoConfig { uri: uri.0.clone(), database: config.mongodb_database.clone() };
    if uri.0.starts_with("mongodb+srv:") {
        let wrong = "mongodb begins with mongodb+srv, which is not looked up: name the servers, as mongodb://db1,db2,db3/?replicaSet=rs0";
        return Err(Wrong::new(&["mongodb", "mongodb_file"], wrong));
    }
    if !place.has_address() {
        let wrong = "mongodb is no connection string, as mongodb://db1,db2,db3/?replicaSet=rs0 (in a name or a password, signs such as @ : / % are written as %40 %3A %2F %25)";
        return Err(Wrong::new(&["mongodb", "mongodb_file"], wrong));
    }
    if !place.has_name() {
        let wrong =
            "mongodb_database is no name of a database: 1 to 63 bytes without spaces, / \\ . $ and quotes";
        return Err(Wrong::new(&["mongodb_database"], wrong));
    }
    Ok(())
}
