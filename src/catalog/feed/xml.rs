//! Google product data as RSS 2.0 or Atom, and the elements that shop systems have of their own: cuts the stream into
//! the elements that are a product each.
//!
//! Only the borders of markup are followed here: tags with their quotes, comments, CDATA, instructions and the document
//! type. The document type is passed over, so no entity is ever defined by the sender, let alone expanded. What stands
//! inside of an item is read by `xml_item` once it is whole.

use super::record::{BadRecord, Fault, Place};
use super::xml_item::{self, Prefix};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};

/// Longest tag that is kept whole, in bytes; of a longer one the name is known.
const MAX_TAG: usize = MAX_RECORD;
/// Elements without an id that may be no products, and are kept until it is known.
const MOST_DOUBTFUL: usize = 100;
/// Elements inside of an item that are told apart.
const MAX_OPEN: usize = 64;
/// What an element's name says that holds other products than its own.
const HOLDERS: [&str; 11] = [
    "related",
    "similar",
    "cross",
    "upsell",
    "up_sell",
    "accessor",
    "bundle",
    "recommend",
    "alternative",
    "component",
    "zubeh",
];
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
/// is found and has an id is what this feed calls it.
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
    /// In a comment or an instruction of the document type: brackets open around it, what ends it, and how much of that
    /// was seen.
    DocTypeAside(u8, &'static [u8], usize),
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
    /// What is called like a product and has no id, as entries of menus and categories: read when nothing else is one.
    doubtful: Vec<(Vec<u8>, Entry)>,
    doubtful_name: Vec<u8>,
    /// Elements that are open in the item, and items inside of it.
    open: Vec<Vec<u8>>,
    inner: usize,
    /// The tag is longer than is kept; its last byte.
    tag_cut: bool,
    tag_last: u8,
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
            doubtful: Vec::new(),
            doubtful_name: Vec::new(),
            open: Vec::new(),
            inner: 0,
            tag_cut: false,
            tag_last: 0,
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

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        entries.extend(self.doubtful.drain(..).map(|(_, entry)| entry));
        match (&self.root, self.closed) {
            (None, _) => Err(FeedError::NotAFeed("it has no XML element".into())),
            (Some(_), false) => Err(FeedError::Truncated("its outermost element is not closed")),
            (Some(root), true) if self.item_name.is_some() || ROOTS.contains(&root.to_ascii_lowercase().as_slice()) => {
                Ok(())
            }
            (Some(_), true) => Err(FeedError::NotAFeed("it has no element that is a product".into())),
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
                    return Err(FeedError::NotAFeed("it does not begin with an XML element".into()));
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
        Ok(())
    }

    /// What ends the comment or the instruction that begins with this byte of the document type.
    fn aside(&mut self, byte: u8) -> Option<&'static [u8]> {
        if self.markup.len() > 8 {
            self.markup.drain(..5);
        }
        self.markup.push(byte);
        match self.markup.as_slice() {
            [.., b'<', b'!', b'-', b'-'] => Some(b"-->"),
            [.., b'<', b'?'] => Some(b"?>"),
            _ => None,
        }
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
        } else {
            self.tag_cut = true;
        }
        self.tag_last = byte;
        Ok(At::Tag(match quote {
            Some(open) => (byte != open).then_some(open),
            None => matches!(byte, b'"' | b'\'').then_some(byte),
        }))
    }

    fn tag(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let markup = std::mem::take(&mut self.markup);
        let is_cut = std::mem::take(&mut self.tag_cut);
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
        let empty = !closing && if is_cut { self.tag_last == b'/' } else { inner.ends_with(b"/") };
        self.idle = 0;
        if self.root.is_none() && !closing {
            if name.eq_ignore_ascii_case(b"html") {
                return Err(FeedError::NotAFeed("it is a web page".into()));
            }
            self.root = Some(name.to_vec());
            self.prefix.learn(inner);
            self.closed |= empty;
            return Ok(());
        }
        let ends_all = closing && self.root.as_deref() == Some(name);
        if self.item.is_some() {
            // While it is not known what a product is called, only the name that this element has is its end.
            let is_item = is_item && (self.item_name.is_some() || name == self.doubtful_name);
            if closing && is_item && self.inner > 0 {
                self.inner -= 1;
                self.shut(name);
            } else if closing && is_item {
                self.end_item(entries);
            } else if is_item && !empty && self.is_inside() {
                // `<related><product>` is none of its own.
                self.inner += 1;
                self.open(name);
            } else if is_item && !empty {
                self.unclosed(entries);
                self.begin_item(name, &markup, is_cut);
            } else if ends_all {
                self.unclosed(entries);
                self.closed = true;
            } else if closing {
                self.shut(name);
            } else if !empty {
                self.open(name);
            }
        } else if is_item && !closing {
            self.begin_item(name, &markup, is_cut);
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

    fn open(&mut self, name: &[u8]) {
        if self.open.len() < MAX_OPEN {
            self.open.push(name.to_vec());
        }
    }

    fn shut(&mut self, name: &[u8]) {
        if let Some(at) = self.open.iter().rposition(|open| open == name) {
            self.open.truncate(at);
        }
    }

    /// Whether an element is open inside of the item that may hold products itself: none that a product has, and none
    /// of HTML that nobody has closed.
    fn is_inside(&self) -> bool {
        let holds = |name: &Vec<u8>| {
            let name = std::str::from_utf8(name).unwrap_or_default();
            HOLDERS.iter().any(|part| name.to_ascii_lowercase().contains(part))
        };
        self.inner > 0 || self.open.last().is_some_and(holds)
    }

    fn begin_item(&mut self, name: &[u8], markup: &[u8], is_cut: bool) {
        self.prefix.learn(markup);
        if self.item_name.is_none() {
            name.clone_into(&mut self.doubtful_name);
        }
        self.item_at = self.tag_at;
        self.skipped = usize::from(is_cut);
        (self.inner, self.open) = (0, Vec::new());
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
        let read = read.map_err(|fault| BadRecord { place, fault, owner: xml_item::owner(&item, &self.prefix) });
        self.settle(read, entries);
    }

    /// The first one with an id says what a product is called.
    fn settle(&mut self, entry: Entry, entries: &mut Vec<Entry>) {
        if self.item_name.is_some() {
            return entries.push(entry);
        }
        let has_id = match &entry {
            Ok(record) => record.get("id").is_some(),
            Err(bad) => bad.owner.is_some(),
        };
        if !has_id && self.doubtful.len() < MOST_DOUBTFUL {
            return self.doubtful.push((self.doubtful_name.clone(), entry));
        }
        // Those before it with another name were none; of the same name they are, without an id.
        let name = self.doubtful_name.clone();
        entries.extend(self.doubtful.drain(..).filter(|(other, _)| *other == name).map(|(_, entry)| entry));
        entries.push(entry);
        self.item_name = Some(name);
    }

    fn unclosed(&mut self, entries: &mut Vec<Entry>) {
        let item = self.item.take().unwrap_or_default();
        self.skipped = 0;
        self.bad(&item, Fault::Unclosed, entries);
    }

    fn bad(&mut self, item: &[u8], fault: Fault, entries: &mut Vec<Entry>) {
        let owner = xml_item::owner(item, &self.prefix);
        let place = self.next_place();
        self.settle(Err(BadRecord { place, fault, owner }), entries);
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
