//! AnythingLLM's JSON as it comes and goes. Tolerant when reading: unknown fields are ignored and nearly everything is
//! optional, because a new version may add and drop fields without saying so.

use serde::{Deserialize, Serialize};

/// The shapes errors come in: `{error}`, `{message}`, `{success:false,error}` and abort objects.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl ErrorBody {
    pub(super) fn into_words(self) -> Option<String> {
        self.error.or(self.message)
    }
}

/// `POST /v1/workspace/{slug}/stream-chat`. Three fields and no more: `reset` without a session wipes the history of
/// every user of the workspace, `attachments` reach a document parser, and a missing `mode` may start an agent.
#[derive(Debug, Serialize)]
pub(super) struct ChatRequest<'a> {
    pub(super) message: &'a str,
    pub(super) mode: &'static str,
    #[serde(rename = "sessionId")]
    pub(super) session_id: &'a str,
}

/// `GET /v1/workspace/{slug}/chats` (`history/session`).
#[derive(Debug, Deserialize)]
pub(super) struct HistoryAnswer {
    pub(super) history: Vec<HistoryItem>,
}

/// One half of a pair of question and answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryItem {
    pub(super) role: String,
    #[serde(default)]
    pub(super) content: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub(super) sent_at: i64,
    #[serde(default)]
    pub(super) chat_id: i64,
    #[serde(default)]
    pub(super) sources: Vec<HistorySource>,
    /// What an answer took; of the first ones of an installation, and of refusals, nothing.
    #[serde(default)]
    pub(super) metrics: serde_json::Value,
    /// The mode, of answers.
    #[serde(default, rename = "type")]
    pub(super) mode: Option<String>,
}

/// A source as stored with an answer (`history/session`).
#[derive(Debug, Default, Deserialize)]
pub(super) struct HistorySource {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) score: Option<f64>,
    #[serde(default, rename = "_distance")]
    pub(super) distance: Option<f64>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default, rename = "chunkSource")]
    pub(super) chunk_source: Option<String>,
    #[serde(default, rename = "docSource")]
    pub(super) doc_source: Option<String>,
    #[serde(default, rename = "docAuthor")]
    pub(super) author: Option<String>,
}

/// `POST /v1/workspace/{slug}/vector-search`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchRequest<'a> {
    pub(super) query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_n: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) score_threshold: Option<f32>,
}

/// Its answer (`vector-search/basic`).
#[derive(Debug, Deserialize)]
pub(super) struct SearchAnswer {
    pub(super) results: Vec<SearchHit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SearchHit {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) metadata: SearchMetadata,
    #[serde(default)]
    pub(super) distance: Option<f64>,
    #[serde(default)]
    pub(super) score: Option<f64>,
}

/// What is known of a passage's document.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SearchMetadata {
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) chunk_source: Option<String>,
    pub(super) author: Option<String>,
    pub(super) doc_source: Option<String>,
    pub(super) published: Option<String>,
    pub(super) word_count: Option<u64>,
}
