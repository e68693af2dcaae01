//! `GET` and `DELETE /api/v1/messages`: reading a conversation back, and starting it anew.
//!
//! Only the caller's own conversations: the session id is looked up within its owner, so a stranger's id finds nothing.
//! AnythingLLM cannot page, so the newest pairs are read and the page is cut here.

use crate::anythingllm::source::answer_text;
use crate::anythingllm::{OnBehalf, StoredMessage, StoredRole};
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::views::SourceView;
use crate::api::{ApiState, Shared, workspace};
use crate::domain::conversation::SessionId;
use crate::domain::workspace::Workspace;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::storage::ConversationKey;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Messages of a page when the request does not say.
const DEFAULT_LIMIT: usize = 20;
/// Messages of a page at most.
const MAX_LIMIT: usize = 100;
/// How far back a conversation can be read, in messages: AnythingLLM hands over everything up to there at once.
const MAX_DEPTH: usize = 1000;

/// A page of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagePage)]
pub(crate) struct PageView<'a> {
    /// The messages, newest last.
    data: Vec<MessageView<'a>>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the page with the older ones.
    #[schema(example = "m14")]
    next_cursor: Option<String>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView<'a> {
    /// Stable within the conversation.
    #[schema(example = "12-assistant")]
    id: String,
    /// `user` or `assistant`.
    #[schema(example = "assistant")]
    role: &'static str,
    /// The text.
    content: &'a str,
    /// What an answer rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<SourceView<'a>>>,
    /// When the exchange was stored.
    created_at: DateTime<Utc>,
}

/// Reads a conversation back.
///
/// Only the caller's own conversations: one that does not exist, or is not the caller's, is empty. Pages begin with the
/// newest messages; within a page the newest stands last.
#[utoipa::path(
    get,
    path = "/api/v1/messages",
    tag = "Messages",
    summary = "Read a conversation",
    security(("publishable_key" = []), ("widget_key" = []), ("secret_key" = [])),
    params(
        ("session_id" = String, Query, description = "The conversation.", min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$"),
        ("workspace" = Option<String>, Query, description = "Required for tenant-wide secret keys, else taken from the key."),
        ("limit" = Option<usize>, Query, description = "Messages of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of the conversation.", body = PageView<'static>))
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session_id(&mut query);
    let named = query.text("workspace");
    let limit = query.number("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
    let skip = cursor(&mut query);
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;
    let workspace = workspace::resolve(&state, &admitted, named.as_deref()).await?;
    let newest = history(&state, &admitted, &workspace, &session, skip + limit + 1).await?;
    response::json(StatusCode::OK, &page(&newest, limit, skip))
}

/// Starts a conversation anew.
///
/// The same session id then names a new, empty conversation. Nothing happens when there is none.
#[utoipa::path(
    delete,
    path = "/api/v1/messages",
    tag = "Messages",
    summary = "Start a conversation anew",
    security(("publishable_key" = []), ("widget_key" = []), ("secret_key" = [])),
    params(
        ("session_id" = String, Query, description = "The conversation.", min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$"),
        ("workspace" = Option<String>, Query, description = "Required for tenant-wide secret keys, else taken from the key.")
    ),
    responses((status = 204, description = "The conversation is empty."))
)]
pub(crate) async fn reset(State(state): State<Shared>, Gated(admitted): Gated) -> Result<StatusCode, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session_id(&mut query);
    let named = query.text("workspace");
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;
    let workspace = workspace::resolve(&state, &admitted, named.as_deref()).await?;
    start_anew(&state, &admitted, &workspace, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The conversation that is meant; its faults are noted in `query`.
fn session_id(query: &mut Query<'_>) -> Option<SessionId> {
    let text = query.required("session_id");
    SessionId::parse(&text).map_err(|error| query.fault("session_id", "format", error.to_string())).ok()
}

/// Messages to skip; its faults are noted in `query`.
fn cursor(query: &mut Query<'_>) -> usize {
    let Some(text) = query.text("cursor") else { return 0 };
    read_cursor(&text).unwrap_or_else(|| {
        query.fault("cursor", "format", "is not a cursor of this list");
        0
    })
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
    state.conversations.reset(&key).await.or_reject(admitted)?;
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
    let found = state.conversations.find(&key).await.or_reject(admitted)?;
    let Some(conversation) = found else { return Ok(Vec::new()) };
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let pairs = count.div_ceil(2);
    let read = state.client.history(&workspace.upstream_slug, &conversation.upstream, pairs, on_behalf).await;
    let mut messages = read.or_reject(admitted)?;
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

/// Cuts the page out of the newest messages, which hold one more than is asked for when there is one.
fn page(newest: &[StoredMessage], limit: usize, skip: usize) -> PageView<'_> {
    let end = newest.len().saturating_sub(skip);
    let start = end.saturating_sub(limit);
    let messages = newest.get(start..end).unwrap_or_default();
    let next = skip + messages.len();
    let has_more = start > 0 && next < MAX_DEPTH;
    let next_cursor = has_more.then(|| write_cursor(next));
    PageView { data: messages.iter().map(MessageView::from).collect(), has_more, next_cursor }
}

/// A cursor counts the messages already read from the new end. It is opaque to clients, who only hand it back.
fn write_cursor(skip: usize) -> String {
    format!("m{skip:x}")
}

fn read_cursor(text: &str) -> Option<usize> {
    let skip = usize::from_str_radix(text.strip_prefix('m')?, 16).ok()?;
    (1..MAX_DEPTH).contains(&skip).then_some(skip)
}

impl<'a> From<&'a StoredMessage> for MessageView<'a> {
    fn from(stored: &'a StoredMessage) -> Self {
        let (role, content, sources) = match stored.role {
            StoredRole::User => ("user", stored.content.as_str(), None),
            StoredRole::Assistant => {
                let sources = stored.sources.iter().map(SourceView::from).collect();
                ("assistant", answer_text(&stored.content), Some(sources))
            }
        };
        Self { id: format!("{}-{role}", stored.chat_id), role, content, sources, created_at: stored.sent_at }
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
                let newest = newest(&all, skip + limit + 1);
                let page = page(&newest, limit, skip);
                let mut texts: Vec<String> = page.data.iter().map(|m| m.content.to_owned()).collect();
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
