//! What one frame says. Only the fields named here ever leave the upstream's JSON.

use super::FrameError;
use super::lenient::{Any, Shape, next_key, repaired, skip, value};
use crate::anythingllm::relevance::is_unrelated;
use crate::anythingllm::source::{readable_address, readable_title};
use crate::domain::product::ProductCard;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::borrow::Cow;
use std::fmt;

/// The meaning of one frame of AnythingLLM's chat stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// The next piece of the answer (`textResponseChunk`).
    Chunk {
        /// The piece, empty when there is none. Reasoning stands in it as `<think>…</think>`.
        text: String,
        /// No more pieces; other frames follow.
        close: bool,
    },
    /// The account of a finished answer (`finalizeResponseStream`).
    Finalize {
        /// The stored chat's row, absent when nothing was generated and in runs of agents.
        chat_id: Option<i64>,
        /// Tokens and times, absent when nothing was generated.
        metrics: Option<Metrics>,
        sources: Vec<Source>,
        /// The whole answer again; only in runs of agents, which have sent it before.
        text: Option<String>,
    },
    /// An answer in one frame (`textResponse`): a refusal in query mode, the notice of a reset, and in runs of agents
    /// the whole answer after its pieces.
    Whole {
        /// The answer, empty when there is none.
        text: String,
        sources: Vec<Source>,
        /// Tokens and times; refusals have none.
        metrics: Option<Metrics>,
    },
    /// A failure (`abort`). [`Frame::Finalize`] may still follow, then the pieces so far have been stored upstream.
    Abort {
        /// AnythingLLM's words, empty if it had none. For logs only: they may hold addresses and names of providers.
        error: String,
    },
    /// A frame of a type that has no meaning here, an object without a type, or an event without data.
    Other,
}

/// What an answer took. Every field may be missing, and tokens may be AnythingLLM's estimate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    /// Tokens of the prompt with context and history.
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    pub total_tokens: Option<u64>,
    /// Seconds the provider took.
    pub duration_secs: Option<f64>,
    /// Tokens of the answer a second.
    pub output_tokens_per_sec: Option<f64>,
    pub model: Option<String>,
    /// The class that spoke to the provider; for operators, not for shoppers.
    pub provider: Option<String>,
}

/// A passage that an answer rests on, without the fields that are nobody's business.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// The passage's id, with some vector databases the document's.
    pub id: Option<String>,
    pub title: Option<String>,
    /// Where the document came from.
    pub url: Option<String>,
    pub text: Option<String>,
    /// Similarity, higher is closer; pinned documents have none.
    pub score: Option<f64>,
    /// What the similarity was made of; with some vector databases it is not told (`pg/stream_query_sources`).
    pub distance: Option<f64>,
    /// What the document says of itself; of a stored text it is the readable name.
    pub description: Option<String>,
    /// What the collector says of the document's origin (`docSource`).
    pub doc_source: Option<String>,
    /// What the collector says of the passage's origin (`chunkSource`).
    pub chunk_source: Option<String>,
    /// Who made the document (`docAuthor`).
    pub author: Option<String>,
    /// What the product costs that the document is about. AnythingLLM does not know it; whoever asked does.
    pub offer: Option<String>,
    /// The same as a card.
    pub product: Option<ProductCard>,
    /// When the document was published, as AnythingLLM words it.
    pub published: Option<String>,
    pub word_count: Option<u64>,
}

impl Source {
    /// The same with the title and the address that a reader understands.
    #[must_use]
    pub fn readable(self) -> Self {
        let title = readable_title(self.title.as_deref(), self.description.as_deref());
        let origins = (self.chunk_source.as_deref(), self.doc_source.as_deref());
        let url = readable_address(self.url.as_deref(), origins.0, origins.1);
        Self { title, url, ..self }
    }

    /// Whether it has nothing to do with what was asked.
    pub fn is_unrelated(&self) -> bool {
        is_unrelated(self.score, self.distance)
    }

    /// Whether none of them has, though there are some.
    pub fn rest_on_nothing(sources: &[Self]) -> bool {
        !sources.is_empty() && sources.iter().all(Self::is_unrelated)
    }
}

pub(super) fn decode(data: &[u8]) -> Result<Frame, FrameError> {
    if data.is_empty() {
        return Ok(Frame::Other);
    }
    match serde_json::from_slice::<Wire<'_>>(data) {
        Ok(wire) => Ok(wire.into()),
        Err(error) if error.classify() == Category::Data => Err(FrameError::NotAnObject),
        Err(_) => repaired(data)
            .and_then(|text| serde_json::from_str::<Wire<'_>>(&text).ok().map(Frame::from))
            .ok_or(FrameError::NotJson),
    }
}

#[derive(Default)]
struct Wire<'a> {
    kind: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    close: bool,
    error: Option<Cow<'a, str>>,
    chat_id: Option<i64>,
    metrics: Option<Metrics>,
    sources: Vec<Source>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Wire<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WireVisitor)
    }
}

struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut wire = Wire::default();
        while let Some(key) = next_key(&mut object)? {
            match key.as_ref() {
                "type" => wire.kind = value(&mut object)?,
                "textResponse" => wire.text = value(&mut object)?,
                "close" => wire.close = value(&mut object)?,
                "error" => wire.error = value(&mut object)?,
                "chatId" => wire.chat_id = value(&mut object)?,
                "metrics" => wire.metrics = value(&mut object)?,
                "sources" => wire.sources = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(wire)
    }
}

impl From<Wire<'_>> for Frame {
    fn from(wire: Wire<'_>) -> Self {
        let text = wire.text.map(Cow::into_owned);
        match wire.kind.as_deref() {
            Some("textResponseChunk") => Self::Chunk { text: text.unwrap_or_default(), close: wire.close },
            Some("finalizeResponseStream") => {
                Self::Finalize { chat_id: wire.chat_id, metrics: wire.metrics, sources: wire.sources, text }
            }
            Some("textResponse") => {
                Self::Whole { text: text.unwrap_or_default(), sources: wire.sources, metrics: wire.metrics }
            }
            Some("abort") => Self::Abort { error: wire.error.map(Cow::into_owned).unwrap_or_default() },
            _ => Self::Other,
        }
    }
}

impl<'de> Shape<'de> for Option<Metrics> {
    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut metrics = Metrics::default();
        while let Some(key) = next_key(&mut object)? {
            match key.as_ref() {
                "prompt_tokens" => metrics.prompt_tokens = value(&mut object)?,
                "completion_tokens" => metrics.completion_tokens = value(&mut object)?,
                "total_tokens" => metrics.total_tokens = value(&mut object)?,
                "duration" => metrics.duration_secs = value(&mut object)?,
                "outputTps" => metrics.output_tokens_per_sec = value(&mut object)?,
                "model" => metrics.model = value(&mut object)?,
                "provider" => metrics.provider = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        // A refusal carries `{}`, which says as much as nothing.
        Ok((metrics != Metrics::default()).then_some(metrics))
    }
}

impl<'de> Shape<'de> for Option<Source> {
    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut source = Source::default();
        while let Some(key) = next_key(&mut object)? {
            match key.as_ref() {
                "id" => source.id = value(&mut object)?,
                "title" => source.title = value(&mut object)?,
                "url" => source.url = value(&mut object)?,
                "text" => source.text = value(&mut object)?,
                "score" => source.score = value(&mut object)?,
                "_distance" => source.distance = value(&mut object)?,
                "description" => source.description = value(&mut object)?,
                "docAuthor" => source.author = value(&mut object)?,
                "docSource" => source.doc_source = value(&mut object)?,
                "chunkSource" => source.chunk_source = value(&mut object)?,
                "published" => source.published = value(&mut object)?,
                "wordCount" => source.word_count = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(Some(source))
    }
}

impl<'de> Shape<'de> for Vec<Source> {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut sources = Self::new();
        while let Some(Any(source)) = list.next_element::<Any<Option<Source>>>()? {
            sources.extend(source);
        }
        Ok(sources)
    }
}
