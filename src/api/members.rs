//! `/api/v1/workspaces/{slug}/members`: the users whom AnythingLLM has assigned a workspace.

use super::auth::no_content;
use crate::anythingllm::{OnBehalf, UpstreamMember};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::page;
use crate::api::power;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, Refusal};
use crate::domain::power::Power;
use crate::domain::user::{Role, UserId};
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

const NO_USER: Rejection = Rejection::NotFound("There is no such user.");

/// A user whom the workspace is assigned to.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView<'a> {
    /// AnythingLLM's number of the user.
    #[schema(value_type = i64, example = 7)]
    user_id: UserId,
    /// The login name.
    #[schema(example = "jane")]
    username: &'a str,
    /// `default`, `manager` or `admin`.
    #[schema(value_type = String, example = "default")]
    role: Role,
    /// Whether the role reaches every workspace anyway, so that the assignment makes no difference.
    sees_every_workspace: bool,
    /// When the workspace was assigned, if AnythingLLM says so.
    assigned_at: Option<DateTime<Utc>>,
}

/// A page of members.
#[derive(Serialize, ToSchema)]
#[schema(as = MemberPage)]
pub(crate) struct MemberPageView<'a> {
    /// By their numbers.
    data: Vec<MemberView<'a>>,
    /// Whether there are more.
    has_more: bool,
    /// For the next page.
    next_cursor: Option<String>,
}

impl<'a> MemberView<'a> {
    fn of(member: &'a UpstreamMember) -> Self {
        Self {
            user_id: member.user,
            username: &member.username,
            role: member.role,
            sees_every_workspace: member.role.sees_every_workspace(),
            assigned_at: member.assigned_at,
        }
    }
}

/// Lists members.
///
/// AnythingLLM's own assignments. Managers and admins reach every workspace, whether they are in this list or not.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/members",
    tag = "Workspaces",
    summary = "List members",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("limit" = Option<usize>, Query, description = "Members of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of members.", body = MemberPageView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::ValidationFailed]])))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let limit = page::limit(&mut query);
    let cursor = query.text("cursor");
    let after = cursor.as_deref().and_then(|text| text.parse::<UserId>().ok());
    if cursor.is_some() && after.is_none() {
        query.fault("cursor", "format", "is not a cursor of this list");
    }
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let all = state.sessions.members().members(&workspace, on_behalf(&admitted)).await?;
    let mut rest = all.iter().filter(|member| after.is_none_or(|after| member.user > after));
    let data: Vec<_> = rest.by_ref().take(limit).map(MemberView::of).collect();
    let has_more = rest.next().is_some();
    let next_cursor = data.last().filter(|_| has_more).map(|last| last.user_id.to_string());
    response::json(StatusCode::OK, &MemberPageView { data, has_more, next_cursor })
}

/// Assigns a workspace.
///
/// Takes effect with the user's next request. The same again changes nothing. A key with an end,
/// addresses or a quota of its own assigns none: the user would have neither.
#[utoipa::path(
    put,
    path = "/api/v1/workspaces/{slug}/members/{user_id}",
    tag = "Workspaces",
    summary = "Add a member",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("user_id" = i64, Path, description = "AnythingLLM's number of the user.", minimum = 1)
    ),
    responses((status = 200, description = "The workspace is assigned to the user.", body = MemberView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::ValidationFailed]])))),
)]
pub(crate) async fn add(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    power::gives(&state, &admitted, &Power::of_member(workspace.id)).await?;
    let (user, by) = (user_id(&admitted)?, admitted.author()?);
    let member = state.sessions.members().add_member(&workspace, user, &by, on_behalf(&admitted)).await?;
    response::json(StatusCode::OK, &MemberView::of(&member))
}

/// Takes a workspace away.
///
/// A user with the role `default` is let in no more from now on. Managers and admins still reach it.
#[utoipa::path(
    delete,
    path = "/api/v1/workspaces/{slug}/members/{user_id}",
    tag = "Workspaces",
    summary = "Remove a member",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("user_id" = i64, Path, description = "AnythingLLM's number of the user.", minimum = 1)
    ),
    responses((status = 204, description = "The workspace is no longer assigned to the user.")),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::Conflict, Code::ValidationFailed]])))),
)]
pub(crate) async fn remove(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let (user, by) = (user_id(&admitted)?, admitted.author()?);
    state.sessions.members().remove_member(&workspace, user, &by, on_behalf(&admitted)).await?;
    Ok(no_content())
}

fn user_id(admitted: &Admitted) -> Result<UserId, Rejection> {
    admitted.param("user_id").ok_or(Rejection::Internal)?.parse().map_err(|_| NO_USER)
}

fn on_behalf(admitted: &Admitted) -> OnBehalf<'_> {
    OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() }
}
