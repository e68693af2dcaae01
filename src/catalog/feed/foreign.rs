//! What is no feed, told by how it begins, so that whoever gave its address or its file knows what it is: the error or
//! the page that a server sends in the place of a feed, a file of another kind.
//!
//! What is shown of it is short, on one line, and without what looks like a credential: servers repeat what was sent.

use super::FeedError;
use super::names::attribute;
use serde_json::{Map, Value};

/// What begins so is no text.
const BINARIES: &[(&[u8], &str)] = &[
    (b"BZh", "bzip2, which is not read; gzip and zip are"),
    (b"\xfd7zXZ\0", "xz, which is not read; gzip and zip are"),
    (b"\x28\xb5\x2f\xfd", "Zstandard, which is not read; gzip and zip are"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip, which is not read; gzip and zip are"),
    (b"Rar!", "RAR, which is not read; gzip and zip are"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save it as CSV"),
    (b"%PDF", "a PDF"),
];
/// Of a text that may be no feed, so many bytes are looked at.
const MOST_SEEN: usize = 4 * 1024;
/// Outermost elements of errors: of S3, of Azure, of SOAP, of shop systems.
const ERROR_ROOTS: [&str; 9] =
    ["error", "errors", "errorresponse", "fault", "envelope", "exception", "response", "result", "problem"];
/// Where errors say what is wrong, the best place first. In XML the code is told, too.
const WORDS: [&str; 12] = [
    "message",
    "error_message",
    "errormessage",
    "error_description",
    "faultstring",
    "detail",
    "reason",
    "description",
    "error",
    "errors",
    "title",
    "messages",
];
/// Keys of which an object has one that is an error.
const ERROR_KEYS: [&str; 10] = [
    "error",
    "errors",
    "message",
    "messages",
    "error_message",
    "errormessage",
    "error_description",
    "fault",
    "exception",
    "reason",
];
/// What has one of these is a product, whatever else it says.
const OF_PRODUCTS: [&str; 7] = ["id", "price", "sale_price", "availability", "image_link", "gtin", "brand"];
/// Objects and lists inside of each other that are looked into.
const MAX_DEPTH: u8 = 4;
/// Of what an error says, so many words and characters are told.
const MOST_WORDS: usize = 40;
const MOST_TOLD: usize = 120;
/// Longest word that is told.
const LONGEST_WORD: usize = 24;
/// A word with letters and digits of this length may be a part of a credential.
const LEAST_SECRET: usize = 6;

/// What bytes are that are no feed.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<FeedError> {
    let (_, what) = BINARIES.iter().find(|(begin, _)| bytes.starts_with(begin))?;
    Some(FeedError::NotAFeed(format!("it is {what}").into()))
}

/// What a text is that should be rows or JSON and is neither.
pub(super) fn of_text(text: &[u8]) -> Option<FeedError> {
    let text = text.trim_ascii_start();
    let what = match text {
        _ if is_page(text) => "it is a web page; is the address right?",
        [b'<', ..] => "it looks like XML; set the format to `google_xml`",
        [b'{' | b'[', ..] => "it looks like JSON; set the format to `jsonl`",
        _ => return of_bytes(text),
    };
    Some(FeedError::NotAFeed(what.into()))
}

/// What an object is that is no product but what a server says is wrong.
pub(super) fn of_object(object: &Map<String, Value>) -> Option<FeedError> {
    let is_product = |name: &String| {
        attribute(name)
            .is_some_and(|known| OF_PRODUCTS.contains(&known.name) && (known.name != "id" || known.rank == 0))
    };
    let is_error = |name: &String| ERROR_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name));
    // RFC 9457
    let is_problem = object.get("status").and_then(Value::as_u64).is_some_and(|status| status >= 400);
    if object.keys().any(is_product) || !(is_problem || object.keys().any(is_error)) {
        return None;
    }
    Some(error(says(&Value::Object(object.clone()), 0).as_deref().unwrap_or_default()))
}

/// The beginning of a text, and whether it was found to be no feed.
#[derive(Debug, Default)]
pub(super) struct Head {
    seen: Vec<u8>,
    refused: Option<FeedError>,
}

impl Head {
    /// Reads a part of the text. Of markup that is no feed more is waited for, because what it is stands further down.
    pub(super) fn read(
        &mut self,
        text: &[u8],
        read: impl FnOnce(&[u8]) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        let more = text.len().min(MOST_SEEN.saturating_sub(self.seen.len()));
        self.seen.extend_from_slice(text.get(..more).unwrap_or_default());
        let is_markup = self.seen.trim_ascii_start().starts_with(b"<");
        if self.refused.is_none() {
            match read(text) {
                Err(error @ FeedError::NotAFeed(_)) if is_markup => self.refused = Some(error),
                Err(error) => return self.end(Err(error)),
                Ok(()) => return Ok(()),
            }
        }
        if self.seen.len() < MOST_SEEN { Ok(()) } else { self.end(Ok(())) }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// How the reading ends, with what the text is if it is no feed.
    pub(super) fn end(&mut self, end: Result<(), FeedError>) -> Result<(), FeedError> {
        match self.refused.take().map_or(end, Err) {
            Err(FeedError::NotAFeed(what)) => Err(self.what().unwrap_or(FeedError::NotAFeed(what))),
            end => end,
        }
    }

    fn what(&self) -> Option<FeedError> {
        let text = String::from_utf8_lossy(self.seen.trim_ascii_start());
        if is_page(text.as_bytes()) {
            let title = elements(&text).find(|(name, _)| name == "title").map(|(_, title)| told(title));
            let title = title.filter(|title| !title.is_empty());
            let shown = title.map_or_else(String::new, |title| format!(" with the title `{title}`"));
            return Some(FeedError::NotAFeed(format!("it is a web page{shown}; is the address right?").into()));
        }
        if text.starts_with('<') {
            return of_elements(&text);
        }
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(&text) else { return None };
        of_object(&object)
    }
}

fn is_page(text: &[u8]) -> bool {
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    begins(b"<!doctype html") || begins(b"<html")
}

fn of_elements(text: &str) -> Option<FeedError> {
    let all: Vec<(String, &str)> = elements(text).collect();
    let (root, _) = all.first()?;
    if !ERROR_ROOTS.contains(&root.as_str()) {
        return None;
    }
    let find = |wanted: &str| {
        all.iter().find(|(name, text)| name == wanted && !text.trim().is_empty()).map(|(_, text)| text.trim())
    };
    let message = WORDS.into_iter().find_map(find);
    let said: Vec<&str> = [find("code"), message].into_iter().flatten().collect();
    Some(error(&said.join(": ")))
}

/// The elements with what stands directly behind their tags; names in lower case and without prefixes.
fn elements(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.split('<').skip(1).filter_map(|part| {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or(name);
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        is_name.then(|| (name.to_ascii_lowercase(), behind))
    })
}

fn says(value: &Value, depth: u8) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(all) => all.first().and_then(|first| says(first, depth + 1)),
        Value::Object(object) => WORDS.into_iter().find_map(|word| {
            let (_, value) = object.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
            says(value, depth + 1)
        }),
        _ => None,
    }
}

fn error(said: &str) -> FeedError {
    let told = told(said);
    let shown = if told.is_empty() { String::new() } else { format!(": `{told}`") };
    FeedError::NotAFeed(format!("it is an error{shown}").into())
}

/// The beginning of what a stranger says, on one line.
fn told(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut is_named = false;
    for word in text.split_whitespace().take(MOST_WORDS) {
        words.push(if is_secret(word) || (is_named && may_be_secret(word)) { "…" } else { word });
        let plain = word.to_ascii_lowercase();
        is_named = ["token", "key", "passw", "secret", "bearer", "basic", "authorization", "user", "signature"]
            .iter()
            .any(|name| plain.contains(name));
        // "Password: geheim"
        is_named |= words.last() == Some(&"…") && plain.ends_with(':');
    }
    let line = words.join(" ");
    let clean = line.chars().filter(|c| !c.is_control()).map(|c| if c == '`' { '\'' } else { c });
    let mut told: String = clean.take(MOST_TOLD).collect();
    if line.chars().count() > MOST_TOLD {
        told.push('…');
    }
    told
}

/// Whether a word may be what somebody keeps to himself, or hold it: an address, a setting, a code.
fn is_secret(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic) && word.len() >= LEAST_SECRET;
    is_mixed || word.chars().count() > LONGEST_WORD || word.contains(['=', '@']) || word.contains("://")
}

/// The same of a word behind one that names a secret: quoted, or no word that people write.
fn may_be_secret(word: &str) -> bool {
    let is_word = word.strip_suffix(['.', ',', '!', ';']).unwrap_or(word).chars().all(char::is_lowercase);
    !is_word
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn nothing_that_looks_like_a_credential_is_told() {
        for (said, shown) in [
            ("Rate limit exceeded", "Rate limit exceeded"),
            ("Access token required.", "Access token required."),
            ("Invalid token abcdef0123456789abcdef0123456789", "Invalid token …"),
            ("Password: Geheim", "Password: …"),
            ("Wrong key 'sesame'", "Wrong key …"),
            ("GET https://feed:secret@shop.example/?key=1 failed", "GET … failed"),
            ("user=feed denied", "… denied"),
            ("line one\r\n\u{1b}[31mline two", "line one … two"),
            ("`x`", "'x'"),
        ] {
            assert_eq!(told(said), shown, "{said}");
        }
        let long = told(&"word ".repeat(10_000));
        assert!(long.chars().count() <= 121 && long.ends_with('…'), "{long}");
    }
}
