//! Rotating and revoking a key.

use super::views::{IssuedView, KeyView, RevokeBody, RotateBody};
use super::{named, refused, told};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::power::Managing;
use crate::api::response::{self, Refusal};
use crate::domain::faults::Faults;
use crate::domain::key::{GraceFrom, MOST_GRACE_SECONDS};
use crate::keys::RotateRequest;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

/// The grace of a rotated key when none is given: a day, for a deployment to go round.
const DEFAULT_GRACE_SECONDS: u32 = 86_400;

/// Rotates a key.
///
/// Makes a new key like it. The old one works on for the grace, never beyond its own expiry: from now, or from the
/// first use of the new one. A key that is revoked, expired or rotated already cannot be rotated.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/rotate",
    tag = "Keys",
    summary = "Rotate a key",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    request_body(content = RotateBody, example = json!({"grace_seconds": 86400, "grace_from": "first_use"})),
    responses((status = 201, description = "The new key, this once.", body = IssuedView<'static>)),
    extensions(("x-refusals" = json!([Code::Forbidden, Code::InsufficientScope, Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn rotate(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<RotateBody>,
) -> Result<Response, Refusal> {
    let grace_seconds = grace(body.grace_seconds)?;
    let request = RotateRequest { grace_from: body.grace_from.unwrap_or(GraceFrom::Now), grace_seconds };
    let managing = Managing::of(&state, &admitted)?;
    let issued = state.keys.rotate(managing.caller(), named(&admitted)?, request).await;
    let issued = issued.map_err(|error| refused(&error, &admitted))?;
    told(&state, &issued)
}

/// How long the old key works on, in seconds.
///
/// # Errors
/// `validation_failed`
pub(in crate::api) fn grace(given: Option<u32>) -> Result<u32, Rejection> {
    let seconds = given.unwrap_or(DEFAULT_GRACE_SECONDS);
    let mut faults = Faults::new();
    faults.number("grace_seconds", &seconds, &(0..=MOST_GRACE_SECONDS));
    Ok(faults.or(seconds)?)
}

/// Revokes a key.
///
/// For good: every replica refuses it within 250 ms and cuts its running streams within a second. A key that is revoked
/// already stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/revoke",
    tag = "Keys",
    summary = "Revoke a key",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    request_body(content = RevokeBody, example = json!({"reason": "was in a public repository"})),
    responses((status = 200, description = "The key as it is now.", body = KeyView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn revoke(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<RevokeBody>,
) -> Result<Response, Refusal> {
    let managing = Managing::of(&state, &admitted)?;
    let revoked = state.keys.revoke(managing.caller(), named(&admitted)?, body.reason.as_deref()).await;
    let (key, _) = revoked.map_err(|error| refused(&error, &admitted))?;
    response::versioned(StatusCode::OK, &KeyView::of(&key, state.ambient.now()), key.version)
}
