//! Reads the one shape that nearly every frame has, a piece of text as `JSON.stringify` writes it, in one pass and
//! without a reader of JSON (`chat/stream_chat_mode`).
//!
//! It says what a frame means or nothing at all. Whatever differs from the shape by a byte is [`super::meaning`]'s to
//! read, and what is read here must mean the same there: tests compare the two for any data.

use super::Frame;
use memchr::memchr;

/// Remembers of the last piece what stood around its text. It is the same for all pieces of an answer, and what is the
/// same means the same.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    around: Option<Around>,
}

#[derive(Debug)]
struct Around {
    /// With the quotation mark before the text.
    head: Box<[u8]>,
    /// From the quotation mark behind the text on.
    tail: Box<[u8]>,
    close: bool,
}

impl Chunks {
    /// The piece of text that a frame is; none if it may be anything else.
    pub(super) fn read(&mut self, data: &[u8]) -> Option<Frame> {
        if let Some(Around { head, tail, close }) = &self.around
            && let Some(value) = data.strip_prefix(&**head)
            && let Some((text, rest)) = string(value)
            && *rest == **tail
        {
            return Some(Frame::Chunk { text, close: *close });
        }
        let (frame, text_at) = chunk(data)?;
        if let (Frame::Chunk { close, .. }, Some(at)) = (&frame, text_at)
            && let Some((head, value)) = data.split_at_checked(at)
            && let Some((_, tail)) = string(value)
        {
            self.around = Some(Around { head: head.into(), tail: tail.into(), close: *close });
        }
        Some(frame)
    }
}

/// The piece, and where its text begins if it has one.
fn chunk(data: &[u8]) -> Option<(Frame, Option<usize>)> {
    let mut rest = data.strip_prefix(b"{\"")?;
    let (mut is_chunk, mut text, mut text_at, mut close) = (false, None, None, false);
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
            text_at = Some(data.len() - value.len());
            let (read, behind) = string(value)?;
            text = Some(read);
            behind.get(1..)?
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
    is_chunk.then(|| (Frame::Chunk { text: text.unwrap_or_default(), close }, text_at))
}

/// What is behind a string that nobody wants and that holds nothing special.
fn passed_over(value: &[u8]) -> Option<&[u8]> {
    let (text, behind) = value.split_at(memchr(b'"', value)?);
    let is_plain = text.is_ascii() && text.iter().all(|byte| !is_special(*byte));
    behind.get(1..).filter(|_| is_plain)
}

/// A string, and what is behind it, from its quotation mark on.
fn string(value: &[u8]) -> Option<(String, &[u8])> {
    let (mut text, mut rest) = (String::new(), value);
    loop {
        // Pieces are short: sooner looked through than searched.
        let (plain, special) = rest.split_at(rest.iter().position(|byte| is_special(*byte))?);
        let plain = str::from_utf8(plain).ok()?;
        match special {
            [b'"', ..] if text.is_empty() => return Some((plain.to_owned(), special)),
            [b'"', ..] => {
                text.push_str(plain);
                return Some((text, special));
            }
            [b'\\', escaped, after @ ..] => {
                text.push_str(plain);
                text.push(unescaped(*escaped)?);
                rest = after;
            }
            // A control character, which may not stand here (RFC 8259 section 7), or the end.
            _ => return None,
        }
    }
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
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
