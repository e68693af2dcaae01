//! AnythingLLM's API key where Vestibule keeps it itself, and the lock of whoever makes it. Sees sealed values only.

use crate::domain::sealed::Sealed;
use crate::storage::{StorageError, UpstreamApiKey};
use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

/// Held by the replica that sets AnythingLLM up; the number has no meaning but must never change.
const BOOTSTRAP_LOCK: i64 = 0x7665_7374_0001;

/// The key as it is stored.
#[derive(Debug, Clone)]
pub struct StoredApiKey {
    /// AnythingLLM's number of it, to delete it by.
    pub upstream_id: i64,
    pub api_key: Sealed,
    /// Recovery codes of the admin who made it, until somebody has seen them: AnythingLLM tells them once.
    pub recovery_codes: Option<Sealed>,
    pub created_at: DateTime<Utc>,
}

/// While this lives, no other replica sets AnythingLLM up. Dropping it gives the lock back as well, when the server
/// notices that the connection is gone.
#[derive(Debug)]
pub struct BootstrapLock(PgConnection);

impl BootstrapLock {
    pub async fn release(self) {
        // The lock belongs to the connection and ends with it.
        let _ = self.0.close().await;
    }
}

impl UpstreamApiKey<'_> {
    /// The key, if one was made.
    #[tracing::instrument(name = "db.upstream_api_key.find", level = "debug", skip_all)]
    pub async fn find(self) -> Result<Option<StoredApiKey>, StorageError> {
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT upstream_id, api_key, recovery_codes, seal_key_id, created_at
                FROM vestibule.upstream_api_key
                "#,
            )
            .fetch_optional(connection)
            .await?;
            Ok(row.map(|row| StoredApiKey {
                upstream_id: row.upstream_id,
                recovery_codes: row.recovery_codes.map(|bytes| Sealed { key_id: row.seal_key_id.clone(), bytes }),
                api_key: Sealed { key_id: row.seal_key_id, bytes: row.api_key },
                created_at: row.created_at,
            }))
        })
        .await
    }

    /// Stores a key in place of the one before. Recovery codes that nobody has seen stay, unless there are new ones or
    /// the root key has changed, with which they could not be opened any more. Every replica is told.
    #[tracing::instrument(name = "db.upstream_api_key.store", level = "debug", skip_all)]
    pub async fn store(self, key: &StoredApiKey) -> Result<(), StorageError> {
        self.connection(async |connection| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.upstream_api_key AS k
                  (upstream_id, api_key, recovery_codes, seal_key_id, created_at)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT ON CONSTRAINT upstream_api_key_pkey DO UPDATE
                SET upstream_id = excluded.upstream_id,
                    api_key = excluded.api_key,
                    recovery_codes = coalesce(
                      excluded.recovery_codes,
                      CASE WHEN k.seal_key_id = excluded.seal_key_id THEN k.recovery_codes END),
                    seal_key_id = excluded.seal_key_id,
                    created_at = excluded.created_at
                "#,
                key.upstream_id,
                key.api_key.bytes,
                key.recovery_codes.as_ref().map(|codes| codes.bytes.as_slice()),
                key.api_key.key_id,
                key.created_at,
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// Puts other seals of the same secrets in the place of `old`. False: they are not those any more.
    #[tracing::instrument(name = "db.upstream_api_key.reseal", level = "debug", skip_all)]
    pub async fn reseal(
        self,
        old: &StoredApiKey,
        api_key: &Sealed,
        recovery_codes: Option<&Sealed>,
    ) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.upstream_api_key
                SET api_key = $3,
                    recovery_codes = $4,
                    seal_key_id = $5
                WHERE api_key = $1
                  AND recovery_codes IS NOT DISTINCT FROM $2
                "#,
                old.api_key.bytes,
                old.recovery_codes.as_ref().map(|codes| codes.bytes.as_slice()),
                api_key.bytes,
                recovery_codes.map(|codes| codes.bytes.as_slice()),
                api_key.key_id,
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Forgets the recovery codes: they have been seen.
    #[tracing::instrument(name = "db.upstream_api_key.forget_recovery_codes", level = "debug", skip_all)]
    pub async fn forget_recovery_codes(self) -> Result<(), StorageError> {
        self.connection(async |connection| {
            sqlx::query!("UPDATE vestibule.upstream_api_key SET recovery_codes = NULL").execute(connection).await?;
            Ok(())
        })
        .await
    }

    /// The lock of whoever sets AnythingLLM up; none while another replica holds it. On a connection of its own,
    /// because it is held while AnythingLLM is asked.
    #[tracing::instrument(name = "db.upstream_api_key.lock", level = "debug", skip_all)]
    pub async fn lock(self) -> Result<Option<BootstrapLock>, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection("vestibule-bootstrap").await?;
            let locked: bool = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "locked!""#, BOOTSTRAP_LOCK)
                .fetch_one(&mut connection)
                .await?;
            if locked {
                return Ok(Some(BootstrapLock(connection)));
            }
            let _ = connection.close().await;
            Ok(None)
        })
        .await
    }
}
