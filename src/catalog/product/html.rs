//! Texts of feeds without their markup: descriptions are HTML in one shop, escaped HTML in the next, and plain in a
//! third.

mod emitter;

use emitter::Text;
use html5gum::Tokenizer;
use std::borrow::Cow;

/// How often a text is stripped at most: somebody escapes HTML, and somebody else escapes that.
const ROUNDS: usize = 8;
/// Bytes that one round makes for each character that is wanted in the end; nobody reads the rest.
const SPARE: usize = 8;
/// Longest name of an entity, in bytes.
const MAX_ENTITY: usize = 32;

/// The text of an HTML fragment, at most `limit` characters, free of markup and control characters, in lines without
/// outer blanks.
///
/// The time is in proportion to the bytes, however they are put together, and no more is read than the text needs.
pub(super) fn plain(html: &str, limit: usize) -> String {
    let mut text = visible(html);
    let enough = limit.saturating_mul(SPARE).saturating_add(1024);
    for _ in 0..ROUNDS {
        if !text.contains(['<', '&']) {
            return tidy(&text, limit);
        }
        let stripped = strip(&text, enough);
        if stripped == text {
            return tidy(&text, limit);
        }
        text = Cow::Owned(stripped);
    }
    // Nobody escapes by mistake as often as that.
    tidy(&text.replace(['<', '&'], " "), limit)
}

/// One line without control characters, at most `limit` characters.
pub(super) fn line(text: &str, limit: usize) -> String {
    tidy(text, limit).replace('\n', " ")
}

/// Takes the markup out once.
fn strip(html: &str, enough: usize) -> String {
    let html = as_html(html);
    let mut text = Vec::with_capacity(html.len().min(enough));
    // The first token says that there is enough.
    let _ = Tokenizer::new_with_emitter(html.as_str(), Text::new(&mut text, enough)).next();
    // Now, and not in the end: what they have kept apart may be markup.
    visible(&String::from_utf8_lossy(&text)).into_owned()
}

fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(is_invisible) { Cow::Owned(text.replace(is_invisible, "")) } else { Cow::Borrowed(text) }
}

/// What people write, in such a way that a parser of HTML understands it as it is meant: `R&D` and `a=1&copy=2` have no
/// entities, and a `<` with no `>` behind it begins no tag.
fn as_html(text: &str) -> String {
    let last_end = text.rfind('>');
    let mut html = String::with_capacity(text.len() + 16);
    let (mut at, bytes) = (0, text.as_bytes());
    while let Some(found) = memchr::memchr2(b'<', b'&', bytes.get(at..).unwrap_or_default()) {
        html.push_str(text.get(at..at + found).unwrap_or_default());
        at += found;
        let rest = bytes.get(at..).unwrap_or_default();
        html.push_str(match rest {
            [b'<', ..] if last_end.is_none_or(|end| at > end) && !rest.starts_with(b"<!--") => "&lt;",
            [b'<', ..] => "<",
            _ if is_entity(rest) => "&",
            _ => "&amp;",
        });
        at += 1;
    }
    html.push_str(text.get(at..).unwrap_or_default());
    html
}

fn is_entity(text: &[u8]) -> bool {
    let name = text.get(1..).unwrap_or_default();
    let end = name.iter().take(MAX_ENTITY + 1).position(|byte| *byte == b';');
    let name = end.and_then(|end| name.get(..end)).unwrap_or_default();
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
}

/// Lines without outer blanks and without control characters, never two empty ones in a row, cut at `limit` characters.
fn tidy(text: &str, limit: usize) -> String {
    let mut tidy = String::with_capacity(text.len().min(limit));
    let mut empty = 0;
    for line in text.split(['\n', '\r']) {
        let mut words = String::with_capacity(line.len());
        let line = visible(line);
        for word in line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
        if words.is_empty() || words == "-" {
            empty += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if empty > 1 { "\n\n" } else { "\n" });
        }
        empty = 0;
        tidy.push_str(&words);
    }
    match tidy.char_indices().nth(limit) {
        Some((at, _)) => {
            tidy.truncate(at);
            tidy.truncate(tidy.trim_end().len());
            tidy
        }
        None => tidy,
    }
}

/// Characters that show nothing, or change how text around them is shown: soft hyphens and places to break a word, marks
/// of direction, byte order marks. What joins letters or emoji stays.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

#[cfg(test)]
mod tests {
    use super::{line, plain};
    use proptest::prelude::*;

    #[test]
    fn markup_goes_and_text_stays() {
        for (html, text) in [
            ("Plain &amp; simple", "Plain & simple"),
            ("<p>Two</p><p>lines</p>", "Two\nlines"),
            ("<ul><li>one<li>two</ul>", "- one\n- two"),
            ("a<br/>b", "a\nb"),
            ("x < y && z > 1", "x < y && z > 1"),
            ("Gr&uuml;&szlig;e&nbsp;&#8364; &#x20AC; &unknown; &", "Grüße € € &unknown; &"),
            ("R&D, a=1&copy=2&region=3", "R&D, a=1&copy=2&region=3"),
            ("<script>alert('x')</script>ok<style>b{}</style>", "ok"),
            ("<script>never closed", ""),
            ("<template><b>x</b></template>y", "y"),
            ("a<!-- b -->c<!-- d", "ac"),
            ("<![CDATA[Packed <b>twice</b>]]>", "Packed twice"),
            ("nul\0 bell\u{7} \u{202e}turned", "nul bell turned"),
            ("<img src=x onerror=alert(1)>caption", "caption"),
            ("<a title='x > y'>link</a>", "link"),
            ("3 <b>bold</b> words", "3 bold words"),
            ("open <b", "open <b"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ] {
            assert_eq!(plain(html, 1000), text, "{html}");
        }
        assert_eq!(plain("abcdef", 3), "abc");
        assert_eq!(line(" a\n\tb ", 10), "a b");
    }

    #[test]
    fn what_was_escaped_any_number_of_times_is_text_in_the_end() {
        let mut html = "<p>60 &deg;C</p><script>alert(1)</script>".to_owned();
        for _ in 0..6 {
            assert_eq!(plain(&html, 100), "60 °C", "{html}");
            html = html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        }
        for _ in 0..40 {
            html = html.replace('&', "&amp;");
        }
        assert!(!plain(&html, 10_000).contains('<'));
    }

    #[test]
    fn invisible_characters_go_without_a_blank() {
        assert_eq!(
            plain("Akku\u{ad}schrauber Donau\u{200b}dampf&shy;schiff Lade&#173;ger&#xE4;t", 100),
            "Akkuschrauber Donaudampfschiff Ladegerät"
        );
        assert_eq!(line("\u{feff}A-1\u{200b}", 100), "A-1");
        assert_eq!(plain("👨\u{200d}👩\u{200d}👧", 100), "👨\u{200d}👩\u{200d}👧");
    }

    /// Each would take many minutes if every part was searched for its end; the runner stops what does not end.
    #[test]
    fn markup_without_an_end_costs_no_more_than_any_other() {
        for part in [
            "<a",
            "<a ",
            "<a b ",
            "&",
            "&a",
            "<script></script>",
            "<style></style>",
            "<!--",
            "<![CDATA[",
            "</",
            "<?",
            "<x y='",
        ] {
            let html = part.repeat(512 * 1024 / part.len());
            assert!(plain(&html, 100).chars().count() <= 100, "{part}");
            assert!(plain(&(html + ">"), 100).chars().count() <= 100, "{part}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_bounded_and_clean(html in ".{0,300}", limit in 0_usize..200) {
            let text = plain(&html, limit);
            prop_assert!(text.chars().count() <= limit);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        }

        #[test]
        fn what_is_plain_stays_as_it_is(parts in proptest::collection::vec(prop::sample::select(vec![
            "<b>", "</b>", "<", ">", "&", "amp;", "lt;", "gt;", "#60;", "<!--", "-->", "<script>", "</script>", "a", " ", "\"", "'", "=",
            "<![CDATA[", "]]>", "/", "\u{ad}",
        ]), 0..40)) {
            let text = plain(&parts.concat(), 10_000);
            prop_assert_eq!(plain(&text, 10_000), text);
        }
    }
}
