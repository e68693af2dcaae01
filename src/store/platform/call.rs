//! One call of a platform and its JSON, made again where that may help: bounded in number and in time.

use super::fault;
use crate::catalog::engine::ReadError;
use crate::outbound::{Ask, Outbound, OutboundError};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Calls in all before a failure counts.
const TRIES: u32 = 6;
/// For one call with its answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest time that a platform may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Largest answer, in bytes: a hundred products with long texts.
const MOST: usize = 32 * 1024 * 1024;

pub(super) struct Calls {
    pub(super) outbound: Outbound,
    /// Sent to the place that [`Ask::url`] names, and to no other.
    credentials: HeaderMap,
    pub(super) pause: Duration,
}

/// An answer of any status that another try would not change.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Null: not JSON.
    pub(super) json: Value,
}

impl Reply {
    /// A number in a header.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    pub(super) fn code(&self) -> &str {
        self.json.get("code").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Calls {
    pub(super) fn new(outbound: Outbound, credentials: HeaderMap, pause: Duration) -> Self {
        Self { outbound, credentials, pause }
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Reply, ReadError> {
        self.patiently(Ask { headers: accept(), ..self.ask(url) }).await
    }

    pub(super) async fn post(&self, url: &Url, body: &Value) -> Result<Reply, ReadError> {
        let mut headers = accept();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Bytes::from(body.to_string());
        self.patiently(Ask { method: Method::POST, headers, body, ..self.ask(url) }).await
    }

    /// Waits as long as a platform asks for, or one of a growing number of pauses.
    pub(super) async fn wait(&self, asked: Option<Duration>, nth: u32) -> Result<(), ReadError> {
        let wait = asked.unwrap_or_else(|| self.pause * 2_u32.saturating_pow(nth.min(4)));
        if wait > LONGEST_WAIT {
            return Err(fault("platform_throttled", "the shop asks to wait for longer than a sync does"));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn ask(&self, url: &Url) -> Ask {
        Ask { credentials: self.credentials.clone(), within: Some(PATIENCE), ..Ask::get(url.clone()) }
    }

    async fn patiently(&self, ask: Ask) -> Result<Reply, ReadError> {
        let mut nth = 0;
        loop {
            nth += 1;
            let last = nth >= TRIES;
            match self.once(ask.clone()).await {
                Ok(reply) if !last && may_pass(reply.status) => {
                    let asked = reply.number(header::RETRY_AFTER.as_str()).map(Duration::from_secs);
                    self.wait(asked, nth).await?;
                }
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                    return Err(fault("platform_throttled", "the shop asks for fewer requests"));
                }
                Ok(reply) => return Ok(reply),
                Err(error) if !last && error.may_pass() => self.wait(None, nth).await?,
                Err(error) => return Err(fault(error.code(), format!("the shop could not be asked: {error}"))),
            }
        }
    }

    async fn once(&self, ask: Ask) -> Result<Reply, OutboundError> {
        let answer = self.outbound.send(ask).await?;
        let (status, headers) = (answer.status, answer.headers);
        let body = answer.body.collect(MOST).await?;
        Ok(Reply { status, headers, json: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    }
}

fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// What every platform means by a status that is no success.
pub(super) fn refused(status: StatusCode) -> ReadError {
    match status.as_u16() {
        401 => fault("credentials_refused", "the shop refuses the credentials"),
        403 => fault("access_denied", "the shop knows the credentials and denies them this access"),
        404 | 410 => fault("not_found", "there is nothing at the address that is asked; check the address"),
        500..=599 => fault("platform_failed", "the shop has a fault of its own"),
        300..=399 => fault("redirected", "the shop redirects to another address; give that one"),
        other => fault("unexpected_status", format!("the shop answers with status {other}")),
    }
}

fn accept() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers
}
