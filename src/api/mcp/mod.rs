//! `/mcp`: the Model Context Protocol over streamable HTTP, for a shop's own agents. Every request stands for itself:
//! nothing is kept between two of them, so any replica answers any.
//!
//! The protocol is the official SDK's business (`rmcp`): messages, revisions, headers. What is done is the tools', and
//! what may be done the gate's, before the SDK sees anything.

mod arguments;
mod tools;

use crate::api::admitted::Gated;
use crate::api::json::RawJson;
use crate::api::response::Refusal;
use crate::api::{ApiBody, Shared};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::Full;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::sync::Arc;
use tools::tools;

/// The headers that the protocol looks at, besides the body's type.
const READ: [&str; 4] = ["accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

/// Answers one message.
pub(crate) async fn call(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    RawJson(body): RawJson,
) -> Result<Response, Refusal> {
    let mut request = http::Request::new(Full::<Bytes>::new(body));
    *request.method_mut() = Method::POST;
    for name in READ {
        for value in headers.get_all(name) {
            request.headers_mut().append(name, value.clone());
        }
    }
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The SDK asks for one. Pages are refused by the gate, and without a credential nobody gets here: names of hosts prove
    // nothing more.
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("vestibule"));
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let (tools, mut calls) = tools(state, admitted);
    let service = StreamableHttpService::new(move || Ok(tools.clone()), Arc::<NeverSessionManager>::default(), config);
    let answer = service.handle(request);
    tokio::pin!(answer);
    let answer = loop {
        tokio::select! {
            biased;
            answer = &mut answer => break answer,
            () = calls.run_next() => {}
        }
    };
    told(answer.map(ApiBody::new))
}

/// What the SDK refuses in words of its own is told in ours; JSON is the protocol's.
fn told(mut answer: Response) -> Result<Response, Refusal> {
    let is_json =
        answer.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"application/json");
    if answer.status().is_success() || is_json {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return Ok(answer);
    }
    Err(Refusal(match answer.status() {
        StatusCode::NOT_ACCEPTABLE => Rejection::BadRequest("Send `Accept: application/json, text/event-stream`."),
        status if status.is_server_error() => Rejection::Internal,
        _ => Rejection::BadRequest("This is no request of the Model Context Protocol."),
    }))
}
