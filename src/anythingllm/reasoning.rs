//! Tells a model's reasoning from its answer. AnythingLLM sends both as one text, the reasoning first and between
//! `<think>` and `</think>`; the stream may cut a tag anywhere.
//!
//! Only a tag at the very beginning of an answer, behind nothing but white space, opens reasoning, and only once: later
//! ones are somebody's words. Apart from the two tags nothing is taken away and nothing changes its place. Must not
//! hold back more than a tag's worth of text, or readers would wait for words that are there.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Bytes of white space before the opening tag. More of it is an answer, so that an endless blank answer is not held
/// back without end.
const MAX_BLANK: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Answer,
    /// What the model thought before.
    Reasoning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space and perhaps the start of the opening tag so far, all of it held.
    Start,
    /// Behind the opening tag; what may be the start of the closing tag is held.
    Reasoning,
    /// For the rest. Nothing is held.
    Answer,
}

/// Splits the text of one answer as it arrives.
#[derive(Debug, Clone)]
pub struct ReasoningSplitter {
    state: State,
    held: String,
}

impl Default for ReasoningSplitter {
    fn default() -> Self {
        Self::new()
    }
}

impl ReasoningSplitter {
    pub const fn new() -> Self {
        Self { state: State::Start, held: String::new() }
    }

    /// Takes the next piece of the text and appends what is certain by now, never an empty text.
    pub fn push(&mut self, text: &str, out: &mut Vec<(Kind, String)>) {
        // Nearly every piece of nearly every answer: nothing is held and no tag is waited for.
        if self.state == State::Answer {
            return emit(Kind::Answer, text, out);
        }
        if self.held.is_empty() {
            return self.advance(text, out);
        }
        let mut joined = std::mem::take(&mut self.held);
        joined.push_str(text);
        self.advance(&joined, out);
    }

    /// Appends what was held back, at the end of the answer. A tag that never came whole is text, and reasoning that
    /// was never closed stays reasoning.
    pub fn finish(&mut self, out: &mut Vec<(Kind, String)>) {
        let kind = if self.state == State::Reasoning { Kind::Reasoning } else { Kind::Answer };
        emit(kind, &std::mem::take(&mut self.held), out);
        self.state = State::Answer;
    }

    /// Goes on with everything not yet emitted.
    fn advance(&mut self, text: &str, out: &mut Vec<(Kind, String)>) {
        let mut text = text;
        if self.state == State::Start {
            let (blank, rest) = text.split_at(text.len() - text.trim_start().len());
            if blank.len() <= MAX_BLANK {
                if let Some(reasoning) = rest.strip_prefix(OPEN) {
                    // The answer is not to begin with a line end that belongs to the tag.
                    emit(Kind::Reasoning, blank, out);
                    self.state = State::Reasoning;
                    text = reasoning;
                } else if OPEN.starts_with(rest) {
                    text.clone_into(&mut self.held);
                    return;
                }
            }
        }
        if self.state != State::Reasoning {
            self.state = State::Answer;
            return emit(Kind::Answer, text, out);
        }
        if let Some((reasoning, answer)) = text.split_once(CLOSE) {
            emit(Kind::Reasoning, reasoning, out);
            self.state = State::Answer;
            return emit(Kind::Answer, answer, out);
        }
        let (certain, held) = text.split_at(text.len() - possible_tag(text).len());
        emit(Kind::Reasoning, certain, out);
        held.clone_into(&mut self.held);
    }
}

fn emit(kind: Kind, text: &str, out: &mut Vec<(Kind, String)>) {
    if !text.is_empty() {
        out.push((kind, text.to_owned()));
    }
}

/// The end of `text` that may be the start of the closing tag. There is one `<` in the tag, so only the last one
/// counts.
fn possible_tag(text: &str) -> &str {
    text.rfind('<').and_then(|at| text.get(at..)).filter(|end| CLOSE.starts_with(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
