//! Writing workspaces.

use super::ManagedWorkspaceChange;
use crate::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use crate::storage::columns::int;
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

pub(super) async fn insert(tx: &mut TenantTx, workspace: &ManagedWorkspace) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        INSERT INTO vestibule.workspaces (
          id, tenant_id, slug, upstream_slug, display_name, status, platform, upstream_state, version, created_at,
          updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        workspace.id.0,
        workspace.tenant.0,
        workspace.slug,
        workspace.upstream_slug,
        workspace.content.name,
        workspace.content.status.as_str(),
        workspace.platform.as_str(),
        workspace.upstream_state.as_str(),
        workspace.version,
        workspace.created_at,
        workspace.updated_at,
    )
    .execute(tx.connection())
    .await?;
    content(tx, workspace.tenant.0, workspace.id.0, &workspace.content).await
}

/// None if the version is another one by now.
pub(super) async fn update(
    tx: &mut TenantTx,
    change: ManagedWorkspaceChange<'_>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StorageError> {
    let ManagedWorkspaceChange { workspace, content: new, .. } = change;
    let version = sqlx::query_scalar!(
        r#"
        UPDATE vestibule.workspaces
        SET display_name = $4,
            status = $5,
            upstream_slug = $6,
            upstream_state = $7,
            version = version + 1,
            updated_at = $8
        WHERE tenant_id = $1
          AND id = $2
          AND version = $3
        RETURNING version
        "#,
        workspace.tenant.0,
        workspace.id.0,
        workspace.version,
        new.name,
        new.status.as_str(),
        change.upstream_slug,
        change.upstream_state.as_str(),
        now,
    )
    .fetch_optional(tx.connection())
    .await?;
    if version.is_some() {
        content(tx, workspace.tenant.0, workspace.id.0, new).await?;
    }
    Ok(version)
}

async fn content(tx: &mut TenantTx, tenant: Uuid, id: Uuid, content: &WorkspaceContent) -> Result<(), StorageError> {
    let WorkspaceContent { settings, widget, support, extra, .. } = content;
    let of_requests = settings.of_requests();
    // Merged into what is there, so that members that only a later version knows stay.
    sqlx::query!(
        r#"
        INSERT INTO vestibule.workspace_settings AS s (
          workspace_id, tenant_id, chat_mode, top_n, score_threshold, max_message_chars, max_stream_secs,
          retention_days, settings, widget, support, extra
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT ON CONSTRAINT workspace_settings_pkey DO UPDATE
        SET chat_mode = excluded.chat_mode,
            top_n = excluded.top_n,
            score_threshold = excluded.score_threshold,
            max_message_chars = excluded.max_message_chars,
            max_stream_secs = excluded.max_stream_secs,
            retention_days = excluded.retention_days,
            settings = s.settings || excluded.settings,
            widget = s.widget || excluded.widget,
            support = s.support || excluded.support,
            extra = excluded.extra
        "#,
        id,
        tenant,
        settings.chat_mode.as_str(),
        of_requests.top_n.map(i16::from),
        of_requests.score_threshold,
        int(settings.max_message_chars),
        int(settings.max_stream_secs),
        settings.retention_days.map(int),
        document(settings)?,
        document(widget)?,
        document(support)?,
        document(extra)?,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn document(settings: &impl Serialize) -> Result<Value, StorageError> {
    serde_json::to_value(settings).map_err(|error| StorageError::corrupt("settings", error))
}
