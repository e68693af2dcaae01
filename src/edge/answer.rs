//! Answers of our own, from a refusal to a stream: what every one of them carries, and the way to the socket.

use crate::domain::ids::RequestId;
use crate::edge::client::Client;
use crate::edge::context::RequestContext;
use crate::edge::cors;
use crate::edge::gateway::Edge;
use crate::edge::hops;
use crate::edge::service::{self, CLOSING, Called, ServiceBody, StreamEnd};
use crate::endpoints::{BodyCap, Listener, is_of_console};
use crate::gate::{Admitted, Refused};
use crate::limits::{Counting, LimitState, Rate};
use crate::rejection::{ErrorShape, RejectionCode, page};
use crate::store::DELIVERY_HEADERS;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use pingora::prelude::*;
use std::fmt::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

/// What handlers read: a header that is not listed here cannot change an answer.
static READ: [HeaderName; 11] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::IF_MATCH,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    header::USER_AGENT,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("mcp-method"),
    HeaderName::from_static("mcp-name"),
    HeaderName::from_static("mcp-protocol-version"),
];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Edge {
    /// Sends a small answer of our own.
    pub(super) async fn send<C: Client>(
        &self,
        client: &mut C,
        request: &mut RequestContext,
        response: Response<Bytes>,
    ) -> Result<()> {
        let drained = service::drain(client).await;
        if !drained {
            client.close_afterwards();
        }
        let body = |bytes| Full::new(bytes).map_err(|never: std::convert::Infallible| match never {}).boxed_unsync();
        let response = response.map(body);
        self.write(client, request, response, None).await
    }

    pub(super) async fn refuse<C: Client>(
        &self,
        client: &mut C,
        request: &mut RequestContext,
        refused: Refused,
    ) -> Result<()> {
        request.running.refused = Some(refused.rejection.code());
        let at = || match client.head().uri.path() {
            // Staff may have it in their address bar. On the public listener the console may not be there at all.
            path if request.connection.listener == Listener::Admin && is_of_console(path) => ErrorShape::Page,
            path => ErrorShape::of_path(path),
        };
        let shape = refused.endpoint.map_or_else(at, |row| row.errors);
        if let Some(row) = refused.endpoint {
            request.running.route = row.name;
        }
        if refused.key.is_some() {
            request.running.key = refused.key;
        }
        if refused.user.is_some() {
            request.running.user = refused.user;
        }
        if refused.origin.is_some() {
            request.running.origin = refused.origin;
        }
        let language = shape.language(&client.head().headers);
        let to_login = shape == ErrorShape::Page && refused.rejection.status() == StatusCode::UNAUTHORIZED;
        let mut response = if to_login {
            page::to_login(&asked(client.head()), refused.rejection.code())
        } else {
            refused.rejection.response(shape, &self.docs, language, &request.running.request_id)
        };
        response.headers_mut().extend(rate_limit_headers(&refused.limits));
        let known = request.running.origin.as_ref();
        cors::expose(&client.head().headers, known, refused.endpoint, response.headers_mut());
        self.send(client, request, response).await
    }

    pub(super) async fn write<C: Client>(
        &self,
        client: &mut C,
        request: &mut RequestContext,
        mut response: Response<ServiceBody>,
        admitted: Option<&Admitted>,
    ) -> Result<()> {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, header_value(request.running.request_id.as_str()));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(said) = self.hsts.told(client.head(), request) {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, said.clone());
        }
        let events = hops::said_by_streams(headers);
        for (name, value) in events {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        for (name, value) in rate_limit_headers(&admitted.map(Admitted::limit_states).unwrap_or_default()) {
            headers.insert(name, value);
        }
        let connection = Arc::clone(&request.connection);
        // Pinned here: whoever is given a future by value has it twice.
        let ended = pin!(async {
            let Some(admitted) = admitted else { return std::future::pending().await };
            tokio::select! {
                biased;
                why = self.gate.until_withdrawn(admitted) => StreamEnd::Withdrawn(why),
                () = connection.closing(), if !events.is_empty() => StreamEnd::Closing,
            }
        });
        let last = |request_id: &RequestId| {
            // An answer that is complete has nothing to add.
            let admitted = admitted.filter(|admitted| !admitted.facts().is_answered())?;
            admitted.facts().set_stream_error(CLOSING.code());
            let (shape, language) = (admitted.endpoint().errors, admitted.language());
            Some(CLOSING.last_event(shape, &self.docs, language, request_id).into())
        };
        let streams = http_body::Body::size_hint(response.body()).exact().is_none();
        let _open = streams.then(|| self.recorder.metrics.stream_opened());
        let recorder = &self.recorder;
        service::write(client, &request.connection, response, &mut request.running, recorder, ended, last).await
    }

    pub(super) async fn serve<C: Client>(
        &self,
        client: &mut C,
        request: &mut RequestContext,
        admitted: Arc<Admitted>,
    ) -> Result<()> {
        let endpoint = admitted.endpoint();
        let began = Instant::now();
        let body = self.bodies.read(client, endpoint).await;
        request.running.client_wait += began.elapsed();
        let key = request.running.key.clone();
        let body = match body {
            Ok(body) => body,
            Err(rejection) => {
                let limits = admitted.limit_states();
                let refused = Refused { endpoint: Some(endpoint), key, limits, ..Refused::from(rejection) };
                return Box::pin(self.refuse(client, request, refused)).await;
            }
        };
        let head = client.head();
        let mut to_api = http::Request::new(body);
        to_api.headers_mut().reserve(READ.len());
        for (name, value) in head.headers.iter().filter(|(name, _)| READ.contains(name)) {
            to_api.headers_mut().append(name.clone(), value.clone());
        }
        if endpoint.body == BodyCap::Webhook {
            for (name, value) in head.headers.iter().filter(|(name, _)| DELIVERY_HEADERS.contains(&name.as_str())) {
                to_api.headers_mut().append(name.clone(), value.clone());
            }
        }
        if endpoint.errors == ErrorShape::Page {
            for value in head.headers.get_all(header::COOKIE) {
                to_api.headers_mut().append(header::COOKIE, value.clone());
            }
        }
        let called = service::call(&*self.answerer, client, &request.connection, to_api, Arc::clone(&admitted)).await;
        let mut response = match called {
            Called::Answer(response) => response,
            Called::ClientLeft => {
                admitted.facts().set_client_left();
                client.close_afterwards();
                return Ok(());
            }
            Called::Closing(rejection) => {
                client.close_afterwards();
                let limits = admitted.limit_states();
                let refused = Refused { endpoint: Some(endpoint), key, limits, ..Refused::from(rejection) };
                return Box::pin(self.refuse(client, request, refused)).await;
            }
        };
        if response.status().is_client_error() || response.status().is_server_error() {
            request.running.refused = response.extensions().get::<RejectionCode>().map(|code| code.0);
        }
        let known = request.running.origin.as_ref();
        cors::expose(&client.head().headers, known, Some(endpoint), response.headers_mut());
        self.write(client, request, response, Some(&admitted)).await.inspect_err(|error| {
            if error.esource() == &pingora::ErrorSource::Downstream || error.etype != ErrorType::InternalError {
                admitted.facts().set_client_left();
            }
        })
    }
}

/// What was asked for when there was nobody to ask.
fn asked(head: &http::request::Parts) -> page::Asked {
    let place = head.uri.path_and_query().map_or("/console", |place| place.as_str());
    page::Asked::of(&head.method, place.to_owned(), &head.headers)
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).
fn rate_limit_headers(states: &[LimitState]) -> Vec<(HeaderName, HeaderValue)> {
    if states.is_empty() {
        return Vec::new();
    }
    let (mut policies, mut left) = (String::with_capacity(128), String::with_capacity(96));
    for state in states {
        if !policies.is_empty() {
            policies.push_str(", ");
            left.push_str(", ");
        }
        let (Rate { units, window, burst }, policy) = (state.rate, state.policy.as_str());
        let _ = write!(policies, "\"{policy}\";q={units};w={}", window.seconds());
        if burst != units {
            let _ = write!(policies, ";burst={burst}");
        }
        if matches!(state.counting, Counting::Share(_)) {
            policies.push_str(";counted=\"replica\"");
        }
        let reset = state.reset.as_secs() + u64::from(state.reset.subsec_nanos() > 0);
        let _ = write!(left, "\"{policy}\";r={};t={reset}", state.remaining);
    }
    let value = |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    vec![
        (HeaderName::from_static("ratelimit-policy"), value(policies)),
        (HeaderName::from_static("ratelimit"), value(left)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Policy;
    use std::time::Duration;

    #[test]
    fn limits_are_told_as_structured_fields() {
        let state = LimitState {
            policy: Policy::KeyMinute,
            rate: Rate::per_minute(60, 60),
            remaining: 12,
            reset: Duration::from_millis(29_500),
            counting: Counting::Shared,
        };
        let headers = rate_limit_headers(&[state, LimitState { policy: Policy::IpMinute, ..state }]);
        assert_eq!(headers[0].1, "\"key-minute\";q=60;w=60, \"ip-minute\";q=60;w=60");
        assert_eq!(headers[1].1, "\"key-minute\";r=12;t=30, \"ip-minute\";r=12;t=30");
        assert!(rate_limit_headers(&[]).is_empty());
    }

    #[test]
    fn the_burst_and_a_replica_that_counts_alone_are_told() {
        let state = LimitState {
            policy: Policy::KeyMinute,
            rate: Rate::per_minute(600, 150).share(3),
            remaining: 50,
            reset: Duration::ZERO,
            counting: Counting::Share(3),
        };
        assert_eq!(rate_limit_headers(&[state])[0].1, "\"key-minute\";q=200;w=60;burst=50;counted=\"replica\"");
    }
}
