//! Requests that go through to AnythingLLM: what they may weigh, what becomes of their head, what their failures mean.

use crate::domain::address::Address;
use crate::edge::client::content_length;
use crate::edge::connection::Connection;
use crate::edge::context::{PassedBody, RequestContext};
use crate::edge::gateway::Edge;
use crate::edge::knowledge;
use crate::edge::leash::Progress;
use crate::edge::protocol::{self, Asked};
use crate::edge::service::{read_first_piece, read_whole};
use crate::endpoints::{Access, BodyCap, Cost, Endpoint};
use crate::gate::{Admitted, Refused};
use crate::rejection::Rejection;
use http::{Version, header};
use pingora::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Waiting for a place among the logins in flight.
const LOGIN_WAIT: Duration = Duration::from_secs(2);
/// The largest body of a login, in bytes.
const LOGIN_BODY_BYTES: u64 = READ_FIRST;
/// Bodies up to this size, in bytes, are read before AnythingLLM is called, and of larger ones a first piece, so that none
/// of its connections waits for who sends nothing. It is what pingora can keep of a body.
const READ_FIRST: u64 = 64 * 1024;

impl Edge {
    /// Lets a proxy row through to pingora, once its own conditions hold.
    pub(super) async fn pass(
        &self,
        session: &mut Session,
        request: &mut RequestContext,
        admitted: Arc<Admitted>,
    ) -> Result<bool> {
        let endpoint = admitted.endpoint();
        let head: &http::request::Parts = session.req_header();
        let patience = self.patiences.of(&head.method, admitted.path(), request.asked);
        request.patience = Some(patience);
        match self.prepare(session, request, endpoint, admitted.address()).await {
            Ok(()) => {
                if endpoint.access == Access::Upstream {
                    request.change = knowledge::change(&session.req_header().method, admitted.path());
                }
                request.admitted = Some(admitted);
                Ok(false)
            }
            Err(rejection) => {
                let refused = Refused { endpoint: Some(endpoint), ..Refused::from(rejection) };
                Box::pin(self.refuse(session, request, refused)).await.map(|()| true)
            }
        }
    }

    async fn prepare(
        &self,
        session: &mut Session,
        request: &mut RequestContext,
        endpoint: &Endpoint,
        address: Address,
    ) -> Result<(), Rejection> {
        if request.asked == Asked::H2c {
            return Err(protocol::REFUSED);
        }
        let limit = self.proxied_body_limit(session, endpoint);
        let declared = content_length(session.req_header());
        if declared.is_some_and(|length| length > limit) {
            return Err(Rejection::BodyTooLarge { limit });
        }
        request.body = PassedBody::new(limit);
        let is_login = endpoint.cost == Cost::Login;
        if session.is_body_done() {
            request.body.is_whole = true;
        } else if is_login || declared.is_some_and(|length| length <= READ_FIRST) {
            session.enable_retry_buffering();
            let limit = usize::try_from(limit.min(READ_FIRST)).unwrap_or_default();
            let read = read_whole(session, limit, self.pace.any).await;
            request.running.client_wait += request.body.began.elapsed();
            read?;
            request.body.is_whole = true;
        } else {
            session.enable_retry_buffering();
            let is_whole = read_first_piece(session, self.pace.any).await;
            request.running.client_wait += request.body.began.elapsed();
            request.body.is_whole = is_whole?;
            if session.req_header().version != Version::HTTP_2 {
                session.set_read_timeout(Some(self.pace.any));
            }
        }
        let is_whole = request.body.is_whole;
        if let Some(patience) = request.patience.filter(|patience| !is_whole || !patience.is_plain()) {
            // Of HTTP/2 pingora knows no time for the next piece.
            let pace = (session.req_header().version == Version::HTTP_2).then_some(self.pace);
            let progress = Progress::new(patience, pace, request.body.began);
            progress.set(0, is_whole);
            request.body.progress = Some(progress);
        }
        if is_login {
            // Only now: whoever has a place keeps everybody else out.
            let Some(place) = self.logins.take(address, LOGIN_WAIT).await else {
                return Err(Rejection::LoginThrottled { retry_after: LOGIN_WAIT });
            };
            request.login = Some(place);
        }
        Ok(())
    }

    /// Looks at a piece of a body that passes.
    ///
    /// # Errors
    /// 413 over the limit, 408 when the client takes too long.
    pub(super) fn look_at_body(
        &self,
        session: &mut Session,
        request: &mut RequestContext,
        piece: usize,
        is_end: bool,
    ) -> Result<()> {
        if request.asked == Asked::AgentWebsocket {
            return Ok(());
        }
        let body = &mut request.body;
        body.seen += piece as u64;
        if body.seen > body.limit {
            return Error::e_explain(ErrorType::HTTPStatus(413), "body over the limit");
        }
        let is_done = is_end || body.is_whole || session.is_body_done();
        if let Some(progress) = &body.progress {
            progress.set(body.seen, is_done);
        }
        if !is_done {
            let Some(left) = self.pace.left(body.seen, body.began.elapsed()) else {
                return Error::e_explain(ErrorType::HTTPStatus(408), "body too slow");
            };
            session.set_read_timeout(Some(left));
        }
        Ok(())
    }

    fn proxied_body_limit(&self, session: &Session, endpoint: &Endpoint) -> u64 {
        let multipart = session
            .req_header()
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|v| v.as_bytes().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/")));
        match endpoint.body {
            BodyCap::None => 0,
            BodyCap::Upload if multipart => self.upload_bytes,
            // AnythingLLM parses JSON of up to 3 GB in memory, before it looks at credentials.
            BodyCap::Upload => self.json_bytes,
            BodyCap::Json => LOGIN_BODY_BYTES,
            BodyCap::Chat | BodyCap::Form | BodyCap::Webhook => self.bodies.chat as u64,
        }
    }
}

/// The path and query as routed, never the client's bytes.
pub(super) fn forward_uri(admitted: &Admitted) -> Result<http::Uri> {
    let path = admitted.path().to_forward();
    let text = match admitted.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    text.parse().or_err(ErrorType::InternalError, "canonical path")
}

/// What the client did wrong while its request passed, where it can still be told.
pub(super) fn fault_of_client(error: &Error, connection: &Connection) -> Option<Rejection> {
    if error.esource() != &ErrorSource::Downstream {
        return None;
    }
    match error.etype {
        _ if connection.is_malformed() => Some(Rejection::BadRequest("The chunks of the body are none.")),
        ErrorType::ReadTimedout => Some(Rejection::RequestTimeout),
        ErrorType::InvalidHTTPHeader => Some(Rejection::BadRequest("A header of the request cannot be passed on.")),
        _ => None,
    }
}

/// What a failure to pass a request through is to the client.
pub(super) fn rejection_of(error: &Error, body_limit: u64) -> Rejection {
    match error.etype {
        ErrorType::HTTPStatus(408) => Rejection::RequestTimeout,
        ErrorType::HTTPStatus(413) => Rejection::BodyTooLarge { limit: body_limit },
        ErrorType::ConnectTimedout | ErrorType::ReadTimedout | ErrorType::WriteTimedout => Rejection::UpstreamTimeout,
        ErrorType::InternalError if error.esource() != &ErrorSource::Upstream => Rejection::Internal,
        ErrorType::InvalidHTTPHeader => Rejection::UpstreamContract,
        _ => Rejection::UpstreamUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn an_unknown_failure_is_never_told_as_ours() {
        let error = Error::explain(ErrorType::ConnectRefused, "x");
        assert_eq!(rejection_of(&error, 0).status(), StatusCode::BAD_GATEWAY);
    }
}
