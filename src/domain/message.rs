//! Shoppers' messages, made harmless before they reach AnythingLLM, which acts on some texts instead of answering them.
//!
//! A message that starts with `@agent` hands the conversation to agents with tools. One that starts with `/reset`, in
//! any case, forgets it. `/word` at the start or after white space, anywhere in the message, is replaced by the prompt
//! that some user of AnythingLLM has saved under that word. Here an invisible character goes between the sign and the
//! word: people and models read the same as before, AnythingLLM finds no trigger.
//!
//! Nothing else is changed, cut or judged, and what is inserted can be taken out again exactly.

use std::borrow::Cow;

/// U+2060 WORD JOINER: no width, no break, no white space to any regular expression, and not changed by Unicode's
/// normal forms.
const JOINER: char = '\u{2060}';

/// The word after `@` that calls AnythingLLM's agents. Upstream compares case-sensitively; we do not rely on it.
const AGENT: &str = "agent";

/// The message with a word joiner after every `@` or `/` that AnythingLLM could act on.
///
/// `/` counts at the start and after white space when something follows it, so that `24/7`, `and/or` and URLs stay as
/// they are. `@agent` counts as the first word, also behind white space, which upstream does not strip today.
pub fn defuse(message: &str) -> Cow<'_, str> {
    edit(message, |at_sign, rest| is_trigger(at_sign, rest).then_some(Edit::Insert))
}

/// The message as it was before [`defuse`], for showing histories. Takes out the joiners that `defuse` puts in, and
/// leaves those that stand elsewhere.
pub fn restore(text: &str) -> Cow<'_, str> {
    edit(text, |sign, rest| rest.strip_prefix(JOINER).filter(|rest| is_trigger(sign, rest)).map(|_| Edit::Remove))
}

/// The length of a message as limits count it: Unicode scalar values, whatever they take up in UTF-8 or on the screen.
pub fn normalised_length(message: &str) -> usize {
    message.chars().count()
}

#[derive(Clone, Copy)]
enum Sign {
    /// `@` as the first character that is not white space.
    At,
    /// `/` at the start or after white space.
    Slash,
}

enum Edit {
    Insert,
    Remove,
}

/// Whether a sign followed by `rest` would be acted on. Joiners do not make the difference, so that a message that
/// brings its own is treated like one without, and gets it back.
fn is_trigger(sign: Sign, rest: &str) -> bool {
    match sign {
        Sign::At => {
            let word = rest.trim_start_matches(JOINER);
            word.get(..AGENT.len()).is_some_and(|word| word.eq_ignore_ascii_case(AGENT))
        }
        // Saved words are of letters, digits, `-` and `_`, but rows made by older versions may hold anything.
        Sign::Slash => rest.chars().next().is_some_and(|c| !is_space(c)),
    }
}

/// White space as JavaScript's `\s` and `trim` see it (U+FEFF included) or as Unicode does (U+0085 included).
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

/// Goes over the signs of a text and puts a joiner behind them, or takes one out, as `decide` says.
fn edit(text: &str, decide: impl Fn(Sign, &str) -> Option<Edit>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut first_word = true;
    let mut after_space = true;
    for (at, c) in text.char_indices() {
        let sign = match c {
            '@' if first_word => Some(Sign::At),
            '/' if after_space => Some(Sign::Slash),
            _ => None,
        };
        after_space = is_space(c);
        first_word &= after_space;
        let end = at + 1;
        let (Some(sign), Some(rest)) = (sign, text.get(end..)) else {
            continue;
        };
        let Some(edit) = decide(sign, rest) else {
            continue;
        };
        out.push_str(text.get(copied..end).unwrap_or_default());
        copied = end;
        match edit {
            Edit::Insert => out.push(JOINER),
            Edit::Remove => copied += JOINER.len_utf8(),
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
