//! Puts messages to webhooks down: one statement for all receivers, each of which is told once of each subject.

use super::deliveries::DeliveryRow;
use crate::domain::clock::Ambient;
use crate::domain::ids::{DeliveryId, TenantId, WebhookId, WorkspaceId};
use crate::domain::webhook::{Delivery, WebhookEvent};
use crate::storage::{StorageError, TenantTx, Webhooks};
use uuid::Uuid;

/// What there is to tell.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    pub event: WebhookEvent,
    /// What it is about; without one it is about nothing but itself.
    pub subject: Option<&'a str>,
    /// The message.
    pub body: &'a str,
}

/// Who is told, and in which words: one array a column, as UNNEST takes them.
#[derive(Default)]
pub(super) struct Receivers {
    ids: Vec<Uuid>,
    webhooks: Vec<Uuid>,
    bodies: Vec<String>,
}

impl Webhooks<'_> {
    /// Puts down a message to each webhook of the workspace that wants to be told of this event, or to the one that is
    /// named; each once for each subject. Gives those that were put down.
    #[tracing::instrument(name = "db.webhooks.tell", level = "debug", skip_all)]
    pub async fn tell(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        only: Option<WebhookId>,
        news: &News<'_>,
        ambient: &Ambient,
    ) -> Result<Vec<Delivery>, StorageError> {
        let News { event, subject, body } = *news;
        self.tenant(tenant, async |tx| {
            let found = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND (id = $3 OR $3::uuid IS NULL AND enabled AND $4::text = ANY (events))
                ORDER BY id
                "#,
                tenant.0,
                workspace.0,
                only.map(|id| id.0),
                event.as_str(),
            )
            .fetch_all(tx.connection())
            .await?;
            let mut receivers = Receivers::default();
            for webhook in found {
                receivers.add(webhook, body.to_owned(), ambient);
            }
            insert(tx, tenant, event, subject, &receivers, ambient).await
        })
        .await
    }

    /// Tells all who want to know that AnythingLLM is away or back, unless that is what they were told last. `body`
    /// writes the message for a workspace's slug. Gives how many were told.
    #[tracing::instrument(name = "db.webhooks.tell_upstream", level = "debug", skip_all)]
    pub async fn tell_upstream(
        self,
        tenant: TenantId,
        event: WebhookEvent,
        body: &(dyn Fn(&str) -> String + Sync),
        ambient: &Ambient,
    ) -> Result<usize, StorageError> {
        self.tenant(tenant, async |tx| {
            // One replica after the other: each sees what the one before told.
            sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 36)) AS locked", tenant.0)
                .fetch_one(tx.connection())
                .await?;
            let found = sqlx::query!(
                r#"
                SELECT h.id, w.slug
                FROM vestibule.webhooks h
                JOIN vestibule.workspaces w ON w.tenant_id = h.tenant_id AND w.id = h.workspace_id
                WHERE h.tenant_id = $1
                  AND h.enabled
                  AND $2::text = ANY (h.events)
                  AND coalesce((
                    SELECT d.event
                    FROM vestibule.webhook_deliveries d
                    WHERE d.tenant_id = h.tenant_id
                      AND d.webhook_id = h.id
                      AND d.event IN ('upstream.unavailable', 'upstream.recovered')
                    ORDER BY d.id DESC
                    LIMIT 1
                  ), 'upstream.recovered') <> $2
                ORDER BY h.id
                "#,
                tenant.0,
                event.as_str(),
            )
            .fetch_all(tx.connection())
            .await?;
            let mut receivers = Receivers::default();
            for receiver in found {
                receivers.add(receiver.id, body(&receiver.slug), ambient);
            }
            insert(tx, tenant, event, None, &receivers, ambient).await.map(|told| told.len())
        })
        .await
    }
}

impl Receivers {
    pub(super) fn add(&mut self, webhook: Uuid, body: String, ambient: &Ambient) {
        self.ids.push(DeliveryId::new(ambient).0);
        self.webhooks.push(webhook);
        self.bodies.push(body);
    }
}

/// Puts messages down; without a subject each is about nothing but itself. Whoever was told of the subject is left out.
pub(super) async fn insert(
    tx: &mut TenantTx,
    tenant: TenantId,
    event: WebhookEvent,
    subject: Option<&str>,
    receivers: &Receivers,
    ambient: &Ambient,
) -> Result<Vec<Delivery>, StorageError> {
    if receivers.ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        DeliveryRow,
        r#"
        INSERT INTO vestibule.webhook_deliveries (
          id, tenant_id, webhook_id, event, subject, body, next_attempt_at, created_at
        )
        SELECT told.id, $1, told.webhook, $2, coalesce($3::text, told.id::text), told.body, $7, $7
        FROM UNNEST($4::uuid[], $5::uuid[], $6::text[]) AS told(id, webhook, body)
        ON CONFLICT (webhook_id, event, subject) DO NOTHING
        RETURNING
          id, webhook_id, event, body, state, attempts, next_attempt_at, last_attempt_at, last_status, last_error,
          created_at, finished_at
        "#,
        tenant.0,
        event.as_str(),
        subject,
        &receivers.ids,
        &receivers.webhooks,
        &receivers.bodies,
        ambient.now(),
    )
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(DeliveryRow::into_delivery).collect()
}
