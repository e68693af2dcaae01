//! Reading transcripts: which there are, one of them, and all exchanges one after the other.

use super::ExchangeFilter;
use super::asking::{filtered, filtered_by, list, select_exchanges, select_transcripts};
use super::filter::PersonFilter;
use super::finding;
use super::kept::{ExchangeRow, KeptExchange};
use super::words::search;
use crate::domain::exchange::Thumb;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::columns::count;
use crate::storage::{StorageError, Transcripts};
use chrono::{DateTime, Utc};
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
    /// How often something was written to people in it, and when last.
    pub handovers: u32,
    pub handed_over_at: Option<DateTime<Utc>>,
    /// How its newest question begins; none where no words are kept.
    pub question: Option<String>,
    /// Of its newest exchange.
    pub origin: Option<String>,
    pub locale: Option<String>,
    pub key: Option<String>,
    pub solved: bool,
    pub note: Option<String>,
    pub version: i64,
    /// Asked by staff in the playground.
    pub staff: bool,
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
    pub(super) handovers: i64,
    pub(super) handed_over_at: Option<DateTime<Utc>>,
    pub(super) question: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) key: Option<String>,
    pub(super) solved: bool,
    pub(super) note: Option<String>,
    pub(super) version: i64,
    pub(super) staff: bool,
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
            handovers: count(row.handovers),
            handed_over_at: row.handed_over_at,
            question: row.question,
            origin: row.origin,
            locale: row.locale,
            key: row.key,
            solved: row.solved,
            note: row.note,
            version: row.version,
            staff: row.staff,
        }
    }
}

/// Where a page ends: the next one begins behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl Transcripts<'_> {
    /// The workspace's conversations with an exchange or a hand-over that the filter means, the one in which something
    /// was said last first.
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
            let place = (tenant, workspace);
            let with_words = match &filter.words {
                Some(typed) => finding::with_words(tx, workspace, typed).await?,
                None => None,
            };
            let rows = match (with_words, filter.rarest_trait()) {
                (Some(conversations), _) => {
                    list!(
                        [
                            r#"
                            SELECT t.*
                            FROM vestibule.transcripts t
                            JOIN vestibule.conversations c ON c.id = t.conversation_id
                            WHERE t.conversation_id = ANY ($21)
                              AND ($16::timestamptz IS NULL OR (t.last_at, t.conversation_id) < ($16, $17))
                              AND
                            "#,
                            "ORDER BY t.last_at DESC, t.conversation_id DESC LIMIT $18"
                        ],
                        place,
                        filter,
                        after,
                        limit,
                        &conversations
                    )
                    .fetch_all(tx.connection())
                    .await?
                }
                (None, None) => {
                    list!(
                        [
                            r#"
                            SELECT t.*
                            FROM vestibule.transcripts t
                            JOIN vestibule.conversations c ON c.id = t.conversation_id
                            WHERE ($16::timestamptz IS NULL OR (t.last_at, t.conversation_id) < ($16, $17))
                              AND
                            "#,
                            "ORDER BY t.last_at DESC, t.conversation_id DESC LIMIT $18"
                        ],
                        place,
                        filter,
                        after,
                        limit
                    )
                    .fetch_all(tx.connection())
                    .await?
                }
                (None, Some(name)) => {
                    list!(
                        [
                            r#"
                            SELECT t.*
                            FROM vestibule.transcript_traits f
                            JOIN vestibule.transcripts t
                              ON t.tenant_id = f.tenant_id AND t.conversation_id = f.conversation_id
                            JOIN vestibule.conversations c ON c.id = t.conversation_id
                            WHERE f.tenant_id = $1
                              AND f.workspace_id = $2
                              AND f.trait = $21
                              AND ($16::timestamptz IS NULL OR (f.last_at, f.conversation_id) < ($16, $17))
                              AND
                            "#,
                            "ORDER BY f.last_at DESC, f.conversation_id DESC LIMIT $18"
                        ],
                        place,
                        filter,
                        after,
                        limit,
                        name
                    )
                    .fetch_all(tx.connection())
                    .await?
                }
            };
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
            let rows = filtered!(
                select_exchanges,
                [
                    "e.tenant_id = $1 AND e.workspace_id = $2 AND",
                    "AND ($19::uuid IS NULL OR e.conversation_id = $19)",
                    r#"
                      AND ($16::timestamptz IS NULL OR (e.at, e.id) < ($16, $17))
                    ORDER BY e.at DESC, e.id DESC
                    LIMIT $18
                    "#
                ],
                (tenant, workspace),
                filter,
                after,
                limit,
                conversation
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(ExchangeRow::into_kept).collect()
        })
        .await
    }
}
