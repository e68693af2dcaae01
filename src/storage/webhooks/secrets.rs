//! What messages to webhooks are signed with. Sees it sealed only.

use super::{find, lock, target};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WebhookId};
use crate::domain::sealed::Sealed;
use crate::domain::webhook::Webhook;
use crate::domain::workspace::Workspace;
use crate::storage::{StorageError, TenantTx, Webhooks};
use chrono::{DateTime, Utc};

/// What a webhook's messages are signed with, sealed.
#[derive(Debug, Clone)]
pub struct SealedWebhookSecret {
    pub webhook: WebhookId,
    pub secret: Sealed,
    /// The one before it, and until when it signs as well.
    pub previous: Option<(Sealed, DateTime<Utc>)>,
}

impl Webhooks<'_> {
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
