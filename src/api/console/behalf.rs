//! Calls of AnythingLLM that a page makes for whoever looks at it. A page does not wait for it as an answer to a question
//! does: what was not heard soon is missing on it.

use super::visit::Visit;
use crate::anythingllm::OnBehalf;
use crate::api::ApiState;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::workspaces::{Seen, UpstreamSight, WorkspaceService};
use tokio::time::timeout_at;

impl Visit {
    pub(super) fn on_behalf(&self) -> OnBehalf<'_> {
        let admitted = self.admitted();
        OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() }
    }

    /// What AnythingLLM says while this page waits.
    ///
    /// # Errors
    /// `upstream_timeout`; as whatever is asked.
    pub(super) async fn hear<T>(&self, asked: impl Future<Output = Result<T, Rejection>>) -> Result<T, Rejection> {
        timeout_at(self.waits_until(), asked).await.unwrap_or(Err(Rejection::UpstreamTimeout))
    }

    /// Several workspaces as they are in AnythingLLM, with one question.
    pub(super) async fn look_at_all(&self, state: &ApiState, workspaces: &[ManagedWorkspace]) -> Vec<UpstreamSight> {
        let looked = timeout_at(self.waits_until(), state.workspaces.sights(workspaces)).await;
        looked.unwrap_or_else(|_| workspaces.iter().map(WorkspaceService::unseen).collect())
    }

    /// The workspace as it is in AnythingLLM, or that it does not say.
    pub(super) async fn look_at(&self, state: &ApiState, workspace: ManagedWorkspace) -> Seen {
        let looked = timeout_at(self.waits_until(), state.workspaces.seen(workspace.clone())).await;
        looked.unwrap_or(Seen { workspace, sight: UpstreamSight::Unreachable })
    }
}
