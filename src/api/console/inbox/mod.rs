//! The inbox of a workspace: what shoppers asked, each conversation with what was said in it, and what was asked in vain.
//!
//! Who reads a conversation stands in the audit log before it is shown, as with the API.

mod gaps;
mod view;

pub(crate) use gaps::{remove, settle, show as gaps, write};

use super::form::Form;
use super::layout::{Nav, Page};
use super::refused::{as_refusal, with_faults};
use super::texts::Done;
use super::visit::Visit;
use crate::api::knowledge::{Found, KnowledgeQuery, search};
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal, count};
use crate::api::transcripts::filter::{MAX_CHARS, Wanted};
use crate::api::transcripts::{cursor, cursor_of, export as files};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::key::PublicId;
use crate::domain::scope::Scope;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::storage::{After, ExchangeFilter, Mark, Marked};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::civil;
use uuid::Uuid;

/// Conversations of a page.
const SHOWN: u16 = 30;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 4000;
const NONE: Rejection = Rejection::NotFound("There is no such conversation.");
const NO_KEY: Rejection = Rejection::NotFound("There is no such key.");

/// What somebody looks for, as they wrote it.
#[derive(Debug, Clone, Default)]
struct Asked {
    which: String,
    words: String,
    origin: String,
    locale: String,
    visitor: String,
    key: String,
    from: String,
    to: String,
}

impl Asked {
    fn of(query: &mut Query<'_>) -> Self {
        let mut text = |name| {
            let text = query.text(name).unwrap_or_default();
            text.trim().chars().take(MAX_CHARS).collect::<String>()
        };
        Self {
            which: text("which"),
            words: text("q"),
            origin: text("origin"),
            locale: text("locale"),
            visitor: text("visitor"),
            key: text("key"),
            from: text("from"),
            to: text("to"),
        }
    }

    /// What is meant, with the days of the workspace's zone. None: the key is not known, so there is nothing.
    async fn filter(
        &self,
        state: &ApiState,
        visit: &Visit,
        workspace: &Reached,
    ) -> Result<Option<ExchangeFilter>, Rejection> {
        let filter = self.wanted().filter(state, visit.admitted(), workspace).await?;
        let zone = &visit.locale().zone;
        let day = |text: &str| text.parse::<civil::Date>().ok();
        let begins = |date: civil::Date| zone.first(date.at(0, 0, 0, 0));
        let (from, to) = (day(&self.from).and_then(begins), day(&self.to).and_then(|day| begins(day.tomorrow().ok()?)));
        let key = match self.key.parse::<PublicId>() {
            _ if self.key.is_empty() => None,
            Ok(id) => {
                let known = state.keys.record(&id).await.or_reject(visit.admitted())?;
                let Some(known) = known.filter(|key| key.tenant == workspace.tenant) else { return Ok(None) };
                Some(known.id)
            }
            Err(_) => return Ok(None),
        };
        Ok(Some(ExchangeFilter { key, from, to, ..filter }))
    }

    /// As the API reads it, without days and key.
    fn wanted(&self) -> Wanted {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let given = [("q", &self.words), ("locale", &self.locale), ("visitor", &self.visitor)];
        query.extend_pairs(given.into_iter().filter(|(_, text)| !text.is_empty()));
        if let Some(origin) = self.whole_origin() {
            query.append_pair("origin", &origin);
        }
        match self.which.as_str() {
            name @ ("refused" | "failed" | "solved" | "handed_over") => query.append_pair(name, "true"),
            thumb @ ("down" | "up") => query.append_pair("feedback", thumb),
            "open" => query.append_pair("solved", "false"),
            "waiting" => query.append_pair("handed_over", "true").append_pair("solved", "false"),
            "refused_open" => query.append_pair("refused", "true").append_pair("solved", "false"),
            "staff" => query.append_pair("staff", "true"),
            _ => &mut query,
        };
        Wanted::of(&mut Query::parse(&query.finish()))
    }

    /// The page's origin as browsers name it, of what people type: `shop.example` is that of `https`.
    fn whole_origin(&self) -> Option<String> {
        let typed = self.origin.trim_end_matches('/').to_lowercase();
        match typed.as_str() {
            "" => None,
            whole if whole.contains("://") => {
                let mut parts = whole.split('/');
                let (scheme, host) = (parts.next()?, parts.nth(1)?);
                Some(format!("{scheme}//{host}"))
            }
            host => Some(format!("https://{}", host.split('/').next().unwrap_or(host))),
        }
    }

    fn texts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        [
            ("q", &self.words),
            ("origin", &self.origin),
            ("locale", &self.locale),
            ("visitor", &self.visitor),
            ("key", &self.key),
            ("from", &self.from),
            ("to", &self.to),
        ]
        .into_iter()
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
    let mut rows = match asked.filter(&state, &visit, &workspace).await? {
        Some(filter) => state.transcripts.list(place, &filter, after, SHOWN + 1).await.or_reject(visit.admitted())?,
        None => Vec::new(),
    };
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
    let body = view::one(&visit, &workspace.slug, &transcript, looked.as_ref(), None);
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
    let found = visit.hear(Box::pin(search(state, visit.admitted(), &query))).await;
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

/// A note that was not kept, and why: it is shown again.
struct Unkept {
    note: String,
    solved: bool,
    faults: Faults,
}

/// Notes something of it.
pub(crate) async fn mark(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let (workspace, _) = opened(&state, &mut visit).await?;
    let (place, id) = ((workspace.tenant, workspace.id), named(&visit)?);
    let (note, solved) = (form.text("note").map(str::to_owned), form.flag("solved"));
    let mut faults = Faults::new();
    if let Some(note) = &note {
        faults.text("note", note, 1..=LONGEST_NOTE);
    }
    let unkept = Unkept { note: note.clone().unwrap_or_default(), solved, faults };
    let by = visit.admitted().author()?;
    let marked = if unkept.faults.is_empty() {
        let mark = Mark { solved: Some(solved), note: Some(note) };
        // As it was when the page was made: nobody's note is written over unseen.
        let seen = form.text("version").and_then(|text| text.parse::<i64>().ok());
        let expected = |version| seen == Some(version);
        state.transcripts.mark(place, id, &mark, expected, &by).await.or_reject(visit.admitted())?
    } else {
        Marked::Changed
    };
    match marked {
        Marked::Done(_) => Ok(visit.done(Done::ConversationMarked, &format!("{}/{id}", place_of(&workspace.slug)))),
        Marked::Missing => Err(NONE.into()),
        // Nobody types a note twice.
        Marked::Changed => {
            let transcript = state.transcripts.read(place, id, &by).await.or_reject(visit.admitted())?.ok_or(NONE)?;
            let body = view::one(&visit, &workspace.slug, &transcript, None, Some(&unkept));
            let title = visit.texts().inbox.conversation.into();
            let page = Page { title, nav: Nav::Inbox, workspace: Some(&workspace.slug) };
            if unkept.faults.is_empty() {
                let changed = Rejection::PreconditionFailed;
                let page = visit.page_with(changed.status(), &state, page, body).await?;
                return Ok(as_refusal(page, changed.code()));
            }
            Ok(with_faults(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &state, page, body).await?))
        }
    }
}

/// All that is asked for, as a file.
pub(crate) async fn export(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let asked = Asked::of(&mut query);
    let form = files::Form::of(&mut query);
    query.end()?;
    let (workspace, _) = opened(&state, &mut visit).await?;
    let place = (workspace.tenant, workspace.id);
    let filter = asked.filter(&state, &visit, &workspace).await?.ok_or(NO_KEY)?;
    let by = visit.admitted().author()?;
    state.transcripts.note_export(place, &workspace.slug, &filter, &by).await.or_reject(visit.admitted())?;
    Ok(files::file(&state, place, filter, form))
}

fn named(visit: &Visit) -> Result<Uuid, Rejection> {
    Uuid::try_parse(visit.param("id")?).map_err(|_| NONE)
}
