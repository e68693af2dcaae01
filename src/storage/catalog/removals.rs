//! Removing a whole catalogue: a run that reads no feed. What is known of the documents is given up a limited number at
//! a time, and counted as removed only once AnythingLLM has removed it.

use super::discarded::forget;
use super::sync_runs::{SyncClaim, advance, find_in};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncCounts, SyncPhase, SyncRun, SyncTrigger};
use crate::storage::columns::{int, word};
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns, TenantTx};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy)]
pub struct NewRemoval<'a> {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    /// The workspace's slug, for the audit log.
    pub slug: &'a str,
    /// [`SyncTrigger::Disconnect`] or [`SyncTrigger::Purge`].
    pub trigger: SyncTrigger,
}

impl SyncRuns<'_> {
    /// Stores a run that removes the workspace's catalogue, and ends a sync that is going on. None: nothing is known of
    /// a catalogue. A removal that is going on already is given as it is, or made one of the whole workspace.
    #[tracing::instrument(name = "db.sync_runs.begin_removal", level = "debug", skip_all)]
    pub async fn begin_removal(
        self,
        new: NewRemoval<'_>,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<SyncRun>, StorageError> {
        self.tenant(new.tenant, async |tx| begin_removal(tx, new, by, ambient).await).await
    }

    /// Gives up what is known of the documents, a limited number at a time. Says how many products it was.
    #[tracing::instrument(name = "db.catalog_products.give_up", level = "debug", skip_all)]
    pub async fn give_up_products(self, claim: &SyncClaim) -> Result<u64, StorageError> {
        self.claimed(claim, async |tx| {
            let gone = sqlx::query!(
                r#"
                WITH gone AS (
                  DELETE FROM vestibule.catalog_products
                  WHERE ctid = ANY (ARRAY(
                    SELECT ctid
                    FROM vestibule.catalog_products
                    WHERE tenant_id = $1
                      AND workspace_id = $2
                    LIMIT 1000
                  ))
                  RETURNING location, pending_location
                ), kept AS (
                  INSERT INTO vestibule.catalog_discarded (workspace_id, tenant_id, location)
                  SELECT $2, $1, place.location
                  FROM gone
                  CROSS JOIN LATERAL (VALUES (gone.location), (gone.pending_location)) AS place (location)
                  WHERE place.location IS NOT NULL
                  ON CONFLICT DO NOTHING
                )
                SELECT count(*) AS "count!"
                FROM gone
                "#,
                claim.tenant.0,
                claim.workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(u64::try_from(gone.count).unwrap_or(0))
        })
        .await
    }

    /// Forgets documents that AnythingLLM has removed, and says so in the run.
    #[tracing::instrument(name = "db.catalog_discarded.delete_counted", level = "debug", skip_all)]
    pub async fn cleared(
        self,
        claim: &SyncClaim,
        locations: &[String],
        counts: &SyncCounts,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            forget(tx, claim, locations).await?;
            advance(tx, claim, SyncPhase::Removing, None, counts).await?;
            changed_by_sync(tx, claim.tenant, claim.workspace).await
        })
        .await
    }

    /// Who asked for a removal.
    #[tracing::instrument(name = "db.sync_runs.requested_by", level = "debug", skip_all)]
    pub async fn requested_by(self, claim: &SyncClaim) -> Result<Author, StorageError> {
        self.claimed(claim, async |tx| {
            let stored = sqlx::query_scalar!(
                r#"
                SELECT requested_by
                FROM vestibule.sync_runs
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.run.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            author(stored.flatten().as_ref())
        })
        .await
    }
}

/// In a transaction with what the removal is about.
pub(in crate::storage) async fn begin_removal(
    tx: &mut TenantTx,
    new: NewRemoval<'_>,
    by: &Author,
    ambient: &Ambient,
) -> Result<Option<SyncRun>, StorageError> {
    let now = ambient.now();
    let active = sqlx::query!(
        r#"
        SELECT id, trigger
        FROM vestibule.sync_runs
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND status IN ('queued', 'running', 'paused')
        FOR UPDATE
        "#,
        new.tenant.0,
        new.workspace.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    if let Some(active) = active {
        let trigger: SyncTrigger = word("trigger", &active.trigger)?;
        if trigger.is_removal() {
            if trigger != new.trigger && new.trigger == SyncTrigger::Purge {
                become_purge(tx, SyncRunId(active.id), by).await?;
            }
            return find_in(tx, SyncRunId(active.id)).await;
        }
        end_sync(tx, new, SyncRunId(active.id), now).await?;
    }
    let known = sqlx::query!(
        r#"
        SELECT
          (SELECT count(*)
           FROM vestibule.catalog_products
           WHERE tenant_id = $1
             AND workspace_id = $2
             AND (location IS NOT NULL OR pending_id IS NOT NULL))
          + (SELECT count(*)
             FROM vestibule.catalog_discarded
             WHERE tenant_id = $1
               AND workspace_id = $2) AS "documents!",
          EXISTS (
            SELECT
            FROM vestibule.catalog_state
            WHERE tenant_id = $1
              AND workspace_id = $2
              AND sweep_needed) AS "unseen!"
        "#,
        new.tenant.0,
        new.workspace.0,
    )
    .fetch_one(tx.connection())
    .await?;
    if known.documents == 0 && !known.unseen {
        return Ok(None);
    }
    let id = SyncRunId::new(ambient);
    sqlx::query!(
        r#"
        INSERT INTO vestibule.sync_runs (
          id, tenant_id, workspace_id, trigger, source, phase, products_total, requested_by, created_at
        )
        VALUES ($1, $2, $3, $4, 'connection', 'removing', $5, $6, $7)
        "#,
        id.0,
        new.tenant.0,
        new.workspace.0,
        new.trigger.as_str(),
        int(u32::try_from(known.documents).unwrap_or(u32::MAX)),
        requested_by(by),
        now,
    )
    .execute(tx.connection())
    .await?;
    let after = json!({ "run": id, "trigger": new.trigger, "documents": known.documents });
    let entry = AuditEntry::created("catalog.removal_started", format!("workspace:{}", new.slug), after);
    tx.record(by, &entry, ambient).await?;
    find_in(tx, id).await
}

/// Takes a sync from whoever works on it. A call of theirs may still be on its way, so what it leaves is looked for.
async fn end_sync(
    tx: &mut TenantTx,
    new: NewRemoval<'_>,
    run: SyncRunId,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.sync_runs
        SET status = 'cancelled',
            phase = 'done',
            cancel_requested = true,
            holder = NULL,
            lease_until = NULL,
            finished_at = $3
        WHERE tenant_id = $1
          AND id = $2
        "#,
        new.tenant.0,
        run.0,
        now,
    )
    .execute(tx.connection())
    .await?;
    sqlx::query!("DELETE FROM vestibule.sync_items WHERE tenant_id = $1 AND run_id = $2", new.tenant.0, run.0)
        .execute(tx.connection())
        .await?;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.catalog_state (workspace_id, tenant_id, sweep_needed)
        VALUES ($2, $1, true)
        ON CONFLICT ON CONSTRAINT catalog_state_pkey DO UPDATE
        SET sweep_needed = true
        "#,
        new.tenant.0,
        new.workspace.0,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn become_purge(tx: &mut TenantTx, run: SyncRunId, by: &Author) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.sync_runs
        SET trigger = 'purge',
            requested_by = $2
        WHERE tenant_id = (SELECT vestibule.current_tenant())
          AND id = $1
        "#,
        run.0,
        requested_by(by),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn requested_by(by: &Author) -> Value {
    json!({ "kind": by.kind, "id": by.id, "name": by.name })
}

/// Without the address and the request: the removal may end hours after it.
fn author(stored: Option<&Value>) -> Result<Author, StorageError> {
    let field = |name: &str| stored?.get(name)?.as_str().map(str::to_owned);
    let (Some(kind), Some(id), Some(name)) = (field("kind"), field("id"), field("name")) else {
        return Err(StorageError::corrupt("requested_by", "not an author"));
    };
    Ok(Author { kind: word("requested_by", &kind)?, id, name, request_id: None, ip_prefix: None })
}
