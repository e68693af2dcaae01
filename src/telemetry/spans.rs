//! The spans of a request, as OpenTelemetry's semantic conventions name them: the request itself, the gate, calls of
//! AnythingLLM, chats. Those of the database stand at its repositories.
//!
//! While no traces are exported a span is made of nothing: making it is one comparison of the level that anybody listens
//! to, everything else looks first whether it is there. Never in a span: paths, queries, bodies, credentials, text.

mod chat;

pub use chat::ChatSpan;

use crate::telemetry::trace_context::{TraceContext, header};
use opentelemetry::Value;
use opentelemetry::trace::{Status, TraceContextExt as _};
use std::net::IpAddr;
use tracing::instrument::{Instrument as _, Instrumented};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The target of all of them; the layer of lines does not look at spans, so nothing but the export of traces enables it.
const TARGET: &str = "vestibule::trace";

/// A span, or nothing.
#[derive(Debug, Clone)]
pub struct Span(tracing::Span);

/// A request as it arrives.
#[derive(Debug, Clone, Copy)]
pub struct ArrivedRequest<'a> {
    pub method: &'a str,
    pub scheme: &'static str,
    /// As in `HTTP/1.1`.
    pub version: &'static str,
    pub client: IpAddr,
    pub listener: &'static str,
    pub request_id: &'a str,
}

/// A request as it ended.
#[derive(Debug, Clone, Copy)]
pub struct EndedRequest<'a> {
    pub method: &'a str,
    /// Name and path pattern of its row, if it reached one.
    pub route: Option<(&'static str, &'static str)>,
    pub status: Option<u16>,
    pub outcome: &'static str,
    pub key: Option<&'a str>,
    pub workspace: Option<&'a str>,
}

/// A call of AnythingLLM.
#[derive(Debug)]
pub struct UpstreamCall<'a> {
    pub method: &'a str,
    /// Its path, with `{…}` in place of what names something.
    pub template: String,
    pub scheme: &'a str,
    pub host: &'a str,
    pub port: Option<u16>,
}

/// A method that is no word of the standard's is not taken over: clients could make names without end.
fn known(method: &str) -> &str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    if KNOWN.contains(&method) { method } else { "_OTHER" }
}

impl Span {
    /// No span.
    pub const fn none() -> Self {
        Self(tracing::Span::none())
    }

    /// The span of a request. `trace` is afterwards called as the tracer calls it.
    pub fn request<'a>(trace: &mut TraceContext, arrived: impl FnOnce() -> ArrivedRequest<'a>) -> Self {
        let span = tracing::debug_span!(target: TARGET, parent: None, "request", otel.kind = "server");
        if span.is_disabled() {
            return Self(span);
        }
        trace.adopt(&span);
        let span = Self(span);
        let ArrivedRequest { method, scheme, version, client, listener, request_id } = arrived();
        span.set("http.request.method", known(method).to_owned());
        span.set("url.scheme", scheme);
        span.set("network.protocol.version", version);
        span.set("client.address", client.to_string());
        span.set("vestibule.listener", listener);
        span.set("vestibule.request_id", request_id.to_owned());
        span
    }

    /// Says how the request ended, and ends its span now, whatever is still done behind it.
    pub fn request_ended<'a>(&self, ended: impl FnOnce() -> EndedRequest<'a>) {
        if self.0.is_disabled() {
            return;
        }
        let EndedRequest { method, route, status, outcome, key, workspace } = ended();
        let method = known(method);
        let named = if method == "_OTHER" { "HTTP" } else { method };
        let name = if let Some((name, path)) = route {
            self.set("http.route", path);
            self.set("url.path", path);
            self.set("vestibule.route", name);
            format!("{named} {path}")
        } else {
            // A path may hold a secret: widget paths hold keys. The convention's word for what was removed.
            self.set("url.path", "REDACTED");
            named.to_owned()
        };
        if let Some(status) = status {
            self.set("http.response.status_code", i64::from(status));
        }
        self.set("vestibule.outcome", outcome);
        for (attribute, value) in [("vestibule.key", key), ("vestibule.workspace", workspace)] {
            if let Some(value) = value {
                self.set(attribute, value.to_owned());
            }
        }
        // A refusal of AnythingLLM that is passed back is the client's doing.
        let is_upstreams = outcome.starts_with("upstream_") && outcome != "upstream_4xx";
        if status.is_some_and(|status| status >= 500) || is_upstreams || outcome == "broken" {
            self.failed(outcome);
        }
        let context = self.0.context();
        let span = context.span();
        span.update_name(name);
        span.end();
    }

    /// The gate's part of a request.
    pub fn gate() -> Self {
        Self(tracing::debug_span!(target: TARGET, "gate"))
    }

    /// A call of Redis.
    pub fn redis(role: &'static str) -> Self {
        Self(tracing::debug_span!(target: TARGET, "redis.evalsha", vestibule.redis = role))
    }

    /// A call of AnythingLLM.
    pub fn upstream<'a>(call: impl FnOnce() -> UpstreamCall<'a>) -> Self {
        let span = Self(tracing::debug_span!(target: TARGET, "upstream", otel.kind = "client"));
        span.calls(call);
        span
    }

    /// The same for a request that is passed through, below its span.
    #[must_use]
    pub fn passed<'a>(&self, call: impl FnOnce() -> UpstreamCall<'a>) -> Self {
        let span = Self(tracing::debug_span!(target: TARGET, parent: &self.0, "upstream", otel.kind = "client"));
        span.calls(call);
        span
    }

    fn calls<'a>(&self, call: impl FnOnce() -> UpstreamCall<'a>) {
        if self.0.is_disabled() {
            return;
        }
        let UpstreamCall { method, template, scheme, host, port } = call();
        let method = known(method);
        let port = port.unwrap_or(if scheme == "https" { 443 } else { 80 });
        self.set("http.request.method", method.to_owned());
        self.set("server.address", host.to_owned());
        self.set("server.port", i64::from(port));
        self.set("url.full", format!("{scheme}://{host}:{port}{template}"));
        self.0.context().span().update_name(format!("{method} {template}"));
        self.set("url.template", template);
    }

    /// The head of an answer is there.
    pub fn answered(&self, status: u16) {
        if !self.0.is_disabled() {
            self.set("http.response.status_code", i64::from(status));
            if status >= 400 {
                self.failed(&status.to_string());
            }
        }
    }

    /// It failed: a short word from a closed list, never what anybody said.
    pub fn failed(&self, why: &str) {
        if !self.0.is_disabled() {
            self.set("error.type", why.to_owned());
            self.0.set_status(Status::error(String::new()));
        }
    }

    /// The `traceparent` for whom this span calls; none without a span.
    pub fn traceparent(&self) -> Option<String> {
        if self.0.is_disabled() {
            return None;
        }
        let context = self.0.context();
        let span = context.span();
        let named = span.span_context();
        named.is_valid().then(|| header(named.trace_id(), named.span_id(), named.is_sampled()))
    }

    /// What `work` begins stands below this span.
    pub fn around<F: Future>(&self, work: F) -> Instrumented<F> {
        work.instrument(self.0.clone())
    }

    fn set(&self, attribute: &'static str, value: impl Into<Value>) {
        self.0.set_attribute(attribute, value);
    }

    fn end(&self) {
        if !self.0.is_disabled() {
            self.0.context().span().end();
        }
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::none()
    }
}

#[cfg(test)]
mod tests {
    use super::{ChatSpan, Span, known};
    use crate::domain::clock::SystemRandomness;
    use crate::telemetry::trace_context::TraceContext;
    use tracing_subscriber::layer::SubscriberExt as _;

    /// With lines of every level and no export: whoever would tell what a span is about panics.
    #[test]
    fn without_an_export_no_span_is_made() {
        let lines = crate::telemetry::logging::lines_for_tests("trace");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let mut trace = TraceContext::accept(None, false, &SystemRandomness);
            let before = trace.clone();
            let request = Span::request(&mut trace, || panic!("asked what the request is like"));
            assert_eq!(trace, before);
            request.request_ended(|| panic!("asked how it ended"));
            let call = Span::upstream(|| panic!("asked what is called"));
            let passed = request.passed(|| panic!("asked what is called"));
            for span in [&request, &call, &passed, &Span::gate(), &Span::redis("limits")] {
                assert!(span.0.is_disabled() && span.0.id().is_none() && span.traceparent().is_none());
            }
            assert!(ChatSpan::begin().is_nothing());
            assert!(tracing::debug_span!("db.api_keys.find").is_disabled(), "nor one of the database");
        });
    }

    #[test]
    fn clients_name_no_methods() {
        assert_eq!((known("GET"), known("BREW"), known("get")), ("GET", "_OTHER", "_OTHER"));
    }
}
