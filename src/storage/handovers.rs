//! Hand-overs: what shoppers wrote to the people of a shop. Each hangs on its conversation's transcript and leaves with
//! it.

use super::webhooks::{HandoverNews, tell_of_handover};
use super::{Handovers, StorageError, TenantTx};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::handover::{Contact, Handover};
use crate::domain::ids::{HandoverId, TenantId, WorkspaceId};
use crate::storage::retention::delete_beyond_retention;
use crate::storage::transcripts::{After, ExchangeFilter, PersonFilter, search};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Hand-overs of one conversation that are read, the newest.
const MOST_OF_ONE: i64 = 100;

/// What became of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOver {
    /// It is kept; so many webhooks are told.
    Kept { told: usize },
    /// The same was kept before.
    Before { id: HandoverId, at: DateTime<Utc> },
    /// The conversation is gone.
    NoConversation,
}

/// A hand-over, as staff reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptHandover {
    pub id: HandoverId,
    pub conversation: Uuid,
    pub at: DateTime<Utc>,
    pub contact: Contact,
    pub message: String,
    pub consented: bool,
    pub origin: Option<String>,
    pub locale: Option<String>,
    /// The key's public id.
    pub key: Option<String>,
    pub visitor: Option<String>,
    /// What staff noted of its conversation.
    pub solved: bool,
    pub note: Option<String>,
}

struct HandoverRow {
    id: Uuid,
    conversation_id: Uuid,
    at: DateTime<Utc>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    order_number: Option<String>,
    company: Option<String>,
    message: String,
    consented: bool,
    origin: Option<String>,
    locale: Option<String>,
    key: Option<String>,
    visitor: Option<String>,
    solved: bool,
    note: Option<String>,
}

impl From<HandoverRow> for KeptHandover {
    fn from(row: HandoverRow) -> Self {
        let HandoverRow { name, email, phone, order_number, company, .. } = row;
        Self {
            id: HandoverId(row.id),
            conversation: row.conversation_id,
            at: row.at,
            contact: Contact { name, email, phone, order_number, company },
            message: row.message,
            consented: row.consented,
            origin: row.origin,
            locale: row.locale,
            key: row.key,
            visitor: row.visitor,
            solved: row.solved,
            note: row.note,
        }
    }
}

/// Asks for whole rows, then what stands behind the joined tables. A macro, because checked queries are made of literals.
macro_rules! select_handovers {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            HandoverRow,
            r#"
            SELECT
              h.id, h.conversation_id, h.at, h.name, h.email, h.phone, h.order_number, h.company, h.message, h.consented,
              h.origin, h.locale, k.public_id AS "key?", c.visitor, t.solved, t.note
            FROM vestibule.handovers h
            JOIN vestibule.conversations c ON c.id = h.conversation_id
            JOIN vestibule.transcripts t ON t.conversation_id = h.conversation_id
            LEFT JOIN vestibule.api_keys k ON k.id = h.api_key_id
            "# + $behind,
            $($value),+
        )
    };
}

impl Handovers<'_> {
    /// Keeps it and tells webhooks of it, in one transaction; the same words once more in a conversation change nothing.
    /// The conversation counts as not solved from here on. The audit log says that it was done, without a word of it.
    #[tracing::instrument(name = "db.handovers.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        handover: &Handover,
        news: &HandoverNews,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<HandedOver, StorageError> {
        self.tenant(handover.tenant, async |tx| {
            if !touch(tx, handover).await? {
                return Ok(HandedOver::NoConversation);
            }
            if let Some((id, at)) = put(tx, handover).await? {
                return Ok(HandedOver::Before { id, at });
            }
            sqlx::query!(
                r#"
                UPDATE vestibule.transcripts
                SET last_at = greatest(last_at, $3),
                    solved = false,
                    version = version + solved::integer
                WHERE tenant_id = $1
                  AND conversation_id = $2
                "#,
                handover.tenant.0,
                handover.conversation,
                handover.at,
            )
            .execute(tx.connection())
            .await?;
            let told = tell_of_handover(tx, handover, news, ambient).await?;
            let target = format!("conversation:{}", handover.conversation);
            tx.record(by, &AuditEntry::done("conversation.handed_over", target), ambient).await?;
            Ok(HandedOver::Kept { told })
        })
        .await
    }

    #[tracing::instrument(name = "db.handovers.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, id: HandoverId) -> Result<Option<KeptHandover>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = select_handovers!(
                r#"
                WHERE h.tenant_id = $1
                  AND h.id = $2
                "#,
                tenant.0,
                id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row.map(KeptHandover::from))
        })
        .await
    }

    /// The newest hand-overs of a conversation, oldest first.
    #[tracing::instrument(name = "db.handovers.list_of", level = "debug", skip_all)]
    pub async fn list_of(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        conversation: Uuid,
    ) -> Result<Vec<KeptHandover>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_handovers!(
                r#"
                WHERE h.tenant_id = $1
                  AND h.workspace_id = $2
                  AND h.conversation_id = $3
                ORDER BY h.at DESC, h.id DESC
                LIMIT $4
                "#,
                tenant.0,
                workspace.0,
                conversation,
                MOST_OF_ONE,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().rev().map(KeptHandover::from).collect())
        })
        .await
    }

    /// Hand-overs that the filter means, the newest first. None is refused, failed, or thought of by a reader.
    #[tracing::instrument(name = "db.handovers.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<KeptHandover>, StorageError> {
        if !filter.means_handovers() {
            return Ok(Vec::new());
        }
        self.read_of(tenant, async |tx| {
            let rows = select_handovers!(
                r#"
                WHERE h.tenant_id = $1
                  AND h.workspace_id = $2
                  AND ($3::timestamptz IS NULL OR (h.at, h.id) < ($3, $4))
                  AND ($5::boolean IS NULL OR t.solved = $5)
                  AND ($6::text IS NULL OR c.owner = $6 OR c.visitor = $6)
                  AND ($7::text IS NULL OR c.owner = $7)
                  AND ($8::uuid IS NULL OR h.api_key_id = $8)
                  AND ($9::text IS NULL OR h.origin = $9)
                  AND ($10::text IS NULL OR lower(h.locale) = lower($10)
                       OR starts_with(lower(h.locale), lower($10) || '-'))
                  AND ($11::timestamptz IS NULL OR h.at >= $11)
                  AND ($12::timestamptz IS NULL OR h.at < $12)
                  AND ($13::text IS NULL
                       OR to_tsvector('pg_catalog.simple'::regconfig, h.message) @@ $13::text::tsquery)
                ORDER BY h.at DESC, h.id DESC
                LIMIT $14
                "#,
                tenant.0,
                workspace.0,
                after.map(|after| after.at),
                after.map(|after| after.id),
                filter.solved,
                filter.visitor.as_ref().map(PersonFilter::as_str),
                filter.subject.as_ref().map(PersonFilter::as_str),
                filter.key.map(|key| key.0),
                filter.origin.as_deref(),
                filter.locale.as_deref(),
                filter.from,
                filter.to,
                filter.words.as_deref().map(search),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(KeptHandover::from).collect())
        })
        .await
    }

    /// Forgets hand-overs that are older than their workspace keeps. A thousand at most at a time; tells how many.
    #[tracing::instrument(name = "db.handovers.delete_beyond_retention", level = "debug", skip_all)]
    pub async fn delete_beyond_retention(self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, StorageError> {
        delete_beyond_retention!(self, tenant, now, "vestibule.handovers", "at")
    }
}

/// Notes that something was said in the conversation, so that it is kept from now on as long as any other; it has a
/// transcript then. False: it is gone. In the order in which exchanges are written: conversation first.
async fn touch(tx: &mut TenantTx, handover: &Handover) -> Result<bool, StorageError> {
    let touched = sqlx::query!(
        r#"
        UPDATE vestibule.conversations
        SET last_at = greatest(last_at, $4)
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND id = $3
        "#,
        handover.tenant.0,
        handover.workspace.0,
        handover.conversation,
        handover.at,
    )
    .execute(tx.connection())
    .await?
    .rows_affected();
    if touched == 0 {
        return Ok(false);
    }
    sqlx::query!(
        r#"
        INSERT INTO vestibule.transcripts (conversation_id, tenant_id, workspace_id, last_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT transcripts_pkey DO NOTHING
        "#,
        handover.conversation,
        handover.tenant.0,
        handover.workspace.0,
        handover.at,
    )
    .execute(tx.connection())
    .await?;
    Ok(true)
}

/// Writes it; gives the one that is there already.
async fn put(tx: &mut TenantTx, handover: &Handover) -> Result<Option<(HandoverId, DateTime<Utc>)>, StorageError> {
    let (written, contact, digest) = (&handover.written, &handover.written.contact, handover.written.digest());
    let inserted = sqlx::query!(
        r#"
        INSERT INTO vestibule.handovers (
          id, tenant_id, workspace_id, conversation_id, at, api_key_id, origin, locale, name, email, phone, order_number,
          company, message, consented, digest
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT ON CONSTRAINT handovers_once DO NOTHING
        "#,
        handover.id.0,
        handover.tenant.0,
        handover.workspace.0,
        handover.conversation,
        handover.at,
        handover.key.map(|key| key.0),
        handover.origin,
        handover.locale,
        contact.name,
        contact.email,
        contact.phone,
        contact.order_number,
        contact.company,
        written.message,
        written.consented,
        &digest[..],
    )
    .execute(tx.connection())
    .await?
    .rows_affected();
    if inserted > 0 {
        return Ok(None);
    }
    let before = sqlx::query!(
        r#"
        SELECT id, at
        FROM vestibule.handovers
        WHERE tenant_id = $1
          AND conversation_id = $2
          AND digest = $3
        "#,
        handover.tenant.0,
        handover.conversation,
        &digest[..],
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(Some((HandoverId(before.id), before.at)))
}
