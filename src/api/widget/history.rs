//! A conversation in the shape of AnythingLLM's embed history (recording `embed/history`), without sources,
//! reasoning and metrics, and with numbers that count this conversation only. It begins with the sentence that says that
//! an AI answers: the widget shows the history when it opens, and there is no other way to its screen.

use crate::anythingllm::source::answer_text;
use crate::anythingllm::{StoredMessage, StoredRole};
use crate::api::generated;
use crate::api::precondition::{body_tag, is_known};
use crate::api::response::{Refusal, json_bytes};
use crate::rejection::Rejection;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
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

/// Renders a conversation that begins with `opening`, or says that the widget has it already.
pub(super) fn respond(
    opening: Option<&str>,
    messages: &[StoredMessage],
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Result<Response, Refusal> {
    let begun = messages.first().map_or(now, |message| message.sent_at);
    let opening = opening.map(|text| answer(text, 0, begun));
    let exchanged = messages
        .chunk_by(|a, b| a.chat_id == b.chat_id)
        .zip(1..)
        .flat_map(|(pair, n)| pair.iter().map(move |message| item(message, n)));
    let history = opening.into_iter().chain(exchanged).collect();
    let body = serde_json::to_vec(&History { history }).map_err(|_| Rejection::Internal)?;
    let tag = body_tag(&body);
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_bytes(StatusCode::OK, body)
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(tag).map_err(|_| Rejection::Internal)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(generated::marked(response))
}

fn item(message: &StoredMessage, chat_id: usize) -> Item<'_> {
    match message.role {
        StoredRole::User => Item::Question {
            role: "user",
            content: &message.content,
            sent_at: message.sent_at.timestamp(),
            attachments: [],
            chat_id,
        },
        StoredRole::Assistant => answer(answer_text(&message.content), chat_id, message.sent_at),
    }
}

fn answer(content: &str, chat_id: usize, at: DateTime<Utc>) -> Item<'_> {
    Item::Answer {
        r#type: "chat",
        role: "assistant",
        content,
        sources: [],
        chat_id,
        sent_at: at.timestamp(),
        feedback_score: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn message(chat_id: i64, role: StoredRole, content: &str) -> StoredMessage {
        let sent_at = DateTime::from_timestamp(1_795_417_540, 0).unwrap();
        StoredMessage {
            chat_id,
            role,
            content: content.into(),
            sent_at,
            sources: vec![crate::anythingllm::Source::default()],
            is_unfounded: false,
            is_refusal: false,
            tokens: None,
        }
    }

    #[tokio::test]
    async fn history_has_the_shape_the_widget_reads_and_nothing_of_the_installation() {
        let stored = [message(481, StoredRole::User, "hello"), message(481, StoredRole::Assistant, "hi")];
        let (headers, now) = (HeaderMap::new(), DateTime::UNIX_EPOCH);
        let response = respond(None, &stored, &headers, now).unwrap();
        let tag = response.headers()[header::ETAG].clone();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"history":[{"role":"user","content":"hello","sentAt":1795417540,"attachments":[],"chatId":1},{"type":"chat","role":"assistant","content":"hi","sources":[],"chatId":1,"sentAt":1795417540,"feedbackScore":null}]}"#
        );
        let again = [(header::IF_NONE_MATCH, tag)].into_iter().collect();
        assert_eq!(respond(None, &stored, &again, now).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(respond(None, &stored[..1], &again, now).unwrap().status(), StatusCode::OK);
        assert_eq!(respond(Some("An AI answers."), &stored, &again, now).unwrap().status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn the_opening_stands_before_what_was_said() {
        for messages in [&[][..], &[message(481, StoredRole::User, "hello")]] {
            let response = respond(Some("An AI answers."), messages, &HeaderMap::new(), DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(response.headers()["ai-disclosure"], "mode=ai-originated");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let history: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let first = &history["history"][0];
            assert_eq!((&first["role"], &first["content"]), (&"assistant".into(), &"An AI answers.".into()));
            assert_eq!(history["history"].as_array().unwrap().len(), messages.len() + 1);
        }
    }
}
