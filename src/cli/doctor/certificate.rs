//! What a certificate says, for people, and what is shown by a server that one would connect to. Nothing is sent to it
//! but the handshake.

use super::PATIENCE;
use super::report::Report;
use chrono::{DateTime, TimeDelta, Utc};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use x509_parser::extensions::GeneralName;

/// A certificate that ends sooner than this should have been renewed.
const SOON: TimeDelta = TimeDelta::days(14);

/// `SSLRequest` (PostgreSQL's protocol, 54.7): eight bytes long, with a number no version has.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What stands in a certificate.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    der: CertificateDer<'static>,
    names: Vec<String>,
    issuer: String,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

/// How far its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    NotYet,
    Valid,
    /// Ends within days.
    EndsSoon,
    Expired,
}

impl Certificate {
    /// Reads one; none if it is none.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
        let time = |seconds| DateTime::from_timestamp(seconds, 0);
        let alternative = parsed.subject_alternative_name().ok().flatten();
        let names = alternative.iter().flat_map(|names| &names.value.general_names).filter_map(name).collect();
        Some(Self {
            names,
            issuer: parsed.issuer().to_string(),
            begins: time(parsed.validity().not_before.timestamp())?,
            ends: time(parsed.validity().not_after.timestamp())?,
            der: der.clone().into_owned(),
        })
    }

    pub(super) fn age(&self, now: DateTime<Utc>) -> Age {
        if now < self.begins {
            Age::NotYet
        } else if now >= self.ends {
            Age::Expired
        } else if now + SOON >= self.ends {
            Age::EndsSoon
        } else {
            Age::Valid
        }
    }

    /// Whether it is valid for this host.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let Ok(host) = ServerName::try_from(host) else { return false };
        ParsedCertificate::try_from(&self.der).is_ok_and(|parsed| verify_server_name(&parsed, &host).is_ok())
    }
}

impl std::fmt::Display for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = if self.names.is_empty() { "no host".to_owned() } else { self.names.join(", ") };
        let day = |time: DateTime<Utc>| time.format("%Y-%m-%d");
        write!(f, "for {names}, issued by \"{}\", valid from {} to {}", self.issuer, day(self.begins), day(self.ends))
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

/// A server as seen from here.
pub(super) struct Server<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Whose certificates are believed.
    pub(super) roots: RootCertStore,
    /// PostgreSQL asks for TLS in words of its own.
    pub(super) postgres: bool,
}

/// What a server showed.
pub(super) struct Shown {
    pub(super) certificate: Certificate,
    /// Why it is not believed.
    pub(super) fault: Option<Error>,
}

impl Shown {
    /// Tells of it; `ca_file` and `url` are the settings about it. False: it is not believed.
    pub(super) fn told(&self, part: &'static str, ca_file: &str, url: &str, report: &mut Report) -> bool {
        if let Some((what, mend)) = self.complaint(ca_file, url) {
            report.fail(part, what, mend);
            return false;
        }
        report.ok(part, format!("its certificate is {}", self.certificate));
        true
    }

    /// What is wrong with it, and how to mend it.
    fn complaint(&self, ca_file: &str, url: &str) -> Option<(String, String)> {
        let fault = self.fault.as_ref()?;
        let Certificate { issuer, .. } = &self.certificate;
        let mend = match fault {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                format!("name a PEM file with the certificate of its authority, \"{issuer}\", in {ca_file}")
            }
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => {
                format!("put one of its names into {url}, or have it issued for the one there")
            }
            Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                "renew it".to_owned()
            }
            _ => "have it issued anew".to_owned(),
        };
        Some((format!("its certificate is not believed ({fault}); it is {}", self.certificate), mend))
    }
}

/// Shakes hands with a server; none if it shows no certificate in time.
pub(super) async fn shown_by(server: Server<'_>) -> Option<Shown> {
    let name = ServerName::try_from(server.host.to_owned()).ok()?;
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(server.roots), Arc::clone(&provider)).build().ok()?;
    let noting = Arc::new(Noting { verifier, seen: Mutex::default() });
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Noting>::clone(&noting);
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let shaking = async {
        let mut tcp = TcpStream::connect((server.host, server.port)).await.ok()?;
        if server.postgres {
            tcp.write_all(&SSL_REQUEST).await.ok()?;
            let willing = tcp.read_u8().await.ok()? == b'S';
            willing.then_some(())?;
        }
        TlsConnector::from(Arc::new(tls)).connect(name, tcp).await.ok()
    };
    // What came of it is in what was noted.
    drop(timeout(PATIENCE, shaking).await);
    noting.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Notes what is shown, and judges as every client does: nothing is accepted here that is not there.
#[derive(Debug)]
struct Noting {
    verifier: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Shown>>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shown({})", self.certificate)
    }
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.verifier.verify_server_cert(certificate, intermediates, name, ocsp, now);
        if let Some(certificate) = Certificate::read(certificate) {
            let shown = Shown { certificate, fault: judged.as_ref().err().cloned() };
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        }
        judged
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
