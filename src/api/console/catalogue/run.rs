//! One run of a catalogue: how it goes, what became of each record and product, and ending it.

use super::{place, progress, reached, run_place, run_view, whole};
use crate::api::Shared;
use crate::api::catalog::report;
use crate::api::console::form::Form;
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::domain::ids::SyncRunId;
use crate::domain::sync::OutcomeKind;
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use uuid::Uuid;

/// Lines of the report on a page.
const LINES: u16 = 100;
const NONE: Rejection = Rejection::NotFound("There is no such sync run.");

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let word = query.text("outcome").unwrap_or_default();
    let after = query.text("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    query.end()?;
    let workspace = reached(&state, &mut visit).await?;
    let id = id(&visit)?;
    let (run, _) = state.catalog.find(&workspace, id).await.or_reject(visit.admitted())?;
    let kind: Option<OutcomeKind> = word.parse().ok();
    let found = state.catalog.outcomes(&workspace, id, kind, after, LINES + 1).await;
    let mut lines = found.or_reject(visit.admitted())?;
    let has_more = lines.len() > usize::from(LINES);
    lines.truncate(usize::from(LINES));
    let next = lines.last().filter(|_| has_more).map(|(number, _)| {
        let outcome = kind.map(OutcomeKind::as_str).unwrap_or_default();
        format!("{}?outcome={outcome}&after={number}", run_place(&workspace, id))
    });
    let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
    let titles = state.catalog.titles(&workspace, id, &numbers).await.or_reject(visit.admitted())?;
    let report = run_view::Report { kind, lines: &lines, titles: &titles, next: next.as_deref() };
    let body = run_view::page(&visit, &workspace, &run, &report, state.ambient.now());
    whole(StatusCode::OK, &state, &visit, &workspace, body).await
}

/// The report as a file.
pub(crate) async fn download(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let word = query.text("outcome").unwrap_or_default();
    query.end()?;
    let workspace = reached(&state, &mut visit).await?;
    let id = id(&visit)?;
    Ok(report::download(&state, visit.admitted(), workspace, id, word.parse().ok()).await?)
}

/// Its progress as server-sent events.
pub(crate) async fn events(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let id = id(&visit)?;
    progress::events(state, visit, id).await
}

/// Ends it.
pub(crate) async fn cancel(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let by = visit.admitted().author()?;
    let run = state.catalog.cancel(&workspace, id(&visit)?, &by).await.or_reject(visit.admitted())?;
    let to = if run.status.is_over() { place(&workspace) } else { run_place(&workspace, run.id) };
    Ok(visit.done(Done::RunCancelled, &to))
}

fn id(visit: &Visit) -> Result<SyncRunId, Rejection> {
    Uuid::try_parse(visit.param("id")?).map(SyncRunId).map_err(|_| NONE)
}
