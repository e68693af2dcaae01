//! What AnythingLLM has of a workspace, and writing to it.

use super::{WorkspaceError, WorkspaceService};
use crate::anythingllm::{UpstreamError, UpstreamWorkspace, UpstreamWorkspaceChange};
use crate::domain::workspace::{Drift, ManagedWorkspace, UpstreamState, UpstreamValues};
use std::collections::HashMap;

/// What was seen of a workspace in AnythingLLM.
#[derive(Debug, Clone, PartialEq)]
pub enum UpstreamSight {
    /// There; these settings differ.
    There(Vec<Drift>),
    Missing,
    Pending,
    /// AnythingLLM could not be asked.
    Unreachable,
}

/// A workspace and what was seen of it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub workspace: ManagedWorkspace,
    pub sight: UpstreamSight,
}

impl WorkspaceService {
    /// Looks at the workspace in AnythingLLM. That it cannot be asked is part of the answer: the workspace itself is still known.
    pub async fn seen(&self, workspace: ManagedWorkspace) -> Seen {
        let sight = if workspace.upstream_state == UpstreamState::Pending {
            UpstreamSight::Pending
        } else {
            match self.client.find_workspace(&workspace.upstream_slug).await {
                Ok(Some(there)) => {
                    UpstreamSight::There(UpstreamValues::wanted(&workspace.content).drift(&values(&there)))
                }
                Ok(None) => UpstreamSight::Missing,
                Err(error) => {
                    tracing::warn!(workspace = %workspace.slug, %error, "a workspace's settings could not be read in AnythingLLM");
                    UpstreamSight::Unreachable
                }
            }
        };
        Seen { workspace, sight }
    }

    /// As [`Self::seen`], for several workspaces with one call: AnythingLLM lists all that it has.
    pub async fn sights(&self, workspaces: &[ManagedWorkspace]) -> Vec<UpstreamSight> {
        let there = match self.client.list_workspaces().await {
            Ok(there) => there,
            Err(error) => {
                tracing::warn!(%error, "the settings of workspaces could not be read in AnythingLLM");
                return workspaces.iter().map(Self::unseen).collect();
            }
        };
        let there: HashMap<&str, &UpstreamWorkspace> = there.iter().map(|one| (one.slug.as_str(), one)).collect();
        let sight = |workspace: &ManagedWorkspace| match there.get(workspace.upstream_slug.as_str()) {
            _ if workspace.upstream_state == UpstreamState::Pending => UpstreamSight::Pending,
            Some(there) => UpstreamSight::There(UpstreamValues::wanted(&workspace.content).drift(&values(there))),
            None => UpstreamSight::Missing,
        };
        workspaces.iter().map(sight).collect()
    }

    /// What is known of a workspace while AnythingLLM does not answer.
    pub fn unseen(workspace: &ManagedWorkspace) -> UpstreamSight {
        match workspace.upstream_state {
            UpstreamState::Pending => UpstreamSight::Pending,
            UpstreamState::Ready => UpstreamSight::Unreachable,
        }
    }

    /// Writes `wanted` where it differs from what is there, and reads it back: AnythingLLM answers 200 also to what it
    /// does not take (`workspaces/update_bad_type`). Tells what it has now.
    pub(super) async fn write(
        &self,
        slug: &str,
        wanted: UpstreamValues,
        there: &UpstreamWorkspace,
    ) -> Result<UpstreamWorkspace, WorkspaceError> {
        let missing = wanted.only_different(&values(there));
        if missing == UpstreamValues::default() {
            return Ok(there.clone());
        }
        let now = self.client.update_workspace(slug, &change(missing)?).await?;
        let left = wanted.drift(&values(&now));
        if let Some(first) = left.first() {
            tracing::error!(upstream_slug = slug, field = first.field, "AnythingLLM did not take a setting");
            let said = format!("{} was not taken over", first.field);
            return Err(UpstreamError::contract(&said).into());
        }
        Ok(now)
    }
}

/// AnythingLLM's words for a workspace's settings.
pub(super) fn values(there: &UpstreamWorkspace) -> UpstreamValues {
    // Through text, so that 0.7 in single precision stays 0.7.
    let exact = |number: f32| number.to_string().parse().unwrap_or_else(|_| f64::from(number));
    UpstreamValues {
        name: Some(there.name.clone()),
        chat_mode: there.chat_mode.clone(),
        top_n: there.top_n,
        score_threshold: there.similarity_threshold.map(exact),
        prompt: there.open_ai_prompt.clone(),
        refusal_message: there.query_refusal_response.clone(),
        temperature: there.open_ai_temp.map(exact),
        history_messages: there.open_ai_history,
    }
}

/// The change that brings these about.
pub(super) fn change(wanted: UpstreamValues) -> Result<UpstreamWorkspaceChange, WorkspaceError> {
    let mode = wanted.chat_mode.as_deref().map(str::parse).transpose();
    #[expect(clippy::cast_possible_truncation, reason = "0 to 2; the digits lost mean nothing")]
    let single = |number: f64| number as f32;
    Ok(UpstreamWorkspaceChange {
        name: wanted.name,
        chat_mode: mode
            .map_err(|_| WorkspaceError::field("settings.chat_mode", "format", "must be `query` or `chat`"))?,
        top_n: wanted.top_n.and_then(|n| u8::try_from(n).ok()),
        similarity_threshold: wanted.score_threshold.map(single),
        open_ai_temp: wanted.temperature.map(single),
        open_ai_history: wanted.history_messages,
        open_ai_prompt: wanted.prompt,
        query_refusal_response: wanted.refusal_message,
    })
}
