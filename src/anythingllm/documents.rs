//! Putting texts into AnythingLLM. For the operator's commands, not for requests.

use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::{Said, UpstreamError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// AnythingLLM embeds while the caller waits (`documents/update_embeddings_add`), which takes minutes for many texts.
const EMBEDDING: Duration = Duration::from_secs(600);

/// A text to be stored as a document.
#[derive(Debug, Clone, Serialize)]
pub struct RawText {
    #[serde(rename = "textContent")]
    pub text: String,
    pub metadata: RawTextMetadata,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RawTextMetadata {
    /// Required by AnythingLLM (`documents/raw_text_no_title`).
    pub title: String,
    /// Where it can be read; shown to shoppers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_source: Option<String>,
    /// Where AnythingLLM would fetch it again; kept as given (`documents/raw_text`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_source: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    success: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    documents: Vec<StoredDocument>,
}

#[derive(Deserialize)]
struct StoredDocument {
    location: String,
}

#[derive(Serialize)]
struct Embeddings<'a> {
    adds: &'a [String],
    deletes: &'a [String],
}

#[derive(Deserialize)]
struct Embedded {
    #[serde(rename = "workspace")]
    _workspace: IgnoredAny,
}

impl RawText {
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), metadata: RawTextMetadata { title: title.into(), ..Default::default() } }
    }
}

impl Client {
    /// Stores a text; it belongs to no workspace yet. Returns its location, the name it is embedded under.
    ///
    /// # Errors
    /// No answer, or it was refused; `Failed` when AnythingLLM's collector is down.
    pub async fn add_raw_text(&self, text: &RawText) -> Result<String, UpstreamError> {
        let stored: Stored = self.json(Ask::post("/api/v1/document/raw-text", text)?.within(EMBEDDING)).await?;
        if !stored.success {
            return Err(UpstreamError::Refused(Said::new(stored.error.as_deref().unwrap_or("it was not stored"))));
        }
        let document = stored.documents.into_iter().next();
        Ok(document.ok_or_else(|| UpstreamError::Contract(Said::new("no document in the answer")))?.location)
    }

    /// Embeds and removes documents of a workspace by their locations. Unknown locations are passed over without a word
    /// (`documents/update_embeddings_missing_file`).
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn update_embeddings(
        &self,
        workspace: &str,
        adds: &[String],
        deletes: &[String],
    ) -> Result<(), UpstreamError> {
        let body = Embeddings { adds, deletes };
        let ask = Ask::post(Ask::workspace_path(workspace, "/update-embeddings"), &body)?.within(EMBEDDING);
        self.json::<Embedded>(ask).await?;
        Ok(())
    }
}
