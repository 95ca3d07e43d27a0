//! TLS, where the configuration names a certificate: nothing is served without it then. A renewed certificate is taken up while the
//! server runs.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::{info, warn};

use crate::{config::Config, error::StartError, exposed};

/// How long a client may take to agree on how to speak.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How connections are secured.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

/// The certificate that is shown, and where it is from.
#[derive(Debug)]
struct Shown {
    files: Files,
    provider: Arc<CryptoProvider>,
    now: RwLock<Arc<CertifiedKey>>,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Tls {
    /// With the certificate and key that are configured; none where there are none.
    ///
    /// # Errors
    /// Where they cannot be used, with the file.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else {
            return Ok(None);
        };
        let provider = Arc::new(ring::default_provider());
        exposed::is_kept(key).map_err(|exposed| StartError::Tls(key.clone(), exposed))?;
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let now = RwLock::new(Arc::new(files.read(&provider)?));
        let shown = Arc::new(Shown { files, provider, now });
        let unusable = |error: rustls::Error| StartError::Tls(certificate.clone(), error.to_string());
        let settings = ServerConfig::builder_with_provider(Arc::clone(&shown.provider))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth();
        let mut settings = settings.with_cert_resolver(Arc::<Shown>::clone(&shown));
        settings.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Self { acceptor: Arc::new(settings).into(), shown }))
    }

    /// The connection, secured.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        timeout(HANDSHAKE_WITHIN, self.acceptor.accept(stream)).await?
    }

    /// Takes up what the files are replaced with, as long as it is polled. What cannot be used is not: what was shown goes on to be.
    pub(crate) async fn keep_up(self) {
        let mut known = self.shown.files.changed_at();
        loop {
            sleep(LOOK_EVERY).await;
            let found = self.shown.files.changed_at();
            if found == known {
                continue;
            }
            known = found;
            self.shown.take_up();
        }
    }
}

impl Shown {
    /// Shows what the files hold now, if that can be shown.
    fn take_up(&self) {
        match self.files.read(&self.provider) {
            Ok(key) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                info!("a new TLS certificate is shown from now on");
                // The next start refuses it; ending what runs over it would help nobody.
                if let Err(exposed) = exposed::is_kept(&self.files.key) {
                    warn!("{exposed}");
                }
            }
            Err(error) => {
                warn!(%error, "the TLS certificate was changed and cannot be used: the old one stays");
            }
        }
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Files {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, StartError> {
        let Self { certificate, key } = self;
        let unusable =
            |file: &Path, error: &dyn fmt::Display| StartError::Tls(file.to_owned(), error.to_string());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable(certificate, &error))?;
        if chain.is_empty() {
            return Err(unusable(certificate, &"there is no certificate in it"));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| encrypted(key).unwrap_or_else(|| unusable(key, &error)))?;
        let certified = CertifiedKey::from_der(chain, private, provider);
        certified.map_err(|error| unusable(certificate, &format!("with the key {}: {error}", key.display())))
    }

    /// When each was changed last.
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key]
            .map(|file| std::fs::metadata(file).and_then(|found| found.modified()).ok())
    }
}

/// What to do about a key that only its passphrase opens; nothing where it is none.
fn encrypted(key: &Path) -> Option<StartError> {
    // So it stands in the first lines of either form of such a key, PKCS #8 and the older one.
    let text = std::fs::read_to_string(key).ok()?;
    text.lines().take(3).find(|line| line.contains("ENCRYPTED"))?;
    let file = key.display();
    let advice = format!(
        "it is encrypted, and a server has nobody to ask for its passphrase: `(umask 077; openssl pkey -in {file} -out {file}.plain)` makes one to be named instead"
    );
    Some(StartError::Tls(key.to_owned(), advice))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.shown.files).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_not_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let certify = || {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            std::fs::write(&certificate, made.cert.pem()).unwrap();
            std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
            made.cert.der().clone()
        };
        let first = certify();
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let provider = Arc::new(ring::default_provider());
        let now = RwLock::new(Arc::new(files.read(&provider).unwrap()));
        let shown = Shown { files, provider, now };
        let shows = |wanted: &CertificateDer<'_>| {
            shown.take_up();
            shown.now.read().unwrap().cert == [wanted.clone()]
        };
        assert!(shows(&first));
        let second = certify();
        assert!(shows(&second));
        for file in [&certificate, &key] {
            std::fs::write(file, "nothing").unwrap();
            assert!(shows(&second));
        }
        std::fs::remove_file(&certificate).unwrap();
        assert!(shows(&second));
        let third = certify();
        assert!(shows(&third));
    }
}
