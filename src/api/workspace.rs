//! Which workspace a request is about.

use crate::anythingllm::OnBehalf;
use crate::api::ApiState;
use crate::api::response::OrReject as _;
use crate::domain::ids::WorkspaceId;
use crate::domain::workspace::Workspace;
use crate::gate::Admitted;
use crate::rejection::{Code, FieldError, Rejection};
use std::sync::Arc;

/// One answer for what is not there and for what is not the caller's.
const NONE: Rejection = Rejection::NotFound("There is no such workspace.");

/// What [`resolve`] can refuse: those of AnythingLLM and a session that it has ended for users, whose workspaces it knows.
pub(super) const RESOLVING: &[Code] = &[
    Code::NotFound,
    Code::ValidationFailed,
    Code::InvalidToken,
    Code::UpstreamUnavailable,
    Code::UpstreamError,
    Code::UpstreamContract,
    Code::UpstreamTimeout,
];

/// The slug that the path names, if the caller may know of it: a key that is bound to a workspace knows that one only.
///
/// # Errors
/// 404 for any other.
pub(super) fn managed_slug(admitted: &Admitted) -> Result<&str, Rejection> {
    let slug = admitted.param("slug").ok_or(Rejection::Internal)?;
    if let Some(bound) = admitted.bound_workspace() {
        if bound.slug != slug {
            return Err(NONE);
        }
        admitted.facts().set_workspace(bound.id, &bound.slug);
    }
    Ok(slug)
}

/// The workspace of this slug, in whatever status it is, for those who look at what belongs to it. None if it is not
/// there, or not the key's or tenant's. Not noted as the request's workspace: who looks at a workspace's usage does not add
/// to it.
///
/// # Errors
/// If it cannot be looked up.
pub(super) async fn find(state: &ApiState, admitted: &Admitted, slug: &str) -> Result<Option<WorkspaceId>, Rejection> {
    if let Some(bound) = admitted.bound_workspace() {
        return Ok((bound.slug == slug).then_some(bound.id));
    }
    let found = state.workspace_directory.find(admitted.tenant()?, slug).await.or_reject(admitted)?;
    Ok(found.map(|workspace| workspace.id))
}

/// As [`find`], where there must be one.
///
/// # Errors
/// 404 for none: all look alike.
pub(super) async fn known(state: &ApiState, admitted: &Admitted, slug: &str) -> Result<WorkspaceId, Rejection> {
    find(state, admitted, slug).await?.ok_or(NONE)
}

/// The workspace that the path names, in whatever status it is, for those who manage it: a key of the whole tenant, the
/// workspace's own key, a manager or an admin.
///
/// # Errors
/// 404 for a workspace that is not there, or not the key's or tenant's: all look alike.
pub(super) async fn managed(state: &ApiState, admitted: &Admitted) -> Result<Arc<Workspace>, Rejection> {
    let slug = managed_slug(admitted)?;
    let workspace = state.workspace_directory.find(admitted.tenant()?, slug).await.or_reject(admitted)?.ok_or(NONE)?;
    admitted.facts().set_workspace(workspace.id, &workspace.slug);
    Ok(workspace)
}

/// The key's workspace, or for users and for keys of a whole tenant the one that is named.
///
/// # Errors
/// 404 for a workspace that is not there, not active, or not the key's or user's: all look alike. 422 when none is
/// named and the key has none. Of AnythingLLM when it cannot say which workspaces are the user's.
pub(super) async fn resolve(
    state: &ApiState,
    admitted: &Admitted,
    named: Option<&str>,
) -> Result<Arc<Workspace>, Rejection> {
    let workspace = if let Some(bound) = admitted.bound_workspace() {
        if named.is_some_and(|slug| slug != bound.slug) {
            return Err(NONE);
        }
        Arc::clone(bound)
    } else {
        let slug = named.ok_or_else(|| {
            let message = "must be given, because the credential is not bound to a workspace";
            Rejection::ValidationFailed(vec![FieldError::new("workspace", "required", message)])
        })?;
        let tenant = admitted.tenant()?;
        let found = state.workspace_directory.find(tenant, slug).await.or_reject(admitted)?;
        let found = found.filter(|workspace| workspace.is_active()).ok_or(NONE)?;
        if let Some(user) = admitted.principal().user() {
            let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
            if !state.sessions.members().reaches(user, &found, on_behalf).await? {
                return Err(NONE);
            }
        }
        found
    };
    admitted.facts().set_workspace(workspace.id, &workspace.slug);
    Ok(workspace)
}
