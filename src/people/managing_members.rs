//! Who is assigned to a workspace, for those who manage it. AnythingLLM keeps the assignments; this reads them, changes
//! them, and looks whether they have changed.
//!
//! AnythingLLM can add a member but only replace them all to take one away. So changes of a workspace's members made
//! here happen one after another, on all replicas. One made in AnythingLLM's own interface in the same moment can be
//! lost.

use super::members::{Members, unavailable};
use super::sessions::Sessions;
use crate::anythingllm::{OnBehalf, Said, UpstreamError, UpstreamMember, UpstreamUser, UpstreamWorkspace};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::ids::{RequestId, TenantId};
use crate::domain::user::UserId;
use crate::domain::workspace::Workspace;
use crate::rejection::Rejection;
use crate::storage::{MemberChange, StorageError};
use serde_json::json;
use std::time::Duration;

/// AnythingLLM is given this long for all its part of a change, which is up to four calls. The transaction that is open
/// meanwhile may idle for longer.
const UPSTREAM: Duration = Duration::from_secs(20);
/// Changes wait this long for their turn.
const TURN: Duration = Duration::from_secs(10);

const NO_USER: Rejection = Rejection::NotFound("There is no such user.");
const NO_MEMBER: Rejection = Rejection::NotFound("There is no such member.");
const NO_WORKSPACE: Rejection = Rejection::NotFound("There is no such workspace.");

/// What is to happen to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Add,
    Remove,
}

impl Members {
    /// The users whom the workspace is assigned to, by their number.
    ///
    /// # Errors
    /// Of AnythingLLM when it cannot say.
    pub async fn members(
        &self,
        workspace: &Workspace,
        request: OnBehalf<'_>,
    ) -> Result<Vec<UpstreamMember>, Rejection> {
        if !has_users(workspace.tenant) {
            return Ok(Vec::new());
        }
        let asked = async {
            let there = self.upstream_workspace(workspace).await?;
            self.client.members(there.id, Some(request)).await
        };
        asked.await.map_err(|error| error.to_rejection(request.request_id))
    }

    /// Everybody who has an account, by their number.
    ///
    /// # Errors
    /// Of AnythingLLM when it cannot say.
    pub async fn accounts(&self, tenant: TenantId, request: OnBehalf<'_>) -> Result<Vec<UpstreamUser>, Rejection> {
        if !has_users(tenant) {
            return Ok(Vec::new());
        }
        let users = self.client.users(Some(request)).await;
        users.map_err(|error| error.to_rejection(request.request_id))
    }

    /// Assigns the workspace to a user; nothing happens if it is already.
    ///
    /// # Errors
    /// 404 for a user who is not there; of AnythingLLM; 503 without PostgreSQL or when others take too long.
    pub async fn add_member(
        &self,
        workspace: &Workspace,
        user: UserId,
        by: &Author,
        request: OnBehalf<'_>,
    ) -> Result<UpstreamMember, Rejection> {
        self.change(Step::Add, workspace, user, by, request).await
    }

    /// Takes the workspace from a user.
    ///
    /// # Errors
    /// 404 for a user who is not there or whom it is not assigned to; else as [`Self::add_member`].
    pub async fn remove_member(
        &self,
        workspace: &Workspace,
        user: UserId,
        by: &Author,
        request: OnBehalf<'_>,
    ) -> Result<(), Rejection> {
        self.change(Step::Remove, workspace, user, by, request).await.map(drop)
    }

    async fn change(
        &self,
        step: Step,
        workspace: &Workspace,
        user: UserId,
        by: &Author,
        request: OnBehalf<'_>,
    ) -> Result<UpstreamMember, Rejection> {
        let missing = if step == Step::Add { NO_USER } else { NO_MEMBER };
        if !has_users(workspace.tenant) {
            return Err(missing);
        }
        let turn = tokio::time::timeout(TURN, self.changing.lock()).await;
        let _turn = turn.map_err(|_| Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) })?;
        let begun = self.database.member_changes().begin(workspace.tenant, workspace.id).await;
        let mut change = begun.map_err(|error| unavailable(&error, request))?.ok_or(NO_WORKSPACE)?;
        let work = self.at_upstream(&mut change, step, workspace, user, by, request);
        let done = tokio::time::timeout(UPSTREAM, work)
            .await
            .unwrap_or(Err(Broken::Upstream(UpstreamError::Timeout("a change of members took too long"))));
        // Also after a failure: AnythingLLM may have done it all the same.
        self.assigned.forget_user(workspace.tenant, user);
        let (member, changed) = done.map_err(|broken| broken.rejection(request, missing))?;
        if changed {
            change.commit(user).await.map_err(|error| {
                tracing::error!(request_id = %request.request_id, %user, workspace = %workspace.slug,
                    "AnythingLLM has changed a workspace's members, and the audit log does not say so");
                unavailable(&error, request)
            })?;
        }
        Ok(member)
    }

    /// The part of a change that AnythingLLM does. Says whether there was anything to do.
    async fn at_upstream(
        &self,
        change: &mut MemberChange,
        step: Step,
        workspace: &Workspace,
        user: UserId,
        by: &Author,
        request: OnBehalf<'_>,
    ) -> Result<(UpstreamMember, bool), Broken> {
        let there = self.upstream_workspace(workspace).await?;
        let before = self.client.members(there.id, Some(request)).await?;
        let present = before.iter().find(|member| member.user == user);
        match (step, present) {
            (Step::Add, Some(member)) => return Ok((member.clone(), false)),
            (Step::Remove, None) => return Err(Broken::Missing),
            (Step::Add, None) | (Step::Remove, Some(_)) => {}
        }
        let (removed, after) = match present {
            None => {
                let account = self.client.find_user(user, Some(request)).await?.ok_or(Broken::Missing)?;
                let entry = entry_of(step, workspace, user, &account.username);
                change.record(by, &entry, &self.ambient).await?;
                let after = self.client.assign(&workspace.upstream_slug, user, Some(request)).await?;
                (None, after)
            }
            Some(member) => {
                let entry = entry_of(step, workspace, user, &member.username);
                change.record(by, &entry, &self.ambient).await?;
                let mut rest: Vec<_> = before.iter().map(|member| member.user).filter(|other| *other != user).collect();
                if rest.is_empty() {
                    // `manage-users` cannot empty a workspace, and what can is too dangerous to be called.
                    let admin = self.client.an_admin_besides(user, Some(request)).await?;
                    rest.push(admin.ok_or(Broken::Last)?);
                }
                let after = self.client.assign_only(&workspace.upstream_slug, &rest, Some(request)).await?;
                (Some(member.clone()), after)
            }
        };
        let now = after.into_iter().find(|member| member.user == user);
        match (step, now) {
            (Step::Add, Some(member)) => Ok((member, true)),
            (Step::Remove, None) => removed.map(|member| (member, true)).ok_or(Broken::Missing),
            (Step::Add, None) | (Step::Remove, Some(_)) => {
                Err(UpstreamError::Refused(Said::new("it said yes and changed no member")).into())
            }
        }
    }

    async fn upstream_workspace(&self, workspace: &Workspace) -> Result<UpstreamWorkspace, UpstreamError> {
        self.client.find_workspace(&workspace.upstream_slug).await?.ok_or(UpstreamError::NotFound)
    }
}

/// AnythingLLM's users are those of one tenant. To the others they do not exist, not even by their numbers.
fn has_users(tenant: TenantId) -> bool {
    tenant == Sessions::TENANT
}

fn entry_of(step: Step, workspace: &Workspace, user: UserId, username: &str) -> AuditEntry {
    let target = format!("workspace:{}", workspace.slug);
    let member = json!({"member": {"user_id": user, "username": username}});
    match step {
        Step::Add => AuditEntry::created("workspace.member_added", target, member),
        Step::Remove => AuditEntry::removed("workspace.member_removed", target, member),
    }
}

/// Why a change did not happen, or is not known to have.
enum Broken {
    Upstream(UpstreamError),
    Storage(StorageError),
    Missing,
    /// The only member is the only admin, who cannot be taken away without anybody in their place.
    Last,
}

impl From<UpstreamError> for Broken {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}

impl From<StorageError> for Broken {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Broken {
    fn rejection(self, request: OnBehalf<'_>, missing: Rejection) -> Rejection {
        let request_id: &RequestId = request.request_id;
        match self {
            Self::Upstream(error) => error.to_rejection(request_id),
            Self::Storage(error) => unavailable(&error, request),
            Self::Missing => missing,
            Self::Last => {
                Rejection::Conflict("AnythingLLM keeps one member; assign the workspace to somebody else first.")
            }
        }
    }
}
