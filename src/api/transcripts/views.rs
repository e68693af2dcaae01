//! Transcripts and gaps as JSON. A field that is not here does not leave; the client's session id is not here, because
//! whoever knows it reads on in the shopper's place.

use crate::domain::exchange::{ExchangeOutcome, ExchangeSource, Thumb};
use crate::domain::handover::Contact;
use crate::storage::{Gap, KeptExchange, KeptHandover, TranscriptRow};
use crate::transcripts::Transcript;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptPage)]
pub(crate) struct TranscriptPageView<'a> {
    /// The one that was asked in last stands first.
    pub(super) data: Vec<TranscriptSummary<'a>>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<String>,
}

/// A conversation, without what was said in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptSummary)]
pub(crate) struct TranscriptSummary<'a> {
    /// The conversation.
    id: Uuid,
    /// When it was begun.
    started_at: DateTime<Utc>,
    /// When the newest question was asked.
    last_at: DateTime<Utc>,
    /// Questions asked.
    #[schema(example = 3)]
    exchanges: u32,
    /// Of them, those that the documents hold nothing about.
    refused: u32,
    /// Those that were answered by an error.
    failed: u32,
    /// Answers that readers found good.
    up: u32,
    /// Answers that they did not.
    down: u32,
    /// How often something was written to people in it.
    handovers: u32,
    /// When that was last.
    handed_over_at: Option<DateTime<Utc>>,
    /// How the newest question begins; null where the workspace keeps no transcripts.
    #[schema(example = "Do you ship to Austria?")]
    question: Option<&'a str>,
    /// The page's origin that the newest question came from.
    #[schema(example = "https://shop.example")]
    origin: Option<&'a str>,
    /// The language of the newest question.
    locale: Option<&'a str>,
    /// Public id of the key that the newest question came with.
    key: Option<&'a str>,
    /// Who asked, as far as it is known: `visitor:…` is a browser, anything else what the page called them.
    visitor: Option<&'a str>,
    /// The customer's pseudonym, if the shop has said who it is.
    customer: Option<&'a str>,
    /// Marked as solved.
    solved: bool,
    /// A note of the staff.
    note: Option<&'a str>,
}

impl<'a> From<&'a TranscriptRow> for TranscriptSummary<'a> {
    fn from(row: &'a TranscriptRow) -> Self {
        Self {
            id: row.id,
            started_at: row.started_at,
            last_at: row.last_at,
            exchanges: row.exchanges,
            refused: row.refused,
            failed: row.failed,
            up: row.up,
            down: row.down,
            handovers: row.handovers,
            handed_over_at: row.handed_over_at,
            question: row.question.as_deref(),
            origin: row.origin.as_deref(),
            locale: row.locale.as_deref(),
            key: row.key.as_deref(),
            visitor: row.seen_visitor(),
            customer: row.customer(),
            solved: row.solved,
            note: row.note.as_deref(),
        }
    }
}

/// A conversation with what was said in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transcript)]
pub(crate) struct TranscriptView<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    summary: TranscriptSummary<'a>,
    /// The newest questions with their answers, oldest first; 500 at most.
    messages: Vec<ExchangeView<'a>>,
    /// What was written to people in it, oldest first; the newest 100.
    handovers_written: Vec<HandoverView<'a>>,
    /// There are older ones.
    has_more: bool,
}

impl<'a> TranscriptView<'a> {
    pub(super) fn of(transcript: &'a Transcript) -> Self {
        Self {
            summary: (&transcript.row).into(),
            messages: transcript.exchanges.iter().map(ExchangeView::from).collect(),
            handovers_written: transcript.handovers.iter().map(HandoverView::from).collect(),
            has_more: transcript.has_more,
        }
    }
}

/// A question with its answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptMessage)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
pub(crate) struct ExchangeView<'a> {
    /// The answer's id.
    id: Uuid,
    /// When it was asked.
    at: DateTime<Utc>,
    /// `answered`, `refused`, `failed`, or `left`: the client went before the end.
    outcome: ExchangeOutcome,
    /// The error's code, if it failed.
    code: Option<&'a str>,
    /// The question; null where the workspace keeps no transcripts.
    question: Option<&'a str>,
    /// The question was longer.
    question_cut: bool,
    /// The answer as far as it came; null likewise.
    answer: Option<&'a str>,
    /// The answer was longer.
    answer_cut: bool,
    /// A model has written the answer: false where there is none, and for a refusal, which is the workspace's own
    /// sentence.
    ai_generated: bool,
    /// What the answer rested on.
    sources: &'a [ExchangeSource],
    /// What its reader thinks of it.
    feedback: Option<Thumb>,
    /// Why.
    feedback_reason: Option<&'a str>,
    /// The page's origin.
    origin: Option<&'a str>,
    /// The language.
    locale: Option<&'a str>,
    /// The key's public id.
    key: Option<&'a str>,
    /// The answer was a kept one: no model was asked.
    cached: bool,
    /// Tokens of the prompt.
    prompt_tokens: Option<u32>,
    /// Tokens of the answer.
    completion_tokens: Option<u32>,
}

impl<'a> From<&'a KeptExchange> for ExchangeView<'a> {
    fn from(kept: &'a KeptExchange) -> Self {
        Self {
            id: kept.id.0,
            at: kept.at,
            outcome: kept.outcome,
            code: kept.code.as_deref(),
            question: kept.question.as_deref(),
            question_cut: kept.question_cut,
            answer: kept.answer.as_deref(),
            answer_cut: kept.answer_cut,
            ai_generated: is_generated(kept),
            sources: &kept.sources,
            feedback: kept.feedback,
            feedback_reason: kept.feedback_reason.as_deref(),
            origin: kept.origin.as_deref(),
            locale: kept.locale.as_deref(),
            key: kept.key.as_deref(),
            cached: kept.cached,
            prompt_tokens: kept.prompt_tokens,
            completion_tokens: kept.completion_tokens,
        }
    }
}

/// Whether a model has written the answer.
pub(super) fn is_generated(kept: &KeptExchange) -> bool {
    kept.outcome != ExchangeOutcome::Refused && kept.answer.as_deref().is_some_and(|answer| !answer.is_empty())
}

/// What a shopper wrote to people. Kept whether or not the workspace keeps transcripts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptHandover)]
pub(crate) struct HandoverView<'a> {
    /// Its id.
    pub(super) id: Uuid,
    /// When it was written.
    pub(super) at: DateTime<Utc>,
    /// How the shopper is reached. As they wrote it: nothing of it was verified.
    pub(super) contact: &'a Contact,
    /// What they want.
    #[schema(example = "My order has not arrived yet.")]
    message: &'a str,
    /// They have agreed that it is used to answer them.
    consented: bool,
    /// The page's origin.
    origin: Option<&'a str>,
    /// The language.
    locale: Option<&'a str>,
    /// The key's public id.
    key: Option<&'a str>,
}

impl<'a> From<&'a KeptHandover> for HandoverView<'a> {
    fn from(kept: &'a KeptHandover) -> Self {
        Self {
            id: kept.id.0,
            at: kept.at,
            contact: &kept.contact,
            message: &kept.message,
            consented: kept.consented,
            origin: kept.origin.as_deref(),
            locale: kept.locale.as_deref(),
            key: kept.key.as_deref(),
        }
    }
}

/// A line of an export that is a hand-over; `outcome` tells it from questions.
#[derive(Debug, Serialize)]
pub(super) struct ExportedHandoverView<'a> {
    conversation: Uuid,
    visitor: Option<&'a str>,
    outcome: &'static str,
    #[serde(flatten)]
    handover: HandoverView<'a>,
    /// A shopper has written it.
    ai_generated: bool,
    solved: bool,
    note: Option<&'a str>,
}

/// Stands in an export in the place of a question's outcome.
pub(super) const HANDED_OVER: &str = "handed_over";

impl<'a> From<&'a KeptHandover> for ExportedHandoverView<'a> {
    fn from(kept: &'a KeptHandover) -> Self {
        let visitor = kept.visitor.as_deref();
        let (solved, note) = (kept.solved, kept.note.as_deref());
        Self {
            conversation: kept.conversation,
            visitor,
            outcome: HANDED_OVER,
            handover: kept.into(),
            ai_generated: false,
            solved,
            note,
        }
    }
}

/// A line of an export.
#[derive(Debug, Serialize)]
pub(super) struct ExportView<'a> {
    conversation: Uuid,
    visitor: Option<&'a str>,
    #[serde(flatten)]
    exchange: ExchangeView<'a>,
    solved: bool,
    note: Option<&'a str>,
}

impl<'a> From<&'a KeptExchange> for ExportView<'a> {
    fn from(kept: &'a KeptExchange) -> Self {
        let (visitor, note) = (kept.visitor.as_deref(), kept.note.as_deref());
        Self { conversation: kept.conversation, visitor, exchange: kept.into(), solved: kept.solved, note }
    }
}

/// What is noted; what is not given stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub(crate) struct TranscriptPatch {
    /// Somebody has seen to it.
    solved: Option<bool>,
    /// For colleagues; null takes it away.
    #[schema(max_length = 4000)]
    note: Option<String>,
}

/// What was asked in vain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapList)]
pub(crate) struct GapListView<'a> {
    /// The most frequent first.
    pub(super) data: Vec<GapView<'a>>,
    /// Whether there are more.
    pub(super) has_more: bool,
}

/// Questions of the same words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gap)]
pub(crate) struct GapView<'a> {
    /// The words that they have in common, in the order of the alphabet.
    #[schema(example = "austria do ship to you")]
    words: &'a str,
    /// The question that it is shown by, to settle it with.
    id: Uuid,
    /// The newest of them.
    #[schema(example = "Do you ship to Austria?")]
    example: &'a str,
    /// The conversation that the example is from.
    conversation: Uuid,
    /// How many.
    #[schema(example = 12)]
    questions: u32,
    /// Of them, those that the documents hold nothing about.
    refused: u32,
    /// Those whose answer was disliked.
    disliked: u32,
    /// When the first of them was asked.
    first_at: DateTime<Utc>,
    /// When the newest was.
    last_at: DateTime<Utc>,
    /// Their languages, as far as they are known.
    locales: &'a [String],
}

impl<'a> From<&'a Gap> for GapView<'a> {
    fn from(gap: &'a Gap) -> Self {
        Self {
            words: &gap.gist,
            id: gap.example_id,
            example: &gap.example,
            conversation: gap.conversation,
            questions: gap.questions,
            refused: gap.refused,
            disliked: gap.disliked,
            first_at: gap.first_at,
            last_at: gap.last_at,
            locales: &gap.locales,
        }
    }
}
