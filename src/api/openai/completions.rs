//! `POST /openai/v1/chat/completions`: a question to a workspace, in OpenAI's shape. Each call is a conversation of its
//! own, because OpenAI's clients send what was said before with every question.

use super::chunks::Chunks;
use super::models::workspace_of;
use super::request::Wanted;
use crate::anythingllm::{Source, Usage};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::chat::idempotency::{self, Attempt};
use crate::api::chat::{Live, Question, Ticket, Told, WholeAnswer, ask, new_session, valid_message};
use crate::api::generated;
use crate::api::json::JsonObject;
use crate::api::response::Refusal;
use crate::api::views::SourceView;
use crate::rejection::{FieldError, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;

/// Why an answer ends. AnythingLLM does not say when a model was cut off at its longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FinishReason {
    Stop,
    /// Query mode found nothing relevant: what is answered is the shop's own sentence for that.
    ContentFilter,
}

impl FinishReason {
    pub(super) const fn of(refused: bool) -> Self {
        if refused { Self::ContentFilter } else { Self::Stop }
    }
}

/// What an answer took.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::struct_field_names, reason = "OpenAI's names")]
pub(super) struct UsageCount {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

impl UsageCount {
    /// None where AnythingLLM does not tell: a made-up zero would be added up.
    pub(super) fn of(usage: &Usage) -> Option<Self> {
        let (prompt_tokens, completion_tokens) = (usage.prompt_tokens?, usage.completion_tokens?);
        let total_tokens = usage.total_tokens.unwrap_or(prompt_tokens + completion_tokens);
        Some(Self { prompt_tokens, completion_tokens, total_tokens })
    }
}

/// What OpenAI's shape has no place for.
#[derive(Debug, Serialize)]
pub(super) struct Extension<'a> {
    refused: bool,
    ai_generated: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    sources: Vec<SourceView<'a>>,
}

impl<'a> Extension<'a> {
    pub(super) fn of(refused: bool, cached: bool, sources: &'a [Source]) -> Self {
        Self { refused, ai_generated: !refused, cached, sources: sources.iter().map(SourceView::from).collect() }
    }
}

#[derive(Serialize)]
struct Completion<'a> {
    id: String,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: Option<UsageCount>,
    vestibule: Extension<'a>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: FinishReason,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    /// What a model itself declines; the shop's sentence stands in `content`.
    refusal: Option<()>,
}

/// Asks a question.
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    let sent = serde_json::to_vec(&body).map_err(|_| Rejection::Internal)?;
    let wanted = Wanted::read(body).map_err(Rejection::from)?;
    let workspace = workspace_of(&state, &admitted, &wanted.model).await?;
    let last = |fault: FieldError| FieldError { field: "messages".into(), ..fault };
    valid_message(&wanted.asked.question, workspace.settings.max_message_chars).map_err(last)?;
    let question = Question {
        session: new_session(&state)?,
        session_named: false,
        visitor: wanted.user,
        locale: None,
        mode: workspace.settings.chat_mode,
        message: wanted.asked.question,
        earlier: wanted.asked.earlier,
        workspace,
    };
    let ticket = Ticket::new(&state, &admitted);
    if wanted.stream {
        let answer = ask(&state, &admitted, &question, Told::AsItComes).await?;
        let chunks = Chunks::new(&ticket, wanted.model, wanted.include_usage);
        return Ok(generated::marked(Live::new(answer, chunks, ticket).into_response()));
    }
    match Attempt::begin(&state, &admitted, &headers, &sent).await? {
        Attempt::Replay(response) => Ok(generated::marked(*response)),
        Attempt::Fresh(claim) => {
            let answer = ask(&state, &admitted, &question, Told::AtTheEnd).await?;
            let answer = WholeAnswer::read(answer, &ticket.request_id).await?;
            let body = completion(&answer, &ticket, &wanted.model)?;
            Ok(generated::marked(idempotency::keep(&state, &admitted, claim, body).await?))
        }
    }
}

/// OpenAI's ids have this beginning, and some clients look for it.
pub(super) fn id_of(ticket: &Ticket) -> String {
    format!("chatcmpl-{}", ticket.id.simple())
}

fn completion(answer: &WholeAnswer, ticket: &Ticket, model: &str) -> Result<Vec<u8>, Rejection> {
    let message = Message { role: "assistant", content: &answer.text, refusal: None };
    let finish_reason = FinishReason::of(answer.refused);
    let completion = Completion {
        id: id_of(ticket),
        object: "chat.completion",
        created: ticket.created_at.timestamp(),
        model,
        choices: [Choice { index: 0, message, logprobs: None, finish_reason }],
        usage: UsageCount::of(&answer.usage),
        vestibule: Extension::of(answer.refused, answer.usage.cached, &answer.sources),
    };
    serde_json::to_vec(&completion).map_err(|_| Rejection::Internal)
}
