//! Privacy of a workspace: what is kept of shoppers, finding what somebody said, erasing it, and the receipts.
//!
//! Names of people come and go in the bodies of forms, and are never part of an address. What is erased is decided by
//! the same order as the API's.

mod found;
pub(crate) mod receipt;
mod view;

pub(super) use view::from_conversation;

use super::form::Form;
use super::layout::{Nav, Page};
use super::locale::Locale;
use super::refused::with_faults;
use super::texts::Done;
use super::visit::Visit;
use crate::api::page::{PageEnd, Paging};
use crate::api::privacy::ErasureBody;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::ids::ErasureId;
use crate::domain::workspace::WorkspaceSettings;
use crate::rejection::Rejection;
use crate::storage::Erasure;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use jiff::civil;
use maud::Markup;
use uuid::Uuid;

/// Days that a form takes; others are slips of the keyboard.
const YEARS: std::ops::Range<i16> = 2000..2200;

/// What is to go, as it was typed: one of the four.
#[derive(Debug, Clone, Default)]
struct Typed {
    visitor_id: String,
    subject: String,
    conversation_id: String,
    before: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).unwrap_or_default().to_owned();
        Self {
            visitor_id: text("visitor_id"),
            subject: text("subject"),
            conversation_id: text("conversation_id"),
            before: text("before"),
        }
    }

    /// The fields with their names, to be sent once more.
    fn fields(&self) -> [(&'static str, &str); 4] {
        [
            ("visitor_id", &self.visitor_id),
            ("subject", &self.subject),
            ("conversation_id", &self.conversation_id),
            ("before", &self.before),
        ]
    }

    /// The order as the API takes it. A day begins at midnight where the workspace is.
    fn order(&self, locale: &Locale, now: DateTime<Utc>) -> Result<ErasureBody, Faults> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut faults = Faults::new();
        let conversation_id = given(&self.conversation_id).and_then(|text| {
            let id = Uuid::try_parse(&text).ok();
            if id.is_none() {
                faults.push("conversation_id", "format", "must be the id of a conversation");
            }
            id
        });
        let before = given(&self.before).and_then(|text| {
            let day = text.parse::<civil::Date>().ok().filter(|day| YEARS.contains(&day.year()));
            let begins = day.and_then(|day| locale.zone.first(day.at(0, 0, 0, 0)));
            if begins.is_none() {
                faults.push("before", "format", "must be a day, as in 2026-11-30");
            }
            begins
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let (visitor_id, subject) = (given(&self.visitor_id), given(&self.subject));
        let order = ErasureBody { visitor_id, subject, conversation_id, before, ..ErasureBody::default() };
        order.check(now)?;
        Ok(order)
    }
}

fn place(slug: &str) -> String {
    format!("/console/workspaces/{slug}/privacy")
}

fn receipt_place(slug: &str, id: ErasureId) -> String {
    format!("{}/erasures/{id}", place(slug))
}

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let paging = Paging::of(&mut query);
    query.end()?;
    let (workspace, settings) = known(&state, &mut visit).await?;
    let shown = Shown { workspace: &workspace, settings: &settings, typed: &Typed::default(), faults: &Faults::new() };
    drawn(&state, &visit, &shown, paging).await
}

/// Shows what an erasure would remove, and asks whether it is meant. It changes nothing, and is a form because whose
/// words are meant must not stand in an address.
pub(crate) async fn find(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let (workspace, settings) = known(&state, &mut visit).await?;
    let typed = Typed::of(&form);
    match typed.order(visit.locale(), state.ambient.now()) {
        Ok(order) => preview(&state, &visit, &workspace, &typed, (order, Faults::new())).await,
        Err(faults) => again(&state, &visit, &workspace, &settings, (&typed, &faults)).await,
    }
}

/// Orders the erasure, once a box says that it is meant.
pub(crate) async fn erase(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let (workspace, settings) = known(&state, &mut visit).await?;
    let typed = Typed::of(&form);
    let order = match typed.order(visit.locale(), state.ambient.now()) {
        Ok(order) => order,
        Err(faults) => return again(&state, &visit, &workspace, &settings, (&typed, &faults)).await,
    };
    if !form.flag("sure") {
        let mut faults = Faults::new();
        faults.push("sure", "required", "must be ticked");
        return preview(&state, &visit, &workspace, &typed, (order, faults)).await;
    }
    let whose = order.into_whose(&state, visit.admitted(), &workspace).await?;
    let by = visit.admitted().author()?;
    let ordered = state.erasures.order(workspace.tenant, workspace.id, &whose, &by).await;
    let erasure = ordered.or_reject(visit.admitted())?;
    Ok(visit.done(Done::ErasureOrdered, &receipt_place(&workspace.slug, erasure.id)))
}

/// What the page shows.
struct Shown<'a> {
    workspace: &'a Reached,
    settings: &'a WorkspaceSettings,
    typed: &'a Typed,
    faults: &'a Faults,
}

/// The workspace with its settings, in whose zone times are shown.
async fn known(state: &ApiState, visit: &mut Visit) -> Result<(Reached, WorkspaceSettings), Rejection> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let known = state.workspaces.find(visit.tenant()?, &workspace.slug).await.or_reject(visit.admitted())?;
    visit.in_zone(&known.content.settings.timezone);
    Ok((workspace, known.content.settings))
}

async fn drawn(state: &ApiState, visit: &Visit, shown: &Shown<'_>, paging: Paging) -> Result<Response, Refusal> {
    let workspace = shown.workspace;
    let after = paging.after.map(ErasureId);
    let listed = state.erasures.list(workspace.tenant, workspace.id, after, paging.wanted()).await;
    let mut erasures: Vec<Erasure> = listed.or_reject(visit.admitted())?;
    let PageEnd { next_cursor, .. } = paging.cut(&mut erasures, |erasure| erasure.id.0);
    let next = next_cursor.map(|cursor| format!("{}?cursor={cursor}", place(&workspace.slug)));
    let days = state.usage_settings.retention_days;
    let body = view::page(visit, shown, days, (&erasures, next.as_deref()));
    let status = if shown.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    whole(status, state, visit, workspace, body).await
}

/// The page once more, with what is wrong.
async fn again(
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    settings: &WorkspaceSettings,
    (typed, faults): (&Typed, &Faults),
) -> Result<Response, Refusal> {
    let shown = Shown { workspace, settings, typed, faults };
    Ok(with_faults(drawn(state, visit, &shown, Paging::default()).await?))
}

async fn preview(
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    typed: &Typed,
    (order, faults): (ErasureBody, Faults),
) -> Result<Response, Refusal> {
    let before = order.before;
    let whose = order.into_whose(state, visit.admitted(), workspace).await?;
    let affected = state.erasures.preview(workspace.tenant, workspace.id, &whose).await;
    let affected = affected.or_reject(visit.admitted())?;
    let body = found::page(visit, &workspace.slug, typed, before, &affected, &faults);
    if faults.is_empty() {
        return whole(StatusCode::OK, state, visit, workspace, body).await;
    }
    Ok(with_faults(whole(StatusCode::UNPROCESSABLE_ENTITY, state, visit, workspace, body).await?))
}

async fn whole(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    body: Markup,
) -> Result<Response, Refusal> {
    let title = visit.texts().privacy.title.into();
    visit.page_with(status, state, Page { title, nav: Nav::Privacy, workspace: Some(&workspace.slug) }, body).await
}
