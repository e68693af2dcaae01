//! Texts of feeds without their markup: descriptions are HTML in one shop and plain in the next.

use quick_xml::escape::resolve_html5_entity;

/// Elements whose content is not text.
const HIDDEN: [&str; 3] = ["script", "style", "template"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 18] = [
    "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "dt",
    "dd",
];

/// Longest name of an entity, in bytes.
const MAX_ENTITY: usize = 32;

/// The text of an HTML fragment, at most `limit` characters, free of control characters, in lines without outer blanks.
///
/// No part of it is looked through more than a few times, however it is put together.
pub(super) fn plain(html: &str, limit: usize) -> String {
    let mut text = String::with_capacity(html.len().min(limit));
    let mut rest = html;
    // Where no tag ends any more, none is looked for, or a row of `<a` would be searched to its end for each of them.
    let last_end = html.rfind('>').unwrap_or(0);
    while let Some(at) = rest.find(['<', '&']) {
        let (before, markup) = rest.split_at(at);
        text.push_str(before);
        let ends = html.len() - markup.len() < last_end;
        rest = if markup.starts_with('<') { tag(markup, ends, &mut text) } else { entity(markup, &mut text) };
    }
    text.push_str(rest);
    tidy(&text, limit)
}

/// One line without control characters, at most `limit` characters.
pub(super) fn line(text: &str, limit: usize) -> String {
    tidy(text, limit).replace('\n', " ")
}

/// Passes over a tag; gives what follows. A `<` that begins no tag is a character like others. `ends`: there is a `>`
/// behind it.
fn tag<'a>(markup: &'a str, ends: bool, text: &mut String) -> &'a str {
    let inside = markup.get(1..).unwrap_or_default();
    let named = inside.strip_prefix('/').unwrap_or(inside);
    if !named.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
        text.push('<');
        return inside;
    }
    if let Some(comment) = inside.strip_prefix("!--") {
        return comment.split_once("-->").map_or("", |(_, after)| after);
    }
    let Some((tag, after)) = ends.then(|| named.split_once('>')).flatten() else {
        text.push('<');
        return inside;
    };
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if BLOCKS.contains(&name.as_str()) {
        text.push('\n');
        if name == "li" && !inside.starts_with('/') {
            text.push_str("- ");
        }
    } else if name == "td" || name == "th" {
        text.push(' ');
    }
    if HIDDEN.contains(&name.as_str()) && !inside.starts_with('/') {
        return closing(after, &name);
    }
    after
}

/// From the closing tag of this name on; empty without one.
fn closing<'a>(html: &'a str, name: &str) -> &'a str {
    let mut tags = html.match_indices("</").map(|(at, _)| html.get(at..).unwrap_or_default());
    let is_named = |tag: &str| tag.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
    tags.find(|tag| is_named(tag)).unwrap_or_default()
}

fn entity<'a>(markup: &'a str, text: &mut String) -> &'a str {
    let inside = markup.get(1..).unwrap_or_default();
    let end = inside.bytes().take(MAX_ENTITY + 1).position(|byte| byte == b';');
    let meant = end.and_then(|end| inside.split_at_checked(end)).and_then(|(name, after)| {
        let after = after.get(1..)?;
        let meant = match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                };
                char::from_u32(code?)?.to_string()
            }
            None => resolve_html5_entity(name)?.to_owned(),
        };
        Some((meant, after))
    });
    if let Some((meant, after)) = meant {
        text.push_str(&meant);
        return after;
    }
    text.push('&');
    inside
}

/// Lines without outer blanks and without control characters, never two empty ones in a row, cut at `limit` characters.
fn tidy(text: &str, limit: usize) -> String {
    let mut tidy = String::with_capacity(text.len().min(limit));
    let mut empty = 0;
    for line in text.split(['\n', '\r']) {
        let mut words = String::with_capacity(line.len());
        for word in
            line.split(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c)).filter(|w| !w.is_empty())
        {
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

/// Characters that change how text around them is shown, or that show nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
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
            ("<script>alert('x')</script>ok<style>b{}</style>", "ok"),
            ("<script>never closed", ""),
            ("a<!-- b -->c<!-- d", "ac"),
            ("nul\0 bell\u{7} \u{202e}turned", "nul bell turned"),
            ("<img src=x onerror=alert(1)>caption", "caption"),
            ("3 <b>bold</b> words", "3 bold words"),
            ("open <b", "open <b"),
        ] {
            assert_eq!(plain(html, 1000), text, "{html}");
        }
        assert_eq!(plain("abcdef", 3), "abc");
        assert_eq!(line(" a\n\tb ", 10), "a b");
    }

    /// Each would take many minutes if every part was searched for its end; the runner stops what does not end.
    #[test]
    fn markup_without_an_end_costs_no_more_than_any_other() {
        for part in ["<a", "&", "<script></script>"] {
            let html = part.repeat(4 * 1024 * 1024 / part.len());
            assert!(plain(&html, 100).chars().count() <= 100, "{part}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_bounded_and_clean(html in ".{0,300}", limit in 0_usize..200) {
            let text = plain(&html, limit);
            prop_assert!(text.chars().count() <= limit);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
