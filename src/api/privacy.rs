//! `/api/v1/privacy/erasures`: removing what was said, with a receipt.

use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::ids::ErasureId;
use crate::domain::workspace::Workspace;
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use crate::storage::{Erasure, ErasureStatus, Removed, Whose};
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const NONE: Rejection = Rejection::NotFound("There is no such erasure.");
/// Longest name of a visitor or customer, in characters.
const MAX_NAME_CHARS: usize = 300;

/// Whose words are to go: exactly one of the four.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ErasureRequest)]
pub(crate) struct ErasureBody {
    /// Slug of the workspace: required for users and for keys of a whole tenant, else the key's.
    #[schema(example = "demo-shop")]
    pub(in crate::api) workspace: Option<String>,
    /// A visitor: the id that their browser has, or as a transcript shows them.
    pub(in crate::api) visitor_id: Option<String>,
    /// A customer, as the shop calls them, or as a transcript shows them.
    #[schema(example = "customer-4711")]
    pub(in crate::api) subject: Option<String>,
    /// A conversation, as the list of conversations names it.
    pub(in crate::api) conversation_id: Option<Uuid>,
    /// Every conversation in which nothing was said since (RFC 3339).
    pub(in crate::api) before: Option<DateTime<Utc>>,
}

/// An erasure: the order and, once it is finished, the receipt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureView<'a> {
    /// The erasure.
    id: Uuid,
    /// What kind of order it is: `visitor`, `subject`, `conversation` or `before`. Who it was is not kept.
    #[schema(example = "visitor")]
    kind: &'static str,
    /// `queued`, `running`, `done`, or `incomplete`: `remaining` says what is left.
    status: ErasureStatus,
    /// What was removed so far, by place.
    removed: Removed,
    /// What could not be removed, and why. The same order once more tries again.
    remaining: &'a [String],
    /// What no erasure reaches, and why.
    out_of_reach: &'static [OutOfReach],
    /// When it was ordered.
    created_at: DateTime<Utc>,
    /// Kind and id of who ordered it.
    #[schema(example = "user:7")]
    created_by: &'a str,
    /// When it was finished.
    finished_at: Option<DateTime<Utc>>,
}

/// A place that an erasure does not reach.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutOfReach {
    /// The place.
    pub(in crate::api) what: &'static str,
    /// Why.
    pub(in crate::api) why: &'static str,
}

/// What no erasure reaches.
pub(in crate::api) const OUT_OF_REACH: &[OutOfReach] = &[
    OutOfReach {
        what: "an answer that is being written while it is erased",
        why: "AnythingLLM stores it when it ends, under a conversation that is gone by then; order it again afterwards",
    },
    OutOfReach {
        what: "conversations that were begun anew or forgotten before the gateway remembered their names in AnythingLLM",
        why: "nothing says which of AnythingLLM's chats they are; its own interface lists them all",
    },
    OutOfReach {
        what: "kept first answers in a shared cache",
        why: "they do not say who asked; nobody finds them any more, and their memory is freed when their time is over",
    },
    OutOfReach { what: "backups of the databases", why: "they hold what was there when they were made" },
    OutOfReach { what: "what the model's provider keeps", why: "it is between AnythingLLM and the provider" },
];

impl<'a> From<&'a Erasure> for ErasureView<'a> {
    fn from(erasure: &'a Erasure) -> Self {
        Self {
            id: erasure.id.0,
            kind: erasure.whose.kind(),
            status: erasure.status,
            removed: erasure.removed,
            remaining: &erasure.remaining,
            out_of_reach: OUT_OF_REACH,
            created_at: erasure.made_at,
            created_by: &erasure.made_by,
            finished_at: erasure.finished_at,
        }
    }
}

/// Erases what was said.
///
/// Of a visitor, of a customer, in a conversation, or in all that ended before a time: transcripts, notes, feedback,
/// answers kept for repetition, whose usage it was, and what AnythingLLM has stored, which is read back until nothing
/// is found. It is worked on behind the request; look at the receipt until `status` is `done`.
#[utoipa::path(
    post,
    path = "/api/v1/privacy/erasures",
    tag = "Conversations",
    summary = "Erase what was said",
    security(("secret_key" = []), ("access_token" = [])),
    request_body(content = ErasureBody, example = json!({"workspace": "demo-shop", "subject": "customer-4711"})),
    responses((status = 202, description = "It is being done; `Location` is the receipt.", body = ErasureView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn order(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<ErasureBody>,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let now = state.ambient.now();
    body.check(now).map_err(Rejection::from)?;
    let workspace = state.reach.managed_named(&admitted, body.workspace.as_deref()).await?;
    let whose = body.into_whose(&state, &admitted, &workspace).await?;
    let author = admitted.author()?;
    let erasure = state.erasures.order(workspace.tenant, workspace.id, &whose, &author).await.or_reject(&admitted)?;
    let mut response = response::json(StatusCode::ACCEPTED, &ErasureView::from(&erasure))?;
    let place = HeaderValue::from_str(&format!("/api/v1/privacy/erasures/{}", erasure.id));
    response.headers_mut().insert(header::LOCATION, place.map_err(|_| Rejection::Internal)?);
    Ok(response)
}

/// Shows an erasure.
///
/// How far it is, and in the end the receipt.
#[utoipa::path(
    get,
    path = "/api/v1/privacy/erasures/{id}",
    tag = "Conversations",
    summary = "Show an erasure's receipt",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = Uuid, Path, description = "The erasure.")),
    responses((status = 200, description = "The erasure.", body = ErasureView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let id = admitted.param("id").ok_or(Rejection::Internal)?;
    let id = Uuid::try_parse(id).map_err(|_| NONE)?;
    let found = state.erasures.find(admitted.tenant()?, ErasureId(id)).await.or_reject(&admitted)?;
    let bound = admitted.bound_workspace().map(|bound| bound.id);
    let erasure = found.filter(|erasure| bound.is_none_or(|bound| bound == erasure.workspace)).ok_or(NONE)?;
    response::json(StatusCode::OK, &ErasureView::from(&erasure))
}

impl ErasureBody {
    /// Who is meant, by the names that are stored of them. For what [`Self::check`] lets pass.
    ///
    /// # Errors
    /// Of the database.
    pub(in crate::api) async fn into_whose(
        self,
        state: &ApiState,
        admitted: &Admitted,
        workspace: &Workspace,
    ) -> Result<Whose, Rejection> {
        Ok(match self {
            Self { visitor_id: Some(said), .. } => {
                Whose::Visitor(vec![state.visitors.stored_visitor(workspace, &said)])
            }
            Self { subject: Some(said), .. } => {
                let stored = state.visitors.stored_customer(workspace, &said).await.or_reject(admitted)?;
                Whose::Subject(stored.into_iter().collect())
            }
            Self { conversation_id: Some(id), .. } => Whose::Conversation(id),
            // No time at all means nothing, rather than everything.
            Self { before, .. } => Whose::Before(before.unwrap_or(DateTime::UNIX_EPOCH)),
        })
    }

    /// Whether it is an order.
    ///
    /// # Errors
    /// Every broken rule.
    pub(in crate::api) fn check(&self, now: DateTime<Utc>) -> Result<(), Faults> {
        let mut faults = Faults::new();
        for (field, name) in [("visitor_id", &self.visitor_id), ("subject", &self.subject)] {
            if let Some(name) = name {
                faults.text(field, name, 1..=MAX_NAME_CHARS);
            }
        }
        if self.before.is_some_and(|before| before > now) {
            faults.push("before", "out_of_range", "must not be in the future");
        }
        let given =
            [self.visitor_id.is_some(), self.subject.is_some(), self.conversation_id.is_some(), self.before.is_some()];
        match given.into_iter().filter(|given| *given).count() {
            1 => {}
            0 => faults.push("visitor_id", "required", "give one of visitor_id, subject, conversation_id and before"),
            _ => faults.push(
                "visitor_id",
                "conflict",
                "give only one of visitor_id, subject, conversation_id and before",
            ),
        }
        faults.or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(body: serde_json::Value) -> Vec<(String, &'static str)> {
        let body: ErasureBody = serde_json::from_value(body).unwrap();
        match body.check(DateTime::from_timestamp(1_796_001_713, 0).unwrap()) {
            Ok(()) => Vec::new(),
            Err(faults) => faults.into_vec().into_iter().map(|f| (f.field, f.code)).collect(),
        }
    }

    #[test]
    fn exactly_one_thing_is_erased() {
        let id = Uuid::from_u128(1);
        assert_eq!(faults(json!({"subject": "anna"})), []);
        assert_eq!(faults(json!({"conversation_id": id})), []);
        assert_eq!(faults(json!({"before": "2026-01-01T00:00:00Z"})), []);
        assert_eq!(faults(json!({})), [("visitor_id".into(), "required")]);
        assert_eq!(faults(json!({"subject": "a", "conversation_id": id})), [("visitor_id".into(), "conflict")]);
        assert_eq!(faults(json!({"subject": ""})), [("subject".into(), "too_short")]);
        assert_eq!(faults(json!({"before": "2096-01-01T00:00:00Z"})), [("before".into(), "out_of_range")]);
    }
}
