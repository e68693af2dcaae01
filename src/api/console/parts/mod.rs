//! What pages are made of: parts that look and behave alike everywhere.

mod fields;
mod plain;
mod told;

pub(in crate::api::console) use fields::{
    Field, Kind, area, check, faults_of, faults_of_question, faults_summary, field, field_id, select,
};

use maud::{Markup, PreEscaped, html};

/// What a notice or a badge says without words; colour is never all that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api::console) enum Tone {
    Neutral,
    Good,
    Warn,
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// Something to be noticed, read out by screen readers.
#[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
pub(in crate::api::console) fn notice(tone: Tone, words: Markup) -> Markup {
    let role = if matches!(tone, Tone::Bad | Tone::Warn) { "alert" } else { "status" };
    html! { div class={ "notice " (tone.class()) } role=(role) { (words) } }
}

/// A state in a word.
pub(in crate::api::console) fn badge(tone: Tone, word: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (word) } }
}

/// What somebody else has written, a shopper, a shop or AnythingLLM: its signs of direction turn nothing around it, and
/// it runs as its own first letters do.
pub(in crate::api::console) fn foreign(text: &str) -> Markup {
    html! { bdi dir="auto" { (text) } }
}

/// The same where there can be no element, as in a choice or a page's title: without signs of direction.
pub(in crate::api::console) fn unturned(text: &str) -> String {
    text.chars().filter(|c| !is_turning(*c)).collect()
}

/// The formatting characters of the Unicode Bidirectional Algorithm (UAX #9, section 2).
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of ours with what belongs in it: `{name}` by its value, which may be an element.
pub(in crate::api::console) fn filled(text: &str, values: &[(&str, Markup)]) -> Markup {
    let mut parts = text.split('{');
    html! {
        (parts.next().unwrap_or_default())
        @for part in parts {
            @if let Some((name, after)) = part.split_once('}') {
                @if let Some((_, value)) = values.iter().find(|(own, _)| *own == name) { (value) }
                (after)
            }
        }
    }
}

/// Nothing is there yet: what to do first.
#[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
pub(in crate::api::console) fn empty(title: &str, what: &str, action: Markup) -> Markup {
    html! { div.empty { h2 { (title) } p { (what) } (action) } }
}

/// A table that scrolls in its box, also with the keyboard. The rows are `tr` elements.
#[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
pub(in crate::api::console) fn table(caption: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption.hidden { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A number with what it is.
#[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
pub(in crate::api::console) fn stat(label: &str, value: &str, note: Markup) -> Markup {
    html! { div.stat { dt { (label) } dd { strong { (value) } div.quiet { (note) } } } }
}

/// A text to be taken along; without a script it can be marked and copied.
pub(in crate::api::console) fn copy(text: &str, label: &str, copied: &str) -> Markup {
    html! {
        div.copy {
            pre tabindex="0" { code { (foreign(text)) } }
            button type="button" hidden data-copy=(text) data-copied=(copied) { (label) }
        }
    }
}

/// Something that is opened first, such as a form that ends something.
#[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
pub(in crate::api::console) fn disclosure(summary: &str, open: bool, body: Markup) -> Markup {
    html! { details.disclosure open[open] { summary { (summary) } div { (body) } } }
}

/// The way to the next page of a list.
pub(in crate::api::console) fn pager(next: Option<&str>, words: &str) -> Markup {
    html! { @if let Some(next) = next { p.pager { a.button href=(next) { (words) } } } }
}

/// Nothing.
pub(in crate::api::console) const fn nothing() -> Markup {
    PreEscaped(String::new())
}
