//! The paths of AnythingLLM's own widget, which runs here unmodified: the key stands in the path, bodies are called
//! `text/plain`, answers are AnythingLLM's embed frames, and every error is a frame that the widget can show.

pub(crate) mod config;
mod frames;
pub(crate) mod handover;
mod history;
pub(crate) mod script;
pub(crate) mod session;

use crate::anythingllm::OnBehalf;
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::chat::{ASKING, Live, Question, Ticket, Told, ask, valid_message};
use crate::api::generated;
use crate::api::json::PlainJson;
use crate::api::refusals::any_of;
use crate::api::response::{OrReject as _, Refusal};
use crate::domain::conversation::ChatSessionId;
use crate::gate::Admitted;
use crate::rejection::{Code, FieldError, Rejection};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use frames::WidgetFrames;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;
use uuid::Uuid;

/// Pairs of question and answer that the widget shows when it opens.
const SHOWN_PAIRS: usize = 100;

/// What the widget sends. Unknown fields are passed over: the widget comes from AnythingLLM, in whatever version that
/// is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WidgetRequest {
    /// Names the conversation; made by the widget.
    #[schema(format = Uuid)]
    session_id: String,
    /// What is asked.
    #[schema(min_length = 1, max_length = 4000, example = "Do you ship to Austria?")]
    message: String,
    /// Accepted and dropped: the page does not choose the prompt.
    #[serde(default, rename = "prompt")]
    #[schema(value_type = Option<String>)]
    _prompt: IgnoredAny,
    /// Accepted and dropped.
    #[serde(default, rename = "model")]
    #[schema(value_type = Option<String>)]
    _model: IgnoredAny,
    /// Accepted and dropped.
    #[serde(default, rename = "temperature")]
    #[schema(value_type = Option<f32>)]
    _temperature: IgnoredAny,
    /// Accepted and dropped: AnythingLLM would keep it.
    #[serde(default, rename = "username")]
    #[schema(value_type = Option<String>)]
    _username: IgnoredAny,
}

/// Asks a question.
#[utoipa::path(
    post,
    path = "/api/embed/{key}/stream-chat",
    tag = "Widget",
    summary = "Ask, as AnythingLLM's widget does",
    description = "Answers with AnythingLLM's frames, `data: {…}` each: `textResponseChunk` with the text, the last with `\"close\": true`; \
        one `textResponse` when the documents hold nothing relevant; `abort` when it fails. Sources are left out.",
    params(("key" = String, Path, description = "A publishable key.")),
    request_body(content((WidgetRequest = "text/plain"), (WidgetRequest = "application/json"))),
    responses((status = 200, description = "The answer.", content_type = "text/event-stream", body = String,
        headers(("AI-Disclosure" = String, description = "`mode=ai-originated`.")))),
    extensions(("x-refusals" = json!(any_of(&[ASKING])))),
)]
pub(crate) async fn chat(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    PlainJson(body): PlainJson<WidgetRequest>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.resolve(&admitted, None).await?;
    valid_message(&body.message, workspace.settings.max_message_chars)?;
    // AnythingLLM asks for a UUID here too (`embed/chat_bad_session_id`): what keeps shoppers apart must not be
    // guessable.
    let is_uuid = Uuid::try_parse(&body.session_id).is_ok();
    let session = ChatSessionId::parse(&body.session_id).ok().filter(|_| is_uuid);
    let question = Question {
        session: session.ok_or_else(|| FieldError::new("sessionId", "format", "must be a UUID"))?,
        session_named: true,
        visitor: None,
        locale: None,
        mode: workspace.settings.chat_mode,
        message: body.message,
        earlier: Vec::new(),
        workspace,
    };
    let ticket = Ticket::new(&state, &admitted);
    let answer = ask(&state, &admitted, &question, Told::AsItComes).await?;
    let live = Live::new(answer, WidgetFrames::new(&ticket, admitted.language()), ticket);
    Ok(generated::marked(live.into_response()))
}

/// Reads a conversation.
#[utoipa::path(
    get,
    path = "/api/embed/{key}/{session}",
    tag = "Widget",
    summary = "Read a conversation, as AnythingLLM's widget does",
    params(
        ("key" = String, Path, description = "A publishable key."),
        ("session" = String, Path, description = "Names the conversation."),
    ),
    responses(
        (status = 200, description = "The newest messages, the newest one last. Before them the sentence that says that an AI \
            answers, with the shop's greeting, unless that was waived. Empty for a page whose origin is not allowed.", body = history::History<'_>,
            headers(("ETag" = String, description = "Of the messages."), ("AI-Disclosure" = String, description = "`mode=ai-originated`."))),
        (status = 304, description = "The messages are those of `If-None-Match`."),
    ),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound]])))),
)]
pub(crate) async fn history(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let workspace = state.reach.resolve(&admitted, None).await?;
    let found = state.conversations.find(&workspace, &session_of(&admitted)?).await.or_reject(&admitted)?;
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let stored = match found {
        Some(found) => state.conversations.newest(&workspace, &found.upstream, SHOWN_PAIRS, on_behalf).await,
        None => Ok(Vec::new()),
    };
    let stored = stored.or_reject(&admitted)?;
    let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.or_reject(&admitted)?;
    let known = known.ok_or(Rejection::NotFound("There is no such workspace."))?;
    let now = state.ambient.now();
    let opening = config::ConfigView::of(&known, None, &headers, (config::Capabilities::default(), now)).opening();
    history::respond(opening.as_deref(), &stored, &headers, now)
}

/// Starts a conversation anew.
#[utoipa::path(
    delete,
    path = "/api/embed/{key}/{session}",
    tag = "Widget",
    summary = "Start a conversation anew, as AnythingLLM's widget does",
    params(
        ("key" = String, Path, description = "A publishable key."),
        ("session" = String, Path, description = "Names the conversation."),
    ),
    responses((status = 200, description = "Done, also when there was none; no body.")),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn reset(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let workspace = state.reach.resolve(&admitted, None).await?;
    state.conversations.start_anew(&workspace, &session_of(&admitted)?).await.or_reject(&admitted)?;
    Ok(StatusCode::OK.into_response())
}

fn session_of(admitted: &Admitted) -> Result<ChatSessionId, Rejection> {
    let text = admitted.param("session").ok_or(Rejection::Internal)?;
    ChatSessionId::parse(text).map_err(|_| Rejection::NotFound("There is no such conversation."))
}
