//! The certificate of the public listener and its private key: read at the start, and again when their files have changed,
//! so that a renewed one is shown without a restart.

use arc_swap::ArcSwap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How often the files are looked at. Not watched: Kubernetes changes a link to their folder, others rename.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Certificate and key, in PEM files.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub private_key: PathBuf,
}

/// What was in the files.
#[derive(PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    private_key: Vec<u8>,
}

/// The certificate that is shown now.
pub(super) struct Certificate {
    files: TlsFiles,
    first: Pem,
    acceptor: ArcSwap<ServerConfig>,
}

impl TlsFiles {
    fn read(&self) -> io::Result<Pem> {
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| named(path, &error));
        Ok(Pem { certificate: read(&self.certificate)?, private_key: read(&self.private_key)? })
    }

    fn config(&self, pem: &Pem) -> io::Result<Arc<ServerConfig>> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| named(&self.certificate, &error))?;
        let key = PrivateKeyDer::from_pem_slice(&pem.private_key).map_err(|error| named(&self.private_key, &error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| named(&self.certificate, &error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read, or a key that does not belong to the certificate.
    pub(super) fn load(files: &TlsFiles) -> io::Result<Self> {
        let first = files.read()?;
        let acceptor = ArcSwap::new(files.config(&first)?);
        Ok(Self { files: files.clone(), first, acceptor })
    }

    /// For a new connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.acceptor.load_full())
    }

    /// Looks for changes for as long as it is polled. What cannot be used is told once and changes nothing: of two files
    /// one is always replaced first.
    pub(super) async fn follow(&self) {
        let mut seen: Option<Pem> = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let files = self.files.clone();
            let read = tokio::task::spawn_blocking(move || files.read()).await;
            // One of them is between two names at the moment, or gone: the certificate there is goes on.
            let Ok(Ok(pem)) = read else { continue };
            if pem == *seen.as_ref().unwrap_or(&self.first) {
                continue;
            }
            match self.files.config(&pem) {
                Ok(config) => {
                    self.acceptor.store(config);
                    tracing::info!(
                        "the certificate of the public listener has changed; new connections get the new one"
                    );
                }
                Err(error) => {
                    tracing::warn!(%error, "the files of the certificate have changed and cannot be used yet; the one before is shown");
                }
            }
            seen = Some(pem);
        }
    }
}

fn named(path: &std::path::Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
