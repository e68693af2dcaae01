//! Keys that somebody should look at: those about to end, and those that have used most of a quota. One statement for
//! each, however many keys and workspaces there are.

use super::ApiKeys;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::key::KeyLimits;
use crate::domain::quota::{Quota, QuotaUse};
use crate::storage::StorageError;
use crate::storage::columns::{count, optional};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Whose keys are looked at.
#[derive(Debug, Clone, Copy)]
pub struct KeysOf<'a> {
    pub workspaces: &'a [WorkspaceId],
    /// Also those of no workspace, which may be used in all.
    pub of_all: bool,
}

/// A key, and why it should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorryingKey {
    pub public_id: String,
    pub name: String,
    pub workspace: Option<WorkspaceId>,
    pub worry: Worry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worry {
    /// It ends then, and none takes over.
    Ends(DateTime<Utc>),
    /// So much is used of so much.
    Quota { used: u64, limit: u64 },
}

impl ApiKeys<'_> {
    /// Keys in use that end before `soon`, those that end first at the beginning; no more than `limit`.
    #[tracing::instrument(name = "db.api_keys.ending", level = "debug", skip_all)]
    pub async fn ending(
        self,
        tenant: TenantId,
        of: KeysOf<'_>,
        (now, soon): (DateTime<Utc>, DateTime<Utc>),
        limit: u16,
    ) -> Result<Vec<WorryingKey>, StorageError> {
        let workspaces: Vec<Uuid> = of.workspaces.iter().map(|id| id.0).collect();
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT k.public_id, k.name, k.workspace_id, k.expires_at AS "expires_at!"
                FROM vestibule.api_keys k
                WHERE k.tenant_id = $1
                  AND (k.workspace_id = ANY ($2) OR ($3 AND k.workspace_id IS NULL))
                  AND k.enabled
                  AND k.revoked_at IS NULL
                  AND k.expires_at > $4
                  AND k.expires_at < $5
                  AND (k.grace_until IS NULL OR k.grace_until > $4)
                  AND NOT EXISTS (
                    SELECT
                    FROM vestibule.api_keys n
                    WHERE n.tenant_id = k.tenant_id
                      AND n.rotated_from = k.id
                      AND n.revoked_at IS NULL
                  )
                ORDER BY k.expires_at, k.id
                LIMIT $6
                "#,
                tenant.0,
                &workspaces,
                of.of_all,
                now,
                soon,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let keys = rows.into_iter().map(|row| WorryingKey {
                public_id: row.public_id,
                name: row.name,
                workspace: row.workspace_id.map(WorkspaceId),
                worry: Worry::Ends(row.expires_at),
            });
            Ok(keys.collect())
        })
        .await
    }

    /// Keys in use that have used four fifths of a quota or more; no more than `limit`. Days are those of the database's
    /// clock.
    #[tracing::instrument(name = "db.api_keys.nearly_used_up", level = "debug", skip_all)]
    pub async fn nearly_used_up(
        self,
        tenant: TenantId,
        of: KeysOf<'_>,
        now: DateTime<Utc>,
        limit: u16,
    ) -> Result<Vec<WorryingKey>, StorageError> {
        let workspaces: Vec<Uuid> = of.workspaces.iter().map(|id| id.0).collect();
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  k.public_id, k.name, k.workspace_id, k.messages_per_day, k.messages_per_month, k.tokens_per_day,
                  k.tokens_per_month, q.messages_day AS "messages_day!", q.messages_month AS "messages_month!",
                  q.tokens_day AS "tokens_day!", q.tokens_month AS "tokens_month!"
                FROM vestibule.api_keys k
                CROSS JOIN LATERAL
                  vestibule.quota_used(k.tenant_id, k.id, (clock_timestamp() AT TIME ZONE 'UTC')::date) AS q
                WHERE k.tenant_id = $1
                  AND (k.workspace_id = ANY ($2) OR ($3 AND k.workspace_id IS NULL))
                  AND k.enabled
                  AND k.revoked_at IS NULL
                  AND (k.expires_at IS NULL OR k.expires_at > $4)
                  AND (k.grace_until IS NULL OR k.grace_until > $4)
                  AND num_nonnulls(k.messages_per_day, k.messages_per_month, k.tokens_per_day, k.tokens_per_month) > 0
                  AND (
                    q.messages_day * 5 >= k.messages_per_day::bigint * 4
                    OR q.messages_month * 5 >= k.messages_per_month::bigint * 4
                    OR q.tokens_day * 5 >= k.tokens_per_day * 4
                    OR q.tokens_month * 5 >= k.tokens_per_month * 4
                  )
                ORDER BY k.id
                LIMIT $5
                "#,
                tenant.0,
                &workspaces,
                of.of_all,
                now,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let keys = rows.into_iter().map(|row| {
                let limits = KeyLimits {
                    messages_per_day: optional("messages_per_day", row.messages_per_day)?,
                    messages_per_month: optional("messages_per_month", row.messages_per_month)?,
                    tokens_per_day: optional("tokens_per_day", row.tokens_per_day)?,
                    tokens_per_month: optional("tokens_per_month", row.tokens_per_month)?,
                    ..KeyLimits::default()
                };
                let used = QuotaUse {
                    messages_day: count(row.messages_day),
                    messages_month: count(row.messages_month),
                    tokens_day: count(row.tokens_day),
                    tokens_month: count(row.tokens_month),
                    ..QuotaUse::default()
                };
                let nearly = Quota::ALL.into_iter().find_map(|quota| {
                    let (limit, used) = (quota.limit(&limits)?, used.of(quota));
                    (used.saturating_mul(5) >= limit.saturating_mul(4)).then_some(Worry::Quota { used, limit })
                });
                let (name, workspace) = (row.name, row.workspace_id.map(WorkspaceId));
                Ok(nearly.map(|worry| WorryingKey { public_id: row.public_id, name, workspace, worry }))
            });
            keys.filter_map(Result::transpose).collect()
        })
        .await
    }
}
