//! TLS, as a client of another make meets it.

use std::{fs, path::Path, sync::Arc, time::Duration};

use parlance_gateway::{Config, Once, Server};
use parlance_trial::eventually;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::run::{config, server, set_mode, unstarted};

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(10);

/// A certificate for `localhost` and its key, in files of the folder; the certificate, to be trusted.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    // Each file is there whole or not at all, as who renews certificates does it.
    for (name, text) in [("key.pem", key.serialize_pem()), ("cert.pem", certificate.pem())] {
        fs::write(folder.join("new"), text).unwrap();
        set_mode(&folder.join("new"), 0o640);
        fs::rename(folder.join("new"), folder.join(name)).unwrap();
    }
    certificate.der().clone()
}

fn secured(folder: &Path) -> Config {
    Config {
        tls_certificate: Some(folder.join("cert.pem")),
        tls_key: Some(folder.join("key.pem")),
        ..config(folder)
    }
}

/// What the server answers to whoever trusts this certificate alone; nothing where it shows another one.
async fn asked(server: &Server, trusted: &CertificateDer<'static>, request: &str) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.ok()?;
    stream.write_all(format!("{request}\r\nHost: localhost\r\n").as_bytes()).await.unwrap();
    stream.write_all(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = timeout(WITHIN, stream.read(&mut answer)).await.unwrap().unwrap();
    answer.truncate(read);
    Some(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_sockets_are_served_over_tls_and_nothing_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = certify(folder.path());
    let server = server(&secured(folder.path()), Once::default()).await;
    assert!(server.public_url().starts_with("https://"));
    for (request, status) in
        [("GET /health/live HTTP/1.1", "HTTP/1.1 200"), ("GET /api/chat/ws HTTP/1.1", "HTTP/1.1 101")]
    {
        let answer = asked(&server, &here, request).await.unwrap();
        assert!(answer.starts_with(status), "{request}: {answer}");
    }
    let mut plain = TcpStream::connect(server.address()).await.unwrap();
    plain.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // An alert of TLS, or nothing at all.
    let _ = timeout(WITHIN, plain.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let old = certify(folder.path());
    let server = server(&secured(folder.path()), Once::default()).await;
    let live = "GET /health/live HTTP/1.1";
    assert!(asked(&server, &old, live).await.is_some());
    let new = certify(folder.path());
    let is_shown = async || asked(&server, &new, live).await.is_some();
    eventually("the new certificate is shown", is_shown).await;
    server.shutdown().await;
}

#[test]
fn what_is_no_certificate_with_its_key_is_named() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let here = folder.path();
    certify(here);
    certify(other.path());
    let settings = |text: &str| fs::write(here.join("parlance.toml"), text).unwrap();
    let both = "listen = \"127.0.0.1:0\"\ntls_certificate = \"cert.pem\"\ntls_key = \"key.pem\"\n";
    fs::copy(other.path().join("key.pem"), here.join("key.pem")).unwrap();
    settings(both);
    assert!(unstarted(here).contains("cert.pem for TLS: with the key key.pem"));
    set_mode(&here.join("key.pem"), 0o644);
    assert!(unstarted(here).contains("key.pem can be read by everybody: run `chmod o= key.pem`"));
    set_mode(&here.join("key.pem"), 0o600);
    for encrypted in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIC\n-----END RSA PRIVATE KEY-----\n",
    ] {
        fs::write(here.join("key.pem"), encrypted).unwrap();
        assert!(
            unstarted(here).contains("it is encrypted")
                && unstarted(here).contains("openssl pkey -in key.pem")
        );
    }
    fs::write(here.join("key.pem"), "nothing").unwrap();
    assert!(unstarted(here).contains("cannot use key.pem for TLS"));
    fs::write(here.join("cert.pem"), "nothing").unwrap();
    assert!(unstarted(here).contains("cannot use cert.pem for TLS"));
    fs::remove_file(here.join("cert.pem")).unwrap();
    assert!(unstarted(here).contains("cannot use cert.pem for TLS"));
    settings("tls_key = \"key.pem\"\n");
    assert!(unstarted(here).contains("tls_certificate and tls_key go together"));
}
