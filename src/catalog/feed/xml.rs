//! Google product data as RSS 2.0 or Atom, and the elements that shop systems have of their own: cuts the stream into
//! the elements that are a product each.
//!
//! Only tags are followed here, by the borders that `xml_markup` finds. What stands inside of an item is read by
//! `xml_item` once it is whole.

use super::record::{BadRecord, Fault, Place};
use super::split::blank_lines;
use super::xml_elements::{holds_others, is_item, is_root, local};
use super::xml_item;
use super::xml_markup::{Markup, Step, Tag};
use super::xml_names::Scope;
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};

/// Elements without an id that may be no products, and are kept until it is known.
const MOST_DOUBTFUL: usize = 100;
/// Elements inside of an item that are told apart.
const MAX_OPEN: usize = 64;

#[derive(Debug)]
pub(super) struct Xml {
    markup: Markup,
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
    /// Where the last tag, and where the item begins.
    tag_at: Place,
    item_at: Place,
    /// The item is longer than may be; bytes so far.
    skipped: usize,
    /// Bytes since something was recognised outside of items.
    idle: usize,
    root: Option<Vec<u8>>,
    closed: bool,
    /// What is declared around the item.
    scope: Scope,
    /// Where the next byte stands; the number is that of the last record.
    here: Place,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            markup: Markup::new(),
            item: None,
            item_name: None,
            doubtful: Vec::new(),
            doubtful_name: Vec::new(),
            open: Vec::new(),
            inner: 0,
            tag_at: Place::default(),
            item_at: Place::default(),
            skipped: 0,
            idle: 0,
            root: None,
            closed: false,
            scope: Scope::default(),
            here: Place { number: 0, line: 1, byte: 0 },
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        while let Some((byte, rest)) = bytes.split_first() {
            let (blank, lines) = if self.markup.is_text() && self.item.is_none() { blank_lines(bytes) } else { (0, 0) };
            if blank > 0 {
                self.here.byte += u64::try_from(blank).unwrap_or(0);
                self.here.line += lines;
                bytes = bytes.get(blank..).unwrap_or_default();
                continue;
            }
            // Text goes as a whole: most of a feed is.
            if self.markup.is_text() && *byte != b'<' && self.root.is_some() {
                let (text, rest) = bytes.split_at(memchr::memchr(b'<', bytes).unwrap_or(bytes.len()));
                self.keep(text)?;
                self.pass(text);
                bytes = rest;
                continue;
            }
            self.step(*byte, entries)?;
            self.pass(&[*byte]);
            bytes = rest;
        }
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.here.byte += u64::try_from(bytes.len()).unwrap_or(0);
        self.here.line += u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(0);
    }

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        entries.extend(self.doubtful.drain(..).map(|(_, entry)| entry));
        match (&self.root, self.closed) {
            (None, _) => Err(FeedError::NotAFeed("it has no XML element".into())),
            (Some(_), false) => Err(FeedError::Truncated("its outermost element is not closed")),
            (Some(root), true) if self.item_name.is_some() || is_root(root) => Ok(()),
            (Some(_), true) => Err(FeedError::NotAFeed("it has no element that is a product".into())),
        }
    }

    fn step(&mut self, byte: u8, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.keep(&[byte])?;
        match self.markup.step(byte) {
            Step::Text if self.root.is_none() => {
                Err(FeedError::NotAFeed("it does not begin with an XML element".into()))
            }
            Step::Nothing | Step::Text => Ok(()),
            Step::Begins => {
                self.tag_at = self.here;
                Ok(())
            }
            Step::Tag(tag) => self.tag(&tag, entries),
        }
    }

    /// Puts bytes to the item they belong to, within the bounds.
    fn keep(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        let counted = match &mut self.item {
            Some(item) if self.skipped == 0 => {
                let (kept, more) = bytes.split_at(bytes.len().min(MAX_RECORD.saturating_sub(item.len())));
                item.extend_from_slice(kept);
                if !more.is_empty() {
                    self.skipped = item.len() + more.len();
                }
                &mut self.skipped
            }
            Some(_) => {
                self.skipped += bytes.len();
                &mut self.skipped
            }
            // Blank lines are nothing that does not end.
            None => {
                self.idle += bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
                &mut self.idle
            }
        };
        if *counted > MAX_SKIP { Err(FeedError::Endless) } else { Ok(()) }
    }

    fn tag(&mut self, tag: &Tag, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let (closing, empty) = (tag.is_closing(), tag.is_empty());
        let name = local(tag.name());
        let is_item = match &self.item_name {
            Some(known) => known == name,
            None => is_item(name),
        };
        self.idle = 0;
        if self.root.is_none() && !closing {
            if name.eq_ignore_ascii_case(b"html") {
                return Err(FeedError::NotAFeed("it is a web page".into()));
            }
            self.root = Some(name.to_vec());
            self.scope.begin(&tag.inside);
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
                self.begin_item(tag);
            } else if ends_all {
                self.unclosed(entries);
                self.closed = true;
            } else if closing {
                self.shut(name);
            } else if !empty {
                self.open(name);
            }
        } else if is_item && !closing {
            self.begin_item(tag);
            if empty {
                self.end_item(entries);
            }
        } else if closing {
            self.closed |= ends_all;
            self.scope.end();
        } else if !empty {
            self.scope.begin(&tag.inside);
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
        self.inner > 0 || self.open.last().is_some_and(|name| holds_others(name))
    }

    fn begin_item(&mut self, tag: &Tag) {
        if self.item_name.is_none() {
            local(tag.name()).clone_into(&mut self.doubtful_name);
        }
        self.item_at = self.tag_at;
        self.skipped = usize::from(tag.is_cut);
        (self.inner, self.open) = (0, Vec::new());
        let mut item = Vec::with_capacity(1024);
        item.push(b'<');
        item.extend_from_slice(&tag.inside);
        item.push(b'>');
        self.item = Some(item);
    }

    fn end_item(&mut self, entries: &mut Vec<Entry>) {
        let item = self.item.take().unwrap_or_default();
        if std::mem::take(&mut self.skipped) > 0 {
            return self.bad(&item, Fault::TooLarge, entries);
        }
        let place = self.next_place();
        let read = xml_item::read(place, &item, &self.scope);
        let read = read.map_err(|fault| BadRecord { place, fault, owner: xml_item::owner(&item, &self.scope) });
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
        let owner = xml_item::owner(item, &self.scope);
        let place = self.next_place();
        self.settle(Err(BadRecord { place, fault, owner }), entries);
    }

    fn next_place(&mut self) -> Place {
        self.here.number += 1;
        Place { number: self.here.number, ..self.item_at }
    }
}
