//! Documents in AnythingLLM that bear Vestibule's mark and that nobody here knows any more: left by a workspace that was
//! removed, or by a call whose end nobody saw. Looking changes nothing.

use crate::anythingllm::{Client, UpstreamError};
use crate::catalog::product::workspace_of;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{Database, KnownCatalogue, StorageError};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Documents that are looked at at once; AnythingLLM gives no more.
const PAGE: u16 = 1000;

/// What was found of one workspace, known or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Orphans {
    /// The workspace is none of this installation's any more.
    pub workspace_missing: bool,
    /// Where AnythingLLM has the documents.
    pub locations: Vec<String>,
}

/// What was found in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Documents of anybody that were looked at.
    pub looked_at: u64,
    /// By the id of the workspace that they name as theirs.
    pub workspaces: BTreeMap<Uuid, Orphans>,
    /// Not all were looked at.
    pub has_more: bool,
}

impl Found {
    pub fn count(&self) -> usize {
        self.workspaces.values().map(|orphans| orphans.locations.len()).sum()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OrphansError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("AnythingLLM: {0}")]
    Upstream(#[from] UpstreamError),
}

/// Looks through the texts that AnythingLLM has stored, up to so many pages of a thousand. A workspace whose catalogue is
/// being worked on is left out.
///
/// # Errors
/// If AnythingLLM or the database cannot be asked.
pub async fn find(database: &Database, client: &Client, pages: u32) -> Result<Found, OrphansError> {
    let mut found = Found::default();
    let tenants = database.tenants().ids().await?;
    for page in 0..u64::from(pages) {
        let listed = client.list_stored_texts(page * u64::from(PAGE), PAGE).await?;
        found.looked_at += u64::try_from(listed.documents.len()).unwrap_or(0);
        let mut ours: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for document in listed.documents {
            if let Some(workspace) = workspace_of(&document.author) {
                ours.entry(workspace.0).or_default().push(document.location);
            }
        }
        for (workspace, locations) in ours {
            let orphans = unknown(database, &tenants, WorkspaceId(workspace), locations).await?;
            if let Some(orphans) = orphans.filter(|orphans| !orphans.locations.is_empty()) {
                let so_far = found.workspaces.entry(workspace).or_default();
                so_far.workspace_missing = orphans.workspace_missing;
                so_far.locations.extend(orphans.locations);
            }
        }
        found.has_more = listed.has_more;
        if !listed.has_more {
            break;
        }
    }
    Ok(found)
}

/// The tenant of a workspace is not told by its documents, and an id that no tenant has is nobody's. None: it is being
/// worked on.
async fn unknown(
    database: &Database,
    tenants: &[TenantId],
    workspace: WorkspaceId,
    locations: Vec<String>,
) -> Result<Option<Orphans>, StorageError> {
    for tenant in tenants {
        match database.sync_runs().unknown_documents(*tenant, workspace, &locations).await? {
            KnownCatalogue::Missing => {}
            KnownCatalogue::Busy => return Ok(None),
            KnownCatalogue::Unknown(locations) => return Ok(Some(Orphans { workspace_missing: false, locations })),
        }
    }
    Ok(Some(Orphans { workspace_missing: true, locations }))
}
