//! The store connection of a workspace as a form. Credentials go in and never come out.

use super::store_form::Written;
use super::{place, store_view};
use crate::api::console::form::Form;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::refused::{as_refusal, with_faults};
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::store::StoreConnection;
use crate::rejection::Code;
use crate::storage::Expected;
use crate::store::StoreError;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

/// The form.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let stored = state.stores.find(&workspace).await.or_reject(visit.admitted())?;
    let written = stored.as_ref().map(Written::of).unwrap_or_default();
    let told = Told { faults: &Faults::new(), has_changed: false };
    drawn(StatusCode::OK, &state, &visit, &workspace, &written, stored.as_ref(), &told).await
}

/// Stores it. What is wrong stands beside its fields; what was written stays, but for secrets.
pub(crate) async fn save(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let written = Written::read(&form);
    let result = match written.input(&form) {
        Ok(input) => {
            let expected = match written.version {
                Some(version) => Expected::Versions(vec![version]),
                None => Expected::Whatever,
            };
            let by = visit.admitted().author()?;
            state.stores.put(&workspace, &input, &expected, &by).await.map(drop)
        }
        Err(faults) => Err(StoreError::Faults(faults)),
    };
    let (status, told_faults, has_changed) = match result {
        Ok(()) => return Ok(visit.done(Done::StoreSaved, &place(&workspace))),
        Err(StoreError::Faults(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, faults, false),
        Err(StoreError::Changed) => (StatusCode::PRECONDITION_FAILED, Faults::new(), true),
        Err(error) => return Err(error.to_rejection(visit.admitted().request_id()).into()),
    };
    let stored = state.stores.find(&workspace).await.or_reject(visit.admitted())?;
    // Sent once more it is for the version that is there now.
    let written = Written { version: stored.as_ref().map(|stored| stored.version), ..written };
    let told = Told { faults: &told_faults, has_changed };
    let page = drawn(status, &state, &visit, &workspace, &written, stored.as_ref(), &told).await?;
    Ok(if has_changed { as_refusal(page, Code::PreconditionFailed.as_str()) } else { with_faults(page) })
}

/// What came of storing it.
pub(super) struct Told<'a> {
    pub(super) faults: &'a Faults,
    /// Somebody else has changed it meanwhile.
    pub(super) has_changed: bool,
}

async fn drawn(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    written: &Written,
    stored: Option<&StoreConnection>,
    told: &Told<'_>,
) -> Result<Response, Refusal> {
    let body = store_view::page(visit, workspace, written, stored, told);
    let title = visit.texts().store.title.into();
    let page = Page { title, nav: Nav::Catalogue, workspace: Some(&workspace.slug) };
    visit.page_with(status, state, page, body).await
}
