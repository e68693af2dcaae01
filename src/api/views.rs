//! What clients see of AnythingLLM's sources and accounts. The whitelist: a field that is not here does not leave.

use crate::anythingllm::source::{readable_text, web_address};
use crate::anythingllm::{Source, Usage};
use crate::domain::product::ProductCard;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A passage that an answer rests on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceView<'a> {
    /// Id of the passage or, with some vector databases, of its document.
    id: Option<&'a str>,
    /// Title of the document.
    #[schema(example = "Returns and refunds")]
    title: Option<&'a str>,
    /// Address of the document, if it can be opened.
    #[schema(example = "https://shop.example/help/returns")]
    url: Option<Cow<'a, str>>,
    /// The passage.
    text: Option<&'a str>,
    /// Similarity, higher is closer; pinned documents have none.
    #[schema(example = 0.83)]
    score: Option<f64>,
    /// What the product that the document is about costs, and whether it can be bought, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Hammer HM-1003 (product number HM-1003): 24.90 EUR, in stock")]
    offer: Option<&'a str>,
    /// The product that the document is about, as the shop's feed says it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    product: Option<&'a ProductCard>,
}

impl<'a> From<&'a Source> for SourceView<'a> {
    fn from(source: &'a Source) -> Self {
        Self {
            id: source.id.as_deref(),
            title: source.title.as_deref(),
            url: source.url.as_deref().and_then(web_address),
            text: source.text.as_deref().map(readable_text),
            score: source.score,
            offer: source.offer.as_deref(),
            product: source.product.as_ref(),
        }
    }
}

/// What an answer took. Fields that AnythingLLM does not report are null; tokens may be its estimates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageView<'a> {
    /// Tokens of the prompt, with history and passages.
    #[schema(example = 412)]
    prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    #[schema(example = 18)]
    completion_tokens: Option<u64>,
    /// Both.
    #[schema(example = 430)]
    total_tokens: Option<u64>,
    /// Time the model took.
    #[schema(example = 640)]
    duration_ms: u64,
    /// The model's name; null when none was asked.
    model: Option<&'a str>,
}

impl<'a> From<&'a Usage> for UsageView<'a> {
    fn from(usage: &'a Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.total_tokens,
            duration_ms: u64::try_from(usage.duration.as_millis()).unwrap_or(u64::MAX),
            model: usage.model.as_deref(),
        }
    }
}
