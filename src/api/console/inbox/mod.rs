//! The inbox of a workspace: what shoppers asked, each conversation with what was said in it, and what was asked in vain.
//!
//! Who reads a conversation stands in the audit log before it is shown, as with the API.

mod gaps;
mod view;

pub(crate) use gaps::{show as gaps, write};

use super::form::Form;
use super::layout::{Nav, Page};
use super::texts::Done;
use super::visit::Visit;
use crate::api::Shared;
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::transcripts::{cursor, cursor_of, export as files};
use crate::domain::exchange::Thumb;
use crate::rejection::Rejection;
use crate::storage::{After, ExchangeFilter, Mark, Marked};
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

/// Conversations of a page.
const SHOWN: u16 = 30;
/// Longest text that is looked for, in characters.
const LONGEST: usize = 300;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 4000;
const NONE: Rejection = Rejection::NotFound("There is no such conversation.");

/// What somebody looks for, as they wrote it.
#[derive(Debug, Clone, Default)]
struct Asked {
    which: String,
    words: String,
    origin: String,
    locale: String,
}

impl Asked {
    fn of(query: &mut Query<'_>) -> Self {
        let mut text = |name| {
            let text = query.text(name).unwrap_or_default();
            text.trim().chars().take(LONGEST).collect::<String>()
        };
        Self { which: text("which"), words: text("q"), origin: text("origin"), locale: text("locale") }
    }

    fn filter(&self) -> ExchangeFilter {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut filter = ExchangeFilter {
            words: given(&self.words),
            origin: given(&self.origin),
            locale: given(&self.locale),
            ..ExchangeFilter::default()
        };
        match self.which.as_str() {
            "refused" => filter.refused = Some(true),
            "failed" => filter.failed = Some(true),
            "down" => filter.feedback = Some(Thumb::Down),
            "up" => filter.feedback = Some(Thumb::Up),
            "open" => filter.solved = Some(false),
            "solved" => filter.solved = Some(true),
            _ => {}
        }
        filter
    }

    /// The query of a page that asks for the same.
    fn query(&self) -> url::form_urlencoded::Serializer<'static, String> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in
            [("which", &self.which), ("q", &self.words), ("origin", &self.origin), ("locale", &self.locale)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query
    }
}

fn place_of(slug: &str) -> String {
    format!("/console/workspaces/{slug}/conversations")
}

/// The conversations.
pub(crate) async fn list(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let asked = Asked::of(&mut query);
    let after = cursor(&mut query);
    query.end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let known = state.workspaces.find(visit.tenant()?, &workspace.slug).await.or_reject(visit.admitted())?;
    visit.in_zone(&known.content.settings.timezone);
    let place = (workspace.tenant, workspace.id);
    let mut rows =
        state.transcripts.list(place, &asked.filter(), after, SHOWN + 1).await.or_reject(visit.admitted())?;
    let has_more = rows.len() > usize::from(SHOWN);
    rows.truncate(usize::from(SHOWN));
    let next = rows.last().filter(|_| has_more).map(|row| {
        let cursor = cursor_of(After { at: row.last_at, id: row.id });
        format!("{}?{}", place_of(&workspace.slug), asked.query().append_pair("cursor", &cursor).finish())
    });
    let keeps_words = known.content.settings.store_transcripts;
    let body = view::list(&visit, &workspace.slug, &asked, &rows, next.as_deref(), keeps_words);
    let title = visit.texts().inbox.title.into();
    visit.page(&state, Page { title, nav: Nav::Inbox, workspace: Some(&workspace.slug) }, body).await
}

/// One of them, with what was said in it.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let known = state.workspaces.find(visit.tenant()?, &workspace.slug).await.or_reject(visit.admitted())?;
    visit.in_zone(&known.content.settings.timezone);
    let by = visit.admitted().author()?;
    let read = state.transcripts.read((workspace.tenant, workspace.id), named(&visit)?, &by).await;
    let transcript = read.or_reject(visit.admitted())?.ok_or(NONE)?;
    let body = view::one(&visit, &workspace.slug, &transcript);
    let title = visit.texts().inbox.conversation.into();
    visit.page(&state, Page { title, nav: Nav::Inbox, workspace: Some(&workspace.slug) }, body).await
}

/// Notes something of it.
pub(crate) async fn mark(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let id = named(&visit)?;
    let note = form.text("note").map(|note| note.chars().take(LONGEST_NOTE).collect());
    let mark = Mark { solved: Some(form.flag("solved")), note: Some(note) };
    // As it was when the page was made: nobody's note is written over unseen.
    let seen = form.text("version").and_then(|text| text.parse::<i64>().ok());
    let expected = |version| seen == Some(version);
    let by = visit.admitted().author()?;
    let marked = state.transcripts.mark((workspace.tenant, workspace.id), id, &mark, expected, &by).await;
    match marked.or_reject(visit.admitted())? {
        Marked::Done(_) => Ok(visit.done(Done::ConversationMarked, &format!("{}/{id}", place_of(&workspace.slug)))),
        Marked::Changed => Err(Rejection::PreconditionFailed.into()),
        Marked::Missing => Err(NONE.into()),
    }
}

/// All that is asked for, as a file.
pub(crate) async fn export(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let asked = Asked::of(&mut query);
    let form = files::Form::of(&mut query);
    query.end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let (place, filter) = ((workspace.tenant, workspace.id), asked.filter());
    let by = visit.admitted().author()?;
    state.transcripts.note_export(place, &workspace.slug, &filter, &by).await.or_reject(visit.admitted())?;
    Ok(files::file(&state, place, filter, form))
}

fn named(visit: &Visit) -> Result<Uuid, Rejection> {
    Uuid::try_parse(visit.param("id")?).map_err(|_| NONE)
}
