//! Reading transcripts: which there are, one of them, and all exchanges one after the other.

use super::ExchangeFilter;
use super::filter::PersonFilter;
use crate::domain::exchange::{ExchangeOutcome, ExchangeSource, Thumb};
use crate::domain::ids::{ExchangeId, TenantId, WorkspaceId};
use crate::storage::columns::{count, word};
use crate::storage::{StorageError, Transcripts};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// A conversation as staff sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TranscriptRow {
    pub id: Uuid,
    /// Whose it is, as stored.
    pub owner: String,
    /// Who was asking, as far as was said.
    pub visitor: Option<String>,
    pub started_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub exchanges: u32,
    pub refused: u32,
    pub failed: u32,
    pub up: u32,
    pub down: u32,
    /// How its newest question begins; none where no words are kept.
    pub question: Option<String>,
    /// Of its newest exchange.
    pub origin: Option<String>,
    pub locale: Option<String>,
    pub key: Option<String>,
    pub solved: bool,
    pub note: Option<String>,
    pub version: i64,
}

impl TranscriptRow {
    /// Who asked, as far as it is known: a browser, or what the page called them.
    pub fn seen_visitor(&self) -> Option<&str> {
        self.visitor.as_deref().or(Some(self.owner.as_str()).filter(|owner| owner.starts_with("visitor:")))
    }

    /// The customer's pseudonym, if the shop has said who it is.
    pub fn customer(&self) -> Option<&str> {
        Some(self.owner.as_str()).filter(|owner| owner.starts_with("subject:"))
    }
}

pub(super) struct TranscriptColumns {
    pub(super) id: Uuid,
    pub(super) owner: String,
    pub(super) visitor: Option<String>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) last_at: DateTime<Utc>,
    pub(super) exchanges: i64,
    pub(super) refused: i64,
    pub(super) failed: i64,
    pub(super) up: i64,
    pub(super) down: i64,
    pub(super) question: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) key: Option<String>,
    pub(super) solved: bool,
    pub(super) note: Option<String>,
    pub(super) version: i64,
}

impl From<TranscriptColumns> for TranscriptRow {
    fn from(row: TranscriptColumns) -> Self {
        Self {
            id: row.id,
            owner: row.owner,
            visitor: row.visitor,
            started_at: row.started_at,
            last_at: row.last_at,
            exchanges: count(row.exchanges),
            refused: count(row.refused),
            failed: count(row.failed),
            up: count(row.up),
            down: count(row.down),
            question: row.question,
            origin: row.origin,
            locale: row.locale,
            key: row.key,
            solved: row.solved,
            note: row.note,
            version: row.version,
        }
    }
}

/// A question with its answer, as kept.
#[derive(Debug, Clone, PartialEq)]
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
}

/// Where a page ends: the next one begins behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

struct ExchangeRow {
    id: Uuid,
    conversation_id: Uuid,
    at: DateTime<Utc>,
    outcome: String,
    code: Option<String>,
    key: Option<String>,
    origin: Option<String>,
    locale: Option<String>,
    visitor: Option<String>,
    cached: bool,
    prompt_tokens: Option<i32>,
    completion_tokens: Option<i32>,
    question: Option<String>,
    question_cut: bool,
    answer: Option<String>,
    answer_cut: bool,
    sources: Option<Value>,
    feedback: Option<String>,
    feedback_reason: Option<String>,
}

impl ExchangeRow {
    fn into_kept(self) -> Result<KeptExchange, StorageError> {
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
        })
    }
}

impl Transcripts<'_> {
    /// The workspace's conversations with an exchange that the filter means, the one that was asked in last first.
    #[tracing::instrument(name = "db.transcripts.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<TranscriptRow>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                TranscriptColumns,
                r#"
                SELECT
                  t.conversation_id AS "id!", c.owner, c.visitor, c.started_at, t.last_at, t.solved, t.note, t.version,
                  n.exchanges AS "exchanges!", n.refused AS "refused!", n.failed AS "failed!", n.up AS "up!",
                  n.down AS "down!",
                  left(l.question, 300) AS question, l.origin AS "origin?", l.locale AS "locale?",
                  l.key AS "key?"
                FROM (
                  SELECT t.*
                  FROM vestibule.transcripts t
                  JOIN vestibule.conversations c ON c.id = t.conversation_id
                  WHERE t.tenant_id = $1
                    AND t.workspace_id = $2
                    AND ($3::timestamptz IS NULL OR (t.last_at, t.conversation_id) < ($3, $4))
                    AND ($5::boolean IS NULL OR t.solved = $5)
                    AND ($6::text IS NULL OR c.owner = $6 OR c.visitor = $6)
                    AND ($7::text IS NULL OR c.owner = $7)
                    AND EXISTS (
                      SELECT 1
                      FROM vestibule.exchanges e
                      WHERE e.tenant_id = t.tenant_id
                        AND e.conversation_id = t.conversation_id
                        AND ($8::boolean IS NULL OR (e.outcome = 'refused') = $8)
                        AND ($9::boolean IS NULL OR (e.outcome = 'failed') = $9)
                        AND ($10::text IS NULL OR e.feedback = $10)
                        AND ($11::uuid IS NULL OR e.api_key_id = $11)
                        AND ($12::text IS NULL OR e.origin = $12)
                        AND ($13::text IS NULL OR lower(e.locale) = lower($13)
                             OR starts_with(lower(e.locale), lower($13) || '-'))
                        AND ($14::timestamptz IS NULL OR e.at >= $14)
                        AND ($15::timestamptz IS NULL OR e.at < $15)
                        AND ($16::text IS NULL
                             OR e.words @@ websearch_to_tsquery('pg_catalog.simple'::regconfig, $16))
                    )
                  ORDER BY t.last_at DESC, t.conversation_id DESC
                  LIMIT $17
                ) AS t
                JOIN vestibule.conversations c ON c.id = t.conversation_id
                CROSS JOIN LATERAL (
                  SELECT
                    count(*) AS exchanges,
                    count(*) FILTER (WHERE e.outcome = 'refused') AS refused,
                    count(*) FILTER (WHERE e.outcome = 'failed') AS failed,
                    count(*) FILTER (WHERE e.feedback = 'up') AS up,
                    count(*) FILTER (WHERE e.feedback = 'down') AS down
                  FROM vestibule.exchanges e
                  WHERE e.tenant_id = t.tenant_id
                    AND e.conversation_id = t.conversation_id
                ) AS n
                LEFT JOIN LATERAL (
                  SELECT e.question, e.origin, e.locale, k.public_id AS key
                  FROM vestibule.exchanges e
                  LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
                  WHERE e.tenant_id = t.tenant_id
                    AND e.conversation_id = t.conversation_id
                  ORDER BY e.at DESC, e.id DESC
                  LIMIT 1
                ) AS l ON true
                ORDER BY t.last_at DESC, t.conversation_id DESC
                "#,
                tenant.0,
                workspace.0,
                after.map(|after| after.at),
                after.map(|after| after.id),
                filter.solved,
                filter.visitor.as_ref().map(PersonFilter::as_str),
                filter.subject.as_ref().map(PersonFilter::as_str),
                filter.refused,
                filter.failed,
                filter.feedback.map(Thumb::as_str),
                filter.key.map(|key| key.0),
                filter.origin.as_deref(),
                filter.locale.as_deref(),
                filter.from,
                filter.to,
                filter.words.as_deref(),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(TranscriptRow::from).collect())
        })
        .await
    }

    /// Exchanges that the filter means, the newest first: of the whole workspace, or of one conversation.
    #[tracing::instrument(name = "db.transcripts.exchanges", level = "debug", skip_all)]
    pub async fn exchanges(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        conversation: Option<Uuid>,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<KeptExchange>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                ExchangeRow,
                r#"
                SELECT
                  e.id, e.conversation_id, e.at, e.outcome, e.code, k.public_id AS "key?", e.origin, e.locale, c.visitor,
                  e.cached, e.prompt_tokens, e.completion_tokens, e.question, e.question_cut, e.answer, e.answer_cut,
                  e.sources, e.feedback, e.feedback_reason
                FROM vestibule.exchanges e
                JOIN vestibule.conversations c ON c.id = e.conversation_id
                JOIN vestibule.transcripts t ON t.conversation_id = e.conversation_id
                LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
                WHERE e.tenant_id = $1
                  AND e.workspace_id = $2
                  AND ($3::uuid IS NULL OR e.conversation_id = $3)
                  AND ($4::timestamptz IS NULL OR (e.at, e.id) < ($4, $5))
                  AND ($6::boolean IS NULL OR t.solved = $6)
                  AND ($7::text IS NULL OR c.owner = $7 OR c.visitor = $7)
                  AND ($8::text IS NULL OR c.owner = $8)
                  AND ($9::boolean IS NULL OR (e.outcome = 'refused') = $9)
                  AND ($10::boolean IS NULL OR (e.outcome = 'failed') = $10)
                  AND ($11::text IS NULL OR e.feedback = $11)
                  AND ($12::uuid IS NULL OR e.api_key_id = $12)
                  AND ($13::text IS NULL OR e.origin = $13)
                  AND ($14::text IS NULL OR lower(e.locale) = lower($14)
                       OR starts_with(lower(e.locale), lower($14) || '-'))
                  AND ($15::timestamptz IS NULL OR e.at >= $15)
                  AND ($16::timestamptz IS NULL OR e.at < $16)
                  AND ($17::text IS NULL OR e.words @@ websearch_to_tsquery('pg_catalog.simple'::regconfig, $17))
                ORDER BY e.at DESC, e.id DESC
                LIMIT $18
                "#,
                tenant.0,
                workspace.0,
                conversation,
                after.map(|after| after.at),
                after.map(|after| after.id),
                filter.solved,
                filter.visitor.as_ref().map(PersonFilter::as_str),
                filter.subject.as_ref().map(PersonFilter::as_str),
                filter.refused,
                filter.failed,
                filter.feedback.map(Thumb::as_str),
                filter.key.map(|key| key.0),
                filter.origin.as_deref(),
                filter.locale.as_deref(),
                filter.from,
                filter.to,
                filter.words.as_deref(),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(ExchangeRow::into_kept).collect()
        })
        .await
    }
}
