//! Gaps: what was asked in vain, and from there the document that answers it.

use super::place_of;
use crate::api::Shared;
use crate::api::console::form::Form;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::parts::{Field, area, disclosure, empty, faults_summary, field, nothing};
use crate::api::console::refused::with_faults;
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::domain::faults::Faults;
use crate::domain::workspace::NewDocument;
use crate::storage::Gap;
use crate::workspaces::Caller;
use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use maud::{Markup, html};

/// They are looked for in so many days.
const DAYS: i64 = 30;
/// Groups of a page.
const SHOWN: u16 = 50;

fn path(slug: &str) -> String {
    format!("/console/workspaces/{slug}/gaps")
}

/// What was asked in vain of late.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    page(&state, visit, None).await
}

/// Writes a document that answers a question.
pub(crate) async fn write(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let given = |name| form.text(name).unwrap_or_default().to_owned();
    let url = Some(given("url")).filter(|url| !url.is_empty());
    let document = NewDocument { title: given("title"), text: given("text"), url };
    let faults = document.check();
    if !faults.is_empty() {
        return page(&state, visit, Some((document, faults))).await;
    }
    let workspace = state.reach.managed(visit.admitted()).await?;
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: workspace.tenant, author: &author };
    state.workspaces.add_document(caller, &workspace, &document).await.or_reject(visit.admitted())?;
    Ok(visit.done(Done::DocumentWritten, &path(&workspace.slug)))
}

async fn page(state: &Shared, visit: Visit, wrong: Option<(NewDocument, Faults)>) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let to = state.ambient.now();
    let between = (to - TimeDelta::days(DAYS), to);
    let found = state.transcripts.gaps((workspace.tenant, workspace.id), between, SHOWN).await;
    let found = found.or_reject(visit.admitted())?;
    let body = view(&visit, &workspace.slug, &found, wrong.as_ref());
    let about = Page { title: visit.texts().inbox.gaps.into(), nav: Nav::Inbox, workspace: Some(&workspace.slug) };
    if wrong.is_some() {
        return Ok(with_faults(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, state, about, body).await?));
    }
    visit.page(state, about, body).await
}

fn view(visit: &Visit, slug: &str, found: &[Gap], wrong: Option<&(NewDocument, Faults)>) -> Markup {
    let (all, t, locale) = (visit.texts(), &visit.texts().inbox, visit.locale());
    html! {
        p { a href=(place_of(slug)) { "← " (t.title) } }
        h1 { (t.gaps) }
        p { (t.gaps_lead) }
        @if let Some((document, faults)) = wrong {
            (faults_summary(faults, all))
            (writing(visit, slug, "", document, faults))
        }
        @if found.is_empty() {
            (empty(t.no_gaps, t.no_gaps_help, nothing()))
        }
        @for (at, gap) in found.iter().enumerate() {
            article {
                h2 { (gap.example) }
                p.quiet {
                    (t.times) ": " (locale.number(gap.questions.into())) " · "
                    (t.refused) ": " (locale.number(gap.refused.into())) " · "
                    (t.disliked) ": " (locale.number(gap.disliked.into())) " · "
                    (t.last) ": " (locale.time(gap.last_at))
                    @if !gap.locales.is_empty() { " · " (gap.locales.join(", ")) }
                }
                p {
                    a href=(format!("{}/{}", place_of(slug), gap.conversation)) { (t.to_conversation) } " · "
                    a href=(format!("/console/workspaces/{slug}/playground")) { (t.ask_again) }
                }
                (disclosure(t.write, false, {
                    let title = gap.example.chars().take(200).collect();
                    let document = NewDocument { title, text: String::new(), url: None };
                    writing(visit, slug, &format!("gap-{at}"), &document, &Faults::new())
                }))
            }
        }
    }
}

fn writing(visit: &Visit, slug: &str, of: &str, document: &NewDocument, faults: &Faults) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().inbox);
    let url = document.url.as_deref().unwrap_or_default();
    visit.form(
        &path(slug),
        html! {
            (field(Field::text("title", t.document_title, "", &document.title).required().of(of), faults, all))
            (area(Field::text("text", t.document_text, t.document_help, &document.text).required().of(of), 6, faults, all))
            (field(Field::text("url", t.document_url, "", url).of(of), faults, all))
            button.primary { (t.write) }
        },
    )
}
