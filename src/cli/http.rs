//! One GET, for health checks and for looking at what really answers at an address. Not for requests of clients.

use crate::config;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;

const LARGEST: usize = 16 * 1024 * 1024;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    /// The body, if it is said to be JSON and is.
    pub(super) fn json(&self) -> Option<serde_json::Value> {
        let media_type = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        media_type.starts_with("application/json").then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }
}

/// Gets `url`, with a bearer credential if one is given. The error is for people and holds neither.
pub(super) async fn get(url: &str, bearer: Option<&str>, within: Duration) -> Result<Reply, String> {
    get_trusting(url, bearer, &[], within).await
}

/// The same from a server whose certificate comes from one of these authorities.
pub(super) async fn get_trusting(
    url: &str,
    bearer: Option<&str>,
    authorities: &[CertificateDer<'static>],
    within: Duration,
) -> Result<Reply, String> {
    let asked = tokio::time::timeout(within, ask(url, bearer, authorities));
    asked.await.map_err(|_| format!("no answer within {} s", within.as_secs()))?.map_err(|error| with_causes(&*error))
}

async fn ask(
    url: &str,
    bearer: Option<&str>,
    authorities: &[CertificateDer<'static>],
) -> Result<Reply, Box<dyn Error + Send + Sync>> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(config::trusted(authorities))
        .with_no_client_auth();
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let mut request = Request::get(url).header(header::ACCEPT, "application/json");
    if let Some(bearer) = bearer {
        request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
    }
    let (head, body) = client.request(request.body(Empty::new())?).await?.into_parts();
    let body = Limited::new(body, LARGEST).collect().await?.to_bytes();
    Ok(Reply { status: head.status, headers: head.headers, body })
}

fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
