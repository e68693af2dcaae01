//! Workspaces: as requests need them, and with everything their staff set ([`ManagedWorkspaces`]).

pub(super) mod knowledge;
mod managed;
mod rows;
mod write;

pub use managed::{ManagedWorkspaceChange, StoreWorkspaceError, WorkspaceLock};

use super::columns::{int, optional, setting, word};
use super::{StorageError, Workspaces};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::nul::has_nul;
use crate::domain::workspace::{ChatSettings, VisitorSettings, Workspace};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertWorkspaceError {
    /// The tenant has a workspace of this slug, or the id exists.
    #[error("there is such a workspace already")]
    SlugTaken,
    /// AnythingLLM's workspace belongs to another of ours.
    #[error("AnythingLLM's workspace is in use by another workspace")]
    UpstreamSlugTaken,
    #[error("there is no such tenant")]
    NoTenant,
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for InsertWorkspaceError {
    fn from(error: StorageError) -> Self {
        match error.constraint() {
            Some("workspaces_pkey" | "workspaces_slug_key") => Self::SlugTaken,
            Some("workspaces_upstream_slug_key") => Self::UpstreamSlugTaken,
            Some("workspaces_tenant_fkey") => Self::NoTenant,
            _ => Self::Storage(error),
        }
    }
}

/// Asks for whole rows: the columns of [`WorkspaceRow`], then what stands behind the tables' names. A macro, because
/// checked queries are made of literals.
macro_rules! select_workspaces {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            WorkspaceRow,
            r#"
            SELECT
              w.id, w.tenant_id, w.slug, w.upstream_slug, w.display_name, w.status, w.token_generation,
              w.identity_enabled, w.identity_enforced, s.chat_mode, s.top_n, s.score_threshold,
              s.max_message_chars, s.max_stream_secs
            FROM vestibule.workspaces w
            JOIN vestibule.workspace_settings s ON s.tenant_id = w.tenant_id AND s.workspace_id = w.id
            "# + $behind,
            $($value),+
        )
    };
}

impl Workspaces<'_> {
    /// The tenant's workspace of this slug.
    #[tracing::instrument(name = "db.workspaces.find", level = "debug", skip_all)]
    pub async fn find_by_slug(self, tenant: TenantId, slug: &str) -> Result<Option<Workspace>, StorageError> {
        if has_nul(slug) {
            return Ok(None);
        }
        self.read_of(tenant, async |tx| {
            let row = select_workspaces!(
                r#"
                WHERE w.tenant_id = $1
                  AND w.slug = $2
                "#,
                tenant.0,
                slug,
            )
            .fetch_optional(tx.connection())
            .await?;
            row.map(WorkspaceRow::into_workspace).transpose()
        })
        .await
    }

    /// The tenant's workspaces in the order they were made, from after the workspace `after`.
    #[tracing::instrument(name = "db.workspaces.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        after: Option<WorkspaceId>,
        limit: u16,
    ) -> Result<Vec<Workspace>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_workspaces!(
                r#"
                WHERE w.tenant_id = $1
                  AND ($2::uuid IS NULL OR w.id > $2)
                ORDER BY w.id
                LIMIT $3
                "#,
                tenant.0,
                after.map(|w| w.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(WorkspaceRow::into_workspace).collect()
        })
        .await
    }

    /// Slug and name of the tenant's active workspaces, a thousand at most; `upstream_slugs` leaves only those that
    /// stand for one of these in AnythingLLM.
    #[tracing::instrument(name = "db.workspaces.list_active", level = "debug", skip_all)]
    pub async fn list_active(
        self,
        tenant: TenantId,
        upstream_slugs: Option<&[String]>,
    ) -> Result<Vec<(String, String)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  slug,
                  display_name
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND status = 'active'
                  AND ($2::text[] IS NULL OR upstream_slug = ANY($2))
                ORDER BY slug
                LIMIT 1000
                "#,
                tenant.0,
                upstream_slugs as Option<&[String]>,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(|row| (row.slug, row.display_name)).collect())
        })
        .await
    }

    /// Stores a workspace and its settings.
    #[tracing::instrument(name = "db.workspaces.insert", level = "debug", skip_all)]
    pub async fn insert(self, workspace: &Workspace) -> Result<(), InsertWorkspaceError> {
        let done = self.tenant(workspace.tenant, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.workspaces (id, tenant_id, slug, upstream_slug, display_name, status)
                VALUES ($1, $2, $3, $4, $5, $6)
                "#,
                workspace.id.0,
                workspace.tenant.0,
                workspace.slug,
                workspace.upstream_slug,
                workspace.display_name,
                workspace.status.as_str(),
            )
            .execute(tx.connection())
            .await?;
            let settings = &workspace.settings;
            sqlx::query!(
                r#"
                INSERT INTO vestibule.workspace_settings (
                  workspace_id, tenant_id, chat_mode, top_n, score_threshold, max_message_chars, max_stream_secs
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                "#,
                workspace.id.0,
                workspace.tenant.0,
                settings.chat_mode.as_str(),
                settings.top_n.map(i16::from),
                settings.score_threshold,
                int(settings.max_message_chars),
                int(settings.max_stream_secs),
            )
            .execute(tx.connection())
            .await?;
            Ok::<_, StorageError>(())
        });
        Ok(done.await?)
    }
}

/// A row of `workspaces` with its settings; also part of the key lookup.
pub(super) struct WorkspaceRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) slug: String,
    pub(super) upstream_slug: String,
    pub(super) display_name: String,
    pub(super) status: String,
    pub(super) token_generation: i32,
    pub(super) identity_enabled: bool,
    pub(super) identity_enforced: bool,
    pub(super) chat_mode: String,
    pub(super) top_n: Option<i16>,
    pub(super) score_threshold: Option<f32>,
    pub(super) max_message_chars: i32,
    pub(super) max_stream_secs: i32,
}

impl WorkspaceRow {
    pub(super) fn into_workspace(self) -> Result<Workspace, StorageError> {
        Ok(Workspace {
            id: WorkspaceId(self.id),
            tenant: TenantId(self.tenant_id),
            slug: self.slug,
            upstream_slug: self.upstream_slug,
            display_name: self.display_name,
            status: word("status", &self.status)?,
            settings: ChatSettings {
                chat_mode: word("chat_mode", &self.chat_mode)?,
                top_n: optional("top_n", self.top_n)?,
                score_threshold: self.score_threshold,
                max_message_chars: setting("max_message_chars", self.max_message_chars)?,
                max_stream_secs: setting("max_stream_secs", self.max_stream_secs)?,
            },
            visitors: VisitorSettings {
                token_generation: setting("token_generation", self.token_generation)?,
                identity_enabled: self.identity_enabled,
                identity_enforced: self.identity_enforced,
            },
        })
    }
}
