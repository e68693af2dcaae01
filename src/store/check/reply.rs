//! One question to a platform and its answer, read as JSON where it is some.

use super::{Checked, PATIENCE};
use crate::outbound::{Ask, Outbound, OutboundError};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use url::Url;

/// Largest answer to a small question, in bytes. Some shops add a lot to each product whatever is asked for.
const MOST: usize = 2 * 1024 * 1024;

/// What a platform said. Never shown: only what was looked for in it decides.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// None: not JSON.
    pub(super) json: Option<Value>,
}

impl Checked<'_> {
    /// An address below the shop's: `path` is put behind whatever path the shop has.
    pub(super) fn below_store(&self, path: &str) -> Result<Url, OutboundError> {
        let base = self.settings.store_url.as_str().trim_end_matches('/');
        address(&format!("{base}/{path}"))
    }
}

pub(super) fn address(text: &str) -> Result<Url, OutboundError> {
    Url::parse(text).map_err(|_| OutboundError::Address("cannot be put together"))
}

/// A `GET`.
pub(super) fn get(url: Url, credentials: Option<HeaderMap>) -> Ask {
    Ask {
        headers: accept_json(),
        credentials: credentials.unwrap_or_default(),
        within: Some(PATIENCE),
        ..Ask::get(url)
    }
}

/// A `POST` of JSON.
pub(super) fn post(url: Url, credentials: Option<HeaderMap>, body: &Value) -> Ask {
    let mut headers = accept_json();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ask { method: Method::POST, headers, body: Bytes::from(body.to_string()), ..get(url, credentials) }
}

/// Adds a header that is no secret.
pub(super) fn with(mut ask: Ask, name: HeaderName, value: &str) -> Result<Ask, OutboundError> {
    let value = HeaderValue::from_str(value).map_err(|_| OutboundError::Address("cannot be put together"))?;
    ask.headers.insert(name, value);
    Ok(ask)
}

pub(super) async fn send(outbound: &Outbound, ask: Ask) -> Result<Reply, OutboundError> {
    let answer = outbound.send(ask).await?;
    let (status, headers) = (answer.status, answer.headers);
    let body = answer.body.collect(MOST).await?;
    Ok(Reply { status, headers, json: serde_json::from_slice(&body).ok() })
}

impl Reply {
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.json.as_ref().and_then(|json| json.pointer(pointer)).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether there is something at this place that is not null.
    pub(super) fn has(&self, pointer: &str) -> bool {
        self.json.as_ref().and_then(|json| json.pointer(pointer)).is_some_and(|value| !value.is_null())
    }

    /// Whether one of GraphQL's errors has this code or says this.
    pub(super) fn has_graphql_error(&self, matches: impl Fn(&str, &str) -> bool) -> bool {
        let errors = self.json.as_ref().and_then(|json| json.get("errors")).and_then(Value::as_array);
        errors.is_some_and(|errors| {
            errors.iter().any(|error| {
                let text = |pointer| error.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                matches(text("/extensions/code"), text("/message"))
            })
        })
    }
}

fn accept_json() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers
}
