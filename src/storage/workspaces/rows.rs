//! Reading managed workspaces. Their settings are documents; the columns that SQL itself needs are laid over them.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use crate::storage::columns::word;
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

struct ManagedWorkspaceRow {
    id: Uuid,
    tenant_id: Uuid,
    slug: String,
    upstream_slug: String,
    display_name: String,
    status: String,
    platform: String,
    upstream_state: String,
    version: i64,
    knowledge_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    settings: Value,
    widget: Value,
    support: Value,
    extra: Value,
}

/// The workspaces of these ids, in the order of the ids.
pub(super) async fn load(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<ManagedWorkspace>, StorageError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        ManagedWorkspaceRow,
        r#"
        SELECT
          w.id, w.tenant_id, w.slug, w.upstream_slug, w.display_name, w.status, w.platform, w.upstream_state,
          w.version, w.knowledge_version, w.created_at, w.updated_at,
          s.settings || jsonb_build_object(
            'chat_mode', s.chat_mode,
            'top_n', s.top_n,
            'score_threshold', s.score_threshold,
            'max_message_chars', s.max_message_chars,
            'max_stream_secs', s.max_stream_secs,
            'retention_days', s.retention_days
          ) AS "settings!",
          s.widget, s.support, s.extra
        FROM vestibule.workspaces w
        JOIN vestibule.workspace_settings s ON s.tenant_id = w.tenant_id AND s.workspace_id = w.id
        WHERE w.id = ANY($1)
        ORDER BY w.id
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(ManagedWorkspaceRow::into_workspace).collect()
}

impl ManagedWorkspaceRow {
    fn into_workspace(self) -> Result<ManagedWorkspace, StorageError> {
        let content = json!({
            "name": self.display_name,
            "status": self.status,
            "settings": self.settings,
            "widget": self.widget,
            "support": self.support,
            "extra": self.extra,
        });
        let (content, malformed) =
            WorkspaceContent::lenient(content).map_err(|faults| StorageError::corrupt("settings", faults))?;
        if !malformed.is_empty() {
            tracing::warn!(workspace = %self.slug, %malformed, "settings were stored that cannot be read; they are at their defaults");
        }
        Ok(ManagedWorkspace {
            id: WorkspaceId(self.id),
            tenant: TenantId(self.tenant_id),
            slug: self.slug,
            upstream_slug: self.upstream_slug,
            platform: word("platform", &self.platform)?,
            upstream_state: word("upstream_state", &self.upstream_state)?,
            content,
            version: self.version,
            knowledge_version: self.knowledge_version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
