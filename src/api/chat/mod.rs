//! `POST /api/v1/chat`: one question, answered as one JSON document or as events while the answer is being written.

mod ask;
mod charge;
mod events;
mod exchange;
mod first;
mod handover;
pub(super) mod idempotency;
mod live;
mod offers;
mod whole;

pub(super) use ask::{ASKING, Asked, Question, Told, ask, valid_message};
pub(super) use events::Events;
pub(super) use handover::Handover;
pub(super) use live::{Live, Render, Ticket, put_json, put_text};
pub(super) use offers::{of_passages, of_sources, tell};
pub(crate) use whole::ChatAnswer;
pub(super) use whole::WholeAnswer;

use crate::api::admitted::Gated;
use crate::api::generated;
use crate::api::json::Json;
use crate::api::refusals::any_of;
use crate::api::response::Refusal;
use crate::api::{ApiState, Shared};
use crate::domain::conversation::ChatSessionId;
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::domain::workspace::ChatMode;
use crate::gate::Admitted;
use crate::gate::RESOLVING;
use crate::rejection::{Code, FieldError, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, header};
use idempotency::Attempt;
use serde::Deserialize;
use utoipa::ToSchema;

/// Longest visitor id, in characters.
const MAX_VISITOR_CHARS: usize = 128;
/// Longest language tag (RFC 5646 section 4.4.1 asks for at least 35), in characters.
const MAX_LOCALE_CHARS: usize = 35;

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatRequest {
    /// What is asked: 1 to the workspace's `max_message_chars` characters, 4000 unless set otherwise. Always plain text
    /// for the model: `@agent` and slash commands have no effect.
    #[schema(min_length = 1, max_length = 4000, example = "How long do I have to return an order?")]
    message: String,
    /// Names the conversation within the API key. A new one is made and returned when it is missing; best left so,
    /// because then it cannot be guessed.
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$", example = "order-4711")]
    session_id: Option<String>,
    /// Slug of a workspace: required for users and for keys of a whole tenant, else the key's.
    #[schema(example = "demo-shop")]
    workspace: Option<String>,
    /// `query`: only from the documents. `chat`: documents, and else what the model knows. Missing: as the workspace is
    /// set.
    mode: Option<ChatMode>,
    /// Answer with events while the answer is being written; so does `Accept: text/event-stream`.
    #[serde(default)]
    stream: bool,
    /// Who is asking, for limits and usage. Opens no conversation.
    #[serde(default, deserialize_with = "json::object_or_null")]
    visitor: Option<Visitor>,
}

/// Who is asking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visitor {
    /// A pseudonym; no names, no addresses. To be left out with a visitor token, which says it.
    #[schema(min_length = 1, max_length = 128, example = "v-8f3a")]
    id: Option<String>,
    /// Language of the page, as a language tag.
    #[schema(max_length = 35, example = "de-AT")]
    locale: Option<String>,
}

/// Asks a question.
#[utoipa::path(
    post,
    path = "/api/v1/chat",
    tag = "Chat",
    summary = "Ask a question",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    description = "Answers as one JSON document or, with `\"stream\": true` or `Accept: text/event-stream`, as server-sent events:\n\n\
        | event | data |\n|---|---|\n\
        | `start` | `id`, `session_id`, `workspace`; once, first |\n\
        | `delta` | `text`; with `\"kind\": \"reasoning\"` it is the model thinking aloud, not the answer |\n\
        | `sources` | `sources`; at most once |\n\
        | `done` | `usage`, `refused`, `ai_generated`, `cached` if the answer is one that was kept, and `handover` if a person is to be offered; once, last, if all went well |\n\
        | `error` | a problem document; once, last, if not |\n\n\
        A comment line comes at least every 15 seconds of silence. Closing the connection stops the answer.",
    request_body = ChatRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters. The same key and body answer the same \
        for a day, without a second question to the model. Not for streams.")),
    responses(
        (status = 200, description = "The answer.", content(
            (ChatAnswer<'_> = "application/json"),
            (events::EventSchema<'_> = "text/event-stream", example = "event: start\ndata: {\"id\":\"019ab1c2-…\",\"session_id\":\"order-4711\",\"workspace\":\"demo-shop\"}\n\n\
                event: delta\ndata: {\"text\":\"You can return \"}\n\nevent: delta\ndata: {\"text\":\"unused goods within 30 days.\"}\n\n\
                event: sources\ndata: {\"sources\":[]}\n\n\
                event: done\ndata: {\"usage\":{\"prompt_tokens\":412,\"completion_tokens\":18,\"total_tokens\":430,\"duration_ms\":640,\"model\":\"…\"},\"refused\":false,\"ai_generated\":true}\n\n"),
        ), headers(("AI-Disclosure" = String, description = "`mode=ai-originated`: a model has written it."))),
    ),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING, ASKING, &[Code::Conflict]])))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    Json { value: body, raw }: Json<ChatRequest>,
) -> Result<Response, Refusal> {
    let stream = body.stream || wants_events(&headers);
    let question = body.into_question(&state, &admitted).await?;
    let handover = Handover::of(&state, &question).await;
    let ticket = Ticket::new(&state, &admitted);

    if stream {
        let answer = ask(&state, &admitted, &question, Told::AsItComes).await?;
        return Ok(generated::marked(Live::new(answer, Events::new(&question, handover), ticket).into_response()));
    }
    match Box::pin(Attempt::begin(&state, &admitted, &headers, &raw)).await? {
        Attempt::Replay(response) => Ok(generated::marked(*response)),
        Attempt::Fresh(claim) => {
            let answer = ask(&state, &admitted, &question, Told::AtTheEnd).await?;
            let body = whole::collect(answer, &ticket, &question, handover).await?;
            Ok(generated::marked(Box::pin(idempotency::keep(&state, &admitted, claim, body)).await?))
        }
    }
}

/// Asks a question that is answered as one JSON document, for those who do not come by way of our own endpoint.
///
/// # Errors
/// As [`create`].
pub(super) async fn answer(state: &ApiState, admitted: &Admitted, body: ChatRequest) -> Result<Vec<u8>, Rejection> {
    let question = body.into_question(state, admitted).await?;
    let handover = Handover::of(state, &question).await;
    let ticket = Ticket::new(state, admitted);
    let answer = ask(state, admitted, &question, Told::AtTheEnd).await?;
    whole::collect(answer, &ticket, &question, handover).await
}

impl ChatRequest {
    /// A message and where it is to be asked.
    pub(super) const fn plain(message: String, session_id: Option<String>, workspace: Option<String>) -> Self {
        Self { message, session_id, workspace, mode: None, stream: false, visitor: None }
    }

    async fn into_question(self, state: &ApiState, admitted: &Admitted) -> Result<Question, Rejection> {
        let workspace = state.reach.resolve(admitted, self.workspace.as_deref()).await?;
        let session = self.valid(workspace.settings.max_message_chars, admitted.principal().visitor().is_some())?;
        let (visitor, locale) = self.visitor.map(|visitor| (visitor.id, visitor.locale)).unwrap_or_default();
        Ok(Question {
            session_named: session.is_some(),
            session: session.map_or_else(|| new_session(state), Ok)?,
            visitor,
            locale,
            mode: self.mode.unwrap_or(workspace.settings.chat_mode),
            message: self.message,
            earlier: Vec::new(),
            workspace,
        })
    }

    /// Checks what types cannot say, all of it, so that the caller learns of every fault at once.
    ///
    /// `has_token`: a visitor token says who is asking.
    fn valid(&self, max_message_chars: u32, has_token: bool) -> Result<Option<ChatSessionId>, Rejection> {
        let mut faults: Faults = valid_message(&self.message, max_message_chars).err().into_iter().collect();
        let session = match self.session_id.as_deref().map(ChatSessionId::parse) {
            None => None,
            Some(Ok(session)) => Some(session),
            Some(Err(bad)) => {
                faults.push("session_id", "format", bad.to_string());
                None
            }
        };
        if let Some(visitor) = &self.visitor {
            visitor.faults().for_each(|fault| faults.add(fault));
            if has_token && visitor.id.is_some() && !faults.has("visitor.id") {
                faults.push("visitor.id", "conflict", "is said by the visitor token: leave it out");
            }
        }
        Ok(faults.or(session)?)
    }
}

impl Visitor {
    fn faults(&self) -> impl Iterator<Item = FieldError> + use<> {
        let id = self.id.as_deref().and_then(|id| match id.chars().count() {
            0 => Some(FieldError::new("visitor.id", "too_short", "must not be empty")),
            1..=MAX_VISITOR_CHARS if id.chars().any(char::is_control) => {
                Some(FieldError::new("visitor.id", "format", "must not hold control characters"))
            }
            1..=MAX_VISITOR_CHARS => None,
            _ => Some(FieldError::new("visitor.id", "too_long", format!("at most {MAX_VISITOR_CHARS} characters"))),
        });
        let is_tag = |tag: &str| {
            (1..=MAX_LOCALE_CHARS).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let locale = self.locale.as_deref().filter(|tag| !is_tag(tag));
        let locale =
            locale.map(|_| FieldError::new("visitor.locale", "format", "must be a language tag such as `de-AT`"));
        id.into_iter().chain(locale)
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let mut accepted =
        headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    accepted.any(|range| {
        let media_type = range.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// Whoever holds a publishable key can read a conversation whose id they know, so ours hold 74 random bits.
pub(super) fn new_session(state: &ApiState) -> Result<ChatSessionId, Rejection> {
    ChatSessionId::parse(&state.ambient.uuid().to_string()).map_err(|_| Rejection::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &str) -> Vec<(String, &'static str)> {
        match serde_json::from_str::<ChatRequest>(body).unwrap().valid(10, false) {
            Ok(_) => Vec::new(),
            Err(Rejection::ValidationFailed(errors)) => errors.into_iter().map(|e| (e.field, e.code)).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        assert_eq!(
            faults(r#"{"message":"Größe 42 €","session_id":"a.b:c-d_9","visitor":{"id":"ü","locale":"de-AT"}}"#),
            []
        );
        assert_eq!(
            faults(r#"{"message":" ","session_id":"a b","visitor":{"id":"","locale":"de_AT"}}"#),
            [
                ("message".into(), "too_short"),
                ("session_id".into(), "format"),
                ("visitor.id".into(), "too_short"),
                ("visitor.locale".into(), "format")
            ]
        );
        assert_eq!(faults(r#"{"message":"01234567890"}"#), [("message".into(), "too_long")]);
        assert_eq!(faults(r#"{"message":"a\u0000b"}"#), [("message".into(), "format")]);
        assert_eq!(faults(r#"{"message":"x","visitor":{"id":"a\u0000b"}}"#), [("visitor.id".into(), "format")]);
    }

    #[test]
    fn events_are_asked_for_by_name_only() {
        let wants = |accept: &str| wants_events(&[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect());
        assert!(wants("text/event-stream") && wants("application/json, Text/Event-Stream;q=0.9"));
        assert!(!wants("*/*") && !wants("text/*") && !wants("application/json"));
    }
}
