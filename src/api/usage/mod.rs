//! `GET /api/v1/usage` and `GET /api/v1/keys/{id}/usage`: how much was asked, of whom, and how it went.
//!
//! Counts are exact; percentiles come from histograms that were added, never from averages.

pub(in crate::api) mod csv;
mod question;
mod report;
mod views;

use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared, keys};
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use crate::storage::KeyName;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
pub(in crate::api) use question::{Format, GroupBy, Question};
pub(in crate::api) use report::{Group, GroupId, Report};
use uuid::Uuid;
pub(in crate::api) use views::GroupView;
use views::UsageView;

/// Shows usage.
///
/// Of the tenant, or of the workspace that the key is bound to. Every request that ended more than about a second ago
/// is counted.
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
        ("group_by" = Option<String>, Query, description = "`key`, `workspace`, `outcome`, `route`, `origin` or `model`."),
        ("format" = Option<String>, Query, description = "`json` or `csv`; `Accept: text/csv` does the same.")
    ),
    responses((status = 200, description = "What was used.", content(
        (UsageView<'static> = "application/json"),
        (String = "text/csv"),
    ))),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
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
    let name = key.as_deref().map(str::parse::<KeyName>);
    if matches!(name, Some(Err(_))) {
        query.fault("key", "format", "must be the id of a key or its 12 characters after `_live_` or `_test_`");
    }
    let mut question = Question::of(&mut query, &headers, group_by, state.ambient.now(), &state.usage_settings);
    query.end()?;
    question.workspace = workspace_of(&state, &admitted, workspace.as_deref()).await?;
    if let Some(Ok(name)) = name {
        question.key = Some(keys::find(&state, &admitted, name).await?.id.0);
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
    ))),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
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
    question.key = Some(keys::managed(&state, &admitted).await?.id.0);
    answer(&state, &admitted, &question).await
}

/// The workspace whose requests are counted: the one that is named, the key's own, or none.
async fn workspace_of(state: &Shared, admitted: &Admitted, named: Option<&str>) -> Result<Option<Uuid>, Rejection> {
    match named {
        Some(slug) => state.reach.known(admitted, slug).await.map(|id| Some(id.0)),
        None => Ok(admitted.bound_workspace().map(|bound| bound.id.0)),
    }
}

async fn answer(state: &Shared, admitted: &Admitted, question: &Question) -> Result<Response, Refusal> {
    let report = report_of(state, admitted, question).await?;
    match question.format {
        Format::Json => response::json(StatusCode::OK, &UsageView::of(&report)),
        Format::Csv => Ok(csv::response(&report)),
    }
}

/// What was used, with the names of keys and workspaces.
///
/// # Errors
/// 503 without PostgreSQL.
pub(in crate::api) async fn report_of(
    state: &ApiState,
    admitted: &Admitted,
    question: &Question,
) -> Result<Report, Rejection> {
    let tenant = admitted.tenant()?;
    let read = state.reports.usage(tenant, &question.rollups()).await;
    let mut report = Report::new(question, read.or_reject(admitted)?, state.ambient.now());
    let ids = report.ids();
    let called = match question.group_by {
        Some(GroupBy::Key) if !ids.is_empty() => state.reports.names_of_keys(tenant, &ids).await.or_reject(admitted)?,
        Some(GroupBy::Workspace) if !ids.is_empty() => {
            state.reports.names_of_workspaces(tenant, &ids).await.or_reject(admitted)?
        }
        _ => Vec::new(),
    };
    report.name(called);
    Ok(report)
}
