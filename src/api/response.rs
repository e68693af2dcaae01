//! From a handler's result to an HTTP answer. Refusals are rendered in one place, by the row of the endpoint table, so
//! that no handler chooses how an error looks.

use crate::anythingllm::UpstreamError;
use crate::api::precondition::etag;
use crate::api::{ApiBody, ApiState};
use crate::catalog::CatalogError;
use crate::conversations::ConversationError;
use crate::gate::Admitted;
use crate::idempotency::IdempotencyError;
use crate::keys::KeyError;
use crate::rejection::{ErrorShape, FieldError, Rejection, page};
use crate::storage::StorageError;
use crate::store::StoreError;
use crate::telemetry::metrics::Metrics;
use crate::visitors::IdentityError;
use crate::webhooks::WebhookError;
use crate::workspaces::WorkspaceError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A handler's no. Travels through axum unrendered.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Rejection);

/// A refusal in the extensions of a response that has no body yet.
#[derive(Debug, Clone)]
struct Untold(Rejection);

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self(Rejection::ValidationFailed(error.into()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.0.status().into_response();
        response.extensions_mut().insert(Untold(self.0));
        response
    }
}

/// Renders a refusal in the shape of its row; leaves every other answer alone.
pub(super) fn told(mut response: Response, admitted: &Admitted, state: &ApiState) -> Response {
    match response.extensions_mut().remove::<Untold>() {
        Some(Untold(rejection)) => {
            count(&rejection, &state.metrics);
            let shape = admitted.endpoint().errors;
            if shape == ErrorShape::Page && rejection.status() == StatusCode::UNAUTHORIZED {
                let asked =
                    if is_a_page(admitted) { page::Asked::Page(address(admitted)) } else { page::Asked::Form(None) };
                return page::to_login(&asked, rejection.code()).map(ApiBody::from);
            }
            rejection.response(shape, &state.docs, admitted.language(), admitted.request_id()).map(ApiBody::from)
        }
        None => response,
    }
}

fn is_a_page(admitted: &Admitted) -> bool {
    admitted.endpoint().method == http::Method::GET
}

/// Path and query of a request, as routed.
pub(super) fn address(admitted: &Admitted) -> String {
    let path = admitted.path().to_forward();
    admitted.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

/// Counts what AnythingLLM is to blame for.
pub(super) fn count(rejection: &Rejection, metrics: &Metrics) {
    match rejection {
        Rejection::UpstreamUnavailable
        | Rejection::UpstreamTimeout
        | Rejection::UpstreamError
        | Rejection::UpstreamContract => metrics.upstream_error(rejection.code()),
        _ => {}
    }
}

/// A JSON answer about somebody's data, so nothing on the way may keep it.
///
/// # Errors
/// `internal` if `body` cannot be JSON.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Result<Response, Refusal> {
    Ok(json_bytes(status, serde_json::to_vec(body).map_err(|_| Rejection::Internal)?))
}

/// The same with the version of what is shown, which `If-Match` may name later.
///
/// # Errors
/// As [`json`].
pub(super) fn versioned(status: StatusCode, body: &impl Serialize, version: i64) -> Result<Response, Refusal> {
    let mut response = json(status, body)?;
    response.headers_mut().insert(header::ETAG, etag(version));
    Ok(response)
}

/// As many headers an answer has on its way out: room for all of them at once.
const HEADERS: usize = 12;

/// The same of a body that is JSON already.
pub(super) fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(ApiBody::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What goes wrong in a service or outside of us, on behalf of one request.
pub(super) trait OrReject<T> {
    /// Logs the cause and keeps what the client is told.
    fn or_reject(self, admitted: &Admitted) -> Result<T, Rejection>;
}

macro_rules! or_reject {
    ($($error:ty),* $(,)?) => {
        $(impl<T> OrReject<T> for Result<T, $error> {
            fn or_reject(self, admitted: &Admitted) -> Result<T, Rejection> {
                self.map_err(|error| error.to_rejection(admitted.request_id()))
            }
        })*
    };
}

or_reject! {
    StorageError, UpstreamError, CatalogError, ConversationError, IdempotencyError, IdentityError, KeyError, StoreError,
    WebhookError,
    WorkspaceError,
}
