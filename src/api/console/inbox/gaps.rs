//! Gaps: what was asked in vain, and from there the document that answers it.

use super::place_of;
use crate::api::Shared;
use crate::api::console::form::Form;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::parts::{Field, Tone, area, empty, faults_summary, field, foreign, nothing, notice, table};
use crate::api::console::refused::{as_refusal, with_faults};
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal, count};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::ids::DocumentId;
use crate::domain::scope::Scope;
use crate::domain::workspace::NewDocument;
use crate::rejection::Rejection;
use crate::storage::{Gap, StaffDocument};
use crate::workspaces::{Caller, WorkspaceError};
use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use maud::{Markup, html};
use uuid::Uuid;

/// They are looked for in so many days.
const DAYS: i64 = 30;
/// Groups of a page.
const SHOWN: u16 = 50;
/// Documents of a page.
const DOCUMENTS: u16 = 50;
const NONE: Rejection = Rejection::NotFound("There is no such question.");
const NO_DOCUMENT: Rejection = Rejection::NotFound("There is no such document.");

fn path(slug: &str) -> String {
    format!("/console/workspaces/{slug}/gaps")
}

/// A document on its way, and why it is not there yet.
struct Draft {
    document: NewDocument,
    faults: Faults,
    failure: Option<Rejection>,
}

/// What was asked in vain of late. `write` names a question whose document is to be written.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let write = query.text("write").and_then(|text| Uuid::try_parse(&text).ok());
    query.end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let draft = match write {
        Some(question) => {
            let asked = state.transcripts.question((workspace.tenant, workspace.id), question).await;
            let asked = asked.or_reject(visit.admitted())?.unwrap_or_default();
            let title = asked.chars().take(200).collect();
            let document = NewDocument { title, text: String::new(), url: None };
            Some(Draft { document, faults: Faults::new(), failure: None })
        }
        None => None,
    };
    page(&state, visit, &workspace, draft).await
}

/// Writes a document that answers a question.
pub(crate) async fn write(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let given = |name| form.text(name).unwrap_or_default().to_owned();
    let url = Some(given("url")).filter(|url| !url.is_empty());
    let document = NewDocument { title: given("title"), text: given("text"), url };
    let faults = document.check();
    let workspace = state.reach.managed(visit.admitted()).await?;
    if !faults.is_empty() {
        return page(&state, visit, &workspace, Some(Draft { document, faults, failure: None })).await;
    }
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: workspace.tenant, author: &author };
    match state.workspaces.add_document(caller, &workspace, &document).await.or_reject(visit.admitted()) {
        Ok(_) => Ok(visit.done(Done::DocumentWritten, &path(&workspace.slug))),
        // Nobody types a document twice.
        Err(failure) => {
            count(&failure, &state.metrics);
            page(&state, visit, &workspace, Some(Draft { document, faults, failure: Some(failure) })).await
        }
    }
}

/// Notes that a gap is dealt with.
pub(crate) async fn settle(State(state): State<Shared>, visit: Visit, _form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let example = Uuid::try_parse(visit.param("id")?).map_err(|_| NONE)?;
    let by = visit.admitted().author()?;
    let settled = state.transcripts.settle_gap((workspace.tenant, workspace.id), example, &by).await;
    if !settled.or_reject(visit.admitted())? {
        return Err(NONE.into());
    }
    Ok(visit.done(Done::GapSettled, &path(&workspace.slug)))
}

/// Removes a document that staff wrote.
pub(crate) async fn remove(State(state): State<Shared>, visit: Visit, _form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let id = Uuid::try_parse(visit.param("id")?).map_err(|_| NO_DOCUMENT)?;
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: workspace.tenant, author: &author };
    match state.workspaces.remove_document(caller, &workspace, DocumentId(id)).await {
        Ok(()) => Ok(visit.done(Done::DocumentRemoved, &path(&workspace.slug))),
        Err(WorkspaceError::NotFound) => Err(NO_DOCUMENT.into()),
        Err(error) => Err(error.to_rejection(visit.admitted().request_id()).into()),
    }
}

async fn page(state: &Shared, visit: Visit, workspace: &Reached, draft: Option<Draft>) -> Result<Response, Refusal> {
    let to = state.ambient.now();
    let between = (to - TimeDelta::days(DAYS), to);
    let found = state.transcripts.gaps((workspace.tenant, workspace.id), between, SHOWN).await;
    let found = found.or_reject(visit.admitted())?;
    let documents = state.workspaces.documents(workspace, None, DOCUMENTS + 1).await.or_reject(visit.admitted())?;
    let body = view(&visit, &workspace.slug, &found, &documents, draft.as_ref());
    let about = Page { title: visit.texts().inbox.gaps.into(), nav: Nav::Inbox, workspace: Some(&workspace.slug) };
    match draft {
        Some(Draft { failure: Some(failure), .. }) => {
            Ok(as_refusal(visit.page_with(failure.status(), state, about, body).await?, failure.code()))
        }
        Some(Draft { faults, .. }) if !faults.is_empty() => {
            Ok(with_faults(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, state, about, body).await?))
        }
        _ => visit.page(state, about, body).await,
    }
}

fn view(visit: &Visit, slug: &str, found: &[Gap], documents: &[StaffDocument], draft: Option<&Draft>) -> Markup {
    let (all, t, locale) = (visit.texts(), &visit.texts().inbox, visit.locale());
    html! {
        p { a href=(place_of(slug)) { "← " (t.title) } }
        h1 { (t.gaps) }
        p { (t.gaps_lead) }
        @if let Some(draft) = draft {
            (faults_summary(&draft.faults, all))
            @if let Some(failure) = &draft.failure {
                (notice(Tone::Bad, html! { (t.not_written) " " code { (failure.code()) } }))
            }
            (writing(visit, slug, draft))
        }
        @if found.is_empty() {
            (empty(t.no_gaps, t.no_gaps_help, nothing()))
        }
        @for gap in found {
            article {
                h2 { (foreign(&gap.example)) }
                p.quiet {
                    (t.times) ": " (locale.number(gap.questions.into())) " · "
                    (t.refused) ": " (locale.number(gap.refused.into())) " · "
                    (t.disliked) ": " (locale.number(gap.disliked.into())) " · "
                    (t.last) ": " (locale.time(gap.last_at))
                    @if !gap.locales.is_empty() { " · " (foreign(&gap.locales.join(", "))) }
                }
                p {
                    a href=(format!("{}/{}", place_of(slug), gap.conversation)) { (t.to_conversation) } " · "
                    a href=(format!("/console/workspaces/{slug}/playground?ask={}", gap.example_id)) { (t.ask_again) }
                    @if visit.may(Scope::DocumentsWrite) {
                        " · " a href=(format!("{}?write={}#write", path(slug), gap.example_id)) { (t.write) }
                    }
                }
                (visit.form(&format!("{}/{}/settle", path(slug), gap.example_id), html! { button { (t.settle) } }))
            }
        }
        (written(visit, slug, documents))
    }
}

/// What was written before, with the way to take it back.
fn written(visit: &Visit, slug: &str, documents: &[StaffDocument]) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    let shown = usize::from(DOCUMENTS);
    let rows = html! {
        @for document in documents.iter().take(shown) {
            tr {
                th scope="row" { (foreign(&document.title)) }
                td.number { (locale.number(document.characters.into())) }
                td { (locale.time(document.made_at)) }
                td {
                    @if visit.may(Scope::DocumentsWrite) {
                        (visit.form(&format!("{}/documents/{}", path(slug), document.id),
                            html! { button.danger { (t.remove) } }))
                    }
                }
            }
        }
    };
    html! {
        section {
            h2 { (t.documents) }
            @if documents.is_empty() { p.quiet { (t.no_documents) } } @else {
                (table(t.documents, &[t.document_title, t.characters, t.written_at, t.remove], rows))
            }
            @if documents.len() > shown { p.quiet { (t.newest_documents) } }
        }
    }
}

fn writing(visit: &Visit, slug: &str, Draft { document, faults, .. }: &Draft) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().inbox);
    let url = document.url.as_deref().unwrap_or_default();
    html! {
        section #write {
            h2 { (t.write) }
            (visit.form(&path(slug), html! {
                (field(Field::text("title", t.document_title, "", &document.title).required(), faults, all))
                (area(Field::text("text", t.document_text, t.document_help, &document.text).required(), 6, faults, all))
                (field(Field::text("url", t.document_url, "", url), faults, all))
                button.primary { (t.write) }
            }))
        }
    }
}
