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

#[cfg(test)]
mod tests {
    use super::*;

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
