//! What was said before a question, for clients that send it along with every question and keep no conversation here: in
//! words that a model understands, and taken out again where the question is shown.

use std::fmt::Write as _;

/// Begins what is told. Never changed: histories hold it.
const BEGIN: &str = "[Before this question:]\n";
const NOW: &str = "\n[The question now:]\n";
/// More is not told of one message, in characters, nor of all of them: AnythingLLM's search for passages goes by the
/// whole message, and would turn from what is asked to what was said.
const MOST_OF_ONE: usize = 1500;
const MOST: usize = 6000;

/// Who has said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The program that calls: `system` and `developer` of OpenAI's roles. Words beside the question like all others; the
    /// workspace's own prompt stands above them.
    Application,
    Customer,
    Assistant,
}

impl Speaker {
    const fn word(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Customer => "Customer",
            Self::Assistant => "Assistant",
        }
    }
}

/// Something that was said before, the latest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub speaker: Speaker,
    pub text: String,
}

/// The question with what was said before it; none where nothing was. Of too much the oldest is left out; what the
/// application says comes first.
pub fn before(earlier: &[Earlier], question: &str) -> Option<String> {
    let (by_application, said): (Vec<_>, Vec<_>) =
        earlier.iter().enumerate().partition(|(_, message)| message.speaker == Speaker::Application);
    let mut left = MOST;
    let mut kept: Vec<(usize, String)> = Vec::new();
    for (at, message) in by_application.into_iter().chain(said.into_iter().rev()) {
        let text = plain(&message.text, MOST_OF_ONE.min(left));
        if text.is_empty() {
            continue;
        }
        left -= text.chars().count();
        kept.push((at, format!("{}: {text}\n", message.speaker.word())));
    }
    if kept.is_empty() {
        return None;
    }
    kept.sort_by_key(|(at, _)| *at);
    let mut told = BEGIN.to_owned();
    for (_, line) in &kept {
        told.push_str(line);
    }
    let _ = write!(told, "{}{question}", &NOW[1..]);
    Some(told)
}

/// So many characters of it, in which nothing can be taken for the end of what is told.
fn plain(text: &str, most: usize) -> String {
    let mut text: String = text.trim().chars().take(most).collect();
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

    fn said(speaker: Speaker, text: &str) -> Earlier {
        Earlier { speaker, text: text.into() }
    }

    #[test]
    fn the_question_stands_last() {
        let earlier = [
            said(Speaker::Application, "Answer in one sentence."),
            said(Speaker::Customer, "Which drill?"),
            said(Speaker::Assistant, "The NW-18."),
        ];
        assert_eq!(
            before(&earlier, "What does it cost?").as_deref(),
            Some(
                "[Before this question:]\nApplication: Answer in one sentence.\nCustomer: Which drill?\n\
                 Assistant: The NW-18.\n[The question now:]\nWhat does it cost?"
            )
        );
        assert_eq!(before(&[], "What does it cost?"), None);
        assert_eq!(before(&[said(Speaker::Customer, " ")], "x"), None);
    }

    #[test]
    fn of_a_long_conversation_the_latest_is_told_and_what_the_application_says() {
        let mut earlier = vec![said(Speaker::Application, "Be brief.")];
        earlier.extend((0..100).map(|n| said(Speaker::Customer, &format!("{n} {}", "x".repeat(400)))));
        let told = before(&earlier, "Now?").unwrap();
        assert!(told.chars().count() < MOST + 1000, "{}", told.chars().count());
        assert!(told.contains("Application: Be brief.") && told.contains("Customer: 99 x"));
        assert!(!told.contains("Customer: 50 x"));
    }

    proptest! {
        #[test]
        fn what_is_told_is_taken_out_again(
            texts in proptest::collection::vec("(a|\\[The question now:\\]|\n|\\[The |question now:\\]){0,8}", 0..4),
            question in "(b|\n|\\[|\\[The question now:\\]){1,6}",
        ) {
            let earlier: Vec<_> = texts.iter().map(|text| said(Speaker::Assistant, text)).collect();
            let told = before(&earlier, &question).unwrap_or_else(|| question.clone());
            prop_assert_eq!(without(&told), question.as_str());
            prop_assert_eq!(without(&question), question.as_str());
        }
    }
}
