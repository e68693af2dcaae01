//! Vectors of texts, from the embedder of the installation (`openai/embeddings`, `pg/embeddings_openai`). It belongs to
//! no workspace.

use crate::anythingllm::client::{Ask, Client, OnBehalf};
use crate::anythingllm::error::{Said, UpstreamError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
struct Request<'a> {
    input: &'a [String],
    /// It has one embedder, whatever is named.
    model: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Vec<Entry>,
    #[serde(default)]
    model: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    embedding: Vec<f32>,
    index: usize,
}

/// A vector for each text, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    pub vectors: Vec<Vec<f32>>,
    /// What the embedder calls its model.
    pub model: Option<String>,
}

impl Client {
    /// Embeds texts, of which there must be one at least: with none AnythingLLM fails (`openai/embeddings_empty`).
    ///
    /// # Errors
    /// No answer, or none that can be understood, such as one with another number of vectors.
    pub async fn embeddings(&self, texts: &[String], request: OnBehalf<'_>) -> Result<Embeddings, UpstreamError> {
        let body = Request { input: texts, model: None };
        let ask = Ask::post("/api/v1/openai/embeddings", &body)?.on_behalf(request);
        in_order(self.json(ask).await?, texts.len())
    }
}

fn in_order(answer: Answer, wanted: usize) -> Result<Embeddings, UpstreamError> {
    let Answer { mut data, model } = answer;
    data.sort_by_key(|entry| entry.index);
    let is_whole = data.len() == wanted && data.iter().enumerate().all(|(at, entry)| entry.index == at);
    if !is_whole {
        return Err(UpstreamError::Contract(Said::new("another number of vectors than of texts")));
    }
    Ok(Embeddings { vectors: data.into_iter().map(|entry| entry.embedding).collect(), model })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, wanted: usize) -> Option<Embeddings> {
        in_order(serde_json::from_str(json).unwrap(), wanted).ok()
    }

    #[test]
    fn each_text_has_its_own_vector() {
        let answer = r#"{"object":"list","data":[
            {"object":"embedding","embedding":[0.5],"index":1},{"object":"embedding","embedding":[0.25,1],"index":0}],
            "model":"stub-embed"}"#;
        let read_two = read(answer, 2).unwrap();
        assert_eq!(read_two.vectors, [vec![0.25, 1.0], vec![0.5]]);
        assert_eq!(read_two.model.as_deref(), Some("stub-embed"));
        assert_eq!(read(answer, 3), None);
        assert_eq!(read(r#"{"data":[{"embedding":[1],"index":1}]}"#, 1), None);
    }
}
