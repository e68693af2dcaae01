//! One request, for health checks and for looking at what really answers at an address. Not for requests of clients.

use crate::config;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Collected, Empty, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
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

/// When the pieces of an answer came, from the moment it was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces {
    pub(super) first: Duration,
    pub(super) total: Duration,
    pub(super) count: usize,
}

/// Posts JSON and reads the answer as it comes, compressed if whatever is in between compresses: browsers let it, and
/// compressing is what holds most answers back. The error is for people.
pub(super) async fn pieces(url: &str, bearer: &str, body: String, within: Duration) -> Result<Pieces, String> {
    let read = async {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector(&[])?);
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream")
            .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .body(Full::new(Bytes::from(body)))?;
        let asked = Instant::now();
        let answer = client.request(request).await?;
        if !answer.status().is_success() {
            let status = answer.status();
            let said = Limited::new(answer.into_body(), LARGEST).collect().await.map(Collected::to_bytes);
            let said = said.ok().and_then(|said| serde_json::from_slice::<serde_json::Value>(&said).ok());
            let detail = said.as_ref().and_then(|said| said["detail"].as_str()).unwrap_or_default();
            return Err(format!("HTTP {status} {detail}").trim_end().to_owned().into());
        }
        let mut body = answer.into_body();
        let (mut first, mut count) = (None, 0);
        while let Some(frame) = body.frame().await {
            if frame?.is_data() {
                first.get_or_insert_with(|| asked.elapsed());
                count += 1;
            }
        }
        let total = asked.elapsed();
        Ok::<_, Box<dyn Error + Send + Sync>>(Pieces { first: first.unwrap_or(total), total, count })
    };
    let read = tokio::time::timeout(within, read).await;
    read.map_err(|_| format!("no answer within {} s", within.as_secs()))?.map_err(|error| with_causes(&*error))
}

fn connector(
    authorities: &[CertificateDer<'static>],
) -> Result<HttpsConnector<HttpConnector>, Box<dyn Error + Send + Sync>> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(config::trusted(authorities))
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp))
}

async fn ask(
    url: &str,
    bearer: Option<&str>,
    authorities: &[CertificateDer<'static>],
) -> Result<Reply, Box<dyn Error + Send + Sync>> {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector(authorities)?);
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
