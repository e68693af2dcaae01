//! The borders of markup, byte by byte: tags with their quotes, comments, CDATA, instructions and the document type.
//!
//! The document type is passed over, so no entity is ever defined by the sender, let alone expanded. What the tags mean
//! is not known here.

use super::MAX_RECORD;
use super::xml_elements::begins_a_tag;

/// Longest tag that is kept whole, in bytes; of a longer one the name is known.
const MAX_TAG: usize = MAX_RECORD;

/// Where the reading is in the markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Text,
    /// After `<`, before it is known what follows.
    Open,
    /// In a tag, perhaps in a quoted value.
    Tag(Option<u8>),
    /// In a comment; the dashes before here.
    Comment(u8),
    /// In CDATA; the brackets before here.
    CData(u8),
    /// In `<? … ?>`; whether a question mark stands before here.
    Instruction(bool),
    /// In the document type: brackets open, quote open.
    DocType(u8, Option<u8>),
    /// In a comment or an instruction of the document type: brackets open around it, what ends it, and how much of that
    /// was seen.
    DocTypeAside(u8, &'static [u8], usize),
}

#[derive(Debug)]
pub(super) struct Markup {
    at: At,
    /// The markup since `<`: whole while it may be needed, else only its first bytes.
    seen: Vec<u8>,
    /// The tag is longer than is kept; its last byte.
    tag_cut: bool,
    tag_last: u8,
}

/// A tag that is whole.
#[derive(Debug)]
pub(super) struct Tag {
    /// What stands between `<` and `>`, or the beginning of it.
    pub(super) inside: Vec<u8>,
    pub(super) is_cut: bool,
    /// The last byte before `>`.
    last: u8,
}

/// What a byte begins or ends.
#[derive(Debug)]
pub(super) enum Step {
    Nothing,
    /// Text, and no blank.
    Text,
    /// Markup begins with it.
    Begins,
    Tag(Tag),
}

impl Tag {
    pub(super) fn is_closing(&self) -> bool {
        self.inside.first() == Some(&b'/')
    }

    /// Whether it ends itself: `<br/>`.
    pub(super) fn is_empty(&self) -> bool {
        let ends = if self.is_cut { self.last == b'/' } else { self.inside.ends_with(b"/") };
        !self.is_closing() && ends
    }

    /// Its name with its prefix.
    pub(super) fn name(&self) -> &[u8] {
        let inner = self.inside.strip_prefix(b"/").unwrap_or(&self.inside);
        let end = inner.iter().position(|b| b.is_ascii_whitespace() || *b == b'/').unwrap_or(inner.len());
        inner.get(..end).unwrap_or_default()
    }
}

impl Markup {
    pub(super) const fn new() -> Self {
        Self { at: At::Text, seen: Vec::new(), tag_cut: false, tag_last: 0 }
    }

    /// Whether the next byte is text, unless it is `<`.
    pub(super) fn is_text(&self) -> bool {
        self.at == At::Text
    }

    /// Looks at the next byte.
    pub(super) fn step(&mut self, byte: u8) -> Step {
        self.at = match self.at {
            At::Text if byte == b'<' => {
                self.seen.clear();
                self.at = At::Open;
                return Step::Begins;
            }
            At::Text => return if byte.is_ascii_whitespace() { Step::Nothing } else { Step::Text },
            At::Open => self.open(byte),
            At::Tag(None) if byte == b'>' => {
                self.at = At::Text;
                let inside = std::mem::take(&mut self.seen);
                return Step::Tag(Tag { inside, is_cut: std::mem::take(&mut self.tag_cut), last: self.tag_last });
            }
            At::Tag(quote) => self.in_tag(byte, quote),
            At::Comment(2..) | At::CData(2..) | At::Instruction(true) if byte == b'>' => At::Text,
            At::Comment(dashes) => At::Comment(if byte == b'-' { dashes.saturating_add(1) } else { 0 }),
            At::CData(brackets) => At::CData(if byte == b']' { brackets.saturating_add(1) } else { 0 }),
            At::Instruction(_) => At::Instruction(byte == b'?'),
            At::DocType(depth, Some(quote)) => At::DocType(depth, (byte != quote).then_some(quote)),
            At::DocTypeAside(depth, end, seen) => match end.get(seen) {
                Some(wanted) if *wanted == byte && seen + 1 == end.len() => At::DocType(depth, None),
                Some(wanted) if *wanted == byte => At::DocTypeAside(depth, end, seen + 1),
                // Any number of dashes may stand before `>`.
                _ if byte == b'-' && seen == 2 => At::DocTypeAside(depth, end, 2),
                _ => At::DocTypeAside(depth, end, usize::from(end.first() == Some(&byte))),
            },
            At::DocType(depth, None) => match self.aside(byte) {
                Some(end) => At::DocTypeAside(depth, end, 0),
                None => match byte {
                    b'"' | b'\'' => At::DocType(depth, Some(byte)),
                    b'[' => At::DocType(depth.saturating_add(1), None),
                    b']' => At::DocType(depth.saturating_sub(1), None),
                    b'>' if depth == 0 => At::Text,
                    _ => At::DocType(depth, None),
                },
            },
        };
        Step::Nothing
    }

    fn open(&mut self, byte: u8) -> At {
        self.seen.push(byte);
        match self.seen.as_slice() {
            b"?" => At::Instruction(false),
            b"!" | b"!-" => At::Open,
            b"!--" => At::Comment(0),
            b"![CDATA[" => At::CData(0),
            seen if b"![CDATA[".starts_with(seen) => At::Open,
            [b'!', ..] => At::DocType(0, None),
            // "Rohr < 20 mm" is no tag, whatever XML says.
            [first] if !begins_a_tag(*first) => At::Text,
            _ => At::Tag(None),
        }
    }

    fn in_tag(&mut self, byte: u8, quote: Option<u8>) -> At {
        if self.seen.len() < MAX_TAG {
            self.seen.push(byte);
        } else {
            self.tag_cut = true;
        }
        self.tag_last = byte;
        At::Tag(match quote {
            Some(open) => (byte != open).then_some(open),
            None => matches!(byte, b'"' | b'\'').then_some(byte),
        })
    }

    /// What ends the comment or the instruction that begins with this byte of the document type.
    fn aside(&mut self, byte: u8) -> Option<&'static [u8]> {
        if self.seen.len() > 8 {
            self.seen.drain(..5);
        }
        self.seen.push(byte);
        match self.seen.as_slice() {
            [.., b'<', b'!', b'-', b'-'] => Some(b"-->"),
            [.., b'<', b'?'] => Some(b"?>"),
            _ => None,
        }
    }
}
