//! An exchange: a question with what became of it, as it is kept for those who run the shop. Words stand in it only
//! where the workspace keeps transcripts, and no more than so many of them.

use crate::domain::gist::gist;
use crate::domain::ids::{ExchangeId, KeyId, TenantId, WorkspaceId};
use crate::domain::nul::without_nul;
use crate::domain::user::UserId;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A question that is longer is cut, in bytes.
pub const QUESTION_BYTES: usize = 16 * 1024;
/// An answer that is longer is cut, in bytes.
pub const ANSWER_BYTES: usize = 24 * 1024;
/// Sources of one answer that are kept at most.
const SOURCES: usize = 12;
/// All of them together take up no more, as JSON, in bytes.
const SOURCES_BYTES: usize = 16 * 1024;
/// Of each field of a source so much is kept, in bytes.
const SOURCE_TEXT_BYTES: usize = 700;
const SOURCE_FIELD_BYTES: usize = 200;

words! {
    /// What became of a question.
    #[derive(ToSchema)]
    ExchangeOutcome {
        Answered = "answered",
        /// The documents hold nothing relevant.
        Refused = "refused",
        /// With an error.
        Failed = "failed",
        /// The client left before the answer was complete.
        Left = "left",
    }
}

words! {
    /// What a reader thinks of an answer.
    #[derive(ToSchema)]
    Thumb {
        Up = "up",
        Down = "down",
    }
}

/// A passage that an answer rested on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TranscriptSource)]
pub struct ExchangeSource {
    /// Title of the document.
    #[schema(example = "Returns and refunds")]
    pub title: Option<String>,
    /// Address of the document, if it can be opened.
    pub url: Option<String>,
    /// How the passage begins.
    pub text: Option<String>,
    /// Similarity, higher is closer.
    pub score: Option<f64>,
}

/// What was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words {
    pub question: String,
    /// The question was longer.
    pub question_cut: bool,
    /// As far as it came.
    pub answer: String,
    /// The answer was longer.
    pub answer_cut: bool,
    pub sources: Vec<ExchangeSource>,
}

/// A question and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The answer's id, as the client knows it. Makes writing it twice harmless.
    pub id: ExchangeId,
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub conversation: Uuid,
    pub at: DateTime<Utc>,
    pub outcome: ExchangeOutcome,
    /// Of the error, if it failed.
    pub code: Option<String>,
    pub key: Option<KeyId>,
    pub user: Option<UserId>,
    pub origin: Option<String>,
    pub locale: Option<String>,
    /// The answer was a kept one.
    pub cached: bool,
    pub prompt_tokens: Option<u32>,
    pub completion_tokens: Option<u32>,
    /// What the answer's id in the conversation's history ends with.
    pub history_tail: Option<[u8; 10]>,
    /// None where the workspace keeps none.
    pub words: Option<Words>,
}

impl Exchange {
    /// The question's words in one form, for those that nobody could answer.
    pub fn gist(&self) -> Option<String> {
        self.words.as_ref().and_then(|words| gist(&words.question))
    }
}

impl Words {
    /// With a question and no answer yet.
    pub fn asked(question: &str) -> Self {
        let mut words = Self::default();
        words.question_cut = push(&mut words.question, question, QUESTION_BYTES);
        words
    }

    /// The answer goes on.
    pub fn say(&mut self, text: &str) {
        if !self.answer_cut {
            self.answer_cut = push(&mut self.answer, text, ANSWER_BYTES);
        }
    }

    /// The answer rests on these passages.
    pub fn rest_on(&mut self, sources: impl Iterator<Item = ExchangeSource>) {
        let mut room = SOURCES_BYTES;
        let fits = move |source: &ExchangeSource| {
            let length = serde_json::to_vec(source).map_or(usize::MAX, |json| json.len() + 1);
            let fits = length <= room;
            room = room.saturating_sub(length);
            fits
        };
        self.sources = sources.take(SOURCES).take_while(fits).collect();
    }

    /// The answer is another one.
    pub fn say_instead(&mut self, text: &str) {
        self.answer.clear();
        self.answer_cut = false;
        self.say(text);
    }
}

impl ExchangeSource {
    /// As much of a passage as is kept.
    pub fn of(title: Option<&str>, url: Option<&str>, text: Option<&str>, score: Option<f64>) -> Self {
        let field = |text: &str| text[..text.floor_char_boundary(SOURCE_FIELD_BYTES)].to_owned();
        Self {
            title: title.map(field),
            // Half an address leads nowhere.
            url: url.filter(|url| url.len() <= 2 * SOURCE_FIELD_BYTES).map(str::to_owned),
            text: text.map(|text| text[..text.floor_char_boundary(SOURCE_TEXT_BYTES)].to_owned()),
            score: score.filter(|score| score.is_finite()),
        }
    }
}

/// Appends as much as there is room for. Says whether something was left out. A model may say a NUL.
fn push(text: &mut String, more: &str, most: usize) -> bool {
    let room = most.saturating_sub(text.len());
    let taken = &more[..more.floor_char_boundary(room)];
    text.push_str(&without_nul(taken));
    taken.len() < more.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_is_how_it_begins_and_says_whether_it_was_cut(
            question in "\\PC{0,40}",
            pieces in prop::collection::vec("(\\PC{0,900}|ß{700})", 0..60),
        ) {
            let mut words = Words::asked(&question);
            prop_assert_eq!(&words.question, &question);
            for piece in &pieces {
                words.say(piece);
            }
            let whole: String = pieces.concat();
            prop_assert!(words.answer.len() <= ANSWER_BYTES);
            prop_assert!(whole.starts_with(&words.answer));
            prop_assert_eq!(words.answer_cut, words.answer != whole);
        }
    }

    #[test]
    fn a_long_question_is_cut_between_two_characters() {
        let words = Words::asked(&"€".repeat(QUESTION_BYTES));
        assert!(words.question_cut);
        assert_eq!(words.question.len(), QUESTION_BYTES - QUESTION_BYTES % 3);
        assert!(!Words::asked("short").question_cut);
        assert_eq!(Words::asked("a\0b").question, "ab");
    }

    #[test]
    fn half_an_address_is_not_kept() {
        let source = ExchangeSource::of(Some(&"t".repeat(500)), Some(&"u".repeat(500)), Some(&"x".repeat(5000)), None);
        assert_eq!(source.title.unwrap().len(), SOURCE_FIELD_BYTES);
        assert_eq!(source.url, None);
        assert_eq!(source.text.unwrap().len(), SOURCE_TEXT_BYTES);
    }
}
