//! Pingora's hooks: the order of things for each request. Decisions are the gate's, bytes are pingora's, answers of our
//! own are the api's.

use crate::edge::client::Client as _;
use crate::edge::connection::Connection;
use crate::edge::context::RequestContext;
use crate::edge::gateway::Edge;
use crate::edge::heads::head_passed_back;
use crate::edge::leash::{self, Late};
use crate::edge::pass::{fault_of_client, forward_uri, rejection_of};
use crate::edge::protocol::Asked;
use crate::edge::record::Ended;
use crate::edge::upstream::UpstreamPeer;
use crate::endpoints::{Answer, WEBSOCKET};
use crate::gate::{Admitted, Refused};
use crate::rejection::Rejection;
use async_trait::async_trait;
use bytes::Bytes;
use http::{StatusCode, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::prelude::*;
use pingora::proxy::FailToProxy;
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug, Clone)]
pub(super) struct Hooks(pub(super) Arc<Edge>);

fn context(ctx: &mut Option<RequestContext>) -> Result<&mut RequestContext> {
    // `early_request_filter` fills it before anything else runs.
    ctx.as_mut().or_err(ErrorType::InternalError, "request without context")
}

impl Hooks {
    /// From the head to the answer, or to the request that passes: then it says no. Each way to an answer is boxed: the
    /// largest would be in the future of every request otherwise.
    pub(super) async fn filter(&self, session: &mut Session, request: &mut RequestContext) -> Result<bool> {
        let edge = &self.0;
        let Some(admitted) = edge.admit_or_answer(session, request, None).await? else { return Ok(true) };
        match admitted.endpoint().answer {
            Answer::Service => Box::pin(edge.serve(session, request, admitted)).await.map(|()| true),
            Answer::Proxy(_) => Box::pin(edge.pass(session, request, admitted)).await,
        }
    }
}

#[async_trait]
impl ProxyHttp for Hooks {
    type CTX = Option<RequestContext>;

    fn new_ctx(&self) -> Self::CTX {
        None
    }

    /// No modules: compression alone costs every request a buffer.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn early_request_filter(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<()> {
        let edge = &self.0;
        let digest = session.digest().and_then(|d| d.proxy_digest.as_ref());
        let connection = digest
            .and_then(|d| d.user_data.as_ref()?.downcast_ref::<Arc<Connection>>().cloned())
            .or_err(ErrorType::InternalError, "connection without digest")?;
        connection.request_begins();
        session.set_write_timeout(Some(edge.write_time));
        if session.get_keepalive().is_some() {
            // Pingora would wait for the next request for ever.
            session.set_keepalive(Some(edge.keepalive_seconds));
        }
        *ctx = Some(edge.begin(connection, session.req_header()));
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<bool> {
        let request = context(ctx)?;
        let span = request.span.clone();
        span.around(self.filter(session, request)).await
    }

    async fn upstream_peer(&self, _session: &mut Session, ctx: &mut Self::CTX) -> Result<Box<HttpPeer>> {
        let request = context(ctx)?;
        // Fails closed: nothing reaches AnythingLLM without having been admitted to a proxy row.
        let admitted = request.admitted.as_ref().or_err(ErrorType::InternalError, "not admitted")?;
        if !matches!(admitted.endpoint().answer, Answer::Proxy(_)) {
            return Error::e_explain(ErrorType::InternalError, "not a proxy row");
        }
        let admitted_to_websocket = admitted.endpoint().name == WEBSOCKET.name;
        request.upstream_began.get_or_insert_with(Instant::now);
        let peer = self.0.upstream.find().await.or_err(ErrorType::ConnectError, "AnythingLLM has no known address")?;
        let mut peer = HttpPeer::clone(&peer);
        if request.asked == Asked::AgentWebsocket && admitted_to_websocket {
            peer = UpstreamPeer::upgrading(peer);
        }
        let patience = request.patience.or_err(ErrorType::InternalError, "nobody said how long it may take")?;
        Ok(Box::new(match &request.body.progress {
            Some(progress) => leash::leashed(peer, Arc::clone(progress)),
            None => UpstreamPeer::waiting(peer, patience),
        }))
    }

    /// Nothing was sent yet, so it is tried once more: a lost packet must not be the client's.
    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Self::CTX,
        mut error: Box<Error>,
    ) -> Box<Error> {
        let may_repeat = ctx.as_mut().is_some_and(|request| !std::mem::replace(&mut request.connected_again, true));
        if may_repeat {
            self.0.recorder.metrics.upstream().connected_again();
        }
        error.set_retry(may_repeat);
        error
    }

    fn suppress_proxy_warn_log(
        &self,
        _session: &Session,
        _ctx: &Self::CTX,
        _error: &Error,
        _context: ProxyWarnLogContext,
    ) -> bool {
        // Counted.
        true
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        is_end: bool,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        self.0.look_at_body(session, context(ctx)?, body.as_ref().map_or(0, Bytes::len), is_end)
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        upstream: &mut RequestHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let request = context(ctx)?;
        let admitted = request.admitted.as_ref().or_err(ErrorType::InternalError, "not admitted")?;
        let uri = match admitted.endpoint().answer {
            Answer::Proxy(Some(path)) => http::Uri::from_static(path),
            Answer::Proxy(None) | Answer::Service => forward_uri(admitted)?,
        };
        *upstream = self.0.head_passed(session, upstream, uri, request)?;
        Ok(())
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let request = context(ctx)?;
        if response.status.is_informational() && request.asked != Asked::AgentWebsocket {
            if response.status == StatusCode::SWITCHING_PROTOCOLS {
                // It would be a connection to AnythingLLM that nothing looks at any more.
                return Error::e_explain(
                    ErrorType::InvalidHTTPHeader,
                    "a change of protocol that nobody has asked for",
                );
            }
            // Not the answer yet: neither is AnythingLLM done with a login, nor is it over with its time.
            return head_passed_back(session, response, request);
        }
        if let Some(began) = request.upstream_began {
            request.running.upstream_wait = began.elapsed();
            self.0.recorder.metrics.upstream_passed(request.running.upstream_wait);
        }
        request.running.first_byte.get_or_insert_with(|| request.running.started.elapsed());
        request.upstream_span.answered(response.status.as_u16());
        if let Some(progress) = &request.body.progress {
            progress.answered();
        }
        // The password is checked; what is left is the client's time.
        request.login = None;
        self.0.change_answered(request, response.status).await;
        head_passed_back(session, response, request)?;
        if let Some(said) = self.0.hsts.told(session.req_header(), request) {
            response.insert_header(header::STRICT_TRANSPORT_SECURITY, said)?;
        }
        Ok(())
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut Self::CTX) -> FailToProxy {
        let closed = FailToProxy { error_code: 0, can_reuse_downstream: false };
        let Ok(request) = context(ctx) else { return closed };
        request.connection.will_close();
        session.set_keepalive(None);
        let late = request.body.progress.as_ref().and_then(|progress| progress.ended_by());
        let fault = match late {
            Some(Late::Client) => Some(Rejection::RequestTimeout),
            Some(Late::Upstream) => None,
            None => fault_of_client(error, &request.connection),
        };
        let fault = fault.filter(|_| session.response_written().is_none());
        let is_told = fault.is_some();
        let rejection = fault.unwrap_or_else(|| match late {
            Some(Late::Upstream) => Rejection::UpstreamTimeout,
            _ => rejection_of(error, request.body.limit),
        });
        let is_ours = request.upstream_began.is_none();
        // Before AnythingLLM is asked nothing can fail but our own doings and the client's connection.
        let client_left = is_ours && (session.response_written().is_some() || error.etype != ErrorType::InternalError)
            || error.esource() == &ErrorSource::Downstream && !matches!(error.etype, ErrorType::HTTPStatus(_));
        if client_left && !is_told {
            if let Some(facts) = &request.running.facts {
                facts.set_client_left();
            }
            return closed;
        }
        tracing::warn!(
            request_id = request.running.request_id.as_str(),
            route = request.running.route,
            error = %error,
            "a request could not be passed through"
        );
        let status = rejection.status();
        if session.response_written().is_some() {
            // The head is out: the broken connection tells the client.
            request.running.refused = Some(rejection.code());
            return FailToProxy { error_code: status.as_u16(), can_reuse_downstream: false };
        }
        let endpoint = request.admitted.as_deref().map(Admitted::endpoint);
        let refused = Refused { endpoint, key: request.running.key.clone(), ..Refused::from(rejection) };
        let _ = self.0.refuse(session, request, refused).await;
        FailToProxy { error_code: status.as_u16(), can_reuse_downstream: false }
    }

    fn suppress_error_log(&self, _session: &Session, _ctx: &Self::CTX, _error: &Error) -> bool {
        // Logged above, once, with the request id.
        true
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, ctx: &mut Self::CTX) {
        let Some(request) = ctx.as_mut() else { return };
        request.login = None;
        self.0.change_ended(request);
        let is_over = error.is_none() && session.is_body_done();
        if !is_over {
            session.set_keepalive(None);
        }
        let ended = Ended::of(session.exchanged(), error.is_some(), &request.connection);
        self.0.end(request, ended, is_over);
    }
}
