//! What AnythingLLM wraps around the texts and addresses of documents, taken off again.

use std::borrow::Cow;

const METADATA: (&str, &str) = ("<document_metadata>", "</document_metadata>");

/// A passage as it stands in the document. AnythingLLM puts the document's name and date before every passage, for the
/// model to read (`vector-search/basic`).
pub fn readable_text(passage: &str) -> &str {
    let (open, close) = METADATA;
    match passage.strip_prefix(open).and_then(|rest| rest.split_once(close)) {
        Some((_, text)) => text.trim_start(),
        None => passage,
    }
}

/// An answer without the model's reasoning, which is stored before it (`<think>…</think>`).
pub fn answer_text(stored: &str) -> &str {
    match stored.trim_start().strip_prefix("<think>") {
        Some(rest) => rest.split_once("</think>").map_or("", |(_, answer)| answer),
        None => stored,
    }
}

/// The address under which a reader can open a document, if it has one. AnythingLLM writes addresses in forms of its
/// own: `web://https://shop.example/returns.website` for a stored text with an address, `link://https://…` for a page
/// it has read, `file://returns.txt` for what has no address at all (`documents/raw_text`).
pub fn web_address(url: &str) -> Option<Cow<'_, str>> {
    let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if is_web(url) {
        return Some(Cow::Borrowed(url));
    }
    let (scheme, inner) = url.split_once("://")?;
    let inner = if scheme == "web" { inner.strip_suffix(".website").unwrap_or(inner) } else { inner };
    is_web(inner).then_some(Cow::Borrowed(inner))
}

/// Longest description that is taken for a name, in characters.
const LONGEST_NAME: usize = 200;

/// The name that a reader knows a document by. AnythingLLM makes a file name of the title of a stored text
/// (`pg/raw_text`: `Hammer HM-1003` becomes `hammer-hm-1003.txt`); the readable name is in its description, for products
/// behind brand and category. Without a description the file name is made as readable as it can be.
pub fn readable_title(title: Option<&str>, description: Option<&str>) -> Option<String> {
    let file = title.map(str::trim).filter(|title| !title.is_empty());
    let stem = file.map(stem);
    if let Some(name) = description.map(str::trim).filter(|name| is_name(name)) {
        return Some(stem.and_then(|stem| named_like(name, stem)).unwrap_or(name).to_owned());
    }
    let (file, stem) = file.zip(stem)?;
    let is_slug = stem.len() < file.len() && stem.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !is_slug {
        return Some(stem.to_owned());
    }
    let words = stem.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}

/// The address under which a reader can open the document that a passage is of.
pub fn readable_address(url: Option<&str>, chunk_source: Option<&str>, doc_source: Option<&str>) -> Option<String> {
    [url, chunk_source, doc_source].into_iter().flatten().find_map(web_address).map(Cow::into_owned)
}

/// Whether a description names the document, and is not AnythingLLM's word for none or an essay.
fn is_name(description: &str) -> bool {
    const NONE: [&str; 2] = ["unknown", "no description found"];
    let is_none = NONE.iter().any(|none| description.trim_end_matches('.').eq_ignore_ascii_case(none));
    let is_line = description.chars().take(LONGEST_NAME + 1).count() <= LONGEST_NAME && !description.contains('\n');
    !description.is_empty() && !is_none && is_line
}

/// A file's name without the extension of a text.
fn stem(file: &str) -> &str {
    const TEXTS: [&str; 8] = ["txt", "md", "html", "website", "pdf", "docx", "odt", "json"];
    match file.rsplit_once('.') {
        Some((stem, kind)) if !stem.is_empty() && TEXTS.iter().any(|text| kind.eq_ignore_ascii_case(text)) => stem,
        _ => file,
    }
}

/// The part of a description that the file was named after: `Hammer HM-1003` of `Nordwerk: Hammer HM-1003`. A long name
/// is cut in the file's.
fn named_like<'a>(description: &'a str, stem: &'a str) -> Option<&'a str> {
    let plain =
        |text: &'a str| text.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let parts = description.match_indices(": ").map(|(at, colon)| &description[at + colon.len()..]);
    let is_it = |part: &&'a str| {
        let (mut letters, mut wanted) = (plain(part), plain(stem).peekable());
        wanted.peek().is_some() && wanted.all(|wanted| letters.next() == Some(wanted))
    };
    std::iter::once(description).chain(parts).find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_a_document_is_called_has_a_title(title in "\\PC{1,40}", description in "\\PC{0,40}") {
            let readable = readable_title(Some(&title), Some(&description));
            prop_assert_eq!(readable.is_some(), !title.trim().is_empty() || is_name(description.trim()));
            prop_assert!(readable.is_none_or(|title| title == title.trim()));
        }
    }

    #[test]
    fn a_title_is_what_people_call_the_document() {
        for (title, description, readable) in [
            ("hammer-hm-1003.txt", "Nordwerk: Hammer HM-1003", "Hammer HM-1003"),
            ("hammer-hm-1003.txt", "Nordwerk, Tools: hammers: Hammer HM-1003", "Hammer HM-1003"),
            // A product without brand and category, and one with a colon in its name.
            ("hammer-hm-1003.txt", "Hammer HM-1003", "Hammer HM-1003"),
            ("set-3-blades.txt", "Nordwerk: Set: 3 blades", "Set: 3 blades"),
            // The file's name tells nothing of it.
            ("gateway-notes.txt", "notes about gateway", "notes about gateway"),
            ("muetze.txt", "Nordwerk: Mütze", "Nordwerk: Mütze"),
            ("returns-and-refunds.txt", "no description found", "Returns and refunds"),
            ("birds.txt", "Unknown", "Birds"),
            ("Garantie NW-18.pdf", "Unknown", "Garantie NW-18"),
            ("a b.txt", "", "a b"),
            ("v1.2", "No description found.", "v1.2"),
        ] {
            assert_eq!(readable_title(Some(title), Some(description)).as_deref(), Some(readable), "{title}");
        }
        let essay = "word ".repeat(100);
        assert_eq!(readable_title(Some("a-b.txt"), Some(&essay)).as_deref(), Some("A b"));
        assert_eq!(readable_title(None, None), None);
    }

    #[test]
    fn an_address_is_the_first_that_opens() {
        let page = "https://shop.example/hm-1003";
        let link = format!("link://{page}");
        for (url, chunk_source, doc_source, address) in [
            (Some("file://hammer-hm-1003.txt"), Some(link.as_str()), Some("unit"), Some(page)),
            (Some("web://https://a.example/x.website"), Some(&link), None, Some("https://a.example/x")),
            (None, None, Some(page), Some(page)),
            (Some("file://a.txt"), Some("a.txt"), Some("no source set"), None),
        ] {
            assert_eq!(readable_address(url, chunk_source, doc_source).as_deref(), address, "{url:?}");
        }
    }

    #[test]
    fn the_note_to_the_model_is_not_part_of_a_passage() {
        let passage = "<document_metadata>\nsourceDocument: a.txt\n</document_metadata>\n\nTomatoes need sun.";
        assert_eq!(readable_text(passage), "Tomatoes need sun.");
        for plain in ["Tomatoes need sun.", "<document_metadata> never closed", ""] {
            assert_eq!(readable_text(plain), plain);
        }
    }

    #[test]
    fn reasoning_is_not_part_of_an_answer() {
        assert_eq!(answer_text("<think>hm</think>yes"), "yes");
        assert_eq!(answer_text("<think>cut off"), "");
        assert_eq!(answer_text("use <think> here"), "use <think> here");
    }

    #[test]
    fn only_addresses_that_open_are_given_away() {
        for (url, address) in [
            ("https://shop.example/a", Some("https://shop.example/a")),
            ("web://https://example.test/notes.website", Some("https://example.test/notes")),
            ("link://http://example.test/x", Some("http://example.test/x")),
            ("file://gardening.txt", None),
            ("javascript:alert(1)", None),
            ("web://javascript:x.website", None),
            ("", None),
        ] {
            assert_eq!(web_address(url).as_deref(), address, "{url}");
        }
    }
}
