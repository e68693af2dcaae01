//! Certificates of a test's own authority.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use uuid::Uuid;
use vestibule::domain::clock::{Clock as _, SystemClock};

/// A certificate authority of a test's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A certificate of a server, with its key. Its files go with it.
pub(crate) struct Leaf {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    folder: PathBuf,
}

impl Drop for Leaf {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("An authority of the tests")
    }

    pub(crate) fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Its own certificate in a PEM file, in this leaf's folder.
    pub(crate) fn file(&self, beside: &Leaf) -> String {
        let path = beside.folder.join(format!("authority-{}.pem", Uuid::new_v4()));
        std::fs::write(&path, pem("CERTIFICATE", &self.certificate)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A certificate for `host` that is good for a year.
    pub(crate) fn leaf(&self, host: &str) -> Leaf {
        let now = SystemClock.now();
        self.leaf_within(host, now - TimeDelta::days(2), now + TimeDelta::days(365))
    }

    /// The same from one day to another.
    pub(crate) fn leaf_within(&self, host: &str, begins: DateTime<Utc>, ends: DateTime<Utc>) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let day = |time: DateTime<Utc>| {
            date_time_ymd(time.year(), u8::try_from(time.month()).unwrap(), u8::try_from(time.day()).unwrap())
        };
        (params.not_before, params.not_after) = (day(begins), day(ends));
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let folder = std::env::temp_dir().join(format!("vestibule-leaf-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Leaf { certificate, key, folder }
    }

    pub(super) fn acceptor(&self, host: &str) -> TlsAcceptor {
        self.leaf(host).acceptor()
    }
}

impl Leaf {
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// PEM files of the certificate and of its key.
    pub(crate) fn files(&self) -> (String, String) {
        let write = |name: &str, text: String| {
            let path: &Path = &self.folder.join(name);
            std::fs::write(path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let certificate = write("certificate.pem", pem("CERTIFICATE", &self.certificate));
        (certificate, write("key.pem", pem("PRIVATE KEY", &self.key.serialize_der())))
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
