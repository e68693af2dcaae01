//! Searching a workspace's documents. No model is called, though the query is embedded.

use crate::anythingllm::client::{Ask, Client, OnBehalf};
use crate::anythingllm::error::UpstreamError;
use crate::anythingllm::relevance::is_unrelated;
use crate::anythingllm::source::{readable_address, readable_title};
use crate::anythingllm::wire::{SearchAnswer, SearchHit, SearchRequest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    pub query: &'a str,
    /// Passages at most; none = as the workspace is set in AnythingLLM. It has no upper bound of its own.
    pub top_n: Option<u8>,
    /// Least similarity, 0 to 1; none = as the workspace is set in AnythingLLM.
    pub score_threshold: Option<f32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Its id, with some vector databases the document's.
    pub id: Option<String>,
    pub text: String,
    /// Similarity, 0 to 1.
    #[serde(with = "bits")]
    pub score: f64,
    pub title: Option<String>,
    /// Where the document came from.
    pub url: Option<String>,
    /// Who wrote it, as it was given; never shown.
    #[serde(default)]
    pub author: Option<String>,
    /// What the document says of its origin.
    pub source: Option<String>,
    /// When it was published, as AnythingLLM words it.
    pub published: Option<String>,
    pub word_count: Option<u64>,
}

/// Where passages are kept a number comes back as it was, to the last bit, which decimal digits do not promise.
mod bits {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(number.to_bits())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

impl Client {
    /// The passages of `workspace` (its name in AnythingLLM) nearest to the query, best first. None when it has no
    /// documents (`vector-search/empty_ws`).
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn search(
        &self,
        workspace: &str,
        search: Search<'_>,
        request: OnBehalf<'_>,
    ) -> Result<Vec<Passage>, UpstreamError> {
        let answer = self.found(workspace, search, request).await?;
        let wants_everything = search.score_threshold.is_some_and(|least| least <= 0.0);
        let mut passages: Vec<_> =
            answer.results.into_iter().filter(|hit| wants_everything || !hit.is_unrelated()).map(passage).collect();
        passages.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(passages)
    }

    /// Whether nothing that `workspace` holds has to do with the query, though AnythingLLM would find passages: the
    /// nearest of them is as far away as can be.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn finds_only_unrelated(
        &self,
        workspace: &str,
        query: &str,
        request: OnBehalf<'_>,
    ) -> Result<bool, UpstreamError> {
        let nearest = Search { query, top_n: Some(1), score_threshold: Some(0.0) };
        let answer = self.found(workspace, nearest, request).await?;
        Ok(!answer.results.is_empty() && answer.results.iter().all(SearchHit::is_unrelated))
    }

    async fn found(
        &self,
        workspace: &str,
        search: Search<'_>,
        request: OnBehalf<'_>,
    ) -> Result<SearchAnswer, UpstreamError> {
        let body = SearchRequest { query: search.query, top_n: search.top_n, score_threshold: search.score_threshold };
        let ask = Ask::post(Ask::workspace_path(workspace, "/vector-search"), &body)?.on_behalf(request);
        self.json(ask).await
    }
}

impl SearchHit {
    fn is_unrelated(&self) -> bool {
        is_unrelated(self.score, self.distance)
    }
}

fn passage(hit: SearchHit) -> Passage {
    let about = &hit.metadata;
    let title = readable_title(about.title.as_deref(), about.description.as_deref());
    let url = readable_address(about.url.as_deref(), about.chunk_source.as_deref(), about.doc_source.as_deref());
    let score = if hit.is_unrelated() { 0.0 } else { hit.score.unwrap_or_default() };
    Passage {
        id: hit.id,
        text: hit.text,
        score,
        title,
        url,
        author: hit.metadata.author,
        source: hit.metadata.doc_source,
        published: hit.metadata.published,
        word_count: hit.metadata.word_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_similar_passage_does_not_come_out_as_the_best() {
        let hit = |json: &str| serde_json::from_str::<SearchHit>(json).unwrap();
        let far = hit(r#"{"id":"x","text":"t","distance":1.2,"score":1}"#);
        assert!(far.is_unrelated());
        assert!(passage(far).score.abs() < f64::EPSILON);
        let near = hit(r#"{"text":"t","metadata":{"docSource":"unit","wordCount":3},"score":0.36,"distance":0.64}"#);
        assert!(!near.is_unrelated());
        let near = passage(near);
        assert_eq!((near.source.as_deref(), near.word_count), (Some("unit"), Some(3)));
        assert!(!hit(r#"{"text":"pgvector sends no distance","score":0.5}"#).is_unrelated());
    }
}
