//! Tells a model's reasoning from its answer. AnythingLLM sends it as `<think>…</think>` inside the text, and a tag may be
//! cut anywhere by the stream (`upstream` source study 2.2).
//!
//! Only a tag at the very start of an answer opens reasoning: later ones are somebody's words.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For the reader.
    Answer,
    /// What the model thought before.
    Reasoning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    Start,
    /// After the opening tag.
    Reasoning,
    /// For the rest.
    Answer,
}

/// Splits the text of one answer, piece by piece.
#[derive(Debug, Clone)]
pub struct ReasoningSplitter {
    state: State,
    /// The start of what may become a tag.
    held: String,
}

impl Default for ReasoningSplitter {
    fn default() -> Self {
        Self { state: State::Start, held: String::new() }
    }
}

impl ReasoningSplitter {
    /// For a new answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece and appends what is certain by now, never an empty text.
    pub fn push(&mut self, text: &str, out: &mut Vec<(Kind, String)>) {
        // Nearly every piece of nearly every answer: nothing held, nothing to look for.
        if self.state == State::Answer {
            emit(Kind::Answer, text, out);
            return;
        }
        self.held.push_str(text);
        let held = std::mem::take(&mut self.held);
        let rest = self.split(&held, out);
        rest.clone_into(&mut self.held);
    }

    /// Appends what was held back, at the end of the answer.
    pub fn finish(&mut self, out: &mut Vec<(Kind, String)>) {
        let kind = if self.state == State::Reasoning { Kind::Reasoning } else { Kind::Answer };
        emit(kind, &std::mem::take(&mut self.held), out);
        self.state = State::Answer;
    }

    /// Returns what must be held back.
    fn split<'a>(&mut self, text: &'a str, out: &mut Vec<(Kind, String)>) -> &'a str {
        let mut text = text;
        if self.state == State::Start {
            let trimmed = text.trim_start();
            if let Some(rest) = trimmed.strip_prefix(OPEN) {
                self.state = State::Reasoning;
                text = rest;
            } else if OPEN.starts_with(trimmed) {
                return text;
            } else {
                self.state = State::Answer;
            }
        }
        if self.state == State::Reasoning {
            if let Some((before, after)) = text.split_once(CLOSE) {
                emit(Kind::Reasoning, before, out);
                self.state = State::Answer;
                text = after;
            } else {
                let held = held_back(text);
                emit(Kind::Reasoning, text.strip_suffix(held).unwrap_or(text), out);
                return held;
            }
        }
        emit(Kind::Answer, text, out);
        ""
    }
}

fn emit(kind: Kind, text: &str, out: &mut Vec<(Kind, String)>) {
    if !text.is_empty() {
        out.push((kind, text.to_owned()));
    }
}

/// The longest end of `text` that may be the start of the closing tag.
fn held_back(text: &str) -> &str {
    let most = text.len().min(CLOSE.len() - 1);
    (1..=most)
        .rev()
        .filter_map(|n| text.get(text.len() - n..))
        .find(|end| CLOSE.starts_with(end))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&str]) -> (String, String) {
        let (mut reasoning, mut answer) = (String::new(), String::new());
        let mut out = Vec::new();
        let mut splitter = ReasoningSplitter::new();
        for piece in pieces {
            splitter.push(piece, &mut out);
        }
        splitter.finish(&mut out);
        for (kind, text) in out {
            match kind {
                Kind::Reasoning => reasoning.push_str(&text),
                Kind::Answer => answer.push_str(&text),
            }
        }
        (reasoning, answer)
    }

    fn both(reasoning: &str, answer: &str) -> (String, String) {
        (reasoning.into(), answer.into())
    }

    #[test]
    fn reasoning_is_told_from_the_answer() {
        assert_eq!(split(&["<think>hm</think>yes"]), both("hm", "yes"));
        assert_eq!(split(&["\n <thi", "nk>h", "m</th", "ink>", "yes"]), both("hm", "yes"));
        assert_eq!(split(&["<think>never closed"]), both("never closed", ""));
        assert_eq!(split(&["<think>a </b> </", "thin", "g"]), both("a </b> </thing", ""));
    }

    #[test]
    fn tags_within_an_answer_are_words() {
        assert_eq!(split(&["use <think> here</think>"]), both("", "use <think> here</think>"));
        assert_eq!(split(&["<th", "e>"]), both("", "<the>"));
        assert_eq!(split(&["<think>a</think>b<think>c</think>"]), both("a", "b<think>c</think>"));
    }

    proptest! {
        #[test]
        fn the_split_does_not_depend_on_how_the_text_arrives(
            parts in proptest::collection::vec(prop_oneof![
                Just("<think>"), Just("</think>"), Just("<"), Just("</th"), Just(" "), Just("ä"), Just("word"),
            ], 0..12),
            cuts in proptest::collection::vec(0usize..80, 0..6),
        ) {
            let whole = parts.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|c| whole.is_char_boundary(*c)).collect();
            cuts.push(0);
            cuts.push(whole.len());
            cuts.retain(|c| *c <= whole.len());
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|w| &whole[w[0]..w[1]]).collect();
            prop_assert_eq!(split(&pieces), split(&[&whole]));
        }
    }
}
