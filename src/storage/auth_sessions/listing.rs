//! Looking through sessions, and removing those that are long over.

use super::AuthSessions;
use super::rows::{AuthSessionRow, select_sessions};
use crate::domain::auth_session::AuthSession;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::user::UserId;
use crate::storage::StorageError;
use chrono::{DateTime, Utc};

impl AuthSessions<'_> {
    /// A user's sessions that are not over, the newest first, from after the session `after`.
    #[tracing::instrument(name = "db.auth_sessions.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        user: UserId,
        after: Option<AuthSessionId>,
        limit: u16,
        now: DateTime<Utc>,
    ) -> Result<Vec<AuthSession>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_sessions!(
                r#"
                WHERE tenant_id = $1
                  AND user_id = $2
                  AND revoked_at IS NULL
                  AND least(idle_expires_at, absolute_expires_at) > $5
                  AND ($3::uuid IS NULL OR id < $3)
                ORDER BY id DESC
                LIMIT $4
                "#,
                tenant.0,
                user.0,
                after.map(|id| id.0),
                i64::from(limit),
                now,
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(AuthSessionRow::into_session).collect()
        })
        .await
    }

    /// Removes sessions that have been over since `before`, a thousand at most. Gives their number.
    #[tracing::instrument(name = "db.auth_sessions.delete_ended", level = "debug", skip_all)]
    pub async fn delete_ended(self, tenant: TenantId, before: DateTime<Utc>) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                DELETE FROM vestibule.auth_sessions
                WHERE id IN (
                  SELECT id
                  FROM vestibule.auth_sessions
                  WHERE tenant_id = $1
                    AND least(revoked_at, idle_expires_at, absolute_expires_at) < $2
                  LIMIT 1000
                )
                "#,
                tenant.0,
                before,
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
