//! What an answer is told in.

use crate::anythingllm::frames::Source;
use crate::anythingllm::reasoning::Kind;
use std::time::Duration;

/// What happens in an answer, in this order: deltas or one refusal, then sources if there are any, then the end.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// The next piece of text; never empty.
    Delta {
        text: String,
        /// Whether it belongs to the answer or to the model's reasoning before it.
        kind: Kind,
    },
    /// Query mode found nothing relevant: the workspace's sentence for that. It stands for all text before it, if there
    /// was any: then it became known too late that the answer rests on nothing.
    Refusal {
        text: String,
    },
    Sources(Vec<Source>),
    Done(Usage),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Tokens of the prompt, with history and passages.
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    pub total_tokens: Option<u64>,
    /// As the model's provider took, else as measured here.
    pub duration: Duration,
    pub model: Option<String>,
    /// It was given again: no model was asked.
    pub cached: bool,
    /// AnythingLLM's number of what it has stored, where it says so; refusals have none.
    pub chat_id: Option<i64>,
}

/// What was seen of an answer that broke off, or that ended without an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenOff {
    /// How it begins.
    pub beginning: String,
    /// Pieces of text.
    pub pieces: u32,
}
