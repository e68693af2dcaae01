//! Making, changing and removing webhooks, with what the audit log tells of it.

use super::{find, lock, target};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::WebhookId;
use crate::domain::sealed::Sealed;
use crate::domain::webhook::{MOST_WEBHOOKS, Webhook, WebhookSettings};
use crate::domain::workspace::Workspace;
use crate::storage::{StorageError, Webhooks};
use serde_json::{Value, json};

/// What is to change of a webhook.
#[derive(Debug, Clone)]
pub struct WebhookChange {
    pub settings: WebhookSettings,
    pub enabled: bool,
    /// The version that somebody has in mind; none: any.
    pub expected: Option<Vec<i64>>,
}

/// What became of a webhook that was to be made or changed.
#[derive(Debug, Clone)]
pub enum PutWebhook {
    Done(Box<Webhook>),
    Missing,
    /// It is not the version that was expected.
    Changed,
    /// The workspace has as many as it may.
    TooMany,
}

impl Webhooks<'_> {
    #[tracing::instrument(name = "db.webhooks.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        workspace: &Workspace,
        id: WebhookId,
        settings: &WebhookSettings,
        secret: &Sealed,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<PutWebhook, StorageError> {
        let tenant = workspace.tenant;
        self.tenant(tenant, async |tx| {
            // Whoever makes one waits for whoever makes another: counting is of no use else.
            let locked = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND id = $2
                FOR NO KEY UPDATE
                "#,
                tenant.0,
                workspace.id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            if locked.is_none() {
                return Ok(PutWebhook::Missing);
            }
            let count = sqlx::query_scalar!(
                r#"
                SELECT count(*) AS "count!"
                FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND workspace_id = $2
                "#,
                tenant.0,
                workspace.id.0,
            )
            .fetch_one(tx.connection())
            .await?;
            if count >= i64::from(MOST_WEBHOOKS) {
                return Ok(PutWebhook::TooMany);
            }
            let events: Vec<_> = settings.events.iter().map(|event| event.as_str().to_owned()).collect();
            sqlx::query!(
                r#"
                INSERT INTO vestibule.webhooks (
                  id, tenant_id, workspace_id, url, description, events, refused_percent, secret, seal_key_id,
                  created_at, updated_at
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
                "#,
                id.0,
                tenant.0,
                workspace.id.0,
                settings.url.as_str(),
                settings.description,
                &events,
                i16::from(settings.refused_percent),
                secret.bytes,
                secret.key_id,
                ambient.now(),
            )
            .execute(tx.connection())
            .await?;
            let made = find(tx, tenant, workspace.id, id).await?;
            let Some(made) = made else { return Ok(PutWebhook::Missing) };
            let entry = AuditEntry::created("webhook.created", target(workspace, id), audited(&made));
            tx.record(by, &entry, ambient).await?;
            Ok(PutWebhook::Done(Box::new(made)))
        })
        .await
    }

    /// Changes what can be set. Switched on again, it forgets why it was switched off.
    #[tracing::instrument(name = "db.webhooks.update", level = "debug", skip_all)]
    pub async fn update(
        self,
        workspace: &Workspace,
        id: WebhookId,
        change: &WebhookChange,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<PutWebhook, StorageError> {
        let (tenant, settings) = (workspace.tenant, &change.settings);
        self.tenant(tenant, async |tx| {
            let Some(before) = lock(tx, workspace, id).await? else { return Ok(PutWebhook::Missing) };
            if change.expected.as_ref().is_some_and(|versions| !versions.contains(&before.version)) {
                return Ok(PutWebhook::Changed);
            }
            if before.settings == *settings && before.enabled == change.enabled {
                return Ok(PutWebhook::Done(Box::new(before)));
            }
            let events: Vec<_> = settings.events.iter().map(|event| event.as_str().to_owned()).collect();
            sqlx::query!(
                r#"
                UPDATE vestibule.webhooks
                SET url = $4,
                    description = $5,
                    events = $6,
                    refused_percent = $7,
                    enabled = $8,
                    disabled_because = CASE WHEN $8 THEN NULL ELSE disabled_because END,
                    version = version + 1,
                    updated_at = $9
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                "#,
                tenant.0,
                workspace.id.0,
                id.0,
                settings.url.as_str(),
                settings.description,
                &events,
                i16::from(settings.refused_percent),
                change.enabled,
                ambient.now(),
            )
            .execute(tx.connection())
            .await?;
            let Some(after) = find(tx, tenant, workspace.id, id).await? else { return Ok(PutWebhook::Missing) };
            let (was, is) = (audited(&before), audited(&after));
            tx.record(by, &AuditEntry::changed("webhook.updated", target(workspace, id), was, is), ambient).await?;
            Ok(PutWebhook::Done(Box::new(after)))
        })
        .await
    }

    /// Removes it with its messages. False: there is none.
    #[tracing::instrument(name = "db.webhooks.delete", level = "debug", skip_all)]
    pub async fn delete(
        self,
        workspace: &Workspace,
        id: WebhookId,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        self.tenant(workspace.tenant, async |tx| {
            let Some(before) = lock(tx, workspace, id).await? else { return Ok(false) };
            sqlx::query!(
                r#"
                DELETE FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                "#,
                workspace.tenant.0,
                workspace.id.0,
                id.0,
            )
            .execute(tx.connection())
            .await?;
            let entry = AuditEntry::removed("webhook.deleted", target(workspace, id), audited(&before));
            tx.record(by, &entry, ambient).await?;
            Ok(true)
        })
        .await
    }
}

/// What the audit log tells of it: of the address only where it leads, since its path may hold a token.
fn audited(webhook: &Webhook) -> Value {
    json!({
        "host": webhook.settings.url.host_str(),
        "description": webhook.settings.description,
        "events": webhook.settings.events,
        "refused_percent": webhook.settings.refused_percent,
        "enabled": webhook.enabled,
    })
}
