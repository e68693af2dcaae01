//! Reading a conversation back, and starting it anew.
//!
//! A conversation is found by who asks and by the session id. One that does not exist reads as empty, so that nobody
//! learns whether a session id is in use by somebody else.

use crate::anythingllm::reasoning::ReasoningSplitter;
use crate::anythingllm::{Kind, OnBehalf, StoredMessage, StoredRole};
use crate::api::admitted::Gated;
use crate::api::chat::to_the_second;
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal, json};
use crate::api::views::SourceView;
use crate::api::{ApiState, Shared, workspace};
use crate::domain::conversation::{SessionId, UpstreamSession};
use crate::domain::workspace::Workspace;
use crate::gate::Admitted;
use crate::rejection::{FieldError, Rejection};
use crate::storage::ConversationKey;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
/// No page reaches further back than this many pairs of question and answer.
const MAX_PAIRS: usize = 5_000;

/// A page of a conversation, newest message last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages<'a> {
    /// The messages.
    data: Vec<Message<'a>>,
    /// Whether there are older ones.
    has_more: bool,
    /// Leads to the page before this one.
    next_cursor: Option<Uuid>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message<'a> {
    /// Stays the same.
    id: Uuid,
    /// Who said it.
    role: Role,
    /// What was said; of an answer without the model's reasoning. Show it as text, not as markup.
    #[schema(example = "How long do I have to return an order?")]
    content: String,
    /// What an answer rests on; questions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sources: Option<Vec<SourceView<'a>>>,
    /// When it was stored.
    #[serde(serialize_with = "to_the_second")]
    created_at: DateTime<Utc>,
}

/// Who said something.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// Reads a conversation.
#[utoipa::path(
    get,
    path = "/api/v1/messages",
    tag = "Messages",
    summary = "Read a conversation",
    description = "The newest messages, the newest one last; `next_cursor` leads to those before. Only conversations of this key: \
        a session id that was never used with it, or was reset, gives an empty list.",
    params(
        ("session_id" = String, Query, description = "Names the conversation.", min_length = 1, max_length = 128,
            pattern = "^[A-Za-z0-9_.:-]+$", example = "order-4711"),
        ("workspace" = Option<String>, Query, description = "Slug of a workspace: required for keys of a whole tenant, else the key's."),
        ("limit" = Option<u8>, Query, description = "Messages at most, 20 if missing.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of another page."),
    ),
    responses((status = 200, description = "A page.", body = Messages<'_>)),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session(&mut query);
    let named = query.text("workspace");
    let limit = query.number("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
    let cursor = query.text("cursor").map(|text| Uuid::parse_str(&text));
    if matches!(cursor, Some(Err(_))) {
        query.fault("cursor", "format", "is not one of ours");
    }
    let cursor = cursor.and_then(Result::ok);
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;

    let workspace = workspace::resolve(&state, &admitted, named.as_deref()).await?;
    let Some(upstream) = find(&state, &admitted, &workspace, &session).await? else {
        return json(StatusCode::OK, &Messages { data: Vec::new(), has_more: false, next_cursor: None });
    };
    let (messages, has_more) = page(&state, &admitted, &workspace, &upstream, limit, cursor).await?;
    let data: Vec<_> = messages.iter().map(|message| view(&upstream, message)).collect();
    let next_cursor = if has_more { data.first().map(|oldest| oldest.id) } else { None };
    json(StatusCode::OK, &Messages { data, has_more, next_cursor })
}

/// Starts a conversation anew.
#[utoipa::path(
    delete,
    path = "/api/v1/messages",
    tag = "Messages",
    summary = "Start a conversation anew",
    description = "The next question under this session id begins without history, and the old text can no longer be read here.",
    params(
        ("session_id" = String, Query, description = "Names the conversation.", min_length = 1, max_length = 128,
            pattern = "^[A-Za-z0-9_.:-]+$", example = "order-4711"),
        ("workspace" = Option<String>, Query, description = "Slug of a workspace: required for keys of a whole tenant, else the key's."),
    ),
    responses((status = 204, description = "Done, also when there was none.")),
)]
pub(crate) async fn reset(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session(&mut query);
    let named = query.text("workspace");
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;
    let workspace = workspace::resolve(&state, &admitted, named.as_deref()).await?;
    forget(&state, &admitted, &workspace, &session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// None only together with a fault in `query`.
fn session(query: &mut Query<'_>) -> Option<SessionId> {
    let text = query.required("session_id");
    let session = SessionId::parse(&text);
    if let Err(bad) = session {
        query.fault("session_id", "format", bad.to_string());
    }
    session.ok()
}

fn key<'a>(
    admitted: &Admitted,
    workspace: &Workspace,
    session: &'a SessionId,
) -> Result<ConversationKey<'a>, Rejection> {
    Ok(ConversationKey { tenant: workspace.tenant, workspace: workspace.id, owner: admitted.owner()?, session })
}

/// The upstream session of a conversation, if it has begun.
pub(super) async fn find(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    session: &SessionId,
) -> Result<Option<UpstreamSession>, Rejection> {
    let found = state.conversations.find(&key(admitted, workspace, session)?).await.or_reject(admitted)?;
    Ok(found.map(|conversation| conversation.upstream))
}

/// Gives a conversation a new upstream session; the old one can be reached by nobody.
pub(super) async fn forget(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    session: &SessionId,
) -> Result<(), Rejection> {
    state.conversations.reset(&key(admitted, workspace, session)?).await.or_reject(admitted)?;
    Ok(())
}

/// The newest pairs of a session, oldest first.
pub(super) async fn newest(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    upstream: &UpstreamSession,
    pairs: usize,
) -> Result<Vec<StoredMessage>, Rejection> {
    let request = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    state.client.history(&workspace.upstream_slug, upstream, pairs, request).await.or_reject(admitted)
}

/// At most `limit` messages before `cursor`, and whether there are more before them. AnythingLLM can only be asked for
/// the newest so many, so older pages ask for more and more until the page is among them.
async fn page(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    upstream: &UpstreamSession,
    limit: usize,
    cursor: Option<Uuid>,
) -> Result<(Vec<StoredMessage>, bool), Rejection> {
    // A page may begin within a pair, and one message more tells whether there are older ones.
    let mut pairs = limit / 2 + 2;
    loop {
        let messages = newest(state, admitted, workspace, upstream, pairs).await?;
        let is_all = messages.len() < 2 * pairs || pairs >= MAX_PAIRS;
        match cut(&messages, limit, cursor.map(|id| move |m: &StoredMessage| message_id(upstream, m) == id)) {
            Some(range) if range.start > 0 || is_all => {
                let has_more = range.start > 0;
                return Ok((messages.into_iter().skip(range.start).take(range.len()).collect(), has_more));
            }
            None if is_all => {
                return Err(Rejection::ValidationFailed(vec![FieldError::new(
                    "cursor",
                    "format",
                    "does not belong to this conversation",
                )]));
            }
            _ => pairs = (pairs * 4).min(MAX_PAIRS),
        }
    }
}

/// Which of the messages are on the page; none if the cursor is not among them.
fn cut(
    messages: &[StoredMessage],
    limit: usize,
    is_cursor: Option<impl Fn(&StoredMessage) -> bool>,
) -> Option<std::ops::Range<usize>> {
    let end = match is_cursor {
        None => messages.len(),
        Some(is_cursor) => messages.iter().position(is_cursor)?,
    };
    Some(end.saturating_sub(limit)..end)
}

fn view<'a>(upstream: &UpstreamSession, message: &'a StoredMessage) -> Message<'a> {
    let (role, content, sources) = match message.role {
        StoredRole::User => (Role::User, message.content.clone(), None),
        StoredRole::Assistant => {
            let sources = message.sources.iter().map(SourceView::from).collect();
            (Role::Assistant, without_reasoning(&message.content), Some(sources))
        }
    };
    Message { id: message_id(upstream, message), role, content, sources, created_at: message.sent_at }
}

/// A UUIDv7 made of the time and of a digest: AnythingLLM numbers its chats over all workspaces, and the numbers would
/// tell every shopper how busy the installation is. With the session in it, an id works as a cursor in its own
/// conversation only.
fn message_id(upstream: &UpstreamSession, message: &StoredMessage) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(upstream.expose());
    hash.update(message.chat_id.to_be_bytes());
    hash.update([u8::from(message.role == StoredRole::Assistant)]);
    let mut random = [0; 10];
    random.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    let millis = u64::try_from(message.sent_at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

fn without_reasoning(text: &str) -> String {
    let (mut splitter, mut pieces) = (ReasoningSplitter::default(), Vec::new());
    splitter.push(text, &mut pieces);
    splitter.finish(&mut pieces);
    pieces.into_iter().filter(|(kind, _)| *kind == Kind::Answer).map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(count: i64) -> Vec<StoredMessage> {
        (0..count)
            .map(|n| StoredMessage {
                chat_id: n / 2,
                role: if n % 2 == 0 { StoredRole::User } else { StoredRole::Assistant },
                content: n.to_string(),
                sent_at: DateTime::from_timestamp(1_795_417_515 + n / 2, 0).unwrap(),
                sources: Vec::new(),
            })
            .collect()
    }

    #[test]
    fn pages_lead_from_the_newest_message_to_the_oldest_without_a_gap() {
        let (all, session) = (messages(7), UpstreamSession::new("s"));
        let (mut read, mut cursor) = (Vec::new(), None);
        loop {
            let range = cut(&all, 3, cursor.map(|id| move |m: &StoredMessage| message_id(&UpstreamSession::new("s"), m) == id));
            let range = range.unwrap();
            let page = &all[range.clone()];
            read.splice(0..0, page.iter().map(|m| m.content.clone()));
            if range.start == 0 {
                break;
            }
            cursor = Some(message_id(&session, &page[0]));
        }
        assert_eq!(read, ["0", "1", "2", "3", "4", "5", "6"]);
    }

    #[test]
    fn ids_tell_halves_and_conversations_apart_and_nothing_else() {
        let all = messages(2);
        let (session, other) = (UpstreamSession::new("s"), UpstreamSession::new("t"));
        let id = message_id(&session, &all[0]);
        assert_eq!(id, message_id(&session, &all[0]));
        assert_ne!(id, message_id(&session, &all[1]));
        assert_ne!(id, message_id(&other, &all[0]));
        assert_eq!(id.get_version_num(), 7);
    }

    #[test]
    fn reasoning_is_not_part_of_what_was_said() {
        assert_eq!(without_reasoning("<think>hm</think>yes"), "yes");
        assert_eq!(without_reasoning("yes"), "yes");
    }
}
