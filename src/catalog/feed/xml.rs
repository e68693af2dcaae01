//! Google product data as RSS 2.0 or Atom: cuts the stream into `<item>` and `<entry>` elements.
//!
//! Only the borders of markup are followed here: tags with their quotes, comments, CDATA, instructions and the document
//! type. The document type is passed over, so no entity is ever defined by the sender, let alone expanded. What stands
//! inside of an item is read by `xml_item` once it is whole.

use super::record::{BadRecord, Fault};
use super::xml_item::{self, Prefix};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};

/// Longest tag outside of items, in bytes.
const MAX_TAG: usize = 16 * 1024;
const ROOTS: [&[u8]; 5] = [b"rss", b"feed", b"RDF", b"channel", b"products"];

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
}

#[derive(Debug)]
pub(super) struct Xml {
    at: At,
    /// The markup since `<`: whole while it may be needed, else only its first bytes.
    markup: Vec<u8>,
    /// The item being read, with its own tags.
    item: Option<Vec<u8>>,
    item_name: Vec<u8>,
    /// The item is longer than may be; bytes so far.
    skipped: usize,
    /// Bytes since something was recognised outside of items.
    idle: usize,
    root: Option<Vec<u8>>,
    closed: bool,
    prefix: Prefix,
    number: u64,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            at: At::Text,
            markup: Vec::new(),
            item: None,
            item_name: Vec::new(),
            skipped: 0,
            idle: 0,
            root: None,
            closed: false,
            prefix: Prefix::default(),
            number: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        for byte in bytes {
            self.step(*byte, entries)?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<(), FeedError> {
        match (&self.root, self.closed) {
            (None, _) => Err(FeedError::NotAFeed("it has no XML element")),
            (Some(_), false) => Err(FeedError::Truncated("its outermost element is not closed")),
            (Some(_), true) => Ok(()),
        }
    }

    fn step(&mut self, byte: u8, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.keep(byte)?;
        self.at = match self.at {
            At::Text if byte == b'<' => {
                self.markup.clear();
                At::Open
            }
            At::Text => {
                if self.root.is_none() && !byte.is_ascii_whitespace() {
                    return Err(FeedError::NotAFeed("it does not begin with an XML element"));
                }
                At::Text
            }
            At::Open => {
                self.markup.push(byte);
                match self.markup.as_slice() {
                    b"?" => At::Instruction(false),
                    b"!" | b"!-" => At::Open,
                    b"!--" => At::Comment(0),
                    b"![CDATA[" => At::CData(0),
                    seen if b"![CDATA[".starts_with(seen) => At::Open,
                    [b'!', ..] => At::DocType(0, None),
                    [b'>'] => At::Text,
                    _ => At::Tag(None),
                }
            }
            At::Tag(quote) => self.in_tag(byte, quote, entries)?,
            At::Comment(2..) | At::CData(2..) if byte == b'>' => At::Text,
            At::Comment(dashes) => At::Comment(if byte == b'-' { dashes.saturating_add(1) } else { 0 }),
            At::CData(brackets) => At::CData(if byte == b']' { brackets.saturating_add(1) } else { 0 }),
            At::Instruction(asked) => {
                if self.root.is_none() && self.markup.len() < MAX_TAG {
                    self.markup.push(byte);
                }
                if asked && byte == b'>' {
                    self.declaration()?;
                    At::Text
                } else {
                    At::Instruction(byte == b'?')
                }
            }
            At::DocType(depth, Some(quote)) => At::DocType(depth, (byte != quote).then_some(quote)),
            At::DocType(depth, None) => match byte {
                b'"' | b'\'' => At::DocType(depth, Some(byte)),
                b'[' => At::DocType(depth.saturating_add(1), None),
                b']' => At::DocType(depth.saturating_sub(1), None),
                b'>' if depth == 0 => At::Text,
                _ => At::DocType(depth, None),
            },
        };
        Ok(())
    }

    /// Puts the byte to the item it belongs to, within the bounds.
    fn keep(&mut self, byte: u8) -> Result<(), FeedError> {
        match &mut self.item {
            Some(_) if self.skipped > 0 => {
                self.skipped += 1;
                if self.skipped > MAX_SKIP {
                    return Err(FeedError::Endless);
                }
            }
            Some(item) if item.len() >= MAX_RECORD => {
                self.skipped = item.len() + 1;
                *item = Vec::new();
            }
            Some(item) => item.push(byte),
            None => {
                self.idle += 1;
                if self.idle > MAX_SKIP {
                    return Err(FeedError::Endless);
                }
            }
        }
        Ok(())
    }

    fn in_tag(&mut self, byte: u8, quote: Option<u8>, entries: &mut Vec<Entry>) -> Result<At, FeedError> {
        if quote.is_none() && byte == b'>' {
            self.tag(entries)?;
            return Ok(At::Text);
        }
        if self.markup.len() < MAX_TAG {
            self.markup.push(byte);
        } else if self.item.is_none() {
            return Err(FeedError::Endless);
        }
        Ok(At::Tag(match quote {
            Some(open) => (byte != open).then_some(open),
            None => matches!(byte, b'"' | b'\'').then_some(byte),
        }))
    }

    fn tag(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let markup = std::mem::take(&mut self.markup);
        let (closing, inner) = match markup.strip_prefix(b"/") {
            Some(inner) => (true, inner),
            None => (false, markup.as_slice()),
        };
        let end = inner.iter().position(|b| b.is_ascii_whitespace() || *b == b'/').unwrap_or(inner.len());
        let name = local(inner.get(..end).unwrap_or_default());
        let is_item = matches!(name, b"item" | b"entry");
        let empty = !closing && inner.ends_with(b"/");
        self.idle = 0;
        if self.root.is_none() && !closing {
            if !ROOTS.contains(&name) {
                return Err(FeedError::NotAFeed("its outermost element is not that of a feed"));
            }
            self.root = Some(name.to_vec());
        }
        if self.item.is_some() {
            if closing && name == self.item_name {
                self.end_item(entries);
            } else if is_item && !closing && !empty {
                self.number += 1;
                entries.push(Err(BadRecord { number: self.number, fault: Fault::Unclosed }));
                self.begin_item(name, &markup);
            } else if closing && self.root.as_deref() == Some(name) {
                self.number += 1;
                entries.push(Err(BadRecord { number: self.number, fault: Fault::Unclosed }));
                (self.item, self.skipped, self.closed) = (None, 0, true);
            }
        } else if is_item && !closing {
            self.begin_item(name, &markup);
            if empty {
                self.end_item(entries);
            }
        } else if closing {
            self.closed |= self.root.as_deref() == Some(name);
        } else {
            self.prefix.learn(inner);
            self.closed |= empty && self.root.as_deref() == Some(name);
        }
        Ok(())
    }

    fn begin_item(&mut self, name: &[u8], markup: &[u8]) {
        self.prefix.learn(markup);
        self.item_name = name.to_vec();
        self.skipped = 0;
        let mut item = Vec::with_capacity(1024);
        item.push(b'<');
        item.extend_from_slice(markup);
        item.push(b'>');
        self.item = Some(item);
    }

    fn end_item(&mut self, entries: &mut Vec<Entry>) {
        let item = self.item.take().unwrap_or_default();
        self.number += 1;
        let number = self.number;
        let too_large = std::mem::take(&mut self.skipped) > 0;
        let read = if too_large { Err(Fault::TooLarge) } else { xml_item::read(number, &item, &self.prefix) };
        entries.push(read.map_err(|fault| BadRecord { number, fault }));
    }

    /// The XML declaration may name another encoding.
    fn declaration(&mut self) -> Result<(), FeedError> {
        let markup = std::mem::take(&mut self.markup).to_ascii_lowercase();
        if self.root.is_some() || !markup.starts_with(b"?xml") {
            return Ok(());
        }
        let Some(at) = memchr::memmem::find(&markup, b"encoding") else { return Ok(()) };
        let rest = markup.get(at..).unwrap_or_default();
        let named = rest.split(|byte| matches!(byte, b'"' | b'\'')).nth(1).unwrap_or_default();
        if matches!(named, b"utf-8" | b"utf8" | b"us-ascii") {
            Ok(())
        } else {
            Err(FeedError::Encoding("its XML declaration names another encoding"))
        }
    }
}

/// A name without its prefix.
pub(super) fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}
