//! Keeps a shopper's words from being commands. AnythingLLM runs an agent for a message that starts with `@agent`, and
//! expands any user's slash-command presets anywhere in it (`upstream` source study 0.5, 2.2). The words must still reach
//! the model and come back unchanged in the history.
//!
//! A word joiner (U+2060) after the trigger's first character is enough: it is invisible, belongs to no word, and is taken
//! out again when the history is read.

use std::borrow::Cow;

/// WORD JOINER: no width, no break, no meaning of its own.
const JOINER: char = '\u{2060}';

/// The message with every trigger defused.
///
/// Triggers are `@agent` at the start (in any case, after any white space) and a `/` that begins a word.
pub fn defuse(message: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut done = 0;
    for at in triggers(message) {
        let out = out.get_or_insert_with(|| String::with_capacity(message.len() + 8));
        let after = at + 1; // both triggers begin with an ASCII character
        out.push_str(message.get(done..after).unwrap_or_default());
        out.push(JOINER);
        done = after;
    }
    match out {
        None => Cow::Borrowed(message),
        Some(mut out) => {
            out.push_str(message.get(done..).unwrap_or_default());
            Cow::Owned(out)
        }
    }
}

/// The message as it was before [`defuse`].
pub fn restore(text: &str) -> Cow<'_, str> {
    if !text.contains(JOINER) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        let ours = c == JOINER && matches!(before, Some('@' | '/'));
        if !ours {
            out.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// Length as shops count it: characters (Unicode scalar values), not bytes.
pub fn length(message: &str) -> usize {
    message.chars().count()
}

/// Byte positions of the characters to defuse, in order.
fn triggers(message: &str) -> impl Iterator<Item = usize> + '_ {
    let start = message.len() - message.trim_start_matches(is_blank).len();
    let agent = message.get(start..).filter(|rest| is_agent(rest)).map(|_| start);
    let slashes = message.match_indices('/').map(|(at, _)| at).filter(|at| begins_a_command(message, *at));
    let mut found: Vec<usize> = agent.into_iter().chain(slashes).collect();
    found.sort_unstable();
    found.into_iter()
}

fn is_agent(rest: &str) -> bool {
    rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("@agent"))
}

/// Whether the slash at `at` begins a word: nothing or something that is no word character before it, and something that
/// could be a command's name behind it. Upstream looks for `(?:\b\s|^)(/cmd)(?:\b\s|$)`; this is wider on purpose, save for
/// what people really write: `24/7`, `and/or`, `https://…`.
fn begins_a_command(message: &str, at: usize) -> bool {
    let before = message.get(..at).and_then(|text| text.chars().next_back());
    let after = message.get(at + 1..).and_then(|text| text.chars().next());
    let free = before.is_none_or(|c| is_blank(c) || !(c.is_alphanumeric() || matches!(c, '/' | ':' | '_' | '.' | '-' | '@')));
    free && after.is_some_and(|c| !is_blank(c) && c != '/')
}

/// White space as JavaScript's `\s` and `trim` see it, and what hides like it.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What AnythingLLM does with a message, from its source: `startsWith("@agent")`, `^(/reset)` in any case, and presets
    /// `(?:\b\s|^)(/cmd)(?:\b\s|$)`; here without the word boundaries, so stricter.
    fn is_triggered(message: &str) -> bool {
        let preset = |at: usize| {
            let before = message[..at].chars().next_back();
            before.is_none_or(char::is_whitespace) && message[at + 1..].chars().next().is_some_and(char::is_alphanumeric)
        };
        message.starts_with("@agent")
            || message.to_lowercase().starts_with("/reset")
            || message.match_indices('/').any(|(at, _)| preset(at))
    }

    #[test]
    fn agents_and_commands_are_defused_and_come_back_whole() {
        for message in ["@agent do it", "  @AGENT x", "\u{feff}@agent", "/reset", "a /preset b", "\n/x", "(/x)", "@agent /x /y"] {
            let defused = defuse(message);
            assert_ne!(defused, message);
            assert!(!is_triggered(&defused), "{defused:?}");
            assert!(!defused.trim().to_lowercase().starts_with("@agent"));
            assert_eq!(restore(&defused), message);
        }
    }

    #[test]
    fn ordinary_words_stay_as_they_are() {
        for message in ["24/7", "and/or", "see https://shop.example/a/b", "a / b", "mail me@agent.example", "1/2 inch", "//", ""] {
            assert_eq!(defuse(message), message);
            assert!(matches!(defuse(message), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn joiners_that_are_not_ours_stay() {
        assert_eq!(restore("a\u{2060}b"), "a\u{2060}b");
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(length("Größe 42 €"), 10);
    }

    proptest! {
        #[test]
        fn nothing_defused_is_a_trigger(message in r"[@/a-gAGENTt \n\t:.0-9\x{2003}\x{200b}]{0,40}") {
            prop_assert!(!is_triggered(&defuse(&message)), "{:?}", defuse(&message));
        }

        #[test]
        fn any_text_comes_back(message in r"[^\x{2060}]{0,60}") {
            let defused = defuse(&message).into_owned();
            prop_assert_eq!(restore(&defused), message.as_str());
            prop_assert_eq!(defuse(&defused).into_owned(), defused);
        }
    }
}
