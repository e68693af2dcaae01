//! `/.well-known/jwks.json`: the public keys, for others who verify our access tokens.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::response::Refusal;
use crate::rejection::{Code, Rejection};
use crate::tokens::KeyRingError;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use std::time::Duration;
use utoipa::ToSchema;

/// A key set (RFC 7517 section 5).
#[derive(ToSchema)]
#[schema(as = KeySet)]
#[expect(dead_code, reason = "the schema of what `auth` writes")]
pub(crate) struct KeySetView {
    keys: Vec<KeyView>,
}

/// A public key (RFC 8037 section 2).
#[derive(ToSchema)]
#[schema(as = PublicKey)]
#[expect(dead_code, reason = "the schema of what `auth` writes")]
pub(crate) struct KeyView {
    /// `OKP`
    #[schema(example = "OKP")]
    kty: String,
    /// `Ed25519`
    #[schema(example = "Ed25519")]
    crv: String,
    /// `sig`
    #[schema(rename = "use", example = "sig")]
    usage: String,
    /// `EdDSA`
    #[schema(example = "EdDSA")]
    alg: String,
    /// `kid` of the tokens it signed.
    kid: String,
    /// The key, in base64url.
    x: String,
}

/// The public keys of access tokens.
///
/// A new key stands here before it signs. Keep the set for five minutes at most, and fetch it again for a `kid` that is
/// not in it.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "Auth",
    summary = "Public keys",
    responses((status = 200, description = "RFC 7517.", body = KeySetView, content_type = "application/jwk-set+json")),
    extensions(("x-refusals" = json!([Code::ServiceUnavailable]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let keys = state.sessions.tokens().keys().key_set().await.map_err(|error| {
        tracing::error!(request_id = %admitted.request_id(), %error, "the public keys cannot be told");
        match error {
            KeyRingError::Storage(_) => Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) },
            KeyRingError::Sealed { .. } | KeyRingError::Seal(_) | KeyRingError::NotReady => Rejection::Internal,
        }
    })?;
    let body = serde_json::to_vec(&keys).map_err(|_| Rejection::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    Ok((headers, body).into_response())
}
