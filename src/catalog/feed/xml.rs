//! Google product data as RSS 2.0 or Atom, and the elements that shop systems have of their own: cuts the stream into
//! the elements that are a product each.
//!
//! Only the borders of markup are followed here: tags with their quotes, comments, CDATA, instructions and the document
//! type. The document type is passed over, so no entity is ever defined by the sender, let alone expanded. What stands
//! inside of an item is read by `xml_item` once it is whole.

use super::record::{BadRecord, Fault, Place};
use super::xml_item::{self, Prefix};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};

/// Longest tag outside of items, in bytes.
const MAX_TAG: usize = 16 * 1024;
/// Outermost elements of a feed, even of one without a product. Any other is one if it has products.
const ROOTS: [&[u8]; 14] = [
    b"rss",
    b"feed",
    b"rdf",
    b"channel",
    b"products",
    b"items",
    b"offers",
    b"shop",
    b"catalog",
    b"catalogue",
    b"yml_catalog",
    b"articles",
    b"artikel",
    b"produkte",
];
/// What is a product each: of RSS, of Atom, and what shop systems and price comparisons call it. The first of them that
/// is found is what this feed calls it.
const ITEMS: [&[u8]; 11] = [
    b"item",
    b"entry",
    b"product",
    b"offer",
    b"shopitem",
    b"article",
    b"artikel",
    b"produkt",
    b"record",
    b"row",
    b"node",
];

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
    /// What a product is called here, once the first one is found.
    item_name: Option<Vec<u8>>,
    /// Where the last tag, and where the item begins.
    tag_at: Place,
    item_at: Place,
    /// The item is longer than may be; bytes so far.
    skipped: usize,
    /// Bytes since something was recognised outside of items.
    idle: usize,
    root: Option<Vec<u8>>,
    closed: bool,
    prefix: Prefix,
    /// Where the next byte stands; the number is that of the last record.
    here: Place,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            at: At::Text,
            markup: Vec::new(),
            item: None,
            item_name: None,
            tag_at: Place::default(),
            item_at: Place::default(),
            skipped: 0,
            idle: 0,
            root: None,
            closed: false,
            prefix: Prefix::default(),
            here: Place { number: 0, line: 1, byte: 0 },
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        for byte in bytes {
            self.step(*byte, entries)?;
            self.here.byte += 1;
            self.here.line += u64::from(*byte == b'\n');
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<(), FeedError> {
        match (&self.root, self.closed) {
            (None, _) => Err(FeedError::NotAFeed("it has no XML element")),
            (Some(_), false) => Err(FeedError::Truncated("its outermost element is not closed")),
            (Some(root), true) if self.item_name.is_some() || ROOTS.contains(&root.to_ascii_lowercase().as_slice()) => {
                Ok(())
            }
            (Some(_), true) => Err(FeedError::NotAFeed("it has no element that is a product")),
        }
    }

    fn step(&mut self, byte: u8, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.keep(byte)?;
        self.at = match self.at {
            At::Text if byte == b'<' => {
                self.markup.clear();
                self.tag_at = self.here;
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
                    // "Rohr < 20 mm" is no tag, whatever XML says.
                    [first] if !begins_a_tag(*first) => At::Text,
                    _ => At::Tag(None),
                }
            }
            At::Tag(quote) => self.in_tag(byte, quote, entries)?,
            At::Comment(2..) | At::CData(2..) if byte == b'>' => At::Text,
            At::Comment(dashes) => At::Comment(if byte == b'-' { dashes.saturating_add(1) } else { 0 }),
            At::CData(brackets) => At::CData(if byte == b']' { brackets.saturating_add(1) } else { 0 }),
            At::Instruction(asked) => {
                if asked && byte == b'>' {
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
            Some(item) if item.len() >= MAX_RECORD => self.skipped = item.len() + 1,
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
        let is_item = match &self.item_name {
            Some(known) => known == name,
            None => ITEMS.iter().any(|item| name.eq_ignore_ascii_case(item)),
        };
        let empty = !closing && inner.ends_with(b"/");
        self.idle = 0;
        if self.root.is_none() && !closing {
            if name.eq_ignore_ascii_case(b"html") {
                return Err(FeedError::NotAFeed("it is a web page"));
            }
            self.root = Some(name.to_vec());
            self.prefix.learn(inner);
            self.closed |= empty;
            return Ok(());
        }
        let ends_all = closing && self.root.as_deref() == Some(name);
        if self.item.is_some() {
            if closing && is_item {
                self.end_item(entries);
            } else if is_item && !empty {
                self.unclosed(entries);
                self.begin_item(name, &markup);
            } else if ends_all {
                self.unclosed(entries);
                self.closed = true;
            }
        } else if is_item && !closing {
            self.begin_item(name, &markup);
            if empty {
                self.end_item(entries);
            }
        } else if closing {
            self.closed |= ends_all;
        } else {
            self.prefix.learn(inner);
        }
        Ok(())
    }

    fn begin_item(&mut self, name: &[u8], markup: &[u8]) {
        self.prefix.learn(markup);
        if self.item_name.is_none() {
            self.item_name = Some(name.to_vec());
        }
        self.item_at = self.tag_at;
        self.skipped = 0;
        let mut item = Vec::with_capacity(1024);
        item.push(b'<');
        item.extend_from_slice(markup);
        item.push(b'>');
        self.item = Some(item);
    }

    fn end_item(&mut self, entries: &mut Vec<Entry>) {
        let item = self.item.take().unwrap_or_default();
        if std::mem::take(&mut self.skipped) > 0 {
            return self.bad(&item, Fault::TooLarge, entries);
        }
        let place = self.next_place();
        let read = xml_item::read(place, &item, &self.prefix);
        entries.push(read.map_err(|fault| BadRecord { place, fault, owner: xml_item::owner(&item, &self.prefix) }));
    }

    fn unclosed(&mut self, entries: &mut Vec<Entry>) {
        let item = self.item.take().unwrap_or_default();
        self.skipped = 0;
        self.bad(&item, Fault::Unclosed, entries);
    }

    fn bad(&mut self, item: &[u8], fault: Fault, entries: &mut Vec<Entry>) {
        let owner = xml_item::owner(item, &self.prefix);
        entries.push(Err(BadRecord { place: self.next_place(), fault, owner }));
    }

    fn next_place(&mut self) -> Place {
        self.here.number += 1;
        Place { number: self.here.number, ..self.item_at }
    }
}

/// Whether a tag begins with this byte behind its `<`.
pub(super) fn begins_a_tag(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b'/' | b'!' | b'?' | b'_' | b':')
}

/// A name without its prefix.
pub(super) fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}
