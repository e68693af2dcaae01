//! `/api/v1/auth/sessions`: where one is logged in. An admin also sees and ends the sessions of others.

use super::views::{SessionPageView, SessionView};
use super::{no_content, user};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{self, Refusal};
use crate::domain::access::Right;
use crate::domain::ids::AuthSessionId;
use crate::domain::user::UserId;
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use uuid::Uuid;

/// One answer for what is not there and for what is somebody else's.
const NONE: Rejection = Rejection::NotFound("There is no such session.");

/// Lists sessions.
///
/// Those that are not over, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    tag = "Auth",
    summary = "List sessions",
    security(("access_token" = [])),
    params(
        ("user_id" = Option<i64>, Query, description = "Another user's, for admins.", minimum = 1),
        ("limit" = Option<usize>, Query, description = "Sessions of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of sessions.", body = SessionPageView<'static>)),
    extensions(("x-refusals" = json!([Code::Forbidden, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let named = user_id(&mut query);
    let paging = Paging::of(&mut query);
    query.end()?;
    let whose = subject(&admitted, named)?;
    let user = user(&admitted)?;
    let after = paging.after.map(AuthSessionId);
    let mut found = state.sessions.list(user.tenant, whose, after, paging.wanted(), admitted.request_id()).await?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |session| session.id.0);
    let data: Vec<_> = found.iter().map(|session| SessionView::of(session, user.session)).collect();
    response::json(StatusCode::OK, &SessionPageView { data, has_more, next_cursor })
}

/// Ends all sessions of a user.
///
/// One's own, with the one that asks, or another user's.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions",
    tag = "Auth",
    summary = "End all sessions",
    security(("access_token" = [])),
    params(("user_id" = Option<i64>, Query, description = "Another user's, for admins.", minimum = 1)),
    responses((status = 204, description = "They are over.")),
    extensions(("x-refusals" = json!([Code::Forbidden, Code::ValidationFailed]))),
)]
pub(crate) async fn end_all(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let named = user_id(&mut query);
    query.end()?;
    let whose = subject(&admitted, named)?;
    let user = user(&admitted)?;
    state.sessions.end_all_for(user, whose, &admitted.author()?, admitted.request_id()).await?;
    Ok(no_content())
}

/// Ends a session.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{id}",
    tag = "Auth",
    summary = "End a session",
    security(("access_token" = [])),
    params(
        ("id" = Uuid, Path, description = "The session."),
        ("user_id" = Option<i64>, Query, description = "Whose it is, if it is another user's; for admins.", minimum = 1)
    ),
    responses((status = 204, description = "It is over.")),
    extensions(("x-refusals" = json!([Code::Forbidden, Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn end(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let named = user_id(&mut query);
    query.end()?;
    let session = admitted.param("id").ok_or(Rejection::Internal)?;
    let session = Uuid::try_parse(session).map(AuthSessionId).map_err(|_| NONE)?;
    let whose = subject(&admitted, named)?;
    let user = user(&admitted)?;
    if state.sessions.end_for(user, whose, session, &admitted.author()?, admitted.request_id()).await? {
        Ok(no_content())
    } else {
        Err(NONE.into())
    }
}

/// The user that is named, if one is; its faults are noted in `query`.
fn user_id(query: &mut Query<'_>) -> Option<UserId> {
    let text = query.text("user_id")?;
    text.parse()
        .map_err(|error: crate::domain::user::BadUserId| query.fault("user_id", "format", error.to_string()))
        .ok()
}

/// Whose sessions are meant.
fn subject(admitted: &Admitted, named: Option<UserId>) -> Result<UserId, Rejection> {
    let own = user(admitted)?.id;
    match named {
        Some(other) if other != own && !admitted.has_right(Right::OthersSessions) => {
            Err(Rejection::Forbidden("Only an admin may see or end the sessions of others."))
        }
        named => Ok(named.unwrap_or(own)),
    }
}
