//! `/api/v1/workspaces/{slug}/conversations` and `…/gaps`: what shoppers asked, for those who run the shop.

pub(in crate::api) mod export;
pub(crate) mod filter;
pub(crate) mod views;

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::generated;
use crate::api::json::JsonObject;
use crate::api::page;
use crate::api::precondition::IfMatch;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use crate::storage::{After, Mark, Marked};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::TimeDelta;
use filter::Wanted;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use uuid::Uuid;
use views::{GapListView, GapView, TranscriptPageView, TranscriptPatch, TranscriptSummary, TranscriptView};

/// One answer for what is not there and for what is another workspace's.
const NONE: Rejection = Rejection::NotFound("There is no such conversation.");
/// One answer for what is not there, what nobody asked in vain, and what is another workspace's.
const NO_GAP: Rejection = Rejection::NotFound("There is no such gap.");
/// Longest note, in characters.
const MAX_NOTE_CHARS: usize = 4000;
/// Gaps are looked for in so many days when the request does not say.
const GAP_DAYS: i64 = 30;

/// Lists what shoppers asked.
///
/// The conversation in which something was said last first. With several filters, one question or one hand-over of the
/// conversation must be all of that. Where the workspace keeps no transcripts, `q` finds hand-overs only.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/conversations",
    tag = "Conversations",
    summary = "List what shoppers asked",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("refused" = Option<bool>, Query, description = "With a question that the documents hold nothing about."),
        ("failed" = Option<bool>, Query, description = "With a question that was answered by an error."),
        ("feedback" = Option<String>, Query, description = "With an answer that a reader thinks so of: `up` or `down`."),
        ("key" = Option<Uuid>, Query, description = "Asked with this key."),
        ("origin" = Option<String>, Query, description = "Asked on this page's origin.", example = "https://shop.example"),
        ("locale" = Option<String>, Query, description = "Asked in this language; `de` is `de-AT` as well.", example = "de"),
        ("visitor" = Option<String>, Query, description = "Of this visitor: the id that their browser has, or as shown here."),
        ("subject" = Option<String>, Query, description = "Of this customer: as the shop calls them, or as shown here."),
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Asked then or later (RFC 3339)."),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Asked before (RFC 3339)."),
        ("q" = Option<String>, Query, description = "With words that begin so, in question or answer; `\"free returns\"` whole and in order, `-austria` not, `or` between two.", max_length = 300),
        ("solved" = Option<bool>, Query, description = "Marked as solved, or not."),
        ("handed_over" = Option<bool>, Query, description = "In which the shopper wrote to people, or not."),
        ("staff" = Option<bool>, Query, description = "Those of the console's playground instead of those of shoppers."),
        ("limit" = Option<usize>, Query, description = "Conversations of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of conversations.", body = TranscriptPageView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let wanted = Wanted::of(&mut query);
    let limit = page::limit(&mut query);
    let after = cursor(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let filter = wanted.filter(&state, &admitted, &workspace).await?;
    let place = (workspace.tenant, workspace.id);
    let more = u16::try_from(limit + 1).unwrap_or(u16::MAX);
    let mut rows = state.transcripts.list(place, &filter, after, more).await.or_reject(&admitted)?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|row| cursor_of(After { at: row.last_at, id: row.id }));
    let data = rows.iter().map(TranscriptSummary::from).collect();
    response::json(StatusCode::OK, &TranscriptPageView { data, has_more, next_cursor })
}

/// Shows a conversation with what was said in it.
///
/// That it was read stands in the audit log. Where the workspace keeps no transcripts, how its questions ended.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/conversations/{id}",
    tag = "Conversations",
    summary = "Read a transcript",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The conversation.")
    ),
    responses((status = 200, description = "The transcript; `ETag` is the version of what staff noted.", body = TranscriptView<'static>,
        headers(("AI-Disclosure" = String, description = "`mode=ai-originated`: a model has written answers in it.")))),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let place = (workspace.tenant, workspace.id);
    let read = state.transcripts.read(place, conversation(&admitted)?, &admitted.author()?).await;
    let transcript = read.or_reject(&admitted)?.ok_or(NONE)?;
    let shown = response::versioned(StatusCode::OK, &TranscriptView::of(&transcript), transcript.row.version)?;
    Ok(generated::marked(shown))
}

/// Notes something of a conversation.
///
/// A JSON Merge Patch of `solved` and `note`. The audit log says that it was noted, and not what the note says.
#[utoipa::path(
    patch,
    path = "/api/v1/workspaces/{slug}/conversations/{id}",
    tag = "Conversations",
    summary = "Note something of a conversation",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The conversation."),
        ("If-Match" = String, Header, description = "The `ETag` it was read with, or `*`.")
    ),
    request_body(content = TranscriptPatch, example = json!({"solved": true, "note": "Written into the returns page."})),
    responses((status = 200, description = "As it is now, without the words; `ETag` is its new version.", body = TranscriptSummary<'static>)),
    extensions(("x-refusals" = json!([
        Code::NotFound, Code::ValidationFailed, Code::PreconditionFailed, Code::PreconditionRequired
    ]))),
)]
pub(crate) async fn mark(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    JsonObject(patch): JsonObject,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let if_match = IfMatch::required(&headers)?;
    let mark = noted(patch)?;
    let workspace = state.reach.managed(&admitted).await?;
    let place = (workspace.tenant, workspace.id);
    let expected = |version| if_match.check(version).is_ok();
    let marked = state.transcripts.mark(place, conversation(&admitted)?, &mark, expected, &admitted.author()?).await;
    match marked.or_reject(&admitted)? {
        Marked::Done(row) => response::versioned(StatusCode::OK, &TranscriptSummary::from(&*row), row.version),
        Marked::Changed => Err(Rejection::PreconditionFailed.into()),
        Marked::Missing => Err(NONE.into()),
    }
}

/// Takes all that shoppers asked along.
///
/// One line a question, the newest first, with the filters of the list. CSV for spreadsheets, or JSON lines. That it
/// was taken stands in the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/conversations/export",
    tag = "Conversations",
    summary = "Export transcripts",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("format" = Option<String>, Query, description = "`csv` or `jsonl`; `csv` when absent."),
        ("refused" = Option<bool>, Query, description = "As in the list."),
        ("failed" = Option<bool>, Query, description = "As in the list."),
        ("feedback" = Option<String>, Query, description = "As in the list."),
        ("key" = Option<Uuid>, Query, description = "As in the list."),
        ("origin" = Option<String>, Query, description = "As in the list."),
        ("locale" = Option<String>, Query, description = "As in the list."),
        ("visitor" = Option<String>, Query, description = "As in the list."),
        ("subject" = Option<String>, Query, description = "As in the list."),
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "As in the list."),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "As in the list."),
        ("q" = Option<String>, Query, description = "As in the list.", max_length = 300),
        ("solved" = Option<bool>, Query, description = "As in the list."),
        ("handed_over" = Option<bool>, Query, description = "As in the list."),
        ("staff" = Option<bool>, Query, description = "As in the list.")
    ),
    responses((status = 200, description = "The questions with their answers.", content(
        (String = "text/csv"), (String = "application/jsonl")),
        headers(("AI-Disclosure" = String, description = "`mode=ai-originated`: a model has written answers in it.")))),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn export(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let wanted = Wanted::of(&mut query);
    let form = export::Form::of(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let filter = wanted.filter(&state, &admitted, &workspace).await?;
    let (place, author) = ((workspace.tenant, workspace.id), admitted.author()?);
    state.transcripts.note_export(place, &workspace.slug, &filter, &author).await.or_reject(&admitted)?;
    Ok(export::file(&state, place, filter, form))
}

/// Lists gaps: what was asked in vain.
///
/// Questions that were refused or disliked, those of the same words together, the most frequent first. Not those that
/// staff asked in the playground, nor what staff has dealt with, until it is asked again. Nothing where the workspace
/// keeps no transcripts.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/gaps",
    tag = "Conversations",
    summary = "List questions without a good answer",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Asked then or later; 30 days before `to` when absent."),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Asked before; now when absent."),
        ("limit" = Option<usize>, Query, description = "Groups at most; 20 when absent.", minimum = 1, maximum = 100)
    ),
    responses((status = 200, description = "The most frequent.", body = GapListView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn gaps(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let to = filter::moment(&mut query, "to").unwrap_or_else(|| state.ambient.now());
    let from = filter::moment(&mut query, "from");
    let from = from.or_else(|| to.checked_sub_signed(TimeDelta::days(GAP_DAYS))).unwrap_or(to);
    if from >= to {
        query.fault("from", "out_of_range", "must be before `to`");
    }
    let limit = page::limit(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let more = u16::try_from(limit + 1).unwrap_or(u16::MAX);
    let found = state.transcripts.gaps((workspace.tenant, workspace.id), (from, to), more).await;
    let mut found = found.or_reject(&admitted)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    response::json(StatusCode::OK, &GapListView { data: found.iter().map(GapView::from).collect(), has_more })
}

/// Notes that a gap is dealt with.
///
/// By the question that it is shown by; those of the same words are meant, all that were asked until now. It is listed
/// again once somebody asks it again, and then only what was asked since then is counted. Doing it twice is doing it once.
/// It stands in the audit log, without the words.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/gaps/{id}/settle",
    tag = "Conversations",
    summary = "Mark a gap as dealt with",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The gap, by `id` in the list: a question of its words that found no good answer.")
    ),
    responses((status = 204, description = "It is dealt with.")),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn settle(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let example = admitted.param("id").ok_or(Rejection::Internal)?;
    let example = Uuid::try_parse(example).map_err(|_| NO_GAP)?;
    let settled = state.transcripts.settle_gap((workspace.tenant, workspace.id), example, &admitted.author()?).await;
    if settled.or_reject(&admitted)? { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(NO_GAP.into()) }
}

/// The conversation that the path names.
fn conversation(admitted: &Admitted) -> Result<Uuid, Rejection> {
    let text = admitted.param("id").ok_or(Rejection::Internal)?;
    Uuid::try_parse(text).map_err(|_| NONE)
}

fn noted(mut patch: Map<String, Value>) -> Result<Mark, Rejection> {
    let mut faults = Faults::new();
    let solved = match patch.remove("solved") {
        None => None,
        Some(Value::Bool(solved)) => Some(solved),
        Some(_) => {
            faults.push("solved", "type", "must be true or false");
            None
        }
    };
    let note = patch.contains_key("note").then(|| json::take_text(&mut patch, "note", &mut faults));
    // An empty note is none.
    let note = note.map(|note| note.filter(|note| !note.trim().is_empty()));
    if let Some(Some(note)) = &note {
        faults.text("note", note, 1..=MAX_NOTE_CHARS);
    }
    for name in patch.keys() {
        faults.push(name, "unknown", "there is no such field");
    }
    Ok(faults.or(Mark { solved, note })?)
}

/// Where the page before ended; its faults are noted in `query`.
pub(in crate::api) fn cursor(query: &mut Query<'_>) -> Option<After> {
    let text = query.text("cursor")?;
    let after = text.split_once('.').and_then(|(at, id)| {
        let at = chrono::DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some(After { at, id: Uuid::try_parse(id).ok()? })
    });
    if after.is_none() {
        query.fault("cursor", "format", "is not a cursor of this list");
    }
    after
}

pub(in crate::api) fn cursor_of(After { at, id }: After) -> String {
    format!("{}.{id}", at.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(patch: Value) -> Result<Mark, Vec<(String, &'static str)>> {
        let Value::Object(patch) = patch else { panic!("an object") };
        noted(patch).map_err(|rejection| match rejection {
            Rejection::ValidationFailed(faults) => faults.into_iter().map(|fault| (fault.field, fault.code)).collect(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_note_is_left_alone_taken_away_or_written() {
        assert_eq!(said(json!({})), Ok(Mark::default()));
        assert_eq!(said(json!({"note": null})), Ok(Mark { solved: None, note: Some(None) }));
        assert_eq!(said(json!({"note": " "})), Ok(Mark { solved: None, note: Some(None) }));
        let both = Mark { solved: Some(true), note: Some(Some("done".into())) };
        assert_eq!(said(json!({"note": "done", "solved": true})), Ok(both));
    }

    #[test]
    fn every_fault_is_told() {
        let faults = said(json!({"solved": "yes", "note": "x".repeat(4001), "owner": 1})).unwrap_err();
        assert_eq!(faults, [("solved".into(), "type"), ("note".into(), "too_long"), ("owner".into(), "unknown")]);
    }

    #[test]
    fn a_cursor_leads_back_to_where_it_was_made() {
        let after = After {
            at: chrono::DateTime::from_timestamp_micros(1_796_001_713_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        let text = format!("cursor={}", cursor_of(after));
        assert_eq!(cursor(&mut Query::parse(&text)), Some(after));
        for bad in
            ["cursor=x", "cursor=1.x", "cursor=.", "cursor=99999999999999999999.00000000-0000-0000-0000-000000000007"]
        {
            let mut query = Query::parse(bad);
            assert_eq!(cursor(&mut query), None, "{bad}");
            assert!(query.end().is_err(), "{bad}");
        }
    }
}
