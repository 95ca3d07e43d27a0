//! One TLS provider for HTTP and sockets: ring, and the roots that the system trusts.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::Error;

/// Makes ring what TLS is done with, where the process has not chosen already.
pub(crate) fn choose_provider() {
    // A choice that is there already is the application's, and stays.
    let _ = ring::default_provider().install_default();
}

/// TLS that trusts nobody, for addresses that do not use it: so a machine without any root certificate can reach a server
/// on itself.
pub(crate) fn unused() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(Error::transport)?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
