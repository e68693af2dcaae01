//! Reading transcripts: which there are, one of them, and all exchanges one after the other.

use super::ExchangeFilter;
use super::filter::PersonFilter;
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

/// Asks for conversations: `t` is what stands in the brackets, out of `vestibule.transcripts`. Of each is shown the newest
/// question, or where `$means` says which are meant the newest of those. Macros, because checked queries are made of
/// literals.
macro_rules! select_transcripts {
    ([$($from:tt)+], [$($means:tt)+], $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            TranscriptColumns,
            r#"
            SELECT
              t.conversation_id AS "id!", t.staff AS "staff!", c.owner, c.visitor, c.started_at, t.last_at, t.solved, t.note, t.version,
              n.exchanges AS "exchanges!", n.refused AS "refused!", n.failed AS "failed!", n.up AS "up!",
              n.down AS "down!", p.handovers AS "handovers!", p.handed_over_at AS "handed_over_at?",
              left(l.question, 300) AS question, l.origin AS "origin?", l.locale AS "locale?", l.key AS "key?"
            FROM (
            "# + $($from)+ + r#"
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
            CROSS JOIN LATERAL (
              SELECT count(*) AS handovers, max(h.at) AS handed_over_at
              FROM vestibule.handovers h
              WHERE h.tenant_id = t.tenant_id
                AND h.conversation_id = t.conversation_id
            ) AS p
            LEFT JOIN LATERAL (
              SELECT e.question, e.origin, e.locale, k.public_id AS key
              FROM vestibule.exchanges e
              LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
              WHERE e.tenant_id = t.tenant_id
                AND e.conversation_id = t.conversation_id
              ORDER BY (e.id IS NOT NULL "# + $($means)+ + r#") DESC NULLS LAST, e.at DESC, e.id DESC
              LIMIT 1
            ) AS l ON true
            ORDER BY t.last_at DESC, t.conversation_id DESC
            "#,
            $($value),+
        )
    };
}
pub(super) use select_transcripts;

/// Asks for exchanges, with their conversation's rows `t` and `c`, where what stands in the brackets is so.
macro_rules! select_exchanges {
    ([$($condition:tt)+], [$($means:tt)+], $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            ExchangeRow,
            r#"
            SELECT
              e.id, e.conversation_id, e.at, e.outcome, e.code, k.public_id AS "key?", e.origin, e.locale, c.visitor,
              e.cached, e.prompt_tokens, e.completion_tokens, e.question, e.question_cut, e.answer, e.answer_cut,
              e.sources, e.feedback, e.feedback_reason, t.solved, t.note
            FROM vestibule.exchanges e
            JOIN vestibule.conversations c ON c.id = e.conversation_id
            JOIN vestibule.transcripts t ON t.conversation_id = e.conversation_id
            LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
            WHERE
            "# + $($condition)+,
            $($value),+
        )
    };
}

/// One of the above, with the conditions of a filter: those of a conversation stand behind `$before`, those of an
/// exchange behind `$between`. Its values are $1 to $15, then where the page begins, $16 and $17, how much of it there
/// is, $18, one more, $19, whose questions, $20, and what else the query needs, from $21 on.
macro_rules! filtered {
    ($select:ident, [$before:tt, $between:tt, $($behind:tt)+], $place:expr, $filter:expr, $after:expr, $limit:expr, $more:expr $(, $else:expr)*) => {
        $select!(
            [$before
                + r#"
              t.tenant_id = $1
              AND t.workspace_id = $2
              AND ($3::boolean IS NULL OR t.solved = $3)
              AND ($4::boolean IS NULL OR $4 = EXISTS (
                SELECT 1
                FROM vestibule.handovers o
                WHERE o.tenant_id = t.tenant_id
                  AND o.conversation_id = t.conversation_id
              ))
              AND ($5::text IS NULL OR c.owner = $5 OR c.visitor = $5)
              AND ($6::text IS NULL OR c.owner = $6)
              AND ($13::timestamptz IS NULL OR t.last_at >= $13)
              AND ($20::boolean IS NULL OR t.staff = $20)
            "#
                + $between
                + r#"
              AND ($7::boolean IS NULL OR (e.outcome = 'refused') = $7)
              AND ($8::boolean IS NULL OR (e.outcome = 'failed') = $8)
              AND ($9::text IS NULL OR e.feedback = $9)
              AND ($10::uuid IS NULL OR e.api_key_id = $10)
              AND ($11::text IS NULL OR e.origin = $11)
              AND ($12::text IS NULL OR lower(e.locale) = lower($12)
                   OR starts_with(lower(e.locale), lower($12) || '-'))
              AND ($13::timestamptz IS NULL OR e.at >= $13)
              AND ($14::timestamptz IS NULL OR e.at < $14)
              AND ($15::text IS NULL OR e.words @@ $15::text::tsquery)
            "#
                + $($behind)+],
            [r#"
              AND ($7::boolean IS NULL OR (e.outcome = 'refused') = $7)
              AND ($8::boolean IS NULL OR (e.outcome = 'failed') = $8)
              AND ($9::text IS NULL OR e.feedback IS NOT DISTINCT FROM $9)
              AND ($10::uuid IS NULL OR e.api_key_id IS NOT DISTINCT FROM $10)
              AND ($11::text IS NULL OR e.origin IS NOT DISTINCT FROM $11)
              AND ($12::text IS NULL OR lower(e.locale) = lower($12)
                   OR starts_with(lower(e.locale), lower($12) || '-'))
              AND ($13::timestamptz IS NULL OR e.at >= $13)
              AND ($14::timestamptz IS NULL OR e.at < $14)
              AND ($15::text IS NULL OR e.words @@ $15::text::tsquery)
            "#],
            $place.0.0,
            $place.1.0,
            $filter.solved,
            $filter.handed_over,
            $filter.visitor.as_ref().map(PersonFilter::as_str),
            $filter.subject.as_ref().map(PersonFilter::as_str),
            $filter.refused,
            $filter.failed,
            $filter.feedback.map(Thumb::as_str),
            $filter.key.map(|key| key.0),
            $filter.origin.as_deref(),
            $filter.locale.as_deref(),
            $filter.from,
            $filter.to,
            $filter.words.as_deref().map(search),
            $after.map(|after| after.at),
            $after.map(|after| after.id),
            i64::from($limit),
            $more,
            $filter.staff,
            $($else,)*
        )
    };
}

/// The list of conversations, out of what stands in the brackets: they are found by it, in its order.
macro_rules! list {
    ([$from:tt, $order:tt], $place:expr, $filter:expr, $after:expr, $limit:expr $(, $else:expr)*) => {
        filtered!(
            select_transcripts,
            [
                $from,
                r#"
                  AND (
                    EXISTS (
                      SELECT 1
                      FROM vestibule.exchanges e
                      WHERE e.tenant_id = t.tenant_id
                        AND e.conversation_id = t.conversation_id
                "#,
                r#"
                    )
                    OR $19::boolean AND EXISTS (
                      SELECT 1
                      FROM vestibule.handovers h
                      WHERE h.tenant_id = t.tenant_id
                        AND h.conversation_id = t.conversation_id
                        AND ($10::uuid IS NULL OR h.api_key_id = $10)
                        AND ($11::text IS NULL OR h.origin = $11)
                        AND ($12::text IS NULL OR lower(h.locale) = lower($12)
                             OR starts_with(lower(h.locale), lower($12) || '-'))
                        AND ($13::timestamptz IS NULL OR h.at >= $13)
                        AND ($14::timestamptz IS NULL OR h.at < $14)
                        AND ($15::text IS NULL
                             OR to_tsvector('pg_catalog.simple'::regconfig, h.message) @@ $15::text::tsquery)
                    )
                  )
                "#
                + $order
            ],
            $place,
            $filter,
            $after,
            $limit,
            $filter.means_handovers()
            $(, $else)*
        )
    };
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
            let rows = match filter.rarest_trait() {
                None => {
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
                Some(name) => {
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
