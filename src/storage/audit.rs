//! The audit log: written inside the transaction of the change it tells of, read page by page, never altered.

use super::columns::word;
use super::{AuditLog, StorageError, TenantTx};
use crate::domain::audit::{ActorKind, AuditEntry, AuditRecord, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{RequestId, TenantId};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use sqlx::PgConnection;
use uuid::Uuid;

/// Which entries are wanted; `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub actor_kind: Option<ActorKind>,
    /// By its id, or by the name that it had then.
    pub actor: Option<String>,
    /// This action, or all that begin with this word and a dot (`workspace`).
    pub action: Option<String>,
    pub target: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Writes down a change. Call it in the transaction that makes the change, so that neither is without the other.
    pub(super) async fn record(
        &mut self,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        write(self.connection(), by, entry, ambient).await
    }
}

/// The same on a connection that has the tenant set already.
pub(super) async fn write(
    connection: &mut PgConnection,
    by: &Author,
    entry: &AuditEntry,
    ambient: &Ambient,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        INSERT INTO vestibule.audit_log (
          id, tenant_id, at, actor_kind, actor, actor_name, action, target, before, after, request_id, ip_prefix
        )
        VALUES ($1, vestibule.current_tenant(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        ambient.uuid(),
        ambient.now(),
        by.kind.as_str(),
        by.id,
        by.name,
        entry.action,
        entry.target,
        entry.before,
        entry.after,
        by.request_id.as_ref().map(RequestId::as_str),
        by.ip_prefix as Option<IpNet>,
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl AuditLog<'_> {
    /// Writes down something that changed nothing of ours in PostgreSQL, such as a change in AnythingLLM.
    #[tracing::instrument(name = "db.audit.append", level = "debug", skip_all)]
    pub async fn append(
        self,
        tenant: TenantId,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        self.tenant(tenant, async |tx| tx.record(by, entry, ambient).await).await
    }

    /// The tenant's entries, the newest first, from before the entry `before`.
    #[tracing::instrument(name = "db.audit.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<AuditRecord>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  id, at, actor_kind, actor, actor_name, action, target, before, after, request_id,
                  ip_prefix AS "ip_prefix: IpNet"
                FROM vestibule.audit_log
                WHERE tenant_id = $1
                  AND ($2::uuid IS NULL OR id < $2)
                  AND ($3::text IS NULL OR actor_kind = $3)
                  AND ($4::text IS NULL OR actor = $4 OR actor_name = $4)
                  AND ($5::text IS NULL OR action = $5 OR starts_with(action, $5 || '.'))
                  AND ($6::text IS NULL OR target = $6)
                  AND ($7::timestamptz IS NULL OR at >= $7)
                  AND ($8::timestamptz IS NULL OR at < $8)
                ORDER BY id DESC
                LIMIT $9
                "#,
                tenant.0,
                before,
                filter.actor_kind.map(ActorKind::as_str),
                filter.actor.as_deref(),
                filter.action.as_deref(),
                filter.target.as_deref(),
                filter.from,
                filter.to,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let records = rows.into_iter().map(|row| {
                Ok(AuditRecord {
                    id: row.id,
                    at: row.at,
                    author: Author {
                        kind: word("actor_kind", &row.actor_kind)?,
                        id: row.actor,
                        name: row.actor_name,
                        request_id: row.request_id.map(RequestId::stored),
                        ip_prefix: row.ip_prefix,
                    },
                    action: row.action,
                    target: row.target,
                    before: row.before,
                    after: row.after,
                })
            });
            records.collect()
        })
        .await
    }
}
