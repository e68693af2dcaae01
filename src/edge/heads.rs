//! Heads of what passes: what of a request's goes to AnythingLLM, and what of its answer's goes to the client.

use crate::auth;
use crate::domain::cookie;
use crate::edge::context::RequestContext;
use crate::edge::cors;
use crate::edge::gateway::Edge;
use crate::edge::hops::{self, Reader};
use crate::edge::hygiene;
use crate::endpoints::{Access, Listener};
use crate::gate::Admitted;
use crate::telemetry::spans::UpstreamCall;
use http::{HeaderName, StatusCode, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;

/// Headers of ours in what passes, at most.
const OURS: usize = 6;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

impl Edge {
    /// The head of a request as AnythingLLM gets it.
    pub(super) fn head_passed(
        &self,
        session: &Session,
        upstream: &RequestHeader,
        uri: http::Uri,
        request: &mut RequestContext,
    ) -> Result<RequestHeader> {
        let admitted = request.admitted.as_ref().or_err(ErrorType::InternalError, "not admitted")?;
        // These rows need no credential upstream, so none goes there.
        let anonymous = admitted.endpoint().access != Access::Upstream;
        let wanted = |name: &HeaderName| {
            !(hygiene::is_rebuilt(name)
                || anonymous && (auth::carries_a_credential(name) || cors::is_dropped(name))
                // The client was told to go on already.
                || *name == header::EXPECT)
        };
        // A head of its own: with room for all of it, and without the client's spelling of names.
        let mut rebuilt =
            RequestHeader::build_no_case(upstream.method.clone(), b"/", Some(upstream.headers.len() + OURS))?;
        rebuilt.set_version(upstream.version);
        rebuilt.set_uri(uri);
        for (name, value) in upstream.headers.iter().filter(|(name, _)| wanted(name)) {
            if *name != header::COOKIE {
                rebuilt.append_header(name.clone(), value.clone())?;
            } else if let Some(others) = cookie::without_ours(value.as_bytes()) {
                rebuilt.append_header(name.clone(), &*others)?;
            }
        }
        let head: &http::request::Parts = session.req_header();
        let forwarded =
            hygiene::forwarded(head, request.running.client_ip, request.connection.tls, request.from_trusted);
        for (name, value) in forwarded {
            rebuilt.insert_header(name, value)?;
        }
        rebuilt.insert_header(REQUEST_ID, request.running.request_id.as_str())?;
        request.upstream_span = request.span.passed(|| UpstreamCall {
            method: head.method.as_str(),
            template: admitted.endpoint().path.to_owned(),
            scheme: self.upstream.scheme(),
            host: self.upstream.host(),
            port: Some(self.upstream.port()),
        });
        let trace = request.upstream_span.traceparent().unwrap_or_else(|| request.trace.to_header());
        rebuilt.insert_header(TRACEPARENT, trace)?;
        Ok(rebuilt)
    }
}

/// The head of AnythingLLM's answer as the client gets it.
pub(super) fn head_passed_back(
    session: &Session,
    response: &mut ResponseHeader,
    request: &RequestContext,
) -> Result<()> {
    let reader = match request.connection.listener {
        Listener::Public => Reader::Shopper,
        Listener::Admin if response.status == StatusCode::SWITCHING_PROTOCOLS => Reader::StaffUpgrading,
        Listener::Admin => Reader::Staff,
    };
    for name in hops::not_passed_back(&response.headers, reader) {
        response.remove_header(&name);
    }
    keep_our_cookies(response)?;
    for (name, value) in hops::said_by_streams(&response.headers) {
        response.insert_header(*name, *value)?;
    }
    response.insert_header(REQUEST_ID, request.running.request_id.as_str())?;
    if request.connection.listener == Listener::Public {
        response.insert_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")?;
        let mut headers = http::HeaderMap::new();
        let endpoint = request.admitted.as_deref().map(Admitted::endpoint);
        let known = request.running.origin.as_ref();
        cors::expose(&session.req_header().headers, known, endpoint, &mut headers);
        for (name, value) in &headers {
            if *name == header::VARY {
                response.append_header(name.clone(), value.clone())?;
            } else {
                response.insert_header(name.clone(), value.clone())?;
            }
        }
    }
    Ok(())
}

/// AnythingLLM sets none of our cookies: whoever could plant one would choose in whose name somebody works.
fn keep_our_cookies(response: &mut ResponseHeader) -> Result<()> {
    let set = response.headers.get_all(header::SET_COOKIE);
    if !set.iter().any(|value| cookie::is_ours(value.as_bytes())) {
        return Ok(());
    }
    let others: Vec<_> = set.iter().filter(|value| !cookie::is_ours(value.as_bytes())).cloned().collect();
    response.remove_header(&header::SET_COOKIE);
    for value in others {
        response.append_header(header::SET_COOKIE, value)?;
    }
    Ok(())
}
