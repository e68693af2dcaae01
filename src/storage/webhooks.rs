//! Webhooks and the messages to them. Sees no secret: sealing and opening is for `webhooks`.

mod alerts;
mod changing;
mod deliveries;
mod handover;
mod looking;
mod secrets;
mod telling;

pub use alerts::Alert;
pub use changing::{PutWebhook, WebhookChange};
pub use deliveries::{Attempted, DueDelivery};
pub use handover::HandoverNews;
pub(super) use handover::tell_of_handover;
pub use looking::UpstreamSeen;
pub use secrets::SealedWebhookSecret;
pub use telling::News;

use super::columns::{setting, word, words};
use super::{StorageError, TenantTx, Webhooks};
use crate::domain::ids::{TenantId, WebhookId, WorkspaceId};
use crate::domain::webhook::{Webhook, WebhookSettings};
use crate::domain::workspace::Workspace;
use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

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

fn target(workspace: &Workspace, id: WebhookId) -> String {
    format!("webhook:{}/{id}", workspace.slug)
}
