//! Which workspace a request is about, and whether the caller may use it.

use super::Admitted;
use crate::anythingllm::OnBehalf;
use crate::cache::WorkspaceDirectory;
use crate::domain::access::Reached;
use crate::domain::ids::WorkspaceId;
use crate::domain::workspace::Workspace;
use crate::people::Sessions;
use crate::rejection::{Code, FieldError, Rejection};
use crate::storage::{Database, StorageError};
use std::sync::Arc;

/// One answer for what is not there and for what is not the caller's.
const NONE: Rejection = Rejection::NotFound("There is no such workspace.");

/// What [`Reach::resolve`] can refuse: those of AnythingLLM and a session that it has ended for users, whose workspaces
/// it knows.
pub const RESOLVING: &[Code] = &[
    Code::NotFound,
    Code::ValidationFailed,
    Code::InvalidToken,
    Code::UpstreamUnavailable,
    Code::UpstreamError,
    Code::UpstreamContract,
    Code::UpstreamTimeout,
];

/// Finds the workspace that a request is about.
#[derive(Debug)]
pub struct Reach {
    directory: Arc<WorkspaceDirectory>,
    sessions: Arc<Sessions>,
    database: Database,
}

impl Reach {
    /// With what knows of workspaces and of their users.
    pub fn new(directory: Arc<WorkspaceDirectory>, sessions: Arc<Sessions>, database: Database) -> Self {
        Self { directory, sessions, database }
    }

    /// The key's workspace, or for users and for keys of a whole tenant the one that is named.
    ///
    /// # Errors
    /// 404 for a workspace that is not there, not active, or not the key's or user's: all look alike. 422 when none is
    /// named and the key has none. Of AnythingLLM when it cannot say which workspaces are the user's.
    pub async fn resolve(&self, admitted: &Admitted, named: Option<&str>) -> Result<Reached, Rejection> {
        let (workspace, is_assigned) = if let Some(bound) = admitted.bound_workspace() {
            if named.is_some_and(|slug| slug != bound.slug) {
                return Err(NONE);
            }
            (Arc::clone(bound), false)
        } else {
            let slug = named.ok_or_else(|| {
                let message = "must be given, because the credential is not bound to a workspace";
                Rejection::ValidationFailed(FieldError::new("workspace", "required", message).into())
            })?;
            let found = self.directory.find(admitted.tenant()?, slug).await;
            let found = found.map_err(|error| lost(&error, admitted))?;
            let found = found.filter(|workspace| workspace.is_active()).ok_or(NONE)?;
            let is_assigned = match admitted.principal().user() {
                Some(user) => {
                    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
                    Box::pin(self.sessions.members().reaches(user, &found, on_behalf)).await?
                }
                None => false,
            };
            (found, is_assigned)
        };
        Ok(noted(admitted, admitted.permit.reach(workspace, is_assigned).ok_or(NONE)?))
    }

    /// The active workspaces that the caller reaches, by slug and name, a thousand at most.
    ///
    /// # Errors
    /// Of AnythingLLM when it cannot say which workspaces are the user's; 503 without PostgreSQL.
    pub async fn all(&self, admitted: &Admitted) -> Result<Vec<(String, String)>, Rejection> {
        if let Some(bound) = admitted.bound_workspace() {
            return Ok(vec![(bound.slug.clone(), bound.display_name.clone())]);
        }
        if let Some(user) = admitted.principal().user() {
            let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
            return Ok(self.sessions.members().reachable(user, on_behalf).await?.0);
        }
        let found = self.database.workspaces().list_active(admitted.tenant()?, None).await;
        found.map_err(|error| lost(&error, admitted))
    }

    /// The workspace that the path names, in whatever status it is, for those who manage it: a key of the whole tenant,
    /// the workspace's own key, a manager or an admin.
    ///
    /// # Errors
    /// 404 for a workspace that is not there, or not the key's or tenant's: all look alike.
    pub async fn managed(&self, admitted: &Admitted) -> Result<Reached, Rejection> {
        let slug = managed_slug(admitted)?;
        let found = self.directory.find(admitted.tenant()?, slug).await;
        to_manage(admitted, found.map_err(|error| lost(&error, admitted))?)
    }

    /// As [`Self::managed`], for the key's workspace or the one that is named.
    ///
    /// # Errors
    /// As [`Self::managed`]; 422 when none is named and the key has none.
    pub async fn managed_named(&self, admitted: &Admitted, named: Option<&str>) -> Result<Reached, Rejection> {
        let bound = admitted.bound_workspace().map(|bound| bound.slug.as_str());
        let slug = named.or(bound).ok_or_else(|| {
            let message = "must be given, because the credential is not bound to a workspace";
            Rejection::ValidationFailed(FieldError::new("workspace", "required", message).into())
        })?;
        self.of_slug(admitted, slug).await
    }

    /// As [`Self::managed`], for a workspace that something else than the path names.
    ///
    /// # Errors
    /// As [`Self::managed`].
    pub async fn of_slug(&self, admitted: &Admitted, slug: &str) -> Result<Reached, Rejection> {
        let found = self.directory.find(admitted.tenant()?, slug).await;
        to_manage(admitted, found.map_err(|error| lost(&error, admitted))?)
    }

    /// As [`Self::managed`], as the database has it now: who has just changed it looks at what has become of it.
    ///
    /// # Errors
    /// As [`Self::managed`].
    pub async fn managed_afresh(&self, admitted: &Admitted) -> Result<Reached, Rejection> {
        let slug = managed_slug(admitted)?;
        let found = self.database.workspaces().find_by_slug(admitted.tenant()?, slug).await;
        to_manage(admitted, found.map_err(|error| lost(&error, admitted))?.map(Arc::new))
    }

    /// The workspace of this slug, in whatever status it is, for those who look at what belongs to it. None if it is
    /// not there, or not the key's or tenant's. Not noted as the request's workspace: who looks at a workspace's usage
    /// does not add to it.
    ///
    /// # Errors
    /// If it cannot be looked up.
    pub async fn find(&self, admitted: &Admitted, slug: &str) -> Result<Option<WorkspaceId>, Rejection> {
        if let Some(bound) = admitted.bound_workspace() {
            return Ok((bound.slug == slug).then_some(bound.id));
        }
        let found = self.directory.find(admitted.tenant()?, slug).await.map_err(|error| lost(&error, admitted))?;
        Ok(found.map(|workspace| workspace.id))
    }

    /// As [`Self::find`], where there must be one.
    ///
    /// # Errors
    /// 404 for none: all look alike.
    pub async fn known(&self, admitted: &Admitted, slug: &str) -> Result<WorkspaceId, Rejection> {
        self.find(admitted, slug).await?.ok_or(NONE)
    }
}

/// The slug that the path names, if the caller may know of it: a key that is bound to a workspace knows that one only.
///
/// # Errors
/// 404 for any other.
pub fn managed_slug(admitted: &Admitted) -> Result<&str, Rejection> {
    let slug = admitted.param("slug").ok_or(Rejection::Internal)?;
    if let Some(bound) = admitted.bound_workspace() {
        if bound.slug != slug {
            return Err(NONE);
        }
        admitted.facts().set_workspace(bound.id, &bound.slug);
    }
    Ok(slug)
}

fn to_manage(admitted: &Admitted, found: Option<Arc<Workspace>>) -> Result<Reached, Rejection> {
    Ok(noted(admitted, found.and_then(|workspace| admitted.permit.manage(workspace)).ok_or(NONE)?))
}

fn noted(admitted: &Admitted, reached: Reached) -> Reached {
    admitted.facts().set_workspace(reached.id, &reached.slug);
    reached
}

fn lost(error: &StorageError, admitted: &Admitted) -> Rejection {
    error.to_rejection(admitted.request_id())
}
