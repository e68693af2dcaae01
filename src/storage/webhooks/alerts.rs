//! What there is to tell by itself: read from what other parts have written, so that nobody has to remember to tell it,
//! and whoever looks again tells nothing twice.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::webhook::WebhookEvent;
use crate::storage::columns::count;
use crate::storage::{StorageError, TenantTx, Webhooks};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A quota is told of when so much of it is used, in percent.
const WARNING_PERCENT: u64 = 80;
/// A key's end is told so long before, and once more.
const LONG_BEFORE: TimeDelta = TimeDelta::days(7);
const SHORTLY_BEFORE: TimeDelta = TimeDelta::days(1);
/// A failed sync that is older is no news.
const NEWS: TimeDelta = TimeDelta::days(1);
/// Of fewer answers in an hour a share says nothing.
const LEAST_ANSWERS: i64 = 20;

/// Something to tell the webhooks of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub workspace: WorkspaceId,
    pub slug: String,
    pub event: WebhookEvent,
    /// What it is about; of each subject an event is told once.
    pub subject: String,
    pub data: Value,
}

impl Webhooks<'_> {
    /// What there is to tell of the tenant's workspaces that have somebody to tell it to.
    #[tracing::instrument(name = "db.webhooks.alerts", level = "debug", skip_all)]
    pub async fn alerts(self, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<Alert>, StorageError> {
        self.read_of(tenant, async |tx| {
            let mut alerts = quotas(tx, tenant).await?;
            alerts.extend(expiring(tx, tenant, now).await?);
            alerts.extend(failed_syncs(tx, tenant, now).await?);
            alerts.extend(refused_answers(tx, tenant, now).await?);
            Ok(alerts)
        })
        .await
    }
}

async fn quotas(tx: &mut TenantTx, tenant: TenantId) -> Result<Vec<Alert>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT
          k.id, k.public_id, k.name, w.id AS workspace_id, w.slug,
          k.messages_per_day, k.messages_per_month, k.tokens_per_day, k.tokens_per_month,
          u.messages_day AS "messages_day!", u.messages_month AS "messages_month!",
          u.tokens_day - u.reserved_day AS "tokens_day!", u.tokens_month - u.reserved_month AS "tokens_month!",
          today.day AS "day!"
        FROM vestibule.api_keys k
        JOIN vestibule.workspaces w ON w.tenant_id = k.tenant_id AND w.id = k.workspace_id
        CROSS JOIN (SELECT (now() AT TIME ZONE 'UTC')::date AS day) today
        CROSS JOIN LATERAL vestibule.quota_used(k.tenant_id, k.id, today.day) u
        WHERE k.tenant_id = $1
          AND k.revoked_at IS NULL
          AND k.enabled
          AND num_nonnulls(k.messages_per_day, k.messages_per_month, k.tokens_per_day, k.tokens_per_month) > 0
          AND EXISTS (
            SELECT FROM vestibule.webhooks h
            WHERE h.tenant_id = k.tenant_id
              AND h.workspace_id = k.workspace_id
              AND h.enabled
              AND h.events && ARRAY['key.quota_warning', 'key.quota_reached']
          )
        ORDER BY k.id
        "#,
        tenant.0,
    )
    .fetch_all(tx.connection())
    .await?;
    let mut alerts = Vec::new();
    for row in rows {
        let (day, month) = (row.day.to_string(), row.day.format("%Y-%m").to_string());
        let all = [
            ("messages_per_day", row.messages_per_day.map(i64::from), row.messages_day, &day),
            ("messages_per_month", row.messages_per_month.map(i64::from), row.messages_month, &month),
            ("tokens_per_day", row.tokens_per_day, row.tokens_day, &day),
            ("tokens_per_month", row.tokens_per_month, row.tokens_month, &month),
        ];
        for (quota, limit, used, period) in all {
            let Some(limit) = limit.map(count::<i64, u64>).filter(|limit| *limit > 0) else { continue };
            let used: u64 = count(used);
            let event = match used.saturating_mul(100) / limit {
                100.. => WebhookEvent::QuotaReached,
                WARNING_PERCENT.. => WebhookEvent::QuotaWarning,
                _ => continue,
            };
            alerts.push(Alert {
                workspace: WorkspaceId(row.workspace_id),
                slug: row.slug.clone(),
                event,
                subject: format!("{}:{quota}:{period}", row.id),
                data: json!({
                    "key": key(row.id, &row.public_id, &row.name),
                    "quota": quota, "limit": limit, "used": used, "period": period,
                }),
            });
        }
    }
    Ok(alerts)
}

async fn expiring(tx: &mut TenantTx, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<Alert>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT k.id, k.public_id, k.name, w.id AS workspace_id, w.slug, k.expires_at AS "expires_at!"
        FROM vestibule.api_keys k
        JOIN vestibule.workspaces w ON w.tenant_id = k.tenant_id AND w.id = k.workspace_id
        WHERE k.tenant_id = $1
          AND k.revoked_at IS NULL
          AND k.enabled
          AND k.expires_at > $2
          AND k.expires_at <= $3
          AND EXISTS (
            SELECT FROM vestibule.webhooks h
            WHERE h.tenant_id = k.tenant_id
              AND h.workspace_id = k.workspace_id
              AND h.enabled
              AND 'key.expiring' = ANY (h.events)
          )
        ORDER BY k.id
        "#,
        tenant.0,
        now,
        now + LONG_BEFORE,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let stage = if row.expires_at <= now + SHORTLY_BEFORE { "a_day" } else { "a_week" };
            Alert {
                workspace: WorkspaceId(row.workspace_id),
                slug: row.slug,
                event: WebhookEvent::KeyExpiring,
                subject: format!("{}:{}:{stage}", row.id, row.expires_at.timestamp()),
                data: json!({
                    "key": key(row.id, &row.public_id, &row.name), "expires_at": row.expires_at, "within": stage,
                }),
            }
        })
        .collect())
}

async fn failed_syncs(tx: &mut TenantTx, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<Alert>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT r.id, w.id AS workspace_id, w.slug, r.error_code, r.error_message, r.finished_at
        FROM vestibule.sync_runs r
        JOIN vestibule.workspaces w ON w.tenant_id = r.tenant_id AND w.id = r.workspace_id
        WHERE r.tenant_id = $1
          AND r.status = 'failed'
          AND NOT r.dry_run
          AND r.finished_at > $2
          AND EXISTS (
            SELECT FROM vestibule.webhooks h
            WHERE h.tenant_id = r.tenant_id
              AND h.workspace_id = r.workspace_id
              AND h.enabled
              AND h.created_at <= r.finished_at
              AND 'catalog.sync_failed' = ANY (h.events)
          )
        ORDER BY r.id
        LIMIT 1000
        "#,
        tenant.0,
        now - NEWS,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Alert {
            workspace: WorkspaceId(row.workspace_id),
            slug: row.slug,
            event: WebhookEvent::SyncFailed,
            subject: row.id.to_string(),
            data: json!({
                "run": row.id, "code": row.error_code, "message": row.error_message, "finished_at": row.finished_at,
            }),
        })
        .collect())
}

/// Whose answers of the last hour were refused more often than one of the workspace's webhooks bears; told to all that
/// want to know, once in each hour of the clock.
async fn refused_answers(tx: &mut TenantTx, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<Alert>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT w.id AS workspace_id, w.slug, e.answers AS "answers!", e.refused AS "refused!"
        FROM (
          SELECT h.workspace_id, min(h.refused_percent) AS percent
          FROM vestibule.webhooks h
          WHERE h.tenant_id = $1
            AND h.enabled
            AND 'answers.refused' = ANY (h.events)
          GROUP BY h.workspace_id
        ) wanted
        JOIN vestibule.workspaces w ON w.tenant_id = $1 AND w.id = wanted.workspace_id
        CROSS JOIN LATERAL (
          SELECT count(*) AS answers, count(*) FILTER (WHERE x.outcome = 'refused') AS refused
          FROM vestibule.exchanges x
          WHERE x.tenant_id = $1
            AND x.workspace_id = wanted.workspace_id
            AND x.at > $2
            AND x.at <= $3
            AND x.outcome IN ('answered', 'refused')
        ) e
        WHERE e.answers >= $4
          AND e.refused * 100 > e.answers * wanted.percent
        ORDER BY w.id
        "#,
        tenant.0,
        now - TimeDelta::hours(1),
        now,
        LEAST_ANSWERS,
    )
    .fetch_all(tx.connection())
    .await?;
    let hour = now.format("%Y-%m-%dT%H:00:00Z").to_string();
    Ok(rows
        .into_iter()
        .map(|row| Alert {
            workspace: WorkspaceId(row.workspace_id),
            slug: row.slug,
            event: WebhookEvent::AnswersRefused,
            subject: hour.clone(),
            data: json!({
                "answers": row.answers, "refused": row.refused, "percent": row.refused * 100 / row.answers.max(1),
                "hour": hour,
            }),
        })
        .collect())
}

fn key(id: Uuid, public_id: &str, name: &str) -> Value {
    json!({ "id": id, "public_id": public_id, "name": name })
}
