//! `POST /api/v1/auth/ui-link`: from a login here into AnythingLLM's interface on the admin listener.
//!
//! The link opens an account without a password: it stands in one answer, and nowhere else.

use super::user;
use super::views::UiLinkView;
use crate::anythingllm::{LoginLink, OnBehalf};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, Refusal};
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};

/// Makes a link that opens AnythingLLM's interface already signed in.
///
/// It works once, for a few minutes, and ends an earlier one of the same user. The session it begins is AnythingLLM's
/// own: logging out here does not end it.
#[utoipa::path(
    post,
    path = "/api/v1/auth/ui-link",
    tag = "Auth",
    summary = "Open AnythingLLM signed in",
    security(("access_token" = [])),
    responses((status = 200, description = "Send the browser there.", body = UiLinkView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::InvalidToken, Code::Conflict, Code::ValidationFailed]])))),
)]
pub(crate) async fn create(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let user = user(&admitted)?;
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let link = state.client.issue_login_link(user.id, Some(on_behalf)).await;
    match link.map_err(|error| error.to_rejection(admitted.request_id()))? {
        LoginLink::Issued { path, lifetime } => {
            let url = SecretString::from(format!("{}{}", state.admin_url, path.expose_secret()));
            response::json(StatusCode::OK, &UiLinkView::of(&url, lifetime))
        }
        LoginLink::NoSuchUser => {
            Err(Rejection::InvalidToken("The user of this token does not exist in AnythingLLM any more.").into())
        }
        LoginLink::Off => Err(Rejection::Conflict(
            "AnythingLLM makes no such links: SIMPLE_SSO_ENABLED is not set there, or it has no accounts.",
        )
        .into()),
    }
}
