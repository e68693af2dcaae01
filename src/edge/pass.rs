//! Requests that go through to AnythingLLM: what they may weigh, what becomes of their head, what their failures mean.

use crate::edge::context::RequestContext;
use crate::edge::gateway::Edge;
use crate::endpoints::{BodyCap, Cost, Endpoint};
use crate::gate::{Admitted, Refused};
use crate::rejection::Rejection;
use http::header;
use pingora::prelude::*;
use std::time::Duration;

/// Waiting for a place among the logins in flight.
const LOGIN_WAIT: Duration = Duration::from_secs(2);
/// The largest body of a login, in bytes.
const LOGIN_BODY_BYTES: u64 = 64 * 1024;

impl Edge {
    /// Lets a proxy row through to pingora, once its own conditions hold.
    pub(super) async fn pass(
        &self,
        session: &mut Session,
        request: &mut RequestContext,
        admitted: Admitted,
    ) -> Result<bool> {
        let endpoint = admitted.endpoint();
        let limit = self.proxied_body_limit(session, endpoint);
        let declared = session.req_header().headers.get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|v| v.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
        let rejection = if declared > limit {
            Some(Rejection::BodyTooLarge { limit })
        } else if endpoint.cost == Cost::Login {
            match self.logins.take(admitted.address(), LOGIN_WAIT).await {
                Some(place) => {
                    request.login = Some(place);
                    None
                }
                None => Some(Rejection::LoginThrottled { retry_after: LOGIN_WAIT }),
            }
        } else {
            None
        };
        if let Some(rejection) = rejection {
            self.refuse(session, request, Refused { endpoint: Some(endpoint), ..Refused::from(rejection) }).await?;
            return Ok(true);
        }
        request.body_limit = limit;
        request.admitted = Some(admitted);
        Ok(false)
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
            BodyCap::Chat => self.bodies.chat as u64,
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

/// What a failure to pass a request through is to the client.
pub(super) fn rejection_of(error: &Error, body_limit: u64) -> Rejection {
    match error.etype {
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
