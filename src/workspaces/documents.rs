//! Documents that staff writes: a title and a text, embedded in the workspace, so that the next question finds them.

use super::{Caller, WorkspaceError, WorkspaceService};
use crate::anythingllm::{RawText, RawTextMetadata, UpstreamError};
use crate::domain::ids::DocumentId;
use crate::domain::workspace::{NewDocument, Workspace};
use crate::storage::StaffDocument;
use uuid::Uuid;

impl WorkspaceService {
    /// Stores the document in AnythingLLM and embeds it; the same words once more are the document that is there. After a
    /// failure nothing of it is found; at worst AnythingLLM
    /// keeps a text that belongs to no workspace.
    ///
    /// # Errors
    /// Of AnythingLLM, also when it has not embedded it, or of the database.
    pub async fn add_document(
        &self,
        caller: Caller<'_>,
        workspace: &Workspace,
        new: &NewDocument,
    ) -> Result<StaffDocument, WorkspaceError> {
        let digest = new.digest();
        let documents = self.database.documents();
        if let Some(same) = documents.same(workspace.tenant, workspace.id, &digest).await? {
            return Ok(same);
        }
        let id = DocumentId::new(&self.ambient);
        let text = RawText {
            text: new.text.clone(),
            metadata: RawTextMetadata {
                title: new.title.clone(),
                url: new.url.clone(),
                // Not the catalogue's mark: its syncs and removals leave this alone.
                doc_author: Some(format!("vestibule-document/{}/{id}", workspace.id)),
                description: Some(new.title.clone()),
                doc_source: new.url.clone(),
                chunk_source: new.url.as_ref().map(|url| format!("link://{url}")),
            },
        };
        let location = self.client.add_raw_text(&text).await?;
        let document = StaffDocument {
            id,
            title: new.title.clone(),
            url: new.url.clone(),
            characters: u32::try_from(new.text.chars().count()).unwrap_or(u32::MAX),
            location: location.clone(),
            made_at: self.ambient.now(),
            made_by: caller.author.label(),
        };
        let embedded = match self.client.embed(&workspace.upstream_slug, std::slice::from_ref(&location), &[]).await {
            Ok(embedded) if embedded.contains(&location) => Ok(()),
            Ok(_) => Err(UpstreamError::contract("a document was not embedded").into()),
            Err(error) => Err(WorkspaceError::from(error)),
        };
        let done = match embedded {
            Ok(()) => documents
                .insert(workspace.tenant, workspace.id, &document, &digest, caller.author, &self.ambient)
                .await
                .map_err(WorkspaceError::from),
            Err(error) => Err(error),
        };
        if !matches!(done, Ok(true))
            && let Err(left) = self.client.remove_documents(std::slice::from_ref(&location)).await
        {
            tracing::warn!(error = %left, workspace = %workspace.id, "a document that was not added could not be removed");
        }
        if done? {
            return Ok(document);
        }
        // Somebody else has just written the same.
        let same = documents.same(workspace.tenant, workspace.id, &digest).await?;
        same.ok_or(WorkspaceError::NotFound)
    }

    /// The workspace's documents that staff wrote, the newest first, from before the document `before`.
    ///
    /// # Errors
    /// Of the database.
    pub async fn documents(
        &self,
        workspace: &Workspace,
        before: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<StaffDocument>, WorkspaceError> {
        Ok(self.database.documents().list(workspace.tenant, workspace.id, before, limit).await?)
    }

    /// Removes a document, there first: after a failure it is still known, and the same again does the rest.
    ///
    /// # Errors
    /// [`WorkspaceError::NotFound`], of AnythingLLM or of the database.
    pub async fn remove_document(
        &self,
        caller: Caller<'_>,
        workspace: &Workspace,
        id: DocumentId,
    ) -> Result<(), WorkspaceError> {
        let documents = self.database.documents();
        let location = documents.location(workspace.tenant, workspace.id, id).await?;
        let location = location.ok_or(WorkspaceError::NotFound)?;
        self.client.remove_documents(std::slice::from_ref(&location)).await?;
        documents.delete(workspace.tenant, workspace.id, id, caller.author, &self.ambient).await?;
        Ok(())
    }
}
