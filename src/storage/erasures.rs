//! Orders to remove what was said: what is removed of them here, in steps that may be done twice, and which sessions of
//! AnythingLLM are left to be looked into.

mod looking;
mod steps;

pub use looking::Affected;

use super::{Database, Erasures, StorageError, TenantTx};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{ErasureId, TenantId, WorkspaceId};
use crate::domain::words::words;
use crate::storage::columns::word;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// How far an erasure is.
    #[derive(ToSchema)]
    ErasureStatus {
        Queued = "queued",
        Running = "running",
        /// All that can be found is gone, and AnythingLLM was read back.
        Done = "done",
        /// Something could not be removed: `remaining` says what and why.
        Incomplete = "incomplete",
    }
}

/// Whose words are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Of a browser, by the names that are stored of it.
    Visitor(Vec<String>),
    /// Of a customer, likewise.
    Subject(Vec<String>),
    Conversation(Uuid),
    /// Conversations in which nothing was said since.
    Before(DateTime<Utc>),
}

/// What was removed so far, by place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ErasureRemoved)]
pub struct Removed {
    /// Conversations, with their transcripts, notes, feedback and kept first exchanges.
    #[schema(example = 12)]
    pub conversations: u64,
    /// Questions with their answers in these transcripts.
    pub exchanges: u64,
    /// What was written to people in them, with names and addresses.
    pub handovers: u64,
    /// Answers that were kept to be repeated.
    pub idempotent_answers: u64,
    /// Records of usage that do not say any more whose they are.
    pub usage_events: u64,
    /// Conversations in AnythingLLM that were read back and are empty.
    pub upstream_sessions: u64,
    /// Questions with their answers that were removed in AnythingLLM.
    pub upstream_chats: u64,
}

/// An order with its receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    pub id: ErasureId,
    pub workspace: WorkspaceId,
    pub whose: Whose,
    pub status: ErasureStatus,
    pub removed: Removed,
    /// What could not be removed, and why.
    pub remaining: Vec<String>,
    pub made_at: DateTime<Utc>,
    /// Kind and id of who gave the order.
    pub made_by: String,
    pub finished_at: Option<DateTime<Utc>>,
}

/// The right to work on an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureClaim {
    pub tenant: TenantId,
    pub id: ErasureId,
    holder: Uuid,
}

/// An erasure with the right to work on it.
#[derive(Debug, Clone)]
pub struct ClaimedErasure {
    pub claim: ErasureClaim,
    pub erasure: Erasure,
    /// The workspace's name in AnythingLLM.
    pub upstream_slug: String,
}

impl Whose {
    /// The word in SQL, JSON and the audit log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Visitor(_) => "visitor",
            Self::Subject(_) => "subject",
            Self::Conversation(_) => "conversation",
            Self::Before(_) => "before",
        }
    }

    fn names(&self) -> Option<&[String]> {
        match self {
            Self::Visitor(names) | Self::Subject(names) => Some(names),
            Self::Conversation(_) | Self::Before(_) => None,
        }
    }

    fn conversation(&self) -> Option<Uuid> {
        if let Self::Conversation(id) = self { Some(*id) } else { None }
    }

    fn before(&self) -> Option<DateTime<Utc>> {
        if let Self::Before(at) = self { Some(*at) } else { None }
    }
}

struct ErasureRow {
    id: Uuid,
    workspace_id: Uuid,
    kind: String,
    person: Option<Vec<String>>,
    conversation_id: Option<Uuid>,
    before: Option<DateTime<Utc>>,
    status: String,
    removed: serde_json::Value,
    remaining: serde_json::Value,
    made_at: DateTime<Utc>,
    made_by: String,
    finished_at: Option<DateTime<Utc>>,
}

impl ErasureRow {
    fn into_erasure(self) -> Result<Erasure, StorageError> {
        let whose = match (self.kind.as_str(), self.person, self.conversation_id, self.before) {
            ("visitor", Some(names), ..) => Whose::Visitor(names),
            ("subject", Some(names), ..) => Whose::Subject(names),
            ("conversation", _, Some(id), _) => Whose::Conversation(id),
            ("before", _, _, Some(at)) => Whose::Before(at),
            _ => return Err(StorageError::corrupt("kind", "unknown value")),
        };
        Ok(Erasure {
            id: ErasureId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            whose,
            status: word("status", &self.status)?,
            removed: serde_json::from_value(self.removed).map_err(|error| StorageError::corrupt("removed", error))?,
            remaining: serde_json::from_value(self.remaining)
                .map_err(|error| StorageError::corrupt("remaining", error))?,
            made_at: self.made_at,
            made_by: self.made_by,
            finished_at: self.finished_at,
        })
    }
}

impl Database {
    /// As [`Self::tenant`], for whoever has the erasure. Its row is locked, so it cannot be lost before the end.
    async fn erasing<T>(
        &self,
        claim: &ErasureClaim,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.tenant(claim.tenant, async |tx| {
            let held = sqlx::query_scalar!(
                r#"
                SELECT true AS "held!"
                FROM vestibule.erasures
                WHERE tenant_id = $1
                  AND id = $2
                  AND holder = $3
                FOR UPDATE
                "#,
                claim.tenant.0,
                claim.id.0,
                claim.holder,
            );
            held.fetch_optional(tx.connection()).await?.ok_or(StorageError::Lost)?;
            work(tx).await
        })
        .await
    }
}

impl Erasures<'_> {
    /// Gives an order, which is then worked on.
    #[tracing::instrument(name = "db.erasures.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        whose: &Whose,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Erasure, StorageError> {
        self.tenant(tenant, async |tx| {
            let id = ErasureId::new(ambient);
            sqlx::query!(
                r#"
                INSERT INTO vestibule.erasures
                  (id, tenant_id, workspace_id, kind, person, conversation_id, before, made_at, made_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                "#,
                id.0,
                tenant.0,
                workspace.0,
                whose.kind(),
                whose.names() as Option<&[String]>,
                whose.conversation(),
                whose.before(),
                ambient.now(),
                by.label(),
            )
            .execute(tx.connection())
            .await?;
            // Whose it is, by the kind only: the audit log cannot be erased.
            let after = json!({"kind": whose.kind()});
            tx.record(by, &AuditEntry::created("erasure.ordered", format!("erasure:{id}"), after), ambient).await?;
            one(tx, id).await?.ok_or(StorageError::Lost)
        })
        .await
    }

    /// An order of the tenant's.
    #[tracing::instrument(name = "db.erasures.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, id: ErasureId) -> Result<Option<Erasure>, StorageError> {
        self.read_of(tenant, async |tx| one(tx, id).await).await
    }

    /// Takes up the oldest order that waits, or whose holder was not heard of in time.
    #[tracing::instrument(name = "db.erasures.claim_next", level = "debug", skip_all)]
    pub async fn claim_next(
        self,
        tenant: TenantId,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedErasure>, StorageError> {
        let (holder, now) = (ambient.uuid(), ambient.now());
        self.tenant(tenant, async |tx| {
            let claimed = sqlx::query!(
                r#"
                UPDATE vestibule.erasures e
                SET status = 'running',
                    holder = $2,
                    lease_until = $4,
                    attempts = attempts + 1
                FROM vestibule.workspaces w
                WHERE w.tenant_id = e.tenant_id
                  AND w.id = e.workspace_id
                  AND e.id = (
                    SELECT id
                    FROM vestibule.erasures
                    WHERE tenant_id = $1
                      AND (status = 'queued' OR (status = 'running' AND lease_until < $3))
                    ORDER BY id
                    LIMIT 1
                    FOR UPDATE SKIP LOCKED
                  )
                RETURNING e.id, w.upstream_slug
                "#,
                tenant.0,
                holder,
                now,
                until(now, lease),
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(row) = claimed else { return Ok(None) };
            let id = ErasureId(row.id);
            let claim = ErasureClaim { tenant, id, holder };
            let erasure = one(tx, id).await?;
            Ok(erasure.map(|erasure| ClaimedErasure { claim, erasure, upstream_slug: row.upstream_slug }))
        })
        .await
    }

    /// A sign of life.
    #[tracing::instrument(name = "db.erasures.beat", level = "debug", skip_all)]
    pub async fn beat(self, claim: &ErasureClaim, lease: Duration, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.erasing(claim, async |tx| {
            sqlx::query!(
                "UPDATE vestibule.erasures SET lease_until = $3 WHERE tenant_id = $1 AND id = $2",
                claim.tenant.0,
                claim.id.0,
                until(now, lease),
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Writes the end of the receipt; what is left of it in AnythingLLM is not looked for any more.
    #[tracing::instrument(name = "db.erasures.finish", level = "debug", skip_all)]
    pub async fn finish(
        self,
        claim: &ErasureClaim,
        remaining: &[String],
        by: &Author,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        let status = if remaining.is_empty() { ErasureStatus::Done } else { ErasureStatus::Incomplete };
        self.erasing(claim, async |tx| {
            // Names of people leave with the words; what is left in AnythingLLM can be ordered again.
            sqlx::query!(
                r#"
                UPDATE vestibule.erasures
                SET status = $3,
                    remaining = $4,
                    person = CASE WHEN person IS NOT NULL THEN '{}'::text[] END,
                    holder = NULL,
                    lease_until = NULL,
                    finished_at = $5
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.id.0,
                status.as_str(),
                json!(remaining),
                ambient.now(),
            )
            .execute(tx.connection())
            .await?;
            let erasure = one(tx, claim.id).await?.ok_or(StorageError::Lost)?;
            let after = json!({"status": status.as_str(), "removed": erasure.removed});
            let entry = AuditEntry::created("erasure.finished", format!("erasure:{}", claim.id), after);
            tx.record(by, &entry, ambient).await
        })
        .await
    }
}

async fn one(tx: &mut TenantTx, id: ErasureId) -> Result<Option<Erasure>, StorageError> {
    let row = sqlx::query_as!(
        ErasureRow,
        r#"
        SELECT id, workspace_id, kind, person, conversation_id, before, status, removed, remaining, made_at, made_by,
               finished_at
        FROM vestibule.erasures
        WHERE tenant_id = vestibule.current_tenant()
          AND id = $1
        "#,
        id.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    row.map(ErasureRow::into_erasure).transpose()
}

/// When a lease that is given now ends.
fn until(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease).ok().and_then(|lease| now.checked_add_signed(lease)).unwrap_or(now)
}
