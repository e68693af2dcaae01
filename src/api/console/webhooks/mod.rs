//! Webhooks of a workspace, messages to them, and what can be told: what the API's webhooks do, as pages.
//!
//! A secret is shown by the answer to the form that made it, and never again. An address may hold a token: only the
//! form that changes it shows more than where it leads.

pub(crate) mod deliveries;
pub(crate) mod detail;
pub(crate) mod edit;
mod events;
mod view;

use super::layout::{Nav, Page};
use super::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::Webhook;
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::Markup;
use std::borrow::Cow;
use url::Url;
use uuid::Uuid;

const NONE: Rejection = Rejection::NotFound("There is no such webhook, or no such message.");

/// All of them, and what can be told.
pub(crate) async fn list(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = reached(&state, &mut visit).await?;
    let all = state.webhooks.list(&workspace).await.or_reject(visit.admitted())?;
    let body = view::list(&visit, &workspace.slug, &all, state.webhook_settings.upstream_away_seconds);
    let title = visit.texts().webhooks.title.into();
    whole(StatusCode::OK, &state, &visit, &workspace, (title, body)).await
}

fn place(slug: &str) -> String {
    format!("/console/workspaces/{slug}/webhooks")
}

fn place_of(slug: &str, id: WebhookId) -> String {
    format!("{}/{id}", place(slug))
}

/// What a webhook is called: what its people call it, or where it leads.
fn name(webhook: &Webhook) -> Cow<'_, str> {
    match webhook.settings.description.as_str() {
        "" => leads_to(&webhook.settings.url).into(),
        description => description.into(),
    }
}

/// An address without what may be a token in it.
fn leads_to(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}

/// The workspace, in whose zone times are shown.
async fn reached(state: &ApiState, visit: &mut Visit) -> Result<Reached, Rejection> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await;
    if let Some(known) = known.or_reject(visit.admitted())? {
        visit.in_zone(&known.content.settings.timezone);
    }
    Ok(workspace)
}

/// The webhook that the path names.
async fn named(state: &ApiState, visit: &Visit, workspace: &Reached) -> Result<Webhook, Rejection> {
    state.webhooks.find(workspace, WebhookId(uuid(visit, "id")?)).await.or_reject(visit.admitted())
}

fn uuid(visit: &Visit, name: &str) -> Result<Uuid, Rejection> {
    Uuid::try_parse(visit.param(name)?).map_err(|_| NONE)
}

async fn whole(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    (title, body): (Cow<'_, str>, Markup),
) -> Result<Response, Refusal> {
    visit.page_with(status, state, Page { title, nav: Nav::Webhooks, workspace: Some(&workspace.slug) }, body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_token_is_not_in_a_name() {
        let url = Url::parse("https://hooks.example:8443/in?token=t0ken").unwrap();
        assert_eq!(leads_to(&url), "hooks.example:8443/in");
    }
}
