//! Certificate and private key of the public listener: whether they belong together, whether browsers take them, and
//! until when. And whether files of authorities hold some.

use super::certificate::{Age, Certificate};
use super::report::Report;
use crate::config::{self, Config};
use chrono::{DateTime, Utc};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use url::Url;

const PART: &str = "tls";

pub(super) fn examine(config: &Config, now: DateTime<Utc>, report: &mut Report) {
    // Those for AnythingLLM and Redis are looked at where these are asked.
    for (key, file) in [("outbound.ca_file", &config.outbound.ca_file), ("database.ca_file", &config.database.ca_file)]
    {
        if let Err(bad) = config::authorities(key, file) {
            report.fail(PART, bad.to_string(), "name a readable PEM file with the certificates of authorities");
        }
    }
    let (certificate, key) = (&config.public.tls_certificate_file, &config.public.tls_private_key_file);
    if certificate.as_os_str().is_empty() || key.as_os_str().is_empty() {
        return;
    }
    let chain = match chain(certificate) {
        Ok(chain) => chain,
        Err(why) => {
            let what = format!("{}: {why}", certificate.display());
            report.fail(PART, what, "public.tls_certificate_file must name a readable PEM file, own certificate first");
            return;
        }
    };
    if let Some(own) = chain.first().and_then(Certificate::read) {
        certificate_itself(&own, config, now, report);
    }
    let private_key = match PrivateKeyDer::from_pem_file(key) {
        Ok(private_key) => private_key,
        Err(why) => {
            let what = format!("{}: {why}", key.display());
            report.fail(
                PART,
                what,
                "public.tls_private_key_file must name a readable PEM file with an unencrypted key",
            );
            return;
        }
    };
    let count = chain.len();
    match CertifiedKey::from_der(chain, private_key, &Arc::new(ring::default_provider())) {
        Ok(_) => report.ok(PART, format!("certificate ({count} in the chain) and private key belong together")),
        Err(why) => report.fail(
            PART,
            format!("certificate and private key cannot be used together: {why}"),
            "use the key the certificate was made for, and the server's own certificate first in the file",
        ),
    }
    if readable_by_all(key) {
        report.warn(
            PART,
            format!("everybody on this machine may read {}", key.display()),
            "chmod 600, owned by the gateway's user",
        );
    }
}

/// Until when it is valid, and for whom.
fn certificate_itself(own: &Certificate, config: &Config, now: DateTime<Utc>, report: &mut Report) {
    const RENEW: &str = "renew it; the gateway takes the new one within seconds";
    match own.age(now) {
        Age::Valid => report.ok(PART, format!("the certificate is {own}")),
        Age::EndsSoon => report.warn(PART, format!("the certificate ends soon: it is {own}"), RENEW),
        Age::Expired => report.fail(PART, format!("the certificate has expired: it is {own}"), RENEW),
        Age::NotYet => report.fail(
            PART,
            format!("the certificate is not valid yet: it is {own}"),
            "set this machine's clock, or use another certificate until then",
        ),
    }
    let url = config.public_url();
    let Some(host) = Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned)) else { return };
    if own.is_for(host.trim_matches(['[', ']'])) {
        return report.ok(PART, format!("the certificate is valid for {host}"));
    }
    let what = format!("the certificate is not valid for {host}, which clients use: it is {own}");
    let mend = "use a certificate for the host of public.url, or correct public.url";
    // A proxy in front may call this listener by another name, and show clients a certificate of its own.
    if config.edge.trusted_proxies.is_empty() && !config.public.url.is_empty() {
        report.fail(PART, what, mend);
    } else {
        report.warn(PART, what, mend);
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match certificates {
        Ok(chain) if chain.is_empty() => Err("holds no certificate".to_owned()),
        Ok(chain) => Ok(chain),
        Err(error) => Err(error.to_string()),
    }
}

fn readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}
