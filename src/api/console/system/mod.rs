//! The installation, for admins: versions, health, replicas, settings, signing keys, and the way into AnythingLLM's own
//! interface.

mod view;

use super::form::Form;
use super::layout::{Nav, Page};
use super::visit::Visit;
use crate::anythingllm::LoginLink;
use crate::api::Shared;
use crate::api::response::Refusal;
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};

/// The page.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let seen = Box::pin(state.system.look()).await;
    let body = view::page(&visit, &seen, &state.system.facts);
    let title = visit.texts().system.title.into();
    visit.page(&state, Page { title, nav: Nav::System, workspace: None }, body).await
}

/// Makes a link into AnythingLLM's interface and shows it: a browser follows no redirect from a form to another origin
/// here, and whoever clicks it knows where they go.
pub(crate) async fn open(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let request_id = visit.admitted().request_id();
    let link = state.client.issue_login_link(visit.user().id, Some(visit.on_behalf()));
    let link = visit.hear(async { link.await.map_err(|error| error.to_rejection(request_id)) });
    let body = match link.await? {
        LoginLink::Issued { path, .. } => {
            let url = SecretString::from(format!("{}{}", state.admin_url, path.expose_secret()));
            view::link(&visit, url.expose_secret())
        }
        LoginLink::NoSuchUser => {
            return Err(Rejection::InvalidToken("Your user does not exist in AnythingLLM any more.").into());
        }
        LoginLink::Off => view::no_link(&visit),
    };
    let title = visit.texts().system.open.into();
    visit.page(&state, Page { title, nav: Nav::System, workspace: None }, body).await
}
