//! Reads the one shape that nearly every frame has, a piece of text as `JSON.stringify` writes it, in one pass and
//! without a reader of JSON (`chat/stream_chat_mode`).
//!
//! It says what a frame means or nothing at all. Whatever differs from the shape by a byte is [`super::meaning`]'s to
//! read, and what is read here must mean the same there: tests compare the two for any data.

use super::Frame;
use memchr::{memchr, memchr2};

/// The piece of text that a frame is; none if it may be anything else.
pub(super) fn chunk(data: &[u8]) -> Option<Frame> {
    let mut rest = data.strip_prefix(b"{\"")?;
    let (mut is_chunk, mut text, mut close) = (false, None, false);
    loop {
        // Of a repeated key the last value counts, as everywhere.
        rest = if let Some(value) = rest.strip_prefix(b"uuid\":\"") {
            passed_over(value)?
        } else if let Some(after) = rest.strip_prefix(b"sources\":[]") {
            after
        } else if let Some(after) = rest.strip_prefix(b"type\":\"textResponseChunk\"") {
            is_chunk = true;
            after
        } else if let Some(value) = rest.strip_prefix(b"textResponse\":\"") {
            let (read, after) = string(value)?;
            text = Some(read);
            after
        } else if let Some(after) = rest.strip_prefix(b"close\":false") {
            close = false;
            after
        } else if let Some(after) = rest.strip_prefix(b"close\":true") {
            close = true;
            after
        } else {
            rest.strip_prefix(b"error\":false")?
        };
        match rest {
            b"}" => break,
            [b',', b'"', key @ ..] => rest = key,
            _ => return None,
        }
    }
    is_chunk.then(|| Frame::Chunk { text: text.unwrap_or_default(), close })
}

/// What is behind a string that nobody wants and that holds nothing special.
fn passed_over(value: &[u8]) -> Option<&[u8]> {
    let (text, after) = value.split_at(memchr(b'"', value)?);
    let is_plain = text.is_ascii() && !has_control(text) && memchr(b'\\', text).is_none();
    after.get(1..).filter(|_| is_plain)
}

/// A string, and what is behind it.
fn string(value: &[u8]) -> Option<(String, &[u8])> {
    let (mut text, mut rest) = (String::new(), value);
    loop {
        let (plain, special) = rest.split_at(memchr2(b'"', b'\\', rest)?);
        if has_control(plain) {
            return None;
        }
        text.push_str(str::from_utf8(plain).ok()?);
        match special {
            [b'"', after @ ..] => return Some((text, after)),
            [_, escaped, after @ ..] => {
                text.push(unescaped(*escaped)?);
                rest = after;
            }
            _ => return None,
        }
    }
}

/// What JSON does not let stand in a string (RFC 8259 section 7). Without a way out in the middle, so that it is done
/// many bytes at a time.
fn has_control(text: &[u8]) -> bool {
    text.iter().fold(false, |found, byte| found | (*byte < 0x20))
}

/// Characters that are escaped by one letter.
fn unescaped(letter: u8) -> Option<char> {
    Some(match letter {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'"' | b'\\' | b'/' => char::from(letter),
        _ => return None,
    })
}
