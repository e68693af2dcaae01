//! `GET` and `DELETE /api/v1/messages`: reading a conversation back, and starting it anew.
//!
//! Only the caller's own conversations: the session id is looked up within its owner, so a stranger's id finds nothing.
//! AnythingLLM cannot page, so the newest pairs are read and the page is cut here.

use super::admitted::Gated;
use super::query::QueryOf;
use super::{ApiState, workspace};
use crate::anythingllm::{OnBehalf, Source, StoredMessage, StoredRole};
use crate::domain::conversation::SessionId;
use crate::domain::workspace::Workspace;
use crate::gate::Admitted;
use crate::rejection::{FieldError, Rejection};
use crate::storage::ConversationKey;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Messages of a page when the request does not say.
const DEFAULT_LIMIT: usize = 20;
/// Messages of a page at most.
const MAX_LIMIT: usize = 100;
/// How far back a conversation can be read, in messages: AnythingLLM hands over everything up to there at once.
const MAX_DEPTH: usize = 1000;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The conversation.
    #[param(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$")]
    session_id: String,
    /// Required for tenant-wide secret keys, else taken from the key.
    workspace: Option<String>,
    /// Messages of a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which conversation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResetQuery {
    /// The conversation.
    #[param(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$")]
    session_id: String,
    /// Required for tenant-wide secret keys, else taken from the key.
    workspace: Option<String>,
}

/// A page of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessagePage {
    /// The messages, newest last.
    data: Vec<Message>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the page with the older ones.
    next_cursor: Option<String>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Message {
    /// Stable within the conversation.
    #[schema(example = "12-assistant")]
    id: String,
    /// Who said it.
    #[schema(example = "assistant")]
    role: Role,
    /// The text.
    content: String,
    /// What an answer rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<MessageSource>>,
    /// When the exchange was stored.
    created_at: DateTime<Utc>,
}

/// Who said a message.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A passage an answer rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageSource {
    id: Option<String>,
    title: Option<String>,
    url: Option<String>,
    text: Option<String>,
    score: Option<f64>,
}

impl From<Source> for MessageSource {
    fn from(source: Source) -> Self {
        let Source { id, title, url, text, score, .. } = source;
        Self { id, title, url, text, score }
    }
}

/// Reads a conversation back. One that does not exist, or is not the caller's, is empty.
pub(super) async fn list(
    State(state): State<Arc<ApiState>>,
    Gated(admitted): Gated,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<MessagePage>, Rejection> {
    let (session, limit, skip) = checked(&query)?;
    let workspace = workspace::resolve(&state, &admitted, query.workspace.as_deref()).await?;
    let messages = history(&state, &admitted, &workspace, &session, skip + limit + 1).await?;
    Ok(Json(page(messages, limit, skip)))
}

/// Starts the conversation anew; nothing happens to one that does not exist.
pub(super) async fn reset(
    State(state): State<Arc<ApiState>>,
    Gated(admitted): Gated,
    QueryOf(query): QueryOf<ResetQuery>,
) -> Result<StatusCode, Rejection> {
    let session = session_id(&query.session_id).map_err(|error| Rejection::ValidationFailed(vec![error]))?;
    let workspace = workspace::resolve(&state, &admitted, query.workspace.as_deref()).await?;
    start_anew(&state, &admitted, &workspace, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the conversation a fresh upstream session. Shared with the widget's "reset chat".
///
/// # Errors
/// `service_unavailable` when the database cannot be asked.
pub(super) async fn start_anew(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    session: &SessionId,
) -> Result<(), Rejection> {
    let key = conversation_key(admitted, workspace, session)?;
    state.conversations.reset(&key).await.map_err(|error| state.storage_failed(admitted, &error))?;
    Ok(())
}

/// The newest `count` messages of the caller's conversation, oldest first; none when there is no such conversation. Shared
/// with the widget's history.
///
/// # Errors
/// Of the database and of AnythingLLM.
pub(super) async fn history(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    session: &SessionId,
    count: usize,
) -> Result<Vec<StoredMessage>, Rejection> {
    let key = conversation_key(admitted, workspace, session)?;
    let found = state.conversations.find(&key).await.map_err(|error| state.storage_failed(admitted, &error))?;
    let Some(conversation) = found else { return Ok(Vec::new()) };
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let pairs = count.div_ceil(2);
    let read = state.client.history(&workspace.upstream_slug, &conversation.upstream, pairs, on_behalf).await;
    let mut messages = read.map_err(|error| state.upstream_failed(admitted, &error))?;
    let surplus = messages.len().saturating_sub(count);
    messages.drain(..surplus);
    Ok(messages)
}

fn conversation_key<'a>(
    admitted: &Admitted,
    workspace: &Workspace,
    session: &'a SessionId,
) -> Result<ConversationKey<'a>, Rejection> {
    Ok(ConversationKey { tenant: workspace.tenant, workspace: workspace.id, owner: admitted.owner()?, session })
}

fn session_id(text: &str) -> Result<SessionId, FieldError> {
    SessionId::parse(text).map_err(|error| FieldError::new("session_id", "format", error.to_string()))
}

fn checked(query: &ListQuery) -> Result<(SessionId, usize, usize), Rejection> {
    let mut errors = Vec::new();
    let session = session_id(&query.session_id).map_err(|error| errors.push(error));
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        errors.push(FieldError::new("limit", "out_of_range", format!("is 1 to {MAX_LIMIT}")));
    }
    let skip = query.cursor.as_deref().map_or(Some(0), read_cursor);
    if skip.is_none() {
        errors.push(FieldError::new("cursor", "format", "is not a cursor of this list"));
    }
    match (session, skip) {
        (Ok(session), Some(skip)) if errors.is_empty() => Ok((session, limit, skip)),
        _ => Err(Rejection::ValidationFailed(errors)),
    }
}

/// Cuts the page out of the newest messages, which hold one more than is asked for when there is one.
fn page(mut newest: Vec<StoredMessage>, limit: usize, skip: usize) -> MessagePage {
    newest.truncate(newest.len().saturating_sub(skip));
    let older = newest.len().saturating_sub(limit);
    newest.drain(..older);
    let next = skip + newest.len();
    let has_more = older > 0 && next < MAX_DEPTH;
    let next_cursor = has_more.then(|| write_cursor(next));
    MessagePage { data: newest.into_iter().map(message).collect(), has_more, next_cursor }
}

/// A cursor counts the messages already read from the new end. It is opaque to clients, who only hand it back.
fn write_cursor(skip: usize) -> String {
    format!("m{skip:x}")
}

fn read_cursor(text: &str) -> Option<usize> {
    let skip = usize::from_str_radix(text.strip_prefix('m')?, 16).ok()?;
    (1..MAX_DEPTH).contains(&skip).then_some(skip)
}

fn message(stored: StoredMessage) -> Message {
    let (role, name) = match stored.role {
        StoredRole::User => (Role::User, "user"),
        StoredRole::Assistant => (Role::Assistant, "assistant"),
    };
    let sources = (stored.role == StoredRole::Assistant)
        .then(|| stored.sources.into_iter().map(MessageSource::from).collect());
    Message {
        id: format!("{}-{name}", stored.chat_id),
        role,
        content: stored.content,
        sources,
        created_at: stored.sent_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored(count: i64) -> Vec<StoredMessage> {
        (0..count)
            .map(|n| StoredMessage {
                chat_id: n / 2,
                role: if n % 2 == 0 { StoredRole::User } else { StoredRole::Assistant },
                content: n.to_string(),
                sent_at: DateTime::UNIX_EPOCH,
                sources: Vec::new(),
            })
            .collect()
    }

    /// What AnythingLLM would hand over: the newest `count`.
    fn newest(all: &[StoredMessage], count: usize) -> Vec<StoredMessage> {
        all[all.len().saturating_sub(count)..].to_vec()
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        for text in ["", "m", "m0", "mzz", "7", "m-1", "mffffff"] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pages_give_every_message_once_newest_page_first(total in 0i64..60, limit in 1usize..20) {
            let all = stored(total);
            let (mut seen, mut skip) = (Vec::new(), 0);
            loop {
                let page = page(newest(&all, skip + limit + 1), limit, skip);
                let mut texts: Vec<String> = page.data.iter().map(|m| m.content.clone()).collect();
                prop_assert!(texts.len() <= limit);
                texts.extend(seen);
                seen = texts;
                prop_assert_eq!(page.has_more, page.next_cursor.is_some());
                match page.next_cursor {
                    Some(cursor) => skip = read_cursor(&cursor).unwrap(),
                    None => break,
                }
            }
            prop_assert_eq!(seen, all.iter().map(|m| m.content.clone()).collect::<Vec<_>>());
        }
    }
}
