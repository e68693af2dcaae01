//! Documents that staff wrote.

use super::{Documents, StorageError};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{DocumentId, TenantId, WorkspaceId};
use crate::storage::columns::{count, int};
use crate::storage::workspaces::knowledge::changed_by_sync;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// A document, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffDocument {
    pub id: DocumentId,
    pub title: String,
    pub url: Option<String>,
    /// Of its text.
    pub characters: u32,
    /// Where AnythingLLM has it.
    pub location: String,
    pub made_at: DateTime<Utc>,
    /// Kind and id of who made it.
    pub made_by: String,
}

struct DocumentRow {
    id: Uuid,
    title: String,
    url: Option<String>,
    characters: i32,
    location: String,
    made_at: DateTime<Utc>,
    made_by: String,
}

impl From<DocumentRow> for StaffDocument {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: DocumentId(row.id),
            title: row.title,
            url: row.url,
            characters: count(row.characters),
            location: row.location,
            made_at: row.made_at,
            made_by: row.made_by,
        }
    }
}

impl Documents<'_> {
    /// Writes down a document that AnythingLLM has embedded; what is remembered of the workspace's knowledge counts no
    /// longer. False, and nothing is written, if the workspace has the same words already.
    #[tracing::instrument(name = "db.documents.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        document: &StaffDocument,
        digest: &[u8; 32],
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let written = sqlx::query!(
                r#"
                INSERT INTO vestibule.documents
                  (id, tenant_id, workspace_id, title, url, characters, location, made_at, made_by, digest)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (tenant_id, workspace_id, digest) WHERE digest IS NOT NULL DO NOTHING
                "#,
                document.id.0,
                tenant.0,
                workspace.0,
                document.title,
                document.url,
                int(document.characters),
                document.location,
                document.made_at,
                document.made_by,
                &digest[..],
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if written == 0 {
                return Ok(false);
            }
            changed_by_sync(tx, tenant, workspace).await?;
            let target = format!("document:{}", document.id);
            let entry = AuditEntry::created("document.created", target, json!({"title": document.title}));
            tx.record(by, &entry, ambient).await?;
            Ok(true)
        })
        .await
    }

    /// The workspace's document of these words.
    #[tracing::instrument(name = "db.documents.same", level = "debug", skip_all)]
    pub async fn same(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        digest: &[u8; 32],
    ) -> Result<Option<StaffDocument>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = sqlx::query_as!(
                DocumentRow,
                r#"
                SELECT id, title, url, characters, location, made_at, made_by
                FROM vestibule.documents
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND digest = $3
                "#,
                tenant.0,
                workspace.0,
                &digest[..],
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row.map(StaffDocument::from))
        })
        .await
    }

    /// The workspace's documents, the newest first, from before the document `before`.
    #[tracing::instrument(name = "db.documents.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        before: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<StaffDocument>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                DocumentRow,
                r#"
                SELECT id, title, url, characters, location, made_at, made_by
                FROM vestibule.documents
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND ($3::uuid IS NULL OR id < $3)
                ORDER BY id DESC
                LIMIT $4
                "#,
                tenant.0,
                workspace.0,
                before,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(StaffDocument::from).collect())
        })
        .await
    }

    /// Where AnythingLLM has the document.
    #[tracing::instrument(name = "db.documents.location", level = "debug", skip_all)]
    pub async fn location(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        id: DocumentId,
    ) -> Result<Option<String>, StorageError> {
        self.read_of(tenant, async |tx| {
            let found = sqlx::query_scalar!(
                r#"
                SELECT location
                FROM vestibule.documents
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                "#,
                tenant.0,
                workspace.0,
                id.0,
            );
            Ok(found.fetch_optional(tx.connection()).await?)
        })
        .await
    }

    /// Forgets a document that AnythingLLM has no more. Says whether it was known.
    #[tracing::instrument(name = "db.documents.delete", level = "debug", skip_all)]
    pub async fn delete(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        id: DocumentId,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let title = sqlx::query_scalar!(
                r#"
                DELETE FROM vestibule.documents
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                RETURNING title
                "#,
                tenant.0,
                workspace.0,
                id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(title) = title else { return Ok(false) };
            changed_by_sync(tx, tenant, workspace).await?;
            let entry = AuditEntry::removed("document.deleted", format!("document:{id}"), json!({"title": title}));
            tx.record(by, &entry, ambient).await?;
            Ok(true)
        })
        .await
    }
}
