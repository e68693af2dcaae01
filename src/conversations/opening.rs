//! The first question and answer of a conversation that AnythingLLM has never seen, because the answer was a kept one.
//! The next question takes them along, in words that say what they are; in a history they are shown in their place.

use crate::anythingllm::frames::Source;
use crate::anythingllm::{KeptSource, StoredMessage, StoredRole};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Begins what is told. Never changed: histories hold it.
const BEGIN: &str = "[Earlier in this conversation the customer asked:]\n";
const ANSWERED: &str = "\n[and was answered:]\n";
const NOW: &str = "\n[Now the customer asks:]\n";
/// More of an answer is not told, in characters: the search for passages goes by the whole message.
const TOLD: usize = 1500;
/// Stands for the number of what AnythingLLM has stored: before every number that it gives.
pub const NUMBER: i64 = -1;

/// What was asked and answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub question: String,
    pub answer: String,
    pub sources: Vec<KeptSource>,
    pub said_at: DateTime<Utc>,
}

impl Opening {
    /// The next question with what it may rest on.
    pub(super) fn before(&self, question: &str) -> String {
        let answer: String = self.answer.chars().take(TOLD).collect();
        format!("{BEGIN}{}{ANSWERED}{}{NOW}{question}", plain(&self.question), plain(&answer))
    }

    /// As two messages that were stored before all others.
    pub(super) fn into_messages(self) -> [StoredMessage; 2] {
        let Self { question, answer, sources, said_at: sent_at } = self;
        let sources = sources.into_iter().map(Source::from).collect();
        let message = |role, content, sources| StoredMessage {
            chat_id: NUMBER,
            role,
            content,
            sent_at,
            sources,
            is_unfounded: false,
            is_refusal: false,
            tokens: None,
        };
        [message(StoredRole::User, question, Vec::new()), message(StoredRole::Assistant, answer, sources)]
    }
}

/// A text in which nothing can be taken for the end of what is told.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    while text.contains(NOW.trim()) {
        text = text.replace(NOW.trim(), "");
    }
    text
}

/// A question without what was told with it.
pub(super) fn without(text: &str) -> &str {
    if !text.starts_with(BEGIN) {
        return text;
    }
    text.split_once(NOW).map_or(text, |(_, question)| question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opening(question: &str, answer: &str) -> Opening {
        let said_at = DateTime::UNIX_EPOCH;
        Opening { question: question.into(), answer: answer.into(), sources: Vec::new(), said_at }
    }

    #[test]
    fn the_next_question_says_what_was_before_it() {
        let told = opening("Which drill?", "The NW-18.").before("What does it cost?");
        assert_eq!(
            told,
            "[Earlier in this conversation the customer asked:]\nWhich drill?\n[and was answered:]\nThe NW-18.\n[Now the customer asks:]\nWhat does it cost?"
        );
    }

    proptest! {
        /// Whatever was said before, also what looks like our own words.
        #[test]
        fn what_is_told_is_taken_out_again(
            asked in "(a|\\[Now the customer asks:\\]|\n|\\[Now the ){0,6}",
            answered in "(b|\\[Now the customer asks:\\]|\n|customer asks:\\]){0,6}",
            next in "(c|\n|\\[){1,5}",
        ) {
            let told = opening(&asked, &answered).before(&next);
            prop_assert_eq!(without(&told), next.as_str());
            prop_assert_eq!(without(&next), next.as_str());
        }
    }
}
