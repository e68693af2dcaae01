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
use crate::api::knowledge::{Found, KnowledgeQuery, search};
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal, count};
use crate::api::transcripts::filter::{MAX_CHARS, Wanted};
use crate::api::transcripts::{cursor, cursor_of, export as files};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::scope::Scope;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::storage::{After, ExchangeFilter, Mark, Marked};
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

/// Conversations of a page.
const SHOWN: u16 = 30;
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
            text.trim().chars().take(MAX_CHARS).collect::<String>()
        };
        Self { which: text("which"), words: text("q"), origin: text("origin"), locale: text("locale") }
    }

    /// As the API reads it.
    fn filter(&self) -> ExchangeFilter {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.texts().filter(|(_, text)| !text.is_empty()));
        match self.which.as_str() {
            name @ ("refused" | "failed" | "solved" | "handed_over") => query.append_pair(name, "true"),
            thumb @ ("down" | "up") => query.append_pair("feedback", thumb),
            "open" => query.append_pair("solved", "false"),
            "waiting" => query.append_pair("handed_over", "true").append_pair("solved", "false"),
            _ => &mut query,
        };
        Wanted::of(&mut Query::parse(&query.finish())).of_anybody()
    }

    fn texts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        [("q", &self.words), ("origin", &self.origin), ("locale", &self.locale)].into_iter()
    }

    /// The query of a page that asks for the same.
    fn query(&self) -> url::form_urlencoded::Serializer<'static, String> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let all = [("which", &self.which)].into_iter().chain(self.texts());
        query.extend_pairs(all.filter(|(_, text)| !text.is_empty()));
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
    let (workspace, known) = opened(&state, &mut visit).await?;
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

/// One of them, with what was said in it. `look` names a question of which is shown what would be found now.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let look = query.text("look").and_then(|text| Uuid::try_parse(&text).ok());
    query.end()?;
    let (workspace, _) = opened(&state, &mut visit).await?;
    let by = visit.admitted().author()?;
    let read = state.transcripts.read((workspace.tenant, workspace.id), named(&visit)?, &by).await;
    let transcript = read.or_reject(visit.admitted())?.ok_or(NONE)?;
    let asked = transcript.exchanges.iter().find(|exchange| Some(exchange.id.0) == look);
    let looked = match asked.and_then(|exchange| Some((exchange.id.0, exchange.question.as_deref()?))) {
        Some((of, question)) => Some(Looked { of, found: found(&state, &visit, &workspace, question).await }),
        None => None,
    };
    let body = view::one(&visit, &workspace.slug, &transcript, looked.as_ref());
    let title = visit.texts().inbox.conversation.into();
    visit.page(&state, Page { title, nav: Nav::Inbox, workspace: Some(&workspace.slug) }, body).await
}

/// What the documents would answer a question with now, or why that cannot be known.
struct Looked {
    of: Uuid,
    found: Result<Found, Rejection>,
}

/// The place of a question in the documents, as the API's knowledge query tells it.
async fn found(state: &ApiState, visit: &Visit, workspace: &Reached, question: &str) -> Result<Found, Rejection> {
    visit.admitted().require(Scope::KnowledgeQuery)?;
    let query = KnowledgeQuery::of_question(question, &workspace.slug);
    let found = Box::pin(search(state, visit.admitted(), &query)).await;
    match &found {
        Ok(found) => visit.admitted().facts().set_cache(found.cache_use()),
        Err(rejection) => count(rejection, &state.metrics),
    }
    found
}

/// The workspace, whose zone times are told in from here on.
async fn opened(state: &ApiState, visit: &mut Visit) -> Result<(Reached, ManagedWorkspace), Rejection> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let known = state.workspaces.find(visit.tenant()?, &workspace.slug).await.or_reject(visit.admitted())?;
    visit.in_zone(&known.content.settings.timezone);
    Ok((workspace, known))
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
