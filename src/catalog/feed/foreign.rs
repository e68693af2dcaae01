//! What is no feed, told by how it begins, so that whoever gave its address or its file knows what it is.

use super::FeedError;

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

/// What bytes are that are no feed.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<FeedError> {
    let (_, what) = BINARIES.iter().find(|(begin, _)| bytes.starts_with(begin))?;
    Some(FeedError::NotAFeed(format!("it is {what}").into()))
}

/// What a text is that should be rows or JSON and is neither.
pub(super) fn of_text(text: &[u8]) -> Option<FeedError> {
    let text = text.trim_ascii_start();
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let what = match text {
        _ if begins(b"<!doctype html") || begins(b"<html") => "it is a web page; is the address right?",
        [b'<', ..] => "it looks like XML; set the format to `google_xml`",
        [b'{' | b'[', ..] => "it looks like JSON; set the format to `jsonl`",
        _ => return of_bytes(text),
    };
    Some(FeedError::NotAFeed(what.into()))
}
