//! Cross-origin headers (Fetch standard, section 3.2). Preflights are answered before authentication and limits; errors
//! carry the headers too, or a browser shows them as network failures.

use crate::domain::origin::Origin;
use crate::endpoints::Endpoint;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use std::sync::LazyLock;

/// Request headers that pages may send, because something reads them.
const READ: &str =
    "Authorization, Content-Type, Accept, X-Widget-Key, X-Request-Id, Idempotency-Key, If-Match, If-None-Match";
/// Request headers that pages send without their makers' doing: libraries for traces and errors, for recordings of visits
/// and against forged requests, and older ones for requests, add them to every call. A shop that uses one would have no
/// chat. Nothing of ours reads them but `traceparent`, and only behind proxies that are trusted; AnythingLLM gets none.
const DROPPED: [&str; 68] = [
    "adrum",
    "adrum_0",
    "adrum_1",
    "b3",
    "baggage",
    "cache-control",
    "dnt",
    "eagleeye-pappname",
    "eagleeye-sessionid",
    "eagleeye-traceid",
    "elastic-apm-traceparent",
    "grpc-trace-bin",
    "last-event-id",
    "logrocket",
    "newrelic",
    "ot-baggage-trace",
    "ot-tracer-sampled",
    "ot-tracer-spanid",
    "ot-tracer-traceid",
    "pragma",
    "priority",
    "request-context",
    "request-id",
    "sentry-trace",
    "sw8",
    "sw8-correlation",
    "sw8-x",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-client-trace-id",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-csrf-token",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampled",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
    "x-dtc",
    "x-dtpc",
    "x-dtreferer",
    "x-dynatrace",
    "x-highlight-request",
    "x-instana-l",
    "x-instana-s",
    "x-instana-t",
    "x-logrocket-url",
    "x-newrelic-app-data",
    "x-newrelic-id",
    "x-newrelic-synthetics",
    "x-newrelic-transaction",
    "x-openreplay-sessiontoken",
    "x-ot-span-context",
    "x-posthog-distinct-id",
    "x-posthog-session-id",
    "x-posthog-window-id",
    "x-requested-with",
    "x-trace-id",
    "x-transaction-id",
    "x-xsrf-token",
];

/// Whether what a page says under this name ends here.
pub(super) fn is_dropped(name: &HeaderName) -> bool {
    DROPPED.contains(&name.as_str())
}

fn allowed_headers() -> HeaderValue {
    static ALLOWED: LazyLock<HeaderValue> = LazyLock::new(|| {
        HeaderValue::try_from(format!("{READ}, {}", DROPPED.join(", "))).unwrap_or(HeaderValue::from_static(READ))
    });
    ALLOWED.clone()
}

/// Answer headers that pages may read.
const EXPOSED_HEADERS: &str =
    "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Cache, Age, ETag, AI-Disclosure";
/// Chrome's own maximum, in seconds.
const MAX_AGE: &str = "7200";

/// Whether this asks for permission rather than for an answer.
pub(super) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(header::ORIGIN)
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The origin to echo: only one that is an origin at all, and only if it is the only one. `known`: the gate's, which was
/// read already.
fn echoed(headers: &HeaderMap, known: Option<&Origin>) -> Option<HeaderValue> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(value), None) = (origins.next(), origins.next()) else { return None };
    let text = value.to_str().ok()?;
    if known.is_none_or(|known| known.as_str() != text) {
        Origin::parse(text).ok()?;
    }
    Some(value.clone())
}

/// The answer to a preflight for a path with these rows. No key is known yet: the request itself is what is checked.
pub(super) fn preflight(head: &Parts, rows: &[&'static Endpoint]) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let methods: Vec<&str> = rows.iter().filter(|row| row.cors).map(|row| row.method.as_str()).collect();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if methods.is_empty() {
        return response;
    }
    if let (Some(origin), Ok(methods)) = (echoed(&head.headers, None), HeaderValue::try_from(methods.join(", "))) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers());
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    }
    response
}

/// Lets the page that asked read this answer. Called for refusals as well: they say nothing that the page could not
/// know, and no answer depends on cookies.
pub(super) fn expose(asked: &HeaderMap, known: Option<&Origin>, endpoint: Option<&Endpoint>, answer: &mut HeaderMap) {
    if endpoint.is_some_and(|row| !row.cors) {
        return;
    }
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = echoed(asked, known) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
}
