//! `POST /api/v1/knowledge/query`: the passages of a workspace's documents that match a query. No LLM is called.

use super::admitted::Gated;
use super::json::JsonBody;
use super::{ApiState, workspace};
use crate::anythingllm::{OnBehalf, Passage, Search};
use crate::domain::message;
use crate::rejection::{FieldError, Rejection};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use utoipa::ToSchema;

const MAX_QUERY_CHARS: usize = 2000;
const MAX_TOP_N: u8 = 20;

/// What to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KnowledgeQuery {
    /// Words or a question.
    #[schema(min_length = 1, max_length = 2000, example = "cordless drill battery")]
    query: String,
    /// Required for tenant-wide secret keys, else taken from the key.
    workspace: Option<String>,
    /// Passages at most, 1 to 20; the workspace's setting when absent.
    #[schema(minimum = 1, maximum = 20)]
    top_n: Option<u8>,
    /// Least similarity, 0 to 1; the workspace's setting when absent.
    #[schema(minimum = 0, maximum = 1)]
    score_threshold: Option<f32>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnowledgeAnswer {
    /// The workspace that was searched.
    workspace: String,
    /// Best first.
    results: Vec<KnowledgeResult>,
    /// Time the search took, in milliseconds.
    took_ms: u64,
}

/// A passage.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnowledgeResult {
    id: Option<String>,
    /// The passage.
    text: String,
    /// Similarity, 0 to 1.
    score: f64,
    /// The document's title.
    title: Option<String>,
    /// Where the document came from.
    url: Option<String>,
    /// What the document says of its origin.
    source: Option<String>,
    /// When it was published, as the document says.
    published: Option<String>,
    /// Words in the document.
    word_count: Option<u64>,
}

impl From<Passage> for KnowledgeResult {
    fn from(passage: Passage) -> Self {
        let Passage { id, text, score, title, url, source, published, word_count } = passage;
        Self { id, text, score, title, url, source, published, word_count }
    }
}

/// Searches.
pub(super) async fn query(
    State(state): State<Arc<ApiState>>,
    Gated(admitted): Gated,
    JsonBody(body): JsonBody<KnowledgeQuery>,
) -> Result<Response, Rejection> {
    let began = Instant::now();
    let errors = broken_rules(&body);
    if !errors.is_empty() {
        return Err(Rejection::ValidationFailed(errors));
    }
    let workspace = workspace::resolve(&state, &admitted, body.workspace.as_deref()).await?;
    let search = Search {
        query: &body.query,
        top_n: body.top_n.or(workspace.settings.top_n),
        score_threshold: body.score_threshold.or(workspace.settings.score_threshold),
    };
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let found = state.client.search(&workspace.upstream_slug, search, on_behalf).await;
    let passages = found.map_err(|error| state.upstream_failed(&admitted, &error))?;
    let answer = KnowledgeAnswer {
        workspace: workspace.slug.clone(),
        results: passages.into_iter().map(KnowledgeResult::from).collect(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let mut response = Json(answer).into_response();
    response.headers_mut().insert("x-cache", HeaderValue::from_static("bypass"));
    Ok(response)
}

fn broken_rules(body: &KnowledgeQuery) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if body.query.trim().is_empty() {
        errors.push(FieldError::new("query", "too_short", "must not be empty"));
    } else if message::normalised_length(&body.query) > MAX_QUERY_CHARS {
        errors.push(FieldError::new("query", "too_long", format!("has at most {MAX_QUERY_CHARS} characters")));
    }
    if body.top_n.is_some_and(|n| !(1..=MAX_TOP_N).contains(&n)) {
        errors.push(FieldError::new("top_n", "out_of_range", format!("is 1 to {MAX_TOP_N}")));
    }
    if body.score_threshold.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
        errors.push(FieldError::new("score_threshold", "out_of_range", "is 0 to 1"));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Vec<String> {
        broken_rules(&serde_json::from_str(json).unwrap()).into_iter().map(|e| format!("{} {}", e.field, e.code)).collect()
    }

    #[test]
    fn every_broken_rule_is_named() {
        assert!(rules(r#"{"query":"x","top_n":20,"score_threshold":1}"#).is_empty());
        assert_eq!(
            rules(r#"{"query":" ","top_n":0,"score_threshold":1.5}"#),
            ["query too_short", "top_n out_of_range", "score_threshold out_of_range"]
        );
        let long = format!(r#"{{"query":"{}"}}"#, "ä".repeat(2001));
        assert_eq!(rules(&long), ["query too_long"]);
    }
}
