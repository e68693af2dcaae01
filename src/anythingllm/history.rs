//! Reading back what was said in a session.
//!
//! AnythingLLM can only be asked for the newest or the oldest so many pairs of a session, with no offset; the pages are
//! cut by the caller. A pair is one row there: question and answer share their number.

use crate::anythingllm::client::{Ask, Client, OnBehalf};
use crate::anythingllm::error::UpstreamError;
use crate::anythingllm::frames::Source;
use crate::anythingllm::wire::{HistoryAnswer, HistoryItem, HistorySource};
use crate::domain::conversation::UpstreamSession;
use crate::domain::message;
use crate::domain::usage::TokenUsage;
use crate::domain::workspace::ChatMode;
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// Number of the pair, ascending over the whole AnythingLLM; never shown, it tells how busy the installation is.
    pub chat_id: i64,
    pub role: StoredRole,
    /// What was said: a question as the client sent it, an answer with its reasoning as `<think>…</think>`.
    pub content: String,
    /// When the pair was stored, to the second.
    pub sent_at: DateTime<Utc>,
    pub sources: Vec<Source>,
    /// An answer in query mode that rests on nothing that has to do with the question.
    pub is_unfounded: bool,
    /// The workspace's own sentence in the place of an answer: AnythingLLM has asked no model.
    pub is_refusal: bool,
    /// What an answer took.
    pub tokens: Option<TokenUsage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredRole {
    User,
    Assistant,
}

impl Client {
    /// The newest `pairs` of question and answer of a session, oldest first. Answers cut off by a leaving client are
    /// among them (`history/after_client_abort`).
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn history(
        &self,
        workspace: &str,
        session: &UpstreamSession,
        pairs: usize,
        request: OnBehalf<'_>,
    ) -> Result<Vec<StoredMessage>, UpstreamError> {
        let session = utf8_percent_encode(session.expose(), NON_ALPHANUMERIC);
        // Ascending, a limit gives the oldest ones (`history/limit1`).
        let query = format!("/chats?apiSessionId={session}&limit={}&orderBy=desc", pairs.max(1));
        let ask = Ask::get(Ask::workspace_path(workspace, &query)).on_behalf(request);
        let answer: HistoryAnswer = self.json(ask).await?;
        Ok(in_order(answer.history))
    }
}

/// Descending, the pairs are reversed but not their halves (`history/limit2_desc`).
fn in_order(items: Vec<HistoryItem>) -> Vec<StoredMessage> {
    let mut messages: Vec<_> = items.into_iter().filter_map(stored).collect();
    messages.sort_by_key(|m| (m.chat_id, m.role == StoredRole::Assistant));
    messages
}

fn stored(item: HistoryItem) -> Option<StoredMessage> {
    let content = item.content.unwrap_or_default();
    let (role, content) = match item.role.as_str() {
        "user" => (StoredRole::User, message::restore(&content).into_owned()),
        "assistant" => (StoredRole::Assistant, content),
        _ => return None,
    };
    let mut sources: Vec<_> = item.sources.into_iter().map(Source::from).collect();
    let is_query = item.mode.as_deref() == Some(ChatMode::Query.as_str());
    let is_unfounded = is_query && Source::rest_on_nothing(&sources);
    let tokens = tokens(&item.metrics);
    // A refusal has no sources and no account (`chat/query_refusal`); an answer that broke off has no account either,
    // but what it rests on.
    let is_refusal = is_query && role == StoredRole::Assistant && sources.is_empty() && tokens.is_none();
    sources.retain(|source| !source.is_unrelated());
    Some(StoredMessage {
        chat_id: item.chat_id,
        role,
        content,
        sent_at: DateTime::from_timestamp(item.sent_at, 0).unwrap_or_default(),
        sources,
        is_unfounded,
        is_refusal,
        tokens,
    })
}

fn tokens(metrics: &serde_json::Value) -> Option<TokenUsage> {
    let count = |name| Some(u32::try_from(metrics.get(name)?.as_u64()?).unwrap_or(u32::MAX));
    Some(TokenUsage { prompt: count("prompt_tokens")?, completion: count("completion_tokens")?, estimated: false })
}

impl From<HistorySource> for Source {
    fn from(source: HistorySource) -> Self {
        let HistorySource { id, title, url, text, score, distance, description, doc_source, chunk_source, author } =
            source;
        let source = Self {
            id,
            title,
            url,
            text,
            score,
            distance,
            description,
            doc_source,
            chunk_source,
            author,
            ..Self::default()
        };
        source.readable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_put_in_order_and_halves_stay_together() {
        let answer: HistoryAnswer = serde_json::from_str(
            r#"{"history":[
                {"role":"user","content":"second?","sentAt":1795417515,"attachments":[],"chatId":48},
                {"type":"chat","role":"assistant","content":"2","sources":[],"chatId":48,"sentAt":1795417515},
                {"role":"user","content":"first?","sentAt":1795417514,"chatId":47},
                {"role":"assistant","content":"1","sources":[{"title":"t","score":0.5}],"chatId":47,"sentAt":1795417514},
                {"role":"system","content":"unknown"}]}"#,
        )
        .unwrap();
        let said: Vec<_> = in_order(answer.history).into_iter().map(|m| m.content).collect();
        assert_eq!(said, ["first?", "1", "second?", "2"]);
    }
}
