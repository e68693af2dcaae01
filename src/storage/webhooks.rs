//! Webhooks and the messages to them. Sees no secret: sealing and opening is for `webhooks`.

mod alerts;
mod deliveries;
mod handover;

pub use alerts::Alert;
pub use deliveries::{Attempted, DueDelivery, News};
pub use handover::HandoverNews;
pub(super) use handover::tell_of_handover;

use super::columns::{setting, word, words};
use super::{StorageError, TenantTx, Webhooks};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WebhookId, WorkspaceId};
use crate::domain::sealed::Sealed;
use crate::domain::webhook::{MOST_WEBHOOKS, Webhook, WebhookSettings};
use crate::domain::workspace::Workspace;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

/// What a webhook's messages are signed with, sealed.
#[derive(Debug, Clone)]
pub struct SealedWebhookSecret {
    pub webhook: WebhookId,
    pub secret: Sealed,
    /// The one before it, and until when it signs as well.
    pub previous: Option<(Sealed, DateTime<Utc>)>,
}

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

struct WebhookRow {
    id: Uuid,
    tenant_id: Uuid,
    workspace_id: Uuid,
    url: String,
    description: String,
    events: Vec<String>,
    refused_percent: i16,
    enabled: bool,
    disabled_because: Option<String>,
    previous_until: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl WebhookRow {
    fn into_webhook(self) -> Result<Webhook, StorageError> {
        Ok(Webhook {
            id: WebhookId(self.id),
            tenant: TenantId(self.tenant_id),
            workspace: WorkspaceId(self.workspace_id),
            settings: WebhookSettings {
                url: Url::parse(&self.url).map_err(|error| StorageError::corrupt("url", error))?,
                description: self.description,
                events: words("events", &self.events)?,
                refused_percent: setting("refused_percent", self.refused_percent)?,
            },
            enabled: self.enabled,
            disabled_because: self.disabled_because.as_deref().map(|w| word("disabled_because", w)).transpose()?,
            previous_until: self.previous_until,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Asks for whole rows, then what stands behind the table's name. A macro, because checked queries are made of literals.
macro_rules! select_webhooks {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            WebhookRow,
            r#"
            SELECT
              id, tenant_id, workspace_id, url, description, events, refused_percent, enabled, disabled_because,
              previous_until, version, created_at, updated_at
            FROM vestibule.webhooks
            "# + $behind,
            $($value),+
        )
    };
}

impl Webhooks<'_> {
    /// The workspace's, in the order they were made.
    #[tracing::instrument(name = "db.webhooks.list", level = "debug", skip_all)]
    pub async fn list(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Vec<Webhook>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_webhooks!(
                r#"
                WHERE tenant_id = $1
                  AND workspace_id = $2
                ORDER BY id
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(WebhookRow::into_webhook).collect()
        })
        .await
    }

    #[tracing::instrument(name = "db.webhooks.find", level = "debug", skip_all)]
    pub async fn find(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StorageError> {
        self.read_of(tenant, async |tx| find(tx, tenant, workspace, id).await).await
    }

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

    /// Puts a new secret in the place of the one that is there, which signs as well until `grace_until`. False: there
    /// is no such webhook.
    #[tracing::instrument(name = "db.webhooks.rotate", level = "debug", skip_all)]
    pub async fn rotate(
        self,
        workspace: &Workspace,
        id: WebhookId,
        secret: &SealedWebhookSecret,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<Webhook>, StorageError> {
        let tenant = workspace.tenant;
        self.tenant(tenant, async |tx| {
            if lock(tx, workspace, id).await?.is_none() {
                return Ok(None);
            }
            write_secret(tx, tenant, secret).await?;
            tx.record(by, &AuditEntry::done("webhook.secret_rotated", target(workspace, id)), ambient).await?;
            find(tx, tenant, workspace.id, id).await
        })
        .await
    }

    #[tracing::instrument(name = "db.webhooks.secret", level = "debug", skip_all)]
    pub async fn secret(self, tenant: TenantId, id: WebhookId) -> Result<Option<SealedWebhookSecret>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT secret, previous, previous_until, seal_key_id
                FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                tenant.0,
                id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row.map(|row| {
                let sealed = |bytes| Sealed { key_id: row.seal_key_id.clone(), bytes };
                SealedWebhookSecret {
                    webhook: id,
                    secret: sealed(row.secret),
                    previous: row.previous.map(&sealed).zip(row.previous_until),
                }
            }))
        })
        .await
    }

    /// Those of the tenant whose secrets are sealed under another root key than this one.
    #[tracing::instrument(name = "db.webhooks.list_sealed_elsewhere", level = "debug", skip_all)]
    pub async fn list_sealed_elsewhere(self, tenant: TenantId, key_id: &str) -> Result<Vec<WebhookId>, StorageError> {
        self.read_of(tenant, async |tx| {
            let ids = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND seal_key_id <> $2
                ORDER BY id
                "#,
                tenant.0,
                key_id,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(ids.into_iter().map(WebhookId).collect())
        })
        .await
    }

    /// Puts another seal of the same secrets in the place of `old`. False: they are not those any more.
    #[tracing::instrument(name = "db.webhooks.reseal", level = "debug", skip_all)]
    pub async fn reseal(
        self,
        tenant: TenantId,
        old: &SealedWebhookSecret,
        new: &SealedWebhookSecret,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let still = sqlx::query_scalar!(
                r#"
                SELECT secret = $3 AS "still!"
                FROM vestibule.webhooks
                WHERE tenant_id = $1
                  AND id = $2
                FOR NO KEY UPDATE
                "#,
                tenant.0,
                old.webhook.0,
                old.secret.bytes,
            )
            .fetch_optional(tx.connection())
            .await?;
            if still != Some(true) {
                return Ok(false);
            }
            write_secret(tx, tenant, new).await?;
            Ok(true)
        })
        .await
    }
}

async fn write_secret(tx: &mut TenantTx, tenant: TenantId, secret: &SealedWebhookSecret) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.webhooks
        SET secret = $3,
            previous = $4,
            previous_until = $5,
            seal_key_id = $6
        WHERE tenant_id = $1
          AND id = $2
        "#,
        tenant.0,
        secret.webhook.0,
        secret.secret.bytes,
        secret.previous.as_ref().map(|(previous, _)| previous.bytes.as_slice()),
        secret.previous.as_ref().map(|(_, until)| *until),
        secret.secret.key_id,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn find(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
    id: WebhookId,
) -> Result<Option<Webhook>, StorageError> {
    let row = select_webhooks!(
        r#"
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND id = $3
        "#,
        tenant.0,
        workspace.0,
        id.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    row.map(WebhookRow::into_webhook).transpose()
}

async fn lock(tx: &mut TenantTx, workspace: &Workspace, id: WebhookId) -> Result<Option<Webhook>, StorageError> {
    let row = select_webhooks!(
        r#"
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND id = $3
        FOR NO KEY UPDATE
        "#,
        workspace.tenant.0,
        workspace.id.0,
        id.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    row.map(WebhookRow::into_webhook).transpose()
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

fn target(workspace: &Workspace, id: WebhookId) -> String {
    format!("webhook:{}/{id}", workspace.slug)
}
