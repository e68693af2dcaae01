//! `POST /api/v1/knowledge/query`: the passages of a workspace's documents that match a query. No LLM is called.

use crate::anythingllm::source::{readable_text, web_address};
use crate::anythingllm::{OnBehalf, Passage, Search};
use crate::api::admitted::Gated;
use crate::api::chat::of_passages;
use crate::api::json::Json;
use crate::api::refusals::any_of;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::cache::{Edition, Freshness, Question};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::message;
use crate::domain::nul::{NO_NUL, has_nul};
use crate::domain::product::{Offer, ProductCard};
use crate::domain::usage::CacheUse;
use crate::domain::workspace::Workspace;
use crate::gate::{Admitted, RESOLVING};
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

const MAX_QUERY_CHARS: usize = 2000;
const MAX_TOP_N: u8 = 20;

/// What to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnowledgeQuery {
    /// Words or a question.
    #[schema(min_length = 1, max_length = 2000, example = "cordless drill battery")]
    query: String,
    /// Required for users and tenant-wide secret keys, else taken from the key.
    workspace: Option<String>,
    /// Passages at most, 1 to 20; the workspace's setting when absent.
    #[schema(minimum = 1, maximum = 20)]
    top_n: Option<u8>,
    /// Least similarity, 0 to 1; the workspace's setting when absent.
    #[schema(minimum = 0, maximum = 1)]
    score_threshold: Option<f32>,
}

impl KnowledgeQuery {
    /// A question as a chat in the workspace would look for it; of a longer one what it begins with.
    pub(in crate::api) fn of_question(question: &str, workspace: &str) -> Self {
        let query = question.chars().take(MAX_QUERY_CHARS).collect();
        Self { query, workspace: Some(workspace.to_owned()), top_n: None, score_threshold: None }
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KnowledgeAnswer)]
pub(crate) struct AnswerView<'a> {
    /// The workspace that was searched.
    #[schema(example = "demo-shop")]
    workspace: &'a str,
    /// Best first.
    results: Vec<ResultView<'a>>,
    /// Time the search took, in milliseconds.
    took_ms: u64,
}

/// A passage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KnowledgeResult)]
pub(crate) struct ResultView<'a> {
    /// Id of the passage or, with some vector databases, of its document.
    id: Option<&'a str>,
    /// The passage.
    text: &'a str,
    /// Similarity, 0 to 1.
    #[schema(example = 0.83)]
    score: f64,
    /// The document's title.
    title: Option<&'a str>,
    /// Address of the document, if it can be opened.
    url: Option<Cow<'a, str>>,
    /// What the document says of its origin.
    source: Option<&'a str>,
    /// When it was published, as the document says.
    published: Option<&'a str>,
    /// Words in the document.
    word_count: Option<u64>,
    /// What the product costs now and whether it can be bought, if the passage is of a product's document.
    #[schema(example = "Cordless drill NW-18 (product number NW-18): 149.00 EUR, in stock")]
    offer: Option<&'a str>,
    /// The product, as the shop's feed says it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    product: Option<&'a ProductCard>,
}

impl<'a> ResultView<'a> {
    fn of(passage: &'a Passage, offer: Option<&'a Offer>) -> Self {
        Self {
            id: passage.id.as_deref(),
            text: readable_text(&passage.text),
            score: passage.score,
            title: passage.title.as_deref(),
            url: passage.url.as_deref().and_then(web_address),
            source: passage.source.as_deref(),
            published: passage.published.as_deref(),
            word_count: passage.word_count,
            offer: offer.and_then(|offer| offer.words.as_deref()),
            product: offer.and_then(|offer| offer.card.as_ref()),
        }
    }
}

/// Searches a workspace's documents.
///
/// No LLM is called. The passages are those a chat with the same words would rest on.
#[utoipa::path(
    post,
    path = "/api/v1/knowledge/query",
    tag = "Knowledge",
    summary = "Search the documents",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    request_body(content = KnowledgeQuery, example = json!({"query": "cordless drill battery", "top_n": 3})),
    responses((status = 200, description = "The passages, best first.", body = AnswerView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING, Code::UPSTREAM])))),
)]
pub(crate) async fn query(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<KnowledgeQuery>,
) -> Result<Response, Refusal> {
    let found = search(&state, &admitted, &body).await?;
    let mut response = response::json(StatusCode::OK, &found.view())?;
    let headers = response.headers_mut();
    if let Some(Freshness::Kept(age) | Freshness::Stale(age)) = found.freshness {
        headers.insert(header::AGE, HeaderValue::from(age.num_seconds().max(0)));
    }
    let cache_use = found.cache_use();
    headers.insert("x-cache", HeaderValue::from_static(cache_use.as_str()));
    admitted.facts().set_cache(cache_use);
    Ok(response)
}

/// What a query has found.
pub(in crate::api) struct Found {
    workspace: Reached,
    passages: Arc<[Passage]>,
    /// What each passage's product costs.
    offers: Vec<Option<Offer>>,
    freshness: Option<Freshness>,
    took: Duration,
}

impl Found {
    pub(in crate::api) fn view(&self) -> AnswerView<'_> {
        let passages = self.passages.iter().zip(&self.offers);
        AnswerView {
            workspace: &self.workspace.slug,
            results: passages.map(|(passage, offer)| ResultView::of(passage, offer.as_ref())).collect(),
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Best first.
    pub(in crate::api) fn passages(&self) -> &[Passage] {
        &self.passages
    }

    pub(in crate::api) const fn cache_use(&self) -> CacheUse {
        cache_use(self.freshness)
    }
}

/// Searches the workspace that is named, or the key's.
///
/// # Errors
/// Faults of the query, of [`crate::gate::Reach::resolve`], of AnythingLLM.
pub(in crate::api) async fn search(
    state: &ApiState,
    admitted: &Admitted,
    body: &KnowledgeQuery,
) -> Result<Found, Rejection> {
    let began = Instant::now();
    broken_rules(body).or(()).map_err(Rejection::from)?;
    let workspace = state.reach.resolve(admitted, body.workspace.as_deref()).await?;
    let search = Search {
        query: &body.query,
        top_n: body.top_n.or(workspace.settings.top_n),
        score_threshold: body.score_threshold.or(workspace.settings.score_threshold),
    };
    let (passages, freshness) = find(state, admitted, &workspace, search).await?;
    // A product without its price is of more use than no answer.
    let offers = of_passages(state, &workspace, &passages).await.unwrap_or_else(|error| {
        tracing::info!(%error, "passages are given without prices");
        vec![None; passages.len()]
    });
    Ok(Found { workspace, passages, offers, freshness, took: began.elapsed() })
}

/// `None`: the workspace lets nothing be kept.
const fn cache_use(freshness: Option<Freshness>) -> CacheUse {
    match freshness {
        None => CacheUse::Bypass,
        Some(Freshness::Asked) => CacheUse::Miss,
        Some(Freshness::Kept(_)) => CacheUse::Hit,
        Some(Freshness::Stale(_)) => CacheUse::Stale,
    }
}

async fn find(
    state: &ApiState,
    admitted: &Admitted,
    workspace: &Workspace,
    search: Search<'_>,
) -> Result<(Arc<[Passage]>, Option<Freshness>), Rejection> {
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let asked = state.client.search(&workspace.upstream_slug, search, on_behalf);
    let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.or_reject(admitted)?;
    let Some(known) = known.filter(|known| known.content.settings.cache_ttl_secs > 0) else {
        return Ok((asked.await.or_reject(admitted)?.into(), None));
    };
    let question = Question::new(Edition::from(&*known), search.query, search.top_n, search.score_threshold);
    let keep = Duration::from_secs(known.content.settings.cache_ttl_secs.into());
    // Boxed, so that those who keep nothing do not carry it along.
    let found = Box::pin(state.knowledge.get_or_search(question, keep, asked)).await;
    let found = found.map_err(|error| error.to_rejection(admitted.request_id()))?;
    Ok((found.passages, Some(found.freshness)))
}

fn broken_rules(body: &KnowledgeQuery) -> Faults {
    let mut faults = Faults::new();
    if body.query.trim().is_empty() {
        faults.push("query", "too_short", "must not be empty");
    }
    if has_nul(&body.query) {
        faults.push("query", "format", NO_NUL);
    } else if message::normalised_length(&body.query) > MAX_QUERY_CHARS {
        faults.push("query", "too_long", format!("has at most {MAX_QUERY_CHARS} characters"));
    }
    if body.top_n.is_some_and(|n| !(1..=MAX_TOP_N).contains(&n)) {
        faults.push("top_n", "out_of_range", format!("is 1 to {MAX_TOP_N}"));
    }
    if body.score_threshold.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
        faults.push("score_threshold", "out_of_range", "is 0 to 1");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Vec<String> {
        broken_rules(&serde_json::from_str(json).unwrap())
            .into_iter()
            .map(|e| format!("{} {}", e.field, e.code))
            .collect()
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
        assert_eq!(rules(r#"{"query":"a\u0000"}"#), ["query format"]);
    }
}
