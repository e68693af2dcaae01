//! Rows cut into fields, in the two ways in which they may be meant.
//!
//! By RFC 4180 a field that begins with a quote goes on, over delimiters and line ends, to the quote that ends it. But
//! shops that sell by the inch put quotes anywhere, and then one would swallow everything up to the next. So a row can
//! also be cut at each delimiter, with quotes as characters like others unless they enclose a whole field.

use std::borrow::Cow;

/// Columns of a row at most; one more says that there are too many.
pub(super) const MAX_COLUMNS: usize = 512;

const QUOTE: u8 = b'"';
/// Blank lines as they follow each other, with either end.
const LINE_FEEDS: &[u8; 64] = &[b'\n'; 64];
const BOTH_ENDS: &[u8; 32] = b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";

/// How many bytes at the beginning are blank lines, and how many lines those are. In large steps: some feeds have
/// millions of them.
pub(super) fn blank_lines(bytes: &[u8]) -> (usize, u64) {
    let (size, each) = match bytes {
        [b'\n', ..] => (run(bytes, LINE_FEEDS, 1), 1),
        [b'\r', b'\n', ..] => (run(bytes, BOTH_ENDS, 2), 2),
        _ => (0, 1),
    };
    (size, u64::try_from(size / each).unwrap_or(0))
}

fn run(bytes: &[u8], block: &[u8], unit: usize) -> usize {
    let whole = bytes.chunks_exact(block.len()).take_while(|part| *part == block).count() * block.len();
    let rest = bytes.get(whole..).unwrap_or_default();
    let one = block.get(..unit).unwrap_or_default();
    whole + rest.chunks_exact(unit).take_while(|part| *part == one).count() * unit
}

/// Fields of a row whose quotes may enclose delimiters and line ends. None: a quote is open at the end.
pub(super) fn quoted(row: &str, delimiter: u8) -> Option<Vec<Cow<'_, str>>> {
    let bytes = row.as_bytes();
    let mut fields = Vec::new();
    let mut start = 0;
    while fields.len() <= MAX_COLUMNS {
        let (end, field) = if bytes.get(start) == Some(&QUOTE) {
            let end = closing(bytes, start + 1, delimiter)?;
            (end + 1, unescape(row.get(start + 1..end)?))
        } else {
            let rest = bytes.get(start..)?;
            let end = start + memchr::memchr(delimiter, rest).unwrap_or(rest.len());
            (end, Cow::Borrowed(row.get(start..end)?))
        };
        fields.push(field);
        if end >= bytes.len() {
            break;
        }
        start = end + 1;
    }
    Some(fields)
}

/// Fields of a row between one delimiter and the next.
pub(super) fn literal(row: &str, delimiter: u8) -> Vec<Cow<'_, str>> {
    let parts = row.split(char::from(delimiter)).take(MAX_COLUMNS + 1);
    parts
        .map(|part| {
            let enclosed = part.strip_prefix('"').and_then(|part| part.strip_suffix('"'));
            match enclosed.filter(|inside| !has_lone_quote(inside)) {
                Some(inside) => unescape(inside),
                None => Cow::Borrowed(part),
            }
        })
        .collect()
}

/// Whether a quoted field is open where this line ends; `open`: one was open where it began.
pub(super) fn is_open_after(line: &[u8], delimiter: u8, open: bool) -> bool {
    let mut at = 0;
    let mut open = open;
    loop {
        if open {
            match closing(line, at, delimiter) {
                None => return true,
                Some(end) => at = end + 1,
            }
            open = false;
        } else if line.get(at) == Some(&QUOTE) {
            at += 1;
            open = true;
            continue;
        } else {
            match memchr::memchr(delimiter, line.get(at..).unwrap_or_default()) {
                None => return false,
                Some(next) => at += next,
            }
        }
        // At a delimiter, or at the end.
        if at >= line.len() {
            return false;
        }
        at += 1;
    }
}

/// Where the quote is that ends a field: before a delimiter or a line end, and not one of two.
fn closing(bytes: &[u8], from: usize, delimiter: u8) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(QUOTE, bytes.get(at..)?)?;
        match bytes.get(at + 1) {
            None => return Some(at),
            Some(next) if *next == delimiter => return Some(at),
            Some(&QUOTE) => at += 2,
            // Somebody's inch mark.
            Some(_) => at += 1,
        }
    }
}

/// A row without the blanks that stand between a delimiter and a quote; none: there are none.
pub(super) fn unblanked(row: &str, delimiter: u8) -> Option<String> {
    let delimiter = char::from(delimiter);
    let mut parts = row.split(delimiter);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut found = false;
    for part in parts {
        whole.push(delimiter);
        let trimmed = part.trim_start_matches(' ');
        let is_quote = trimmed.len() < part.len() && trimmed.starts_with('"');
        found |= is_quote;
        whole.push_str(if is_quote { trimmed } else { part });
    }
    found.then_some(whole)
}

fn has_lone_quote(text: &str) -> bool {
    text.replace("\"\"", "").contains('"')
}

fn unescape(text: &str) -> Cow<'_, str> {
    if text.contains("\"\"") { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::{is_open_after, literal, quoted};
    use proptest::prelude::*;

    #[test]
    fn quotes_enclose_delimiters_and_line_ends() {
        assert_eq!(quoted("1,\"a,b\nc\",\"d \"\"e\"\"\",", b',').unwrap(), ["1", "a,b\nc", "d \"e\"", ""]);
        assert_eq!(quoted("1,Rohr 2\",3", b',').unwrap(), ["1", "Rohr 2\"", "3"]);
        assert_eq!(quoted("1,\"2\" Rohr, verzinkt\",3", b',').unwrap(), ["1", "2\" Rohr, verzinkt", "3"]);
        assert_eq!(quoted("1,\"2 Zoll,3", b','), None);
        assert_eq!(quoted("", b',').unwrap(), [""]);
    }

    #[test]
    fn quotes_that_enclose_no_field_are_characters() {
        assert_eq!(literal("1\t\"2 Zoll\t3\"\t\"x \"\"y\"\"\"\t\"", b'\t'), ["1", "\"2 Zoll", "3\"", "x \"y\"", "\""]);
    }

    proptest! {
        #[test]
        fn line_by_line_says_the_same_as_the_whole(row in "[\",a\n]{0,40}") {
            let open = row.split('\n').fold(false, |open, line| is_open_after(line.as_bytes(), b',', open));
            // Where a line ends inside of quotes it does not end the field, so only the end of the whole counts.
            let mut joined = String::new();
            let mut inside = false;
            let mut last = None;
            for line in row.split('\n') {
                if inside { joined.push('\n'); } else { joined.clear(); }
                joined.push_str(line);
                inside = is_open_after(line.as_bytes(), b',', inside);
                last = Some(quoted(&joined, b',').is_none());
            }
            prop_assert_eq!(last, Some(open));
        }
    }
}
