//! AnythingLLM's workspaces: listing, making, setting and deleting them.

use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::skim::Skim;
use crate::domain::workspace::ChatMode;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A vector database may take its time with a large workspace.
const DELETION: Duration = Duration::from_secs(120);

/// What answers list of workspaces without being asked.
const LISTS: &[&[u8]] = &[br#""documents":["#, br#""threads":["#];

/// A workspace as AnythingLLM has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamWorkspace {
    pub id: i64,
    pub name: String,
    pub slug: String,
    /// `query`, `chat` or `automatic`.
    #[serde(default)]
    pub chat_mode: Option<String>,
    /// Passages put before the model.
    #[serde(default)]
    pub top_n: Option<u32>,
    /// Least similarity of a passage.
    #[serde(default)]
    pub similarity_threshold: Option<f32>,
    #[serde(default)]
    pub open_ai_temp: Option<f32>,
    /// Earlier pairs that the model sees.
    #[serde(default)]
    pub open_ai_history: Option<u32>,
    /// The system prompt. Never shown to a client.
    #[serde(default)]
    pub open_ai_prompt: Option<String>,
    /// What query mode says when it finds nothing.
    #[serde(default)]
    pub query_refusal_response: Option<String>,
}

/// A workspace to be made. Left out, a value is AnythingLLM's default.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewUpstreamWorkspace {
    /// For people; the slug is made from it.
    pub name: String,
    /// The rest, without another name.
    #[serde(flatten)]
    pub settings: UpstreamWorkspaceChange,
}

/// Settings of a workspace to be changed; `None` leaves them alone. AnythingLLM drops values of a wrong type without a
/// word (`workspaces/new_bad_option_type`), so they are typed here.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamWorkspaceChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `automatic` is left out on purpose: it runs agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_mode: Option<ChatMode>,
    /// Passages put before the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_n: Option<u8>,
    /// Least similarity of a passage, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity_threshold: Option<f32>,
    /// Randomness of the model, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_ai_temp: Option<f32>,
    /// Earlier pairs that the model sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_ai_history: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_ai_prompt: Option<String>,
    /// What query mode says when it finds nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_refusal_response: Option<String>,
}

#[derive(Deserialize)]
struct List {
    workspaces: Vec<UpstreamWorkspace>,
}

/// Asked for one workspace, AnythingLLM answers with a list, empty when there is none (`workspaces/get_missing`).
#[derive(Deserialize)]
struct WorkspaceReply {
    workspace: Vec<UpstreamWorkspace>,
}

#[derive(Deserialize)]
struct Made {
    workspace: Option<UpstreamWorkspace>,
    #[serde(default)]
    message: Option<String>,
}

/// With nothing to change, AnythingLLM answers with the id alone.
#[derive(Deserialize)]
struct ChangeReply {
    #[serde(default)]
    message: Option<String>,
}

impl Client {
    /// All workspaces: AnythingLLM gives no pages of them. For the operator's commands, not for requests.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn list_workspaces(&self) -> Result<Vec<UpstreamWorkspace>, UpstreamError> {
        let mut skim = Skim::without(LISTS, self.limits().body);
        self.pieces(Ask::get("/api/v1/workspaces"), |piece| skim.push(piece)).await?;
        Ok(skim.json::<List>()?.workspaces)
    }

    /// The workspace of this name. The answer lists its documents and threads, too, which are not kept.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn find_workspace(&self, slug: &str) -> Result<Option<UpstreamWorkspace>, UpstreamError> {
        let mut skim = Skim::without(LISTS, self.limits().body);
        match self.pieces(Ask::get(Ask::workspace_path(slug, "")), |piece| skim.push(piece)).await {
            Ok(()) => Ok(skim.json::<WorkspaceReply>()?.workspace.into_iter().next()),
            Err(UpstreamError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a workspace; the slug AnythingLLM chose is in the answer (`workspaces/new_duplicate_name`).
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn create_workspace(&self, new: &NewUpstreamWorkspace) -> Result<UpstreamWorkspace, UpstreamError> {
        let made: Made = self.json(Ask::post("/api/v1/workspace/new", new)?).await?;
        made.workspace.ok_or_else(|| {
            UpstreamError::Refused(Said::new(made.message.as_deref().unwrap_or("the workspace was not made")))
        })
    }

    /// Deletes a workspace with its chats and vectors; its documents stay. That it is gone already is as good
    /// (`workspaces/delete_again`).
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn delete_workspace(&self, slug: &str) -> Result<(), UpstreamError> {
        let answer = self.answer(Ask::delete(Ask::workspace_path(slug, "")).within(DELETION)).await?;
        if answer.is_ok() {
            return Ok(());
        }
        match answer.refusal() {
            UpstreamError::NotFound => Ok(()),
            error => Err(error),
        }
    }

    /// Changes settings and reads them back, because AnythingLLM answers 200 also when it has changed nothing.
    ///
    /// # Errors
    /// No answer, it was refused, or there is no such workspace.
    pub async fn update_workspace(
        &self,
        slug: &str,
        change: &UpstreamWorkspaceChange,
    ) -> Result<UpstreamWorkspace, UpstreamError> {
        let changed: ChangeReply = self.json(Ask::post(Ask::workspace_path(slug, "/update"), change)?).await?;
        if let Some(message) = changed.message.filter(|m| !m.is_empty() && m != "No valid fields to update!") {
            return Err(UpstreamError::Refused(Said::new(&message)));
        }
        self.find_workspace(slug).await?.ok_or(UpstreamError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_sent() {
        let new = NewUpstreamWorkspace {
            name: "Shop".into(),
            settings: UpstreamWorkspaceChange { chat_mode: Some(ChatMode::Query), ..Default::default() },
        };
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"name":"Shop","chatMode":"query"}"#);
    }
}
