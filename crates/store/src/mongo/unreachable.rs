//! Why no server of a connection string can be used, in a sentence: the driver's own answer is a page, whose cause is somewhere in it.

use std::time::Duration;

use futures::future::join_all;
use mongodb::{
    error::{Error, ErrorKind},
    options::{ClientOptions, ServerAddress},
};
use tokio::{net::TcpStream, time::timeout};

use crate::schema::OpenError;

/// How long a server may take to take a connection.
const WITHIN: Duration = Duration::from_secs(2);

/// What the error of the driver comes to.
pub(super) async fn why(options: &ClientOptions, error: Error) -> OpenError {
    let addresses: Vec<_> = options.hosts.iter().map(ToString::to_string).collect();
    let reason = match *error.kind {
        ErrorKind::Authentication { .. } => {
            "it refuses the name or the password: look at both, and at authSource".to_owned()
        }
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) => unanswered(options).await,
        kind => kind.to_string(),
    };
    OpenError::Unreachable { addresses: addresses.join(", "), reason }
}

/// What keeps us from the servers, as far as can be told without speaking their language.
async fn unanswered(options: &ClientOptions) -> String {
    let failures: Option<Vec<(&ServerAddress, String)>> =
        join_all(options.hosts.iter().map(failure)).await.into_iter().collect();
    let Some(failures) = failures else {
        let set = options.repl_set_name.as_deref().map(|name| format!(" of the replica set {name}"));
        let set = set.unwrap_or_default();
        return format!(
            "a server answers, and none is a primary{set} that can be used: look at replicaSet and tls in the connection string, and at rs.status()"
        );
    };
    let failures = match failures.as_slice() {
        [(_, failure)] => failure.clone(),
        failures => failures
            .iter()
            .map(|(address, failure)| format!("{address}: {failure}"))
            .collect::<Vec<_>>()
            .join("; "),
    };
    format!(
        "{failures}: look whether mongod runs there, listens on that address (bindIp), and no firewall stands between"
    )
}

/// Why no connection to the server can be made; nothing where one can.
async fn failure(address: &ServerAddress) -> Option<(&ServerAddress, String)> {
    let ServerAddress::Tcp { host, port } = address else { return None };
    let failed = match timeout(WITHIN, TcpStream::connect((host.as_str(), port.unwrap_or(27_017)))).await {
        Ok(Ok(_)) => return None,
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", WITHIN.as_secs()),
    };
    Some((address, failed))
}
