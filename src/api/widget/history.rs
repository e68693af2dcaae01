//! A conversation in the shape of AnythingLLM's embed history (recording `embed/history`), without sources,
//! reasoning and metrics, and with numbers that count this conversation only.

use crate::anythingllm::source::answer_text;
use crate::anythingllm::{StoredMessage, StoredRole};
use crate::api::precondition::{body_tag, is_known};
use crate::api::response::{Refusal, json_bytes};
use crate::rejection::Rejection;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// What was said, the newest message last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History<'a> {
    /// Questions and answers in turn.
    history: Vec<Item<'a>>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WidgetMessage)]
#[serde(untagged)]
pub(crate) enum Item<'a> {
    /// A question.
    #[serde(rename_all = "camelCase")]
    Question {
        /// `user`
        role: &'static str,
        /// What was asked.
        content: &'a str,
        /// Unix seconds.
        sent_at: i64,
        /// Always empty.
        attachments: [&'a str; 0],
        /// Number of the pair.
        chat_id: usize,
    },
    /// An answer.
    #[serde(rename_all = "camelCase")]
    Answer {
        /// `chat`
        r#type: &'static str,
        /// `assistant`
        role: &'static str,
        /// What was answered.
        content: &'a str,
        /// Always empty.
        sources: [&'a str; 0],
        /// Number of the pair.
        chat_id: usize,
        /// Unix seconds.
        sent_at: i64,
        /// Always null.
        feedback_score: Option<bool>,
    },
}

/// Renders a conversation, or says that the widget has it already.
pub(super) fn respond(messages: &[StoredMessage], headers: &HeaderMap) -> Result<Response, Refusal> {
    let history = messages
        .chunk_by(|a, b| a.chat_id == b.chat_id)
        .zip(1..)
        .flat_map(|(pair, n)| pair.iter().map(move |message| item(message, n)));
    let body = serde_json::to_vec(&History { history: history.collect() }).map_err(|_| Rejection::Internal)?;
    let tag = body_tag(&body);
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_bytes(StatusCode::OK, body)
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(tag).map_err(|_| Rejection::Internal)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

fn item(message: &StoredMessage, chat_id: usize) -> Item<'_> {
    let sent_at = message.sent_at.timestamp();
    match message.role {
        StoredRole::User => {
            Item::Question { role: "user", content: &message.content, sent_at, attachments: [], chat_id }
        }
        StoredRole::Assistant => Item::Answer {
            r#type: "chat",
            role: "assistant",
            content: answer_text(&message.content),
            sources: [],
            chat_id,
            sent_at,
            feedback_score: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn message(chat_id: i64, role: StoredRole, content: &str) -> StoredMessage {
        let sent_at = DateTime::from_timestamp(1_795_417_540, 0).unwrap();
        StoredMessage {
            chat_id,
            role,
            content: content.into(),
            sent_at,
            sources: vec![crate::anythingllm::Source::default()],
        }
    }

    #[tokio::test]
    async fn history_has_the_shape_the_widget_reads_and_nothing_of_the_installation() {
        let stored = [message(481, StoredRole::User, "hello"), message(481, StoredRole::Assistant, "hi")];
        let response = respond(&stored, &HeaderMap::new()).unwrap();
        let tag = response.headers()[header::ETAG].clone();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"history":[{"role":"user","content":"hello","sentAt":1795417540,"attachments":[],"chatId":1},{"type":"chat","role":"assistant","content":"hi","sources":[],"chatId":1,"sentAt":1795417540,"feedbackScore":null}]}"#
        );
        let again = [(header::IF_NONE_MATCH, tag)].into_iter().collect();
        assert_eq!(respond(&stored, &again).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(respond(&stored[..1], &again).unwrap().status(), StatusCode::OK);
    }
}
