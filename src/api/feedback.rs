//! `POST /api/v1/messages/{id}/feedback`: what a reader thinks of an answer of theirs.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::exchange::Thumb;
use crate::domain::faults::Faults;
use crate::rejection::{Code, Rejection};
use crate::storage::Rating;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One answer for what is not there and for what is somebody else's.
const NONE: Rejection = Rejection::NotFound("There is no such answer.");
/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 500;

/// What a reader thinks of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedbackRequest)]
pub(crate) struct FeedbackBody {
    /// `up` or `down`.
    value: Thumb,
    /// Why. Kept only where the workspace keeps transcripts.
    #[schema(max_length = 500, example = "The price is missing.")]
    reason: Option<String>,
}

/// What was kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feedback)]
pub(crate) struct FeedbackView<'a> {
    /// The answer's id, as it was given.
    id: Uuid,
    /// `up` or `down`.
    value: Thumb,
    /// Why; null, too, where the workspace keeps no transcripts.
    reason: Option<&'a str>,
}

/// Says what the reader thinks of an answer.
///
/// By whoever had the answer, by its `id`: of the answer, of the event `start`, of the frames of AnythingLLM's widget
/// or of the conversation's history. The same once more changes nothing, another one takes its place. A refusal has no
/// id in a history that can be used here.
#[utoipa::path(
    post,
    path = "/api/v1/messages/{id}/feedback",
    tag = "Messages",
    summary = "Say whether an answer was good",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    params(("id" = Uuid, Path, description = "The answer.")),
    request_body(content = FeedbackBody, example = json!({"value": "down", "reason": "The price is missing."})),
    responses((status = 200, description = "It is kept.", body = FeedbackView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn give(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<FeedbackBody>,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let reason = body.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if let Some(reason) = reason {
        let mut faults = Faults::new();
        faults.text("reason", reason, 1..=MAX_REASON_CHARS);
        faults.or(()).map_err(Rejection::from)?;
    }
    let id = admitted.param("id").ok_or(Rejection::Internal)?;
    let answer = Uuid::try_parse(id).map_err(|_| NONE)?;
    let rating = Rating {
        tenant: admitted.tenant()?,
        owner: admitted.owner()?,
        answer,
        thumb: body.value,
        reason,
        at: state.ambient.now(),
    };
    let rated = state.transcripts.rate(&rating).await.or_reject(&admitted)?.ok_or(NONE)?;
    let view = FeedbackView { id: answer, value: rated.thumb, reason: rated.reason.as_deref() };
    response::json(StatusCode::OK, &view)
}
