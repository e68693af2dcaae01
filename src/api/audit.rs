//! `GET /api/v1/audit`: who changed what. For admins.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::audit::{ActorKind, AuditRecord};
use crate::domain::ids::RequestId;
use crate::rejection::Code;
use crate::storage::AuditFilter;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub(crate) struct AuditPageView<'a> {
    /// Newest first.
    data: Vec<AuditView<'a>>,
    /// Whether there are more.
    has_more: bool,
    /// For the next page.
    next_cursor: Option<Uuid>,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditView<'a> {
    /// Its id.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Who.
    actor: ActorView<'a>,
    /// What was done.
    #[schema(example = "workspace.updated")]
    action: &'a str,
    /// What it was done to.
    #[schema(example = "workspace:alpine-store")]
    target: &'a str,
    /// The values that are different afterwards, as they were; secrets are `[redacted]`.
    #[schema(value_type = Option<Object>)]
    before: Option<&'a Value>,
    /// The same values as they are now.
    #[schema(value_type = Option<Object>)]
    after: Option<&'a Value>,
    /// The request it came with.
    request_id: Option<&'a str>,
    /// The neighbourhood of the address it came from.
    #[schema(example = "203.0.113.0/24")]
    ip_prefix: Option<String>,
}

/// Who made a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct ActorView<'a> {
    /// `user`, `api_key`, `system` or `cli`.
    #[schema(example = "user")]
    kind: &'static str,
    /// A user's number in AnythingLLM, or a key's public id.
    #[schema(example = "7")]
    id: &'a str,
    /// Its name at that time.
    name: &'a str,
}

impl<'a> From<&'a AuditRecord> for AuditView<'a> {
    fn from(record: &'a AuditRecord) -> Self {
        let author = &record.author;
        Self {
            id: record.id,
            at: record.at,
            actor: ActorView { kind: author.kind.as_str(), id: &author.id, name: &author.name },
            action: &record.action,
            target: &record.target,
            before: record.before.as_ref(),
            after: record.after.as_ref(),
            request_id: author.request_id.as_ref().map(RequestId::as_str),
            ip_prefix: author.ip_prefix.map(|prefix| prefix.to_string()),
        }
    }
}

/// Lists changes.
///
/// The newest first. Entries cannot be altered, not even in the database.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "Audit",
    summary = "List changes",
    security(("access_token" = [])),
    params(
        ("actor_kind" = Option<String>, Query, description = "`user`, `api_key`, `system` or `cli`."),
        ("actor" = Option<String>, Query, description = "A user's number, a key's public id, or the name that either had then."),
        ("action" = Option<String>, Query, description = "An action such as `workspace.updated`, or the beginning of several: `workspace`."),
        ("target" = Option<String>, Query, description = "A thing, such as `workspace:alpine-store`."),
        ("from" = Option<DateTime<Utc>>, Query, description = "Not before (RFC 3339)."),
        ("to" = Option<DateTime<Utc>>, Query, description = "Before (RFC 3339)."),
        ("limit" = Option<usize>, Query, description = "Entries of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of entries.", body = AuditPageView<'static>)),
    extensions(("x-refusals" = json!([Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let kind = query.text("actor_kind");
    let actor_kind = kind.as_deref().and_then(|word| ActorKind::ALL.into_iter().find(|kind| kind.as_str() == word));
    if kind.is_some() && actor_kind.is_none() {
        query.fault("actor_kind", "format", "must be user, api_key, system or cli");
    }
    let filter = AuditFilter {
        actor_kind,
        actor: text(&mut query, "actor"),
        action: text(&mut query, "action"),
        target: text(&mut query, "target"),
        from: moment(&mut query, "from"),
        to: moment(&mut query, "to"),
    };
    let paging = Paging::of(&mut query);
    query.end()?;
    let found = state.reports.changes(admitted.tenant()?, &filter, paging.after, paging.wanted()).await;
    let mut found = found.or_reject(&admitted)?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |record| record.id);
    let data = found.iter().map(AuditView::from).collect();
    response::json(StatusCode::OK, &AuditPageView { data, has_more, next_cursor })
}

fn text(query: &mut Query<'_>, name: &'static str) -> Option<String> {
    let text = query.text(name)?;
    if text.is_empty() || text.len() > 300 {
        query.fault(name, "format", "must be 1 to 300 characters");
    }
    Some(text)
}

fn moment(query: &mut Query<'_>, name: &'static str) -> Option<DateTime<Utc>> {
    let text = query.text(name)?;
    let moment = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.with_timezone(&Utc));
    if moment.is_none() {
        query.fault(name, "format", "must be a time as in 2026-11-23T09:00:00Z");
    }
    moment
}
