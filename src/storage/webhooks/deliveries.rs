//! Messages to webhooks: put down once, taken by one sender at a time, kept until they are old.

use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{DeliveryId, TenantId, WebhookId};
use crate::domain::webhook::{Delivery, DeliveryState, DisabledBecause};
use crate::storage::columns::{count, int, setting, word};
use crate::storage::{StorageError, Webhooks};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use url::Url;
use uuid::Uuid;

/// A message whose time has come, and where it goes.
#[derive(Debug)]
pub struct DueDelivery {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub url: Url,
    pub body: String,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it did not succeed; none: it did.
    pub error: Option<String>,
    /// When to try again; none: no more.
    pub again_at: Option<DateTime<Utc>>,
    /// Switch the webhook off.
    pub disable: Option<DisabledBecause>,
}

pub(super) struct DeliveryRow {
    pub(super) id: Uuid,
    pub(super) webhook_id: Uuid,
    pub(super) event: String,
    pub(super) body: String,
    pub(super) state: String,
    pub(super) attempts: i32,
    pub(super) next_attempt_at: Option<DateTime<Utc>>,
    pub(super) last_attempt_at: Option<DateTime<Utc>>,
    pub(super) last_status: Option<i16>,
    pub(super) last_error: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) finished_at: Option<DateTime<Utc>>,
}

impl DeliveryRow {
    pub(super) fn into_delivery(self) -> Result<Delivery, StorageError> {
        Ok(Delivery {
            id: DeliveryId(self.id),
            webhook: WebhookId(self.webhook_id),
            event: word("event", &self.event)?,
            body: self.body,
            state: word("state", &self.state)?,
            attempts: count(self.attempts),
            next_attempt_at: self.next_attempt_at,
            last_attempt_at: self.last_attempt_at,
            last_status: self.last_status.map(|status| setting("last_status", status)).transpose()?,
            last_error: self.last_error,
            created_at: self.created_at,
            finished_at: self.finished_at,
        })
    }
}

impl Webhooks<'_> {
    /// Takes messages whose time has come, for as long as the lease: nobody else takes them meanwhile, and whoever
    /// comes after a sender that was killed takes them again. Of each workspace no more than `of_workspace` are taken at
    /// the same time, by whoever it is, so that the messages of one do not stand in the way of others'.
    #[tracing::instrument(name = "db.webhooks.take_due", level = "debug", skip_all)]
    pub async fn take_due(
        self,
        tenant: TenantId,
        now: DateTime<Utc>,
        lease: TimeDelta,
        most: u16,
        of_workspace: u16,
    ) -> Result<Vec<DueDelivery>, StorageError> {
        self.tenant(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                WITH taken AS (
                    SELECT receiver.workspace_id, count(*) AS messages
                    FROM vestibule.webhook_deliveries out
                    JOIN vestibule.webhooks receiver ON receiver.tenant_id = out.tenant_id AND receiver.id = out.webhook_id
                    WHERE out.tenant_id = $1 AND out.state = 'pending' AND out.lease_until > $2
                    GROUP BY receiver.workspace_id
                ), waiting AS (
                    SELECT due.id, on_now.workspace_id,
                      row_number() OVER (PARTITION BY on_now.workspace_id ORDER BY due.next_attempt_at, due.id) AS place
                    FROM vestibule.webhook_deliveries due
                    JOIN vestibule.webhooks on_now ON on_now.tenant_id = due.tenant_id AND on_now.id = due.webhook_id
                    WHERE due.tenant_id = $1
                      AND due.state = 'pending'
                      AND due.next_attempt_at <= $2
                      AND (due.lease_until IS NULL OR due.lease_until <= $2)
                      AND (on_now.enabled OR due.event = 'webhook.test')
                )
                UPDATE vestibule.webhook_deliveries d
                SET lease_until = $3
                FROM vestibule.webhooks w
                WHERE d.tenant_id = $1
                  AND w.tenant_id = $1
                  AND w.id = d.webhook_id
                  AND d.id IN (
                    SELECT due.id
                    FROM vestibule.webhook_deliveries due
                    JOIN waiting ON waiting.id = due.id
                    LEFT JOIN taken ON taken.workspace_id = waiting.workspace_id
                    WHERE due.tenant_id = $1
                      AND waiting.place + coalesce(taken.messages, 0) <= $5
                      -- Once more, after the row is locked.
                      AND due.state = 'pending'
                      AND (due.lease_until IS NULL OR due.lease_until <= $2)
                    ORDER BY due.next_attempt_at
                    LIMIT $4
                    FOR UPDATE OF due SKIP LOCKED
                  )
                RETURNING d.id, d.webhook_id, d.body, d.attempts, w.url
                "#,
                tenant.0,
                now,
                now + lease,
                i64::from(most),
                i64::from(of_workspace),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter()
                .map(|row| {
                    Ok(DueDelivery {
                        id: DeliveryId(row.id),
                        webhook: WebhookId(row.webhook_id),
                        url: Url::parse(&row.url).map_err(|error| StorageError::corrupt("url", error))?,
                        body: row.body,
                        attempts: count(row.attempts),
                    })
                })
                .collect()
        })
        .await
    }

    /// Writes down what came of an attempt.
    #[tracing::instrument(name = "db.webhooks.attempted", level = "debug", skip_all)]
    pub async fn attempted(
        self,
        tenant: TenantId,
        due: &DueDelivery,
        attempted: &Attempted,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        let now = ambient.now();
        let state = match (&attempted.error, attempted.again_at) {
            (None, _) => DeliveryState::Delivered,
            (Some(_), Some(_)) => DeliveryState::Pending,
            (Some(_), None) => DeliveryState::Failed,
        };
        self.tenant(tenant, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.webhook_deliveries
                SET state = $3,
                    attempts = $4,
                    next_attempt_at = CASE WHEN $3 = 'pending' THEN $5::timestamptz END,
                    lease_until = NULL,
                    last_attempt_at = $6,
                    last_status = $7,
                    last_error = $8,
                    finished_at = CASE WHEN $3 <> 'pending' THEN $6::timestamptz END
                WHERE tenant_id = $1
                  AND id = $2
                  AND state = 'pending'
                "#,
                tenant.0,
                due.id.0,
                state.as_str(),
                int(due.attempts + 1),
                attempted.again_at,
                now,
                attempted.status.and_then(|status| i16::try_from(status).ok()),
                attempted.error,
            )
            .execute(tx.connection())
            .await?;
            let Some(because) = attempted.disable else { return Ok(()) };
            let switched_off = sqlx::query!(
                r#"
                UPDATE vestibule.webhooks
                SET enabled = false,
                    disabled_because = $3,
                    version = version + 1,
                    updated_at = $4
                WHERE tenant_id = $1
                  AND id = $2
                  AND enabled
                "#,
                tenant.0,
                due.webhook.0,
                because.as_str(),
                now,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if switched_off > 0 {
                let is = |enabled: bool| json!({ "enabled": enabled });
                let target = format!("webhook:{}", due.webhook);
                let entry = AuditEntry::changed("webhook.disabled", target, is(true), is(false));
                tx.record(&Author::system("webhooks"), &entry, ambient).await?;
            }
            Ok(())
        })
        .await
    }

    /// Messages to a webhook, newest first, from before `before`.
    #[tracing::instrument(name = "db.webhooks.deliveries", level = "debug", skip_all)]
    pub async fn deliveries(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u16,
    ) -> Result<Vec<Delivery>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                DeliveryRow,
                r#"
                SELECT
                  id, webhook_id, event, body, state, attempts, next_attempt_at, last_attempt_at, last_status,
                  last_error, created_at, finished_at
                FROM vestibule.webhook_deliveries
                WHERE tenant_id = $1
                  AND webhook_id = $2
                  AND ($3::text IS NULL OR state = $3)
                  AND ($4::uuid IS NULL OR id < $4)
                ORDER BY id DESC
                LIMIT $5
                "#,
                tenant.0,
                webhook.0,
                state.map(DeliveryState::as_str),
                before.map(|id| id.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(DeliveryRow::into_delivery).collect()
        })
        .await
    }

    /// Sends a message once more, as it is and with its id, whatever became of it. None: there is no such message.
    #[tracing::instrument(name = "db.webhooks.replay", level = "debug", skip_all)]
    pub async fn replay(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        delivery: DeliveryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Delivery>, StorageError> {
        self.tenant(tenant, async |tx| {
            let row = sqlx::query_as!(
                DeliveryRow,
                r#"
                UPDATE vestibule.webhook_deliveries
                SET state = 'pending',
                    attempts = 0,
                    next_attempt_at = $4,
                    lease_until = CASE WHEN state = 'pending' THEN lease_until END,
                    finished_at = NULL
                WHERE tenant_id = $1
                  AND webhook_id = $2
                  AND id = $3
                RETURNING
                  id, webhook_id, event, body, state, attempts, next_attempt_at, last_attempt_at, last_status,
                  last_error, created_at, finished_at
                "#,
                tenant.0,
                webhook.0,
                delivery.0,
                now,
            )
            .fetch_optional(tx.connection())
            .await?;
            row.map(DeliveryRow::into_delivery).transpose()
        })
        .await
    }

    /// Removes messages that were over before `before`, and those that nobody can send any more.
    #[tracing::instrument(name = "db.webhooks.delete_deliveries", level = "debug", skip_all)]
    pub async fn delete_deliveries(self, tenant: TenantId, before: DateTime<Utc>) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                DELETE FROM vestibule.webhook_deliveries
                WHERE tenant_id = $1
                  AND created_at < $2
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
