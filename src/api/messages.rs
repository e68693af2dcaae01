//! `GET` and `DELETE /api/v1/messages`: reading a conversation back, and starting it anew.
//!
//! AnythingLLM cannot page, so the newest pairs are read and the page is cut here.

use crate::anythingllm::source::answer_text;
use crate::anythingllm::{OnBehalf, StoredMessage, StoredRole};
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::chat::{of_sources, tell};
use crate::api::generated;
use crate::api::page;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::views::SourceView;
use crate::domain::conversation::{ChatSessionId, UpstreamSession};
use crate::domain::exchange::Thumb;
use crate::gate::RESOLVING;
use crate::rejection::{Code, FieldError, Rejection};
use crate::storage::Conversation;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far back a conversation can be read, in pairs of question and answer: AnythingLLM hands over everything up to
/// there at once.
const MAX_PAIRS: usize = 500;

/// What the reader thinks of answers, by [`answer_tail`].
type Thumbs = HashMap<[u8; 10], Thumb>;

/// A page of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagePage)]
pub(crate) struct PageView<'a> {
    /// The messages, newest last.
    data: Vec<MessageView<'a>>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the page with the older ones.
    next_cursor: Option<Uuid>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView<'a> {
    /// Stays the same.
    id: Uuid,
    /// `user` or `assistant`.
    #[schema(example = "assistant")]
    role: &'static str,
    /// The text.
    content: &'a str,
    /// Whether a model has written it: true for all that the assistant said but refusals, which are the shop's own
    /// sentence.
    ai_generated: bool,
    /// Of answers: whether `query` mode found nothing relevant, so that `content` is the workspace's sentence for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refused: Option<bool>,
    /// What an answer rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sources: Option<Vec<SourceView<'a>>>,
    /// Of answers: what the reader thinks of it, if they have said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    feedback: Option<Thumb>,
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
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    params(
        ("session_id" = String, Query, description = "The conversation.", min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$"),
        ("workspace" = Option<String>, Query, description = "Required for users and tenant-wide secret keys, else taken from the key."),
        ("limit" = Option<usize>, Query, description = "Messages of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of the conversation.", body = PageView<'static>,
        headers(("AI-Disclosure" = String, description = "`mode=ai-originated`: a model has written the answers in it.")))),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING, Code::UPSTREAM])))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session_id(&mut query);
    let named = query.text("workspace");
    let limit = page::limit(&mut query);
    let before = cursor(&mut query);
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;
    let workspace = state.reach.resolve(&admitted, named.as_deref()).await?;
    let Some(Conversation { id, upstream }) =
        state.conversations.find(&workspace, &session).await.or_reject(&admitted)?
    else {
        return match before {
            None => {
                let page = PageView { data: Vec::new(), has_more: false, next_cursor: None };
                Ok(generated::marked(response::json(StatusCode::OK, &page)?))
            }
            Some(_) => Err(FieldError::from(StrangeCursor).into()),
        };
    };
    // A page may begin within a pair, and one message more tells whether there are older ones.
    let mut pairs = limit / 2 + 2;
    let mut thumbs: Option<Thumbs> = None;
    loop {
        let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
        let newest = state.conversations.newest(&workspace, &upstream, pairs, on_behalf);
        // Asked for at the same time, so that a history takes no longer for it.
        let known = async {
            match thumbs.take() {
                Some(known) => known,
                None => state.transcripts.thumbs(workspace.tenant, id).await,
            }
        };
        let (newest, known) = tokio::join!(newest, known);
        let known = thumbs.insert(known);
        let mut newest = newest.or_reject(&admitted)?;
        let offers = of_sources(&state, &workspace, newest.iter().flat_map(|message| &message.sources)).await;
        for message in &mut newest {
            tell(&mut message.sources, &offers, workspace.id);
        }
        let is_all = newest.len() < 2 * pairs || pairs >= MAX_PAIRS;
        match page((&newest, known), &upstream, limit, before) {
            Ok(page) if is_all || page.has_more => {
                return Ok(generated::marked(response::json(StatusCode::OK, &page)?));
            }
            Err(strange) if is_all => return Err(FieldError::from(strange).into()),
            // The cursor lies further back than was read.
            _ => pairs = (pairs * 4).min(MAX_PAIRS),
        }
    }
}

/// Starts a conversation anew.
///
/// The same session id then names a new, empty conversation. Nothing happens when there is none.
#[utoipa::path(
    delete,
    path = "/api/v1/messages",
    tag = "Messages",
    summary = "Start a conversation anew",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    params(
        ("session_id" = String, Query, description = "The conversation.", min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_.:-]+$"),
        ("workspace" = Option<String>, Query, description = "Required for users and tenant-wide secret keys, else taken from the key.")
    ),
    responses((status = 204, description = "The conversation is empty.")),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING])))),
)]
pub(crate) async fn reset(State(state): State<Shared>, Gated(admitted): Gated) -> Result<StatusCode, Refusal> {
    let mut query = Query::of(&admitted);
    let session = session_id(&mut query);
    let named = query.text("workspace");
    query.end()?;
    let session = session.ok_or(Rejection::Internal)?;
    let workspace = state.reach.resolve(&admitted, named.as_deref()).await?;
    state.conversations.start_anew(&workspace, &session).await.or_reject(&admitted)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The conversation that is meant; its faults are noted in `query`.
fn session_id(query: &mut Query<'_>) -> Option<ChatSessionId> {
    let text = query.required("session_id");
    ChatSessionId::parse(&text).map_err(|error| query.fault("session_id", "format", error.to_string())).ok()
}

/// The message that the page ends before; its faults are noted in `query`.
fn cursor(query: &mut Query<'_>) -> Option<Uuid> {
    let text = query.text("cursor")?;
    let id = Uuid::try_parse(&text).ok();
    if id.is_none() {
        query.fault("cursor", "format", StrangeCursor::MESSAGE);
    }
    id
}

/// A cursor of another conversation, or of none.
#[derive(Debug)]
struct StrangeCursor;

impl StrangeCursor {
    const MESSAGE: &str = "is not a cursor of this list";
}

impl From<StrangeCursor> for FieldError {
    fn from(_: StrangeCursor) -> Self {
        Self::new("cursor", "format", StrangeCursor::MESSAGE)
    }
}

/// Cuts the page that ends before a message out of the newest ones.
fn page<'a>(
    (newest, thumbs): (&'a [StoredMessage], &Thumbs),
    upstream: &UpstreamSession,
    limit: usize,
    before: Option<Uuid>,
) -> Result<PageView<'a>, StrangeCursor> {
    let end = match before {
        None => newest.len(),
        Some(id) => newest.iter().position(|m| message_id(upstream, m) == id).ok_or(StrangeCursor)?,
    };
    let start = end.saturating_sub(limit);
    let messages = newest.get(start..end).unwrap_or_default();
    let data: Vec<_> = messages.iter().map(|message| MessageView::new(upstream, message, thumbs)).collect();
    let has_more = start > 0;
    let next_cursor = data.first().filter(|_| has_more).map(|oldest| oldest.id);
    Ok(PageView { data, has_more, next_cursor })
}

/// A UUIDv7 made of the time and of a digest: AnythingLLM numbers its chats over all workspaces, and the numbers would
/// tell every shopper how busy the installation is. With the session in it, an id is a cursor in its own conversation
/// only.
fn message_id(upstream: &UpstreamSession, message: &StoredMessage) -> Uuid {
    let millis = u64::try_from(message.sent_at.timestamp_millis()).unwrap_or(0);
    id_at(millis, upstream, message.chat_id, message.role)
}

fn id_at(millis: u64, upstream: &UpstreamSession, chat_id: i64, role: StoredRole) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(upstream.expose());
    hash.update(chat_id.to_be_bytes());
    hash.update([u8::from(role == StoredRole::Assistant)]);
    let mut random = [0; 10];
    random.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// What the id of an answer ends with in the conversation's history: all of it but its time, which AnythingLLM gives.
pub(super) fn answer_tail(upstream: &UpstreamSession, chat_id: i64) -> [u8; 10] {
    let id = id_at(0, upstream, chat_id, StoredRole::Assistant);
    let mut tail = [0; 10];
    tail.iter_mut().zip(id.as_bytes().iter().skip(6)).for_each(|(to, from)| *to = *from);
    tail
}

impl<'a> MessageView<'a> {
    fn new(upstream: &UpstreamSession, stored: &'a StoredMessage, thumbs: &Thumbs) -> Self {
        let (role, content, sources) = match stored.role {
            StoredRole::User => ("user", stored.content.as_str(), None),
            StoredRole::Assistant => {
                let sources = stored.sources.iter().map(SourceView::from).collect();
                ("assistant", answer_text(&stored.content), Some(sources))
            }
        };
        let is_answer = stored.role == StoredRole::Assistant;
        let refused = is_answer && (stored.is_refusal || stored.is_unfounded);
        Self {
            id: message_id(upstream, stored),
            role,
            content,
            ai_generated: is_answer && !refused,
            refused: is_answer.then_some(refused),
            sources,
            feedback: if is_answer { thumbs.get(&answer_tail(upstream, stored.chat_id)).copied() } else { None },
            created_at: stored.sent_at,
        }
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
                is_unfounded: false,
                is_refusal: false,
                tokens: None,
            })
            .collect()
    }

    #[test]
    fn ids_tell_halves_and_conversations_apart_and_nothing_else() {
        let all = stored(2);
        let (session, other) = (UpstreamSession::new("s"), UpstreamSession::new("t"));
        let id = message_id(&session, &all[0]);
        assert_eq!(id, message_id(&session, &all[0]));
        assert_ne!(id, message_id(&session, &all[1]));
        assert_ne!(id, message_id(&other, &all[0]));
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(message_id(&session, &all[1]).as_bytes()[6..], answer_tail(&session, all[1].chat_id));
    }

    proptest! {
        #[test]
        fn pages_give_every_message_once_newest_page_first(total in 0i64..60, limit in 1usize..20, more in 0i64..3) {
            let (session, mut said) = (UpstreamSession::new("s"), total);
            let (mut seen, mut before) = (Vec::new(), None);
            loop {
                let newest = stored(said);
                let page = page((&newest, &Thumbs::new()), &session, limit, before).unwrap();
                let mut texts: Vec<String> = page.data.iter().map(|m| m.content.to_owned()).collect();
                prop_assert!(texts.len() <= limit);
                texts.extend(seen);
                seen = texts;
                prop_assert_eq!(page.has_more, page.next_cursor.is_some());
                // The conversation goes on while it is read.
                said += 2 * more;
                before = page.next_cursor;
                if before.is_none() {
                    break;
                }
            }
            prop_assert_eq!(seen, (0..total).map(|n| n.to_string()).collect::<Vec<_>>());
        }
    }
}
