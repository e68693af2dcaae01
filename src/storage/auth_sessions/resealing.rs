//! The sealed secrets of sessions, for whoever changes the root key.

use super::AuthSessions;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::sealed::Sealed;
use crate::storage::StorageError;

/// What is sealed of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSession {
    pub id: AuthSessionId,
    /// The key that its refresh tokens are made with.
    pub refresh_key: Sealed,
    /// AnythingLLM's own token.
    pub upstream_token: Option<Sealed>,
}

impl AuthSessions<'_> {
    /// Sessions of the tenant that are sealed under another root key than this one, in the order of their ids, from
    /// after `after`.
    #[tracing::instrument(name = "db.auth_sessions.list_sealed_elsewhere", level = "debug", skip_all)]
    pub async fn list_sealed_elsewhere(
        self,
        tenant: TenantId,
        key_id: &str,
        after: Option<AuthSessionId>,
        limit: u16,
    ) -> Result<Vec<SealedSession>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT id, refresh_key, upstream_token, seal_key_id
                FROM vestibule.auth_sessions
                WHERE tenant_id = $1
                  AND seal_key_id <> $2
                  AND ($3::uuid IS NULL OR id > $3)
                ORDER BY id
                LIMIT $4
                "#,
                tenant.0,
                key_id,
                after.map(|id| id.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let sessions = rows.into_iter().map(|row| SealedSession {
                id: AuthSessionId(row.id),
                upstream_token: row.upstream_token.map(|bytes| Sealed { key_id: row.seal_key_id.clone(), bytes }),
                refresh_key: Sealed { key_id: row.seal_key_id, bytes: row.refresh_key },
            });
            Ok(sessions.collect())
        })
        .await
    }

    /// Puts other seals of the same secrets in the place of `old`. False: they are not those any more.
    #[tracing::instrument(name = "db.auth_sessions.reseal", level = "debug", skip_all)]
    pub async fn reseal(
        self,
        tenant: TenantId,
        old: &SealedSession,
        refresh_key: &Sealed,
        upstream_token: Option<&Sealed>,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.auth_sessions
                SET refresh_key = $5,
                    upstream_token = $6,
                    seal_key_id = $7
                WHERE tenant_id = $1
                  AND id = $2
                  AND refresh_key = $3
                  AND upstream_token IS NOT DISTINCT FROM $4
                "#,
                tenant.0,
                old.id.0,
                old.refresh_key.bytes,
                old.upstream_token.as_ref().map(|token| token.bytes.as_slice()),
                refresh_key.bytes,
                upstream_token.map(|token| token.bytes.as_slice()),
                refresh_key.key_id,
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}
