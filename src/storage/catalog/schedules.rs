//! When each workspace's schedule comes next. Every replica looks; the row decides who starts the run.

use super::sync_runs::{self, NewSyncRun};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncScope, SyncSource, SyncTrigger};
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Before the moment up to which changes are known: the shop's clock may differ, and it may be late with what it says.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// A workspace whose connection has a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledSync {
    pub workspace: WorkspaceId,
    pub slug: String,
    /// The connection's cron expression.
    pub cron: String,
    /// The time zone it is meant in.
    pub timezone: String,
    /// The moment that comes next, as it was reckoned from this schedule; none when it was not yet.
    pub next_at: Option<DateTime<Utc>>,
    /// Of a shop that can be asked for what has changed: up to when that is known, and when all was last read.
    pub read: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl ScheduledSync {
    /// The moment since which changes are read; none: all is to be read. Between two readings of all are at most
    /// `full_every`, because only then it is seen what is gone.
    fn changed_since(&self, full_every: TimeDelta, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (until, fully_at) = self.read?;
        (now - fully_at < full_every).then_some(until - OVERLAP)
    }
}

impl SyncRuns<'_> {
    /// The tenant's active workspaces whose feed is read by a schedule, a thousand at most.
    #[tracing::instrument(name = "db.catalog_state.scheduled", level = "debug", skip_all)]
    pub async fn scheduled(self, tenant: TenantId) -> Result<Vec<ScheduledSync>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  w.id, w.slug, c.schedule_cron AS "cron!", c.schedule_timezone AS "timezone!",
                  s.schedule AS "schedule?", s.next_at AS "next_at?",
                  CASE WHEN c.reads_changes THEN c.read_until END AS read_until, c.fully_read_at
                FROM vestibule.store_connections c
                JOIN vestibule.workspaces w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
                LEFT JOIN vestibule.catalog_state s ON s.tenant_id = w.tenant_id AND s.workspace_id = w.id
                WHERE c.tenant_id = $1
                  AND c.schedule_cron IS NOT NULL
                  AND c.is_read
                  AND w.status = 'active'
                ORDER BY w.id
                LIMIT 1000
                "#,
                tenant.0,
            )
            .fetch_all(tx.connection())
            .await?;
            let scheduled = rows.into_iter().map(|row| {
                // Reckoned from another schedule, it says nothing.
                let same = row.schedule.is_some_and(|schedule| schedule == name(&row.cron, &row.timezone));
                ScheduledSync {
                    workspace: WorkspaceId(row.id),
                    slug: row.slug,
                    cron: row.cron,
                    timezone: row.timezone,
                    next_at: row.next_at.filter(|_| same),
                    read: row.read_until.zip(row.fully_read_at),
                }
            });
            Ok(scheduled.collect())
        })
        .await
    }

    /// Moves a schedule on to `next`; with `start`, a run is stored for the moment that has come. Whoever comes second
    /// finds it moved on. A moment at which a run is still going on is passed over. Says whether a run was stored.
    #[tracing::instrument(name = "db.catalog_state.move_on", level = "debug", skip_all)]
    pub async fn move_on(
        self,
        tenant: TenantId,
        scheduled: &ScheduledSync,
        next: Option<DateTime<Utc>>,
        (start, full_every): (bool, TimeDelta),
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        let run = SyncRunId::new(ambient);
        self.tenant(tenant, async |tx| {
            // One of single products is over in a moment, and must not cost the workspace its schedule.
            let waits = sqlx::query_scalar!(
                r#"
                SELECT EXISTS (
                  SELECT
                  FROM vestibule.sync_runs
                  WHERE tenant_id = $1
                    AND workspace_id = $2
                    AND scope = 'products'
                    AND status IN ('queued', 'running', 'paused')) AS "waits!"
                "#,
                tenant.0,
                scheduled.workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            if start && waits {
                return Ok(false);
            }
            let moved = sqlx::query_scalar!(
                r#"
                INSERT INTO vestibule.catalog_state AS s (workspace_id, tenant_id, schedule, next_at)
                VALUES ($2, $1, $3, $4)
                ON CONFLICT ON CONSTRAINT catalog_state_pkey DO UPDATE
                SET schedule = excluded.schedule,
                    next_at = excluded.next_at
                WHERE s.schedule IS DISTINCT FROM excluded.schedule
                   OR s.next_at IS NOT DISTINCT FROM $5
                RETURNING workspace_id
                "#,
                tenant.0,
                scheduled.workspace.0,
                name(&scheduled.cron, &scheduled.timezone),
                next,
                scheduled.next_at,
            )
            .fetch_optional(tx.connection())
            .await?;
            let (Some(_), Some(moment), true) = (moved, scheduled.next_at, start) else {
                return Ok(false);
            };
            let busy: Option<Uuid> = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.sync_runs
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND status IN ('queued', 'running', 'paused')
                "#,
                tenant.0,
                scheduled.workspace.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            if busy.is_none() {
                let changed_since = scheduled.changed_since(full_every, ambient.now());
                let scope = if changed_since.is_some() { SyncScope::Changes } else { SyncScope::Full };
                let new = NewSyncRun {
                    tenant,
                    workspace: scheduled.workspace,
                    slug: &scheduled.slug,
                    trigger: SyncTrigger::Schedule,
                    source: SyncSource::Connection,
                    scope,
                    changed_since,
                    allow_mass_removal: false,
                    dry_run: false,
                };
                sync_runs::insert(tx, run, &new, Some(moment), ambient.now()).await?;
                let after =
                    serde_json::json!({ "run": run, "trigger": "schedule", "scope": scope, "scheduled_for": moment });
                let target = format!("workspace:{}", scheduled.slug);
                let entry = AuditEntry::created("catalog.sync_started", target, after);
                tx.record(&Author::system("catalog_schedule"), &entry, ambient).await?;
            }
            Ok(busy.is_none())
        })
        .await
    }
}

fn name(cron: &str, timezone: &str) -> String {
    format!("{cron} {timezone}")
}
