//! How far a store connection was read: what a later sync need not read again, and what it need not even download.

use super::sync_runs::SyncClaim;
use crate::domain::sync::FeedValidators;
use crate::storage::{StorageError, SyncRuns, TenantTx};
use chrono::{DateTime, Utc};

impl SyncRuns<'_> {
    /// Keeps what says whether the feed of the run has changed: nothing was wrong with it, and the catalogue is made of
    /// it. A connection that was changed meanwhile keeps nothing. `read_as`: the form of the documents.
    #[tracing::instrument(name = "db.store_connections.keep_validators", level = "debug", skip_all)]
    pub async fn keep_validators(
        self,
        claim: &SyncClaim,
        validators: &FeedValidators,
        read_as: u8,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.store_connections c
                SET feed_etag = $3,
                    feed_last_modified = $4,
                    feed_read_as = $5
                FROM vestibule.sync_runs r
                WHERE r.tenant_id = $1
                  AND r.id = $2
                  AND c.tenant_id = r.tenant_id
                  AND c.workspace_id = r.workspace_id
                  AND c.updated_at <= r.read_at
                "#,
                claim.tenant.0,
                claim.run.0,
                validators.etag,
                validators.last_modified,
                i16::from(read_as),
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// What says whether the feed has changed since the catalogue was made of it in this form.
    #[tracing::instrument(name = "db.store_connections.validators", level = "debug", skip_all)]
    pub async fn validators(self, claim: &SyncClaim, read_as: u8) -> Result<Option<FeedValidators>, StorageError> {
        self.claimed(claim, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT feed_etag, feed_last_modified
                FROM vestibule.store_connections
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND feed_read_as = $3
                "#,
                claim.tenant.0,
                claim.workspace.0,
                i16::from(read_as),
            )
            .fetch_optional(tx.connection())
            .await?;
            let found = row.map(|row| FeedValidators { etag: row.feed_etag, last_modified: row.feed_last_modified });
            Ok(found.filter(FeedValidators::is_some))
        })
        .await
    }
}

/// Notes that the run begins to read.
pub(super) async fn begin(tx: &mut TenantTx, claim: &SyncClaim, now: DateTime<Utc>) -> Result<(), StorageError> {
    sqlx::query!(
        "UPDATE vestibule.sync_runs SET read_at = $3 WHERE tenant_id = $1 AND id = $2",
        claim.tenant.0,
        claim.run.0,
        now,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Forgets what the catalogue is made of: it is going to be made of something else.
pub(super) async fn forget_validators(tx: &mut TenantTx, claim: &SyncClaim) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.store_connections c
        SET feed_etag = NULL,
            feed_last_modified = NULL,
            feed_read_as = NULL
        FROM vestibule.sync_runs r
        WHERE r.tenant_id = $1
          AND r.id = $2
          AND NOT r.dry_run
          AND c.tenant_id = r.tenant_id
          AND c.workspace_id = r.workspace_id
          AND c.feed_read_as IS NOT NULL
        "#,
        claim.tenant.0,
        claim.run.0,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// At the end of a run: how far its connection is read, and what becomes of the changes that it was to read.
pub(in crate::storage::catalog) async fn settle(
    tx: &mut TenantTx,
    claim: &SyncClaim,
    is_good: bool,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if is_good {
        sqlx::query!(
            r#"
            UPDATE vestibule.store_connections c
            SET read_until = r.read_at,
                fully_read_at = CASE WHEN r.scope = 'full' THEN r.read_at ELSE c.fully_read_at END
            FROM vestibule.sync_runs r
            WHERE r.tenant_id = $1
              AND r.id = $2
              AND r.source = 'connection'
              AND r.scope <> 'products'
              AND NOT r.dry_run
              AND c.tenant_id = r.tenant_id
              AND c.workspace_id = r.workspace_id
              AND c.updated_at <= r.read_at
            "#,
            claim.tenant.0,
            claim.run.0,
        )
        .execute(tx.connection())
        .await?;
        // What was said again while the run read it is not of the run any more, and stays.
        sqlx::query!(
            r#"
            DELETE FROM vestibule.store_changes n
            USING vestibule.sync_runs r
            WHERE r.tenant_id = $1
              AND r.id = $2
              AND n.tenant_id = r.tenant_id
              AND n.workspace_id = r.workspace_id
              AND (n.taken_by = r.id
                   OR (r.scope = 'full' AND r.source = 'connection' AND NOT r.dry_run AND n.noted_at < r.read_at))
            "#,
            claim.tenant.0,
            claim.run.0,
        )
        .execute(tx.connection())
        .await?;
    } else {
        // After so many failures the next sync of all mends it.
        sqlx::query!(
            "DELETE FROM vestibule.store_changes WHERE tenant_id = $1 AND taken_by = $2 AND attempts >= 7",
            claim.tenant.0,
            claim.run.0,
        )
        .execute(tx.connection())
        .await?;
        sqlx::query!(
            r#"
            UPDATE vestibule.store_changes
            SET taken_by = NULL,
                attempts = attempts + 1,
                not_before = $3::timestamptz + interval '15 seconds' * (1 << attempts)
            WHERE tenant_id = $1
              AND taken_by = $2
            "#,
            claim.tenant.0,
            claim.run.0,
            now,
        )
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}
