//! `/api/v1/auth`: people log in with their AnythingLLM account, stay logged in, and see and end their sessions.
//!
//! Passwords and tokens are taken out of a body, handed on and forgotten: nothing here logs or repeats them.

pub(crate) mod keys;
pub(crate) mod sessions;
pub(crate) mod ui_link;
mod views;

use crate::anythingllm::OnBehalf;
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, Refusal};
use crate::domain::auth_session::{SessionEnd, device_label};
use crate::domain::faults::Faults;
use crate::domain::user::User;
use crate::gate::Admitted;
use crate::people::LoginAttempt;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use views::{GrantView, MeView};

/// Longer than any name that AnythingLLM takes today; accounts of earlier versions may have odd ones.
const MAX_USERNAME_CHARS: usize = 256;
/// AnythingLLM takes 250 unless told otherwise.
const MAX_PASSWORD_CHARS: usize = 1024;

/// Name and password of an AnythingLLM account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// As in AnythingLLM; upper and lower case differ.
    #[schema(min_length = 1, max_length = 256, example = "jane")]
    username: String,
    /// As in AnythingLLM.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: SecretString,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The newest one of the session.
    #[schema(value_type = String, format = Password, example = "vst_rt_…")]
    refresh_token: SecretString,
}

/// Logs in.
///
/// An unknown name and a wrong password get the same answer after the same time. Failed logins make the next one wait
/// longer.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "Auth",
    summary = "Log in",
    request_body(content = LoginRequest, example = json!({"username": "jane", "password": "…"})),
    responses((status = 200, description = "A session has begun. Keep the refresh token where no script of others can read it.", body = GrantView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[
        Code::UPSTREAM,
        &[Code::InvalidCredentials, Code::Forbidden, Code::Conflict, Code::LoginThrottled, Code::ServiceUnavailable],
    ])))),
)]
pub(crate) async fn login(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    Json { value: body, .. }: Json<LoginRequest>,
) -> Result<Response, Refusal> {
    body.valid()?;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let attempt = LoginAttempt {
        username: body.username,
        password: body.password,
        ip: admitted.client_ip(),
        device: device_label(agent),
    };
    let granted = state.sessions.log_in(attempt, admitted.request_id(), admitted.facts()).await?;
    response::json(StatusCode::OK, &GrantView::of(&granted))
}

/// Trades a refresh token for the next one and a new access token.
///
/// Every refresh token works once. If the answer was lost, the same token gives the same answer again; so do tokens
/// that other tabs of a browser have traded a few seconds ago. A token that was traded long ago ends the session,
/// because somebody has a copy.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "Auth",
    summary = "Stay logged in",
    request_body = RefreshRequest,
    responses((status = 200, description = "The session goes on.", body = GrantView<'static>)),
    extensions(("x-refusals" = json!([Code::InvalidToken, Code::ExpiredToken, Code::RateLimited, Code::ServiceUnavailable]))),
)]
pub(crate) async fn refresh(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<RefreshRequest>,
) -> Result<Response, Refusal> {
    let token = body.refresh_token.expose_secret();
    let granted = state.sessions.refresh(token, admitted.request_id(), admitted.facts()).await?;
    response::json(StatusCode::OK, &GrantView::of(&granted))
}

/// Ends the session, for its access and refresh tokens, everywhere and at once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "Auth",
    summary = "Log out",
    security(("access_token" = [])),
    params(("all" = Option<bool>, Query, description = "Also all other sessions of the user.")),
    responses((status = 204, description = "The session is over.")),
    extensions(("x-refusals" = json!([Code::ValidationFailed]))),
)]
pub(crate) async fn logout(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let all = query.flag("all").unwrap_or(false);
    query.end()?;
    let user = user(&admitted)?;
    let request_id = admitted.request_id();
    if all {
        state.sessions.end_all(user.tenant, user.id, SessionEnd::Logout, request_id).await?;
    } else {
        state.sessions.end(user.tenant, user.id, user.session, SessionEnd::Logout, request_id).await?;
    }
    Ok(no_content())
}

/// Who the token's user is now.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "Auth",
    summary = "See who one is",
    security(("access_token" = [])),
    responses((status = 200, description = "User, workspaces and session.", body = MeView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::InvalidToken, Code::ValidationFailed]])))),
)]
pub(crate) async fn me(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let user = user(&admitted)?;
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let workspaces = state.sessions.members().reachable(user, on_behalf).await?;
    let session = state.sessions.current(user, admitted.request_id()).await?;
    response::json(StatusCode::OK, &MeView::of(user, &workspaces, &session))
}

/// The user who asks. Rows with an `Access::User` let nobody else through.
///
/// # Errors
/// `internal` on any other row.
pub(super) fn user(admitted: &Admitted) -> Result<&Arc<User>, Rejection> {
    admitted.principal().user().ok_or(Rejection::Internal)
}

/// 204 about somebody's session.
pub(super) fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
}

impl LoginRequest {
    fn valid(&self) -> Result<(), Rejection> {
        let mut faults = Faults::new();
        let mut check = |field: &'static str, text: &str, most: usize| match text.chars().count() {
            0 => faults.push(field, "too_short", "must not be empty"),
            n if n > most => faults.push(field, "too_long", format!("at most {most} characters")),
            _ => {}
        };
        check("username", &self.username, MAX_USERNAME_CHARS);
        check("password", self.password.expose_secret(), MAX_PASSWORD_CHARS);
        Ok(faults.or(())?)
    }
}
