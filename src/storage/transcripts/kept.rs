//! Exchanges as they are kept.

use crate::domain::exchange::{ExchangeOutcome, ExchangeSource, Thumb};
use crate::domain::ids::ExchangeId;
use crate::storage::StorageError;
use crate::storage::columns::{count, word};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// A question with its answer, as kept.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct KeptExchange {
    pub id: ExchangeId,
    pub conversation: Uuid,
    pub at: DateTime<Utc>,
    pub outcome: ExchangeOutcome,
    pub code: Option<String>,
    /// The key's public id.
    pub key: Option<String>,
    pub origin: Option<String>,
    pub locale: Option<String>,
    pub visitor: Option<String>,
    pub cached: bool,
    pub prompt_tokens: Option<u32>,
    pub completion_tokens: Option<u32>,
    pub question: Option<String>,
    pub question_cut: bool,
    pub answer: Option<String>,
    pub answer_cut: bool,
    pub sources: Vec<ExchangeSource>,
    pub feedback: Option<Thumb>,
    pub feedback_reason: Option<String>,
    /// What staff noted of its conversation.
    pub solved: bool,
    pub note: Option<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "as above")]
pub(super) struct ExchangeRow {
    pub(super) id: Uuid,
    pub(super) conversation_id: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) outcome: String,
    pub(super) code: Option<String>,
    pub(super) key: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) visitor: Option<String>,
    pub(super) cached: bool,
    pub(super) prompt_tokens: Option<i32>,
    pub(super) completion_tokens: Option<i32>,
    pub(super) question: Option<String>,
    pub(super) question_cut: bool,
    pub(super) answer: Option<String>,
    pub(super) answer_cut: bool,
    pub(super) sources: Option<Value>,
    pub(super) feedback: Option<String>,
    pub(super) feedback_reason: Option<String>,
    pub(super) solved: bool,
    pub(super) note: Option<String>,
}

impl ExchangeRow {
    pub(super) fn into_kept(self) -> Result<KeptExchange, StorageError> {
        let sources = self.sources.map(serde_json::from_value).transpose();
        Ok(KeptExchange {
            id: ExchangeId(self.id),
            conversation: self.conversation_id,
            at: self.at,
            outcome: word("outcome", &self.outcome)?,
            code: self.code,
            key: self.key,
            origin: self.origin,
            locale: self.locale,
            visitor: self.visitor,
            cached: self.cached,
            prompt_tokens: self.prompt_tokens.map(count),
            completion_tokens: self.completion_tokens.map(count),
            question: self.question,
            question_cut: self.question_cut,
            answer: self.answer,
            answer_cut: self.answer_cut,
            sources: sources.map_err(|error| StorageError::corrupt("sources", error))?.unwrap_or_default(),
            feedback: self.feedback.as_deref().map(|text| word("feedback", text)).transpose()?,
            feedback_reason: self.feedback_reason,
            solved: self.solved,
            note: self.note,
        })
    }
}
