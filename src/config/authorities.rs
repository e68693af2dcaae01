//! Files with the certificates of authorities, for services whose own certificates come from a private one.

use std::path::Path;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

/// A file that holds no certificates of authorities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} ({path}): {why}")]
pub struct BadAuthorities {
    key: &'static str,
    path: String,
    why: String,
}

/// The certificates in the PEM file that the setting `key` names; none if it names none.
///
/// # Errors
/// A file that cannot be read, holds none, or holds one that is no authority's.
pub fn authorities(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, BadAuthorities> {
    if file.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let bad = |why: String| BadAuthorities { key, path: file.display().to_string(), why };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| bad(error.to_string()))?;
    if found.is_empty() {
        return Err(bad("holds no certificate".into()));
    }
    let mut roots = RootCertStore::empty();
    for certificate in &found {
        roots.add(certificate.clone()).map_err(|error| bad(format!("holds what is no certificate: {error}")))?;
        // Pingora reads it with another parser, which must not be where it fails.
        x509_parser::parse_x509_certificate(certificate)
            .map_err(|error| bad(format!("holds what is no certificate: {error}")))?;
    }
    Ok(found)
}

/// What is trusted: these authorities and no others, or without any those that browsers trust.
pub fn trusted(authorities: &[CertificateDer<'static>]) -> RootCertStore {
    if authorities.is_empty() {
        return RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    }
    let mut roots = RootCertStore::empty();
    // They were added to one before.
    roots.add_parsable_certificates(authorities.iter().cloned());
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_told_by_its_setting_and_name() {
        assert_eq!(authorities("upstream.ca_file", Path::new("")), Ok(Vec::new()));
        for file in ["Cargo.toml", "no-such-file.pem"] {
            let told = authorities("upstream.ca_file", Path::new(file)).unwrap_err().to_string();
            assert!(told.starts_with(&format!("upstream.ca_file ({file}): ")), "{told}");
        }
    }

    #[test]
    fn without_authorities_of_ones_own_those_of_browsers_are_trusted() {
        assert_eq!(trusted(&[]).len(), webpki_roots::TLS_SERVER_ROOTS.len());
    }
}
