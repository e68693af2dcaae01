//! The name of the root key that the database is sealed under, and the end of what was sealed under one that is lost.

use crate::domain::ids::TenantId;
use crate::storage::{RootKeyNote, StorageError};
use chrono::{DateTime, Utc};

impl RootKeyNote<'_> {
    /// The name that was noted.
    #[tracing::instrument(name = "db.root_key.find", level = "debug", skip_all)]
    pub async fn find(self) -> Result<Option<String>, StorageError> {
        self.read(async |connection| {
            Ok(sqlx::query_scalar!("SELECT key_id FROM vestibule.root_key").fetch_optional(connection).await?)
        })
        .await
    }

    /// The names of all root keys that something of the installation's own is sealed under.
    #[tracing::instrument(name = "db.root_key.in_use", level = "debug", skip_all)]
    pub async fn in_use(self) -> Result<Vec<String>, StorageError> {
        self.read(async |connection| {
            let names = sqlx::query_scalar!(
                r#"
                SELECT seal_key_id AS "name!" FROM vestibule.signing_keys
                UNION
                SELECT seal_key_id FROM vestibule.former_peppers
                UNION
                SELECT seal_key_id FROM vestibule.upstream_api_key
                ORDER BY 1
                "#,
            );
            Ok(names.fetch_all(connection).await?)
        })
        .await
    }

    /// Notes a name where none is. Of replicas that start together one succeeds.
    #[tracing::instrument(name = "db.root_key.note_first", level = "debug", skip_all)]
    pub async fn note_first(self, key_id: &str, at: DateTime<Utc>) -> Result<(), StorageError> {
        self.connection(async |connection| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.root_key (key_id, noted_at)
                VALUES ($1, $2)
                ON CONFLICT ON CONSTRAINT root_key_pkey DO NOTHING
                "#,
                key_id,
                at,
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// Notes a name in place of the one before.
    #[tracing::instrument(name = "db.root_key.replace", level = "debug", skip_all)]
    pub async fn replace(self, key_id: &str, at: DateTime<Utc>) -> Result<(), StorageError> {
        self.connection(async |connection| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.root_key (key_id, noted_at)
                VALUES ($1, $2)
                ON CONFLICT ON CONSTRAINT root_key_pkey DO UPDATE
                SET key_id = excluded.key_id,
                    noted_at = excluded.noted_at
                "#,
                key_id,
                at,
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// Deletes the former peppers that are sealed under none of the `known` root keys. Gives their names.
    #[tracing::instrument(name = "db.root_key.drop_former_peppers", level = "debug", skip_all)]
    pub async fn drop_former_peppers(self, known: &[String]) -> Result<Vec<String>, StorageError> {
        self.connection(async |connection| {
            let dropped = sqlx::query_scalar!(
                "DELETE FROM vestibule.former_peppers WHERE seal_key_id <> ALL ($1) RETURNING pepper_id",
                known,
            );
            Ok(dropped.fetch_all(connection).await?)
        })
        .await
    }

    /// The same for signing keys: what they signed is not believed any more.
    #[tracing::instrument(name = "db.root_key.drop_signing_keys", level = "debug", skip_all)]
    pub async fn drop_signing_keys(self, known: &[String]) -> Result<Vec<String>, StorageError> {
        self.connection(async |connection| {
            let dropped = sqlx::query_scalar!(
                "DELETE FROM vestibule.signing_keys WHERE seal_key_id <> ALL ($1) RETURNING kid",
                known,
            );
            Ok(dropped.fetch_all(connection).await?)
        })
        .await
    }

    /// The same for AnythingLLM's API key, with the recovery codes beside it. Whether there was one.
    #[tracing::instrument(name = "db.root_key.drop_upstream_api_key", level = "debug", skip_all)]
    pub async fn drop_upstream_api_key(self, known: &[String]) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let dropped = sqlx::query!("DELETE FROM vestibule.upstream_api_key WHERE seal_key_id <> ALL ($1)", known);
            Ok(dropped.execute(connection).await?.rows_affected() > 0)
        })
        .await
    }

    /// The same for the credentials of a tenant's store connections, which stay without. Gives the connections.
    #[tracing::instrument(name = "db.root_key.drop_store_credentials", level = "debug", skip_all)]
    pub async fn drop_store_credentials(
        self,
        tenant: TenantId,
        known: &[String],
        at: DateTime<Utc>,
    ) -> Result<Vec<String>, StorageError> {
        self.tenant(tenant, async |tx| {
            let dropped = sqlx::query_scalar!(
                r#"
                WITH dropped AS (
                  DELETE FROM vestibule.store_credentials
                  WHERE tenant_id = $1
                    AND seal_key_id <> ALL ($2)
                  RETURNING connection_id
                )
                UPDATE vestibule.store_connections
                SET status = 'pending',
                    last_checked_at = NULL,
                    last_error_code = NULL,
                    version = version + 1,
                    updated_at = $3
                WHERE tenant_id = $1
                  AND id IN (SELECT connection_id FROM dropped)
                RETURNING id::text AS "id!"
                "#,
                tenant.0,
                known,
                at,
            );
            Ok(dropped.fetch_all(tx.connection()).await?)
        })
        .await
    }

    /// The same for a tenant's sessions: people log in again.
    #[tracing::instrument(name = "db.root_key.drop_sessions", level = "debug", skip_all)]
    pub async fn drop_sessions(self, tenant: TenantId, known: &[String]) -> Result<Vec<String>, StorageError> {
        self.tenant(tenant, async |tx| {
            let dropped = sqlx::query_scalar!(
                r#"
                DELETE FROM vestibule.auth_sessions
                WHERE tenant_id = $1
                  AND seal_key_id <> ALL ($2)
                RETURNING id::text AS "id!"
                "#,
                tenant.0,
                known,
            );
            Ok(dropped.fetch_all(tx.connection()).await?)
        })
        .await
    }

    /// The same for a tenant's identity secrets. Workspaces that enforce identity stay closed until they have another.
    /// Gives the workspaces.
    #[tracing::instrument(name = "db.root_key.drop_identity_secrets", level = "debug", skip_all)]
    pub async fn drop_identity_secrets(self, tenant: TenantId, known: &[String]) -> Result<Vec<String>, StorageError> {
        self.tenant(tenant, async |tx| {
            let dropped = sqlx::query_scalar!(
                r#"
                DELETE FROM vestibule.identity_secrets
                WHERE tenant_id = $1
                  AND seal_key_id <> ALL ($2)
                RETURNING workspace_id::text AS "id!"
                "#,
                tenant.0,
                known,
            );
            Ok(dropped.fetch_all(tx.connection()).await?)
        })
        .await
    }

    /// The same for a tenant's webhooks, whose receivers could not know their messages any more. Gives their ids.
    #[tracing::instrument(name = "db.root_key.drop_webhooks", level = "debug", skip_all)]
    pub async fn drop_webhooks(self, tenant: TenantId, known: &[String]) -> Result<Vec<String>, StorageError> {
        self.tenant(tenant, async |tx| {
            let dropped = sqlx::query_scalar!(
                r#"
                DELETE FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND seal_key_id <> ALL ($2)
                RETURNING id::text AS "id!"
                "#,
                tenant.0,
                known,
            );
            Ok(dropped.fetch_all(tx.connection()).await?)
        })
        .await
    }
}
