//! Making a workspace on both sides, so that an interruption at any point is completed by making it again.
//!
//! The row comes first, as a draft that says which name it will have in AnythingLLM; that name is made of the row's id,
//! so that a workspace made there and never recorded is found again.

use super::{Caller, WorkspaceError, WorkspaceService, Written, as_json, target, upstream};
use crate::anythingllm::{NewUpstreamWorkspace, UpstreamError, UpstreamWorkspace};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::json::merge_patch;
use crate::domain::store::Platform;
use crate::domain::workspace::WorkspaceStatus;
use crate::domain::workspace::{
    ManagedWorkspace, UpstreamState, UpstreamValues, WorkspaceContent, audited, is_slug, slug_of,
};
use crate::storage::ManagedWorkspaceChange;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct NewManagedWorkspace {
    /// Its slug; made of the name when absent.
    pub slug: Option<String>,
    /// Whose defaults it begins with.
    pub platform: Platform,
    /// A workspace that AnythingLLM has already, to be taken over with its settings.
    pub upstream_slug: Option<String>,
    /// What is given of its content.
    pub given: Map<String, Value>,
}

impl WorkspaceService {
    /// Makes a workspace here and in AnythingLLM, or completes one whose making was interrupted.
    ///
    /// # Errors
    /// Faults of the input; a slug or a workspace of AnythingLLM that is taken; either side failing. After a failure
    /// the same call again does the rest.
    pub async fn create(&self, caller: Caller<'_>, new: NewManagedWorkspace) -> Result<Written, WorkspaceError> {
        let adopted = match &new.upstream_slug {
            Some(slug) => Some(self.to_be_adopted(caller.tenant, slug).await?),
            None => None,
        };
        let content = self.first_content(&new, adopted.as_ref())?;
        let slug = chosen_slug(&new, &content)?;
        let lock = self.lock(caller.tenant, &slug).await?;
        let made = self.create_locked(caller, &new, &slug, content).await;
        lock.release().await;
        self.forget(caller.tenant, &slug).await;
        made
    }

    /// AnythingLLM's workspaces have no tenants, so only the installation's own tenant may take over what it finds
    /// there.
    async fn to_be_adopted(&self, tenant: TenantId, slug: &str) -> Result<UpstreamWorkspace, WorkspaceError> {
        let none = || WorkspaceError::field("upstream_slug", "unknown", "AnythingLLM has no such workspace");
        if tenant != TenantId::DEFAULT || slug.is_empty() || slug.len() > 255 {
            return Err(none());
        }
        self.client.find_workspace(slug).await?.ok_or_else(none)
    }

    /// The platform's defaults, in their place what AnythingLLM has of a workspace to be adopted, then what is given.
    fn first_content(
        &self,
        new: &NewManagedWorkspace,
        adopted: Option<&UpstreamWorkspace>,
    ) -> Result<WorkspaceContent, WorkspaceError> {
        let mut value = self.defaults.merged(new.platform, new.given.clone());
        if let Some(there) = adopted {
            let theirs = upstream::values(there);
            let mut given = new.given.clone();
            given.entry("name").or_insert_with(|| there.name.clone().into());
            let (mut content, _) = WorkspaceContent::lenient(self.defaults.merged(new.platform, given.clone()))
                .map_err(WorkspaceError::Faults)?;
            theirs.replace(&mut content);
            value = as_json(&content);
            merge_patch(&mut value, Value::Object(given));
        }
        WorkspaceContent::read(value).map_err(WorkspaceError::Faults)
    }

    async fn create_locked(
        &self,
        caller: Caller<'_>,
        new: &NewManagedWorkspace,
        slug: &str,
        content: WorkspaceContent,
    ) -> Result<Written, WorkspaceError> {
        let workspace = match self.database.managed_workspaces().find(caller.tenant, slug).await? {
            Some(begun) if begun.upstream_state == UpstreamState::Pending => begun,
            Some(_) => return Err(WorkspaceError::Conflict("There is a workspace of this slug already.")),
            None => self.begin(caller, new, slug, &content).await?,
        };
        if new.upstream_slug.as_ref().is_some_and(|wanted| *wanted != workspace.upstream_slug) {
            return Err(WorkspaceError::Conflict(
                "The making of this workspace was begun with another workspace of AnythingLLM.",
            ));
        }
        let there = match self.make_upstream(&workspace.upstream_slug, &content).await {
            Ok(there) => there,
            Err(error) => {
                self.undo(caller, &workspace, &error).await;
                return Err(error);
            }
        };
        self.finish(caller, &workspace, content, &there, new.upstream_slug.is_some()).await
    }

    /// The row that says what is being made.
    async fn begin(
        &self,
        caller: Caller<'_>,
        new: &NewManagedWorkspace,
        slug: &str,
        content: &WorkspaceContent,
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let (id, now) = (WorkspaceId::new(&self.ambient), self.ambient.now());
        let upstream_slug = new.upstream_slug.clone().unwrap_or_else(|| planned_slug(slug, id));
        let workspace = ManagedWorkspace {
            id,
            tenant: caller.tenant,
            slug: slug.to_owned(),
            upstream_slug,
            platform: new.platform,
            upstream_state: UpstreamState::Pending,
            content: WorkspaceContent { status: WorkspaceStatus::Draft, ..content.clone() },
            version: 1,
            knowledge_version: 1,
            created_at: now,
            updated_at: now,
        };
        let entry = AuditEntry::done("workspace.begun", target(slug));
        self.database.managed_workspaces().insert(&workspace, caller.author, &entry, &self.ambient).await?;
        Ok(workspace)
    }

    /// Finds or makes the workspace, under its planned name first: AnythingLLM makes the slug of it once and for all,
    /// and a plain name could be taken.
    pub(super) async fn make_upstream(
        &self,
        planned: &str,
        content: &WorkspaceContent,
    ) -> Result<UpstreamWorkspace, WorkspaceError> {
        let wanted = UpstreamValues::wanted(content);
        let there = if let Some(there) = self.client.find_workspace(planned).await? {
            there
        } else {
            let first = UpstreamValues { name: None, ..wanted.clone() };
            let new = NewUpstreamWorkspace { name: planned.to_owned(), settings: upstream::change(first)? };
            self.client.create_workspace(&new).await?
        };
        self.write(&there.slug, wanted, &there).await
    }

    /// What was certainly not done is taken back. Where it is not certain the draft stays, and making it again finds
    /// out.
    async fn undo(&self, caller: Caller<'_>, workspace: &ManagedWorkspace, error: &WorkspaceError) {
        let not_begun = matches!(
            error,
            WorkspaceError::Upstream(
                UpstreamError::Connect(_) | UpstreamError::Busy(_) | UpstreamError::BadKey | UpstreamError::Refused(_)
            )
        );
        if !not_begun
            || !matches!(
                self.client.find_workspace(&workspace.upstream_slug).await,
                Ok(None) | Err(UpstreamError::Connect(_) | UpstreamError::Busy(_))
            )
        {
            return;
        }
        let entry = AuditEntry::done("workspace.not_made", target(&workspace.slug));
        if let Err(error) =
            self.database.managed_workspaces().delete(workspace, caller.author, &entry, &self.ambient).await
        {
            tracing::warn!(workspace = %workspace.slug, %error, "a draft is left over; making the workspace again completes it");
        }
    }

    async fn finish(
        &self,
        caller: Caller<'_>,
        workspace: &ManagedWorkspace,
        content: WorkspaceContent,
        there: &UpstreamWorkspace,
        adopted: bool,
    ) -> Result<Written, WorkspaceError> {
        let change = ManagedWorkspaceChange {
            workspace,
            content: &content,
            upstream_state: UpstreamState::Ready,
            upstream_slug: &there.slug,
        };
        let action = if adopted { "workspace.adopted" } else { "workspace.created" };
        let entry = AuditEntry::created(action, target(&workspace.slug), audited(&content));
        let version = self.database.managed_workspaces().update(change, caller.author, &entry, &self.ambient).await?;
        let upstream_fields = UpstreamValues::wanted(&content).fields();
        let workspace = ManagedWorkspace {
            content,
            version,
            upstream_state: UpstreamState::Ready,
            upstream_slug: there.slug.clone(),
            updated_at: self.ambient.now(),
            ..workspace.clone()
        };
        Ok(Written { workspace, upstream_fields })
    }
}

fn chosen_slug(new: &NewManagedWorkspace, content: &WorkspaceContent) -> Result<String, WorkspaceError> {
    match &new.slug {
        Some(slug) if is_slug(slug) => Ok(slug.clone()),
        Some(_) => {
            let message = "must be 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end";
            Err(WorkspaceError::field("slug", "format", message))
        }
        None => slug_of(&content.name).ok_or_else(|| {
            WorkspaceError::field("slug", "required", "must be given, because none can be made of the name")
        }),
    }
}

/// The slug's words and eight digits of the id: readable in AnythingLLM, and nobody else's. Only characters that
/// AnythingLLM keeps as they are (`workspaces/new_weird_name`).
fn planned_slug(slug: &str, id: WorkspaceId) -> String {
    let words: Vec<_> = slug.split('-').filter(|word| !word.is_empty()).collect();
    let digits = id.0.simple().to_string();
    // The end of a UUIDv7 is its random part.
    format!("{}-{}", words.join("-"), digits.get(24..).unwrap_or(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn planned_names_are_those_that_anythingllm_keeps() {
        let id = WorkspaceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0123_89ab_cdef));
        assert_eq!(planned_slug("alpine-store", id), "alpine-store-89abcdef");
        assert_eq!(planned_slug("a--b", id), "a-b-89abcdef");
    }
}
