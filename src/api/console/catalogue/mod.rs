//! The catalogue of a workspace: the shop it comes from, reading it, and what became of it.

mod progress;
pub(crate) mod run;
mod run_view;
pub(crate) mod store;
mod store_form;
mod store_view;
mod view;

use super::form::Form;
use super::layout::{Nav, Page};
use super::texts::Done;
use super::visit::Visit;
use crate::api::page::{PageEnd, Paging};
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::catalog::CatalogError;
use crate::domain::access::Reached;
use crate::domain::ids::SyncRunId;
use crate::domain::store::StoreStatus;
use crate::rejection::Rejection;
use crate::storage::Expected;
use crate::store::StoreError;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::Markup;

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = reached(&state, &mut visit).await?;
    let connection = state.stores.find(&workspace).await.or_reject(visit.admitted())?;
    let after = paging.after.map(SyncRunId);
    let mut runs = state.catalog.list(&workspace, after, paging.wanted()).await.or_reject(visit.admitted())?;
    let PageEnd { next_cursor, .. } = paging.cut(&mut runs, |run| run.id.0);
    let next = next_cursor.map(|cursor| format!("{}?cursor={cursor}", place(&workspace)));
    let shown = view::Shown { connection: connection.as_ref(), runs: &runs, next: next.as_deref() };
    let body = view::page(&visit, &workspace, &shown, state.ambient.now());
    whole(StatusCode::OK, &state, &visit, &workspace, body).await
}

/// Starts a run. One that may remove more than the set share is confirmed by a box.
pub(crate) async fn start(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let allow_mass_removal = form.flag("allow_mass_removal");
    if allow_mass_removal && !form.flag("sure") {
        return Ok(visit.done(Done::NotConfirmed, &place(&workspace)));
    }
    let how = (allow_mass_removal, form.flag("dry_run"));
    match state.catalog.start(&workspace, how, &visit.admitted().author()?).await {
        Ok(run) => Ok(visit.done(Done::RunStarted, &run_place(&workspace, run.id))),
        Err(CatalogError::Active) => Ok(visit.done(Done::RunActive, &place(&workspace))),
        Err(CatalogError::NoFeed) => Ok(visit.done(Done::NoFeed, &place(&workspace))),
        Err(error) => Err(error.to_rejection(visit.admitted().request_id()).into()),
    }
}

/// Asks the shop.
pub(crate) async fn check(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let done = match state.stores.check(&workspace, &visit.admitted().author()?).await {
        Ok((_, finding)) if finding.status == StoreStatus::Healthy => Done::StoreWorks,
        Ok(_) => Done::StoreFaulty,
        Err(StoreError::TooSoon { .. }) => Done::StoreTooSoon,
        Err(error) => return Err(error.to_rejection(visit.admitted().request_id()).into()),
    };
    Ok(visit.done(done, &place(&workspace)))
}

/// Disconnects the shop and removes its catalogue, once a box says that it is meant.
pub(crate) async fn disconnect(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    if !form.flag("sure") {
        return Ok(visit.done(Done::NotConfirmed, &place(&workspace)));
    }
    let expected = form.text("version").and_then(|text| text.parse().ok()).ok_or(Rejection::PreconditionRequired)?;
    let (expected, by) = (Expected::Versions(vec![expected]), visit.admitted().author()?);
    // A worker takes the removal up; its run is on the page.
    state.stores.delete(&workspace, &expected, &by).await.or_reject(visit.admitted())?;
    Ok(visit.done(Done::StoreRemoved, &place(&workspace)))
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

fn place(workspace: &Reached) -> String {
    format!("/console/workspaces/{}/catalogue", workspace.slug)
}

fn run_place(workspace: &Reached, run: SyncRunId) -> String {
    format!("{}/runs/{run}", place(workspace))
}

async fn whole(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    body: Markup,
) -> Result<Response, Refusal> {
    let title = visit.texts().catalogue.title.into();
    visit.page_with(status, state, Page { title, nav: Nav::Catalogue, workspace: Some(&workspace.slug) }, body).await
}
