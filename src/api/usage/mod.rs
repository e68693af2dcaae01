//! `GET /api/v1/usage` and `GET /api/v1/keys/{id}/usage`: how much was asked, of whom, and how it went.
//!
//! Counts are exact; percentiles come from histograms that were added, never from averages.

mod csv;
mod question;
mod report;
mod views;

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::storage::{KeyReference, Named};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use question::{Format, GroupBy, Question, key_reference};
use report::Report;
use uuid::Uuid;
use views::UsageView;

/// One answer for what is not there and for what is not the caller's.
const NO_KEY: Rejection = Rejection::NotFound("There is no such key.");
const NO_WORKSPACE: Rejection = Rejection::NotFound("There is no such workspace.");

/// Shows usage.
///
/// Of the tenant, or of the workspace that the key is bound to. Every request that ended more than about a second ago is counted.
#[utoipa::path(
    get,
    path = "/api/v1/usage",
    tag = "Usage",
    summary = "Show usage",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("workspace" = Option<String>, Query, description = "Of this workspace (slug) only."),
        ("key" = Option<String>, Query, description = "Of this key only: its id or its public id."),
        ("from" = Option<DateTime<Utc>>, Query, description = "Beginning (RFC 3339), moved back to a full hour or day of UTC; 24 hours before `to` when absent."),
        ("to" = Option<DateTime<Utc>>, Query, description = "End, moved on to a full hour or day; now when absent."),
        ("granularity" = Option<String>, Query, description = "`hour` or `day`; when absent, hours for up to 48 hours."),
        ("group_by" = Option<String>, Query, description = "`key`, `workspace`, `outcome`, `route` or `origin`."),
        ("format" = Option<String>, Query, description = "`json` or `csv`; `Accept: text/csv` does the same.")
    ),
    responses((status = 200, description = "What was used.", content(
        (UsageView<'static> = "application/json"),
        (String = "text/csv"),
    )))
)]
pub(crate) async fn show(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let workspace = query.text("workspace");
    let key = query.text("key");
    let group_by = question::group_by(&mut query);
    let reference = key.as_deref().map(key_reference);
    if matches!(reference, Some(None)) {
        query.fault("key", "format", "must be the id of a key or its 12 characters after `_live_` or `_test_`");
    }
    let mut question = Question::of(&mut query, &headers, group_by, state.ambient.now(), &state.usage_settings);
    query.end()?;
    question.workspace = workspace_of(&state, &admitted, workspace.as_deref()).await?;
    if let Some(reference) = reference.flatten() {
        question.key = Some(key_of(&state, &admitted, reference).await?.id);
    }
    answer(&state, &admitted, &question).await
}

/// Shows a key's usage.
///
/// As `GET /api/v1/usage` with `key`. Also of a key that is revoked.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}/usage",
    tag = "Usage",
    summary = "Show a key's usage",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("id" = String, Path, description = "The key's id or its public id."),
        ("from" = Option<DateTime<Utc>>, Query, description = "Beginning (RFC 3339), moved back to a full hour or day of UTC; 24 hours before `to` when absent."),
        ("to" = Option<DateTime<Utc>>, Query, description = "End, moved on to a full hour or day; now when absent."),
        ("granularity" = Option<String>, Query, description = "`hour` or `day`; when absent, hours for up to 48 hours."),
        ("format" = Option<String>, Query, description = "`json` or `csv`; `Accept: text/csv` does the same.")
    ),
    responses((status = 200, description = "What was used.", content(
        (UsageView<'static> = "application/json"),
        (String = "text/csv"),
    )))
)]
pub(crate) async fn of_key(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let mut question = Question::of(&mut query, &headers, None, state.ambient.now(), &state.usage_settings);
    query.end()?;
    question.workspace = workspace_of(&state, &admitted, None).await?;
    let reference = key_reference(admitted.param("id").ok_or(Rejection::Internal)?).ok_or(NO_KEY)?;
    question.key = Some(key_of(&state, &admitted, reference).await?.id);
    answer(&state, &admitted, &question).await
}

/// The workspace whose requests are counted: the key's own, the one that is named, or none.
async fn workspace_of(state: &Shared, admitted: &Admitted, named: Option<&str>) -> Result<Option<Uuid>, Rejection> {
    match (admitted.bound_workspace(), named) {
        (Some(bound), named) if named.is_none_or(|slug| slug == bound.slug) => Ok(Some(bound.id.0)),
        (Some(_), _) => Err(NO_WORKSPACE),
        (None, None) => Ok(None),
        (None, Some(slug)) => {
            // Not noted as the request's workspace: who looks at a workspace's usage does not add to it.
            let found = state.workspaces.find(admitted.tenant()?, slug).await.or_reject(admitted)?;
            Ok(Some(found.ok_or(NO_WORKSPACE)?.id.0))
        }
    }
}

/// The key that is named. A caller that is bound to a workspace knows that one's keys only.
async fn key_of(state: &Shared, admitted: &Admitted, reference: KeyReference) -> Result<Named, Rejection> {
    let found = state.database.usage_names().find_key(admitted.tenant()?, reference).await.or_reject(admitted)?;
    let bound = admitted.bound_workspace().map(|bound| bound.id);
    found.filter(|key| bound.is_none() || key.workspace == bound).ok_or(NO_KEY)
}

async fn answer(state: &Shared, admitted: &Admitted, question: &Question) -> Result<Response, Refusal> {
    let tenant = admitted.tenant()?;
    let read = state.database.usage_rollups().read(tenant, &question.rollups()).await;
    let mut report = Report::new(question, read.or_reject(admitted)?, state.ambient.now());
    let names = state.database.usage_names();
    let ids = report.ids();
    let called = match question.group_by {
        Some(GroupBy::Key) if !ids.is_empty() => names.keys(tenant, &ids).await.or_reject(admitted)?,
        Some(GroupBy::Workspace) if !ids.is_empty() => names.workspaces(tenant, &ids).await.or_reject(admitted)?,
        _ => Vec::new(),
    };
    report.name(called);
    match question.format {
        Format::Json => response::json(StatusCode::OK, &UsageView::of(&report)),
        Format::Csv => Ok(csv::response(&report)),
    }
}
