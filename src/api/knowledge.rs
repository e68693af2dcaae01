//! `POST /api/v1/knowledge/query`: passages of the documents, without asking a model.

use crate::anythingllm::source::{readable_text, web_address};
use crate::anythingllm::{OnBehalf, Passage, Search};
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::response::{OrReject as _, Refusal, json};
use crate::api::{Shared, workspace};
use crate::domain::message;
use crate::rejection::{FieldError, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tokio::time::Instant;
use utoipa::ToSchema;

const MAX_QUERY_CHARS: usize = 2000;
const MAX_TOP_N: u8 = 20;

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnowledgeRequest {
    /// Words or a question.
    #[schema(min_length = 1, max_length = 2000, example = "return policy")]
    query: String,
    /// Slug of a workspace: required for keys of a whole tenant, else the key's.
    #[schema(example = "demo-shop")]
    workspace: Option<String>,
    /// Passages at most. Missing: as the workspace is set.
    #[schema(minimum = 1, maximum = 20, example = 3)]
    top_n: Option<u8>,
    /// Least similarity. Missing: as the workspace is set.
    #[schema(minimum = 0, maximum = 1, example = 0.2)]
    score_threshold: Option<f32>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnowledgeAnswer<'a> {
    /// Slug of the workspace that was searched.
    #[schema(example = "demo-shop")]
    workspace: &'a str,
    /// Best first; empty when nothing is relevant.
    results: Vec<KnowledgeResult<'a>>,
    /// Time it took, in milliseconds.
    #[schema(example = 12)]
    took_ms: u64,
}

/// One passage. Fields that its document does not have are null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnowledgeResult<'a> {
    /// Id of the passage or, with some vector databases, of its document.
    id: Option<&'a str>,
    /// The passage.
    text: &'a str,
    /// Similarity, 0 to 1, higher is closer.
    #[schema(example = 0.83)]
    score: f64,
    /// Title of the document.
    #[schema(example = "Returns and refunds")]
    title: Option<&'a str>,
    /// Address of the document, if it can be opened.
    #[schema(example = "https://shop.example/help/returns")]
    url: Option<Cow<'a, str>>,
    /// Where the document says it comes from.
    source: Option<&'a str>,
    /// When the document was published, as AnythingLLM words it.
    published: Option<&'a str>,
    /// Words in the document.
    word_count: Option<u64>,
}

/// Searches.
#[utoipa::path(
    post,
    path = "/api/v1/knowledge/query",
    tag = "Knowledge",
    summary = "Search the documents",
    description = "The passages closest to a text. No language model is asked.",
    request_body = KnowledgeRequest,
    responses((status = 200, description = "What was found.", body = KnowledgeAnswer<'_>,
        headers(("X-Cache" = String, description = "`bypass`: answers are not cached in this release.")))),
)]
pub(crate) async fn query(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<KnowledgeRequest>,
) -> Result<Response, Refusal> {
    let began = Instant::now();
    body.valid()?;
    let workspace = workspace::resolve(&state, &admitted, body.workspace.as_deref()).await?;
    let search = Search {
        query: &body.query,
        top_n: body.top_n.or(workspace.settings.top_n),
        score_threshold: body.score_threshold.or(workspace.settings.score_threshold),
    };
    let request = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let found = state.client.search(&workspace.upstream_slug, search, request).await.or_reject(&admitted)?;
    let answer = KnowledgeAnswer {
        workspace: &workspace.slug,
        results: found.iter().map(KnowledgeResult::from).collect(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let mut response = json(StatusCode::OK, &answer)?;
    response.headers_mut().insert(HeaderName::from_static("x-cache"), HeaderValue::from_static("bypass"));
    Ok(response)
}

impl KnowledgeRequest {
    fn valid(&self) -> Result<(), Rejection> {
        let mut errors = Vec::new();
        if self.query.trim().is_empty() {
            errors.push(FieldError::new("query", "too_short", "must not be empty"));
        } else if message::length(&self.query) > MAX_QUERY_CHARS {
            errors.push(FieldError::new("query", "too_long", format!("at most {MAX_QUERY_CHARS} characters")));
        }
        if self.top_n.is_some_and(|n| !(1..=MAX_TOP_N).contains(&n)) {
            errors.push(FieldError::new("top_n", "out_of_range", format!("must be 1 to {MAX_TOP_N}")));
        }
        if self.score_threshold.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
            errors.push(FieldError::new("score_threshold", "out_of_range", "must be 0 to 1"));
        }
        if errors.is_empty() { Ok(()) } else { Err(Rejection::ValidationFailed(errors)) }
    }
}

impl<'a> From<&'a Passage> for KnowledgeResult<'a> {
    fn from(passage: &'a Passage) -> Self {
        Self {
            id: passage.id.as_deref(),
            text: readable_text(&passage.text),
            score: passage.score,
            title: passage.title.as_deref(),
            url: passage.url.as_deref().and_then(web_address),
            source: passage.source.as_deref(),
            published: passage.published.as_deref(),
            word_count: passage.word_count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_checked_all_at_once() {
        let body = r#"{"query":"  ","top_n":21,"score_threshold":1.5}"#;
        let Err(Rejection::ValidationFailed(errors)) = serde_json::from_str::<KnowledgeRequest>(body).unwrap().valid()
        else {
            panic!("accepted")
        };
        let fields: Vec<_> = errors.iter().map(|e| (e.field.as_str(), e.code)).collect();
        assert_eq!(fields, [("query", "too_short"), ("top_n", "out_of_range"), ("score_threshold", "out_of_range")]);
        let good = r#"{"query":"ü","top_n":20,"score_threshold":0}"#;
        assert!(serde_json::from_str::<KnowledgeRequest>(good).unwrap().valid().is_ok());
    }
}
