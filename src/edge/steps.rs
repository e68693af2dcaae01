//! The order of things for each request, whoever speaks HTTP with its client: what is known of it when it arrives, what
//! comes before the gate, and its end. Decisions are the gate's.

use crate::domain::ids::{EventId, RequestId};
use crate::edge::client::Client;
use crate::edge::connection::Connection;
use crate::edge::context::{PassedBody, RequestContext};
use crate::edge::cors;
use crate::edge::gateway::Edge;
use crate::edge::hygiene;
use crate::edge::protocol::{self, Asked};
use crate::edge::record::{Ended, Running, UNROUTED};
use crate::endpoints::path::canonicalise;
use crate::endpoints::{Answer, Endpoint, Listener};
use crate::gate::{Admitted, Routed};
use crate::rejection::Rejection;
use crate::telemetry::spans::{ArrivedRequest, Span};
use crate::telemetry::trace_context::TraceContext;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, header};
use pingora::Result;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For refusals to those who have too many answers on their way already.
const REFUSAL_WRITE_TIME: Duration = Duration::from_secs(1);
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// What holds for every request, whatever it is for.
fn check<C: Client>(listener: Listener, client: &C) -> std::result::Result<Asked, Rejection> {
    let asked = protocol::asked(listener, client.head())?;
    hygiene::check_target(client.target())?;
    hygiene::check_head(client.head())?;
    Ok(asked)
}

/// What a request is for.
#[derive(Debug)]
pub(super) enum Sought<'e> {
    /// What a page may ask of these rows.
    Preflight(&'e [&'static Endpoint]),
    Row(Routed),
}

impl Sought<'_> {
    /// Whether it is for us, or about what is for us; not, when it is for AnythingLLM, or for nothing.
    pub(super) fn is_answered_here(&self) -> bool {
        match self {
            Self::Preflight(rows) => rows.iter().all(|row| row.answer == Answer::Service),
            Self::Row(routed) => routed.as_ref().is_ok_and(|matched| matched.endpoint().answer == Answer::Service),
        }
    }
}

impl Edge {
    /// What is known of a request that has just arrived.
    pub(super) fn begin(&self, connection: Arc<Connection>, head: &Parts) -> RequestContext {
        let from_trusted = self.trusted.contains(connection.peer.ip());
        if !from_trusted {
            self.unbelieved.look(connection.peer.ip(), &head.headers);
        }
        let text = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
        let mut trace = TraceContext::accept(text("traceparent"), from_trusted, &*self.ambient.randomness);
        let request_id = RequestId::accept(text("x-request-id"), &self.ambient);
        let client_ip = self.trusted.client_ip(connection.peer.ip(), &head.headers);
        let span = Span::request(&mut trace, || ArrivedRequest {
            method: head.method.as_str(),
            scheme: hygiene::outside_scheme(head, connection.tls, from_trusted),
            version: protocol::version(head.version),
            client: client_ip,
            listener: connection.listener.as_str(),
            request_id: request_id.as_str(),
        });
        let running = Running {
            arrived: self.ambient.now(),
            started: Instant::now(),
            listener: connection.listener,
            method: head.method.as_str().get(..16).unwrap_or(head.method.as_str()).to_owned(),
            client_ip,
            request_id,
            trace_id: Some(trace.trace_id_text()),
            route: UNROUTED,
            path: None,
            key: None,
            user: None,
            origin: None,
            facts: None,
            refused: None,
            client_wait: Duration::ZERO,
            first_byte: None,
            upstream_wait: Duration::ZERO,
            settled: None,
        };
        RequestContext {
            connection,
            running,
            from_trusted,
            trace,
            span,
            upstream_span: Span::none(),
            admitted: None,
            asked: Asked::Nothing,
            place: None,
            login: None,
            body: PassedBody::new(0),
            change: None,
            upstream_began: None,
            patience: None,
            connected_again: false,
            _in_flight: self.recorder.metrics.request_started(),
        }
    }

    /// From the head to an admitted request; none when it was answered instead. `sought`: what [`Self::seek`] has found,
    /// if that was asked already. Refusals are boxed: they would be the largest part of every request's future.
    pub(super) async fn admit_or_answer<C: Client>(
        &self,
        client: &mut C,
        request: &mut RequestContext,
        sought: Option<Sought<'_>>,
    ) -> Result<Option<Arc<Admitted>>> {
        if let Err(retry_after) = self.flood(request.connection.listener).check(request.running.client_ip) {
            let rejection = Rejection::RateLimited { retry_after, policies: vec!["address-second"] };
            Box::pin(self.refuse(client, request, rejection.into())).await?;
            return Ok(None);
        }
        request.place = self.connections.begin(request.running.client_ip, &self.trusted);
        if request.place.is_none() {
            // Whoever does not read what it has does not read this either.
            client.set_write_time(REFUSAL_WRITE_TIME);
            let rejection =
                Rejection::RateLimited { retry_after: REFUSAL_WRITE_TIME, policies: vec!["address-requests"] };
            Box::pin(self.refuse(client, request, rejection.into())).await?;
            return Ok(None);
        }
        match check(request.connection.listener, client) {
            Ok(asked) => request.asked = asked,
            Err(rejection) => {
                // What comes next may be no request.
                client.close_afterwards();
                Box::pin(self.refuse(client, request, rejection.into())).await?;
                return Ok(None);
            }
        }
        if request.asked == Asked::H2c {
            client.drop_header(&header::UPGRADE);
            client.drop_header(&HTTP2_SETTINGS);
        }
        let routed = match sought.unwrap_or_else(|| self.seek(request.connection.listener, client.head())) {
            Sought::Row(routed) => routed,
            Sought::Preflight(rows) => {
                request.running.route = "preflight";
                let response = cors::preflight(client.head(), rows).map(|()| Bytes::new());
                Box::pin(self.send(client, request, response)).await?;
                return Ok(None);
            }
        };
        match Span::gate().around(self.admit(client, request, routed)).await {
            Err(refused) => Box::pin(self.refuse(client, request, refused)).await.map(|()| None),
            Ok(admitted) => {
                request.running.route = admitted.endpoint().name;
                request.running.key = admitted.principal().key().cloned();
                request.running.user = admitted.principal().user().cloned();
                request.running.origin = admitted.origin().cloned();
                request.running.facts = Some(Arc::clone(admitted.facts()));
                admitted.facts().set_event(EventId::new(&self.ambient), request.running.arrived);
                request.running.path = Some(admitted.endpoint().path);
                if request.trace.is_continued() {
                    admitted.facts().set_traceparent(request.trace.to_header());
                }
                Ok(Some(Arc::new(admitted)))
            }
        }
    }

    /// The rows whose methods a page asks for, where such a question is answered before anybody is asked who asks.
    fn asked_by_preflight(&self, listener: Listener, head: &Parts) -> Option<&[&'static Endpoint]> {
        if !cors::is_preflight(head) {
            return None;
        }
        let path = canonicalise(head.uri.path()).ok()?;
        let rows = self.gate.matcher().rows(&path)?;
        (listener == Listener::Public || rows.iter().all(|row| row.cors)).then_some(rows)
    }

    /// What a request with this head is for. Nobody is let in by it.
    pub(super) fn seek(&self, listener: Listener, head: &Parts) -> Sought<'_> {
        self.asked_by_preflight(listener, head)
            .map_or_else(|| Sought::Row(self.gate.route(listener, head)), Sought::Preflight)
    }

    /// Records a request that has ended, and says to its connection how. `is_over`: not by an error, and its body was
    /// read to the end.
    pub(super) fn end(&self, request: &mut RequestContext, ended: Ended, is_over: bool) {
        let outcome = self.recorder.record(&request.running, ended);
        if ended.broken {
            request.upstream_span.failed(outcome);
        }
        request.upstream_span = Span::none();
        request.span.request_ended(|| request.running.described(ended.status, outcome));
        if is_over {
            request.connection.request_ends();
        } else {
            request.connection.will_close();
        }
    }
}
