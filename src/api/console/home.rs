//! The first page: for members, what they may do; for those who manage, how all workspaces are.

use super::layout::{Nav, Page};
use super::parts::{empty, nothing};
use super::visit::Visit;
use crate::api::Shared;
use crate::api::response::Refusal;
use crate::domain::scope::Scope;
use axum::extract::State;
use axum::response::Response;
use maud::html;

/// The page.
///
/// # Errors
/// Of the database.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let t = &visit.texts().home;
    let body = html! {
        h1 { (t.title) }
        @if !visit.may(Scope::WorkspacesRead) { (empty(t.member_title, t.member_what, nothing())) }
    };
    visit.page(&state, Page { title: t.title.into(), nav: Nav::Overview, workspace: None }, body).await
}
