//! One `<item>` or `<entry>`, whole in memory.

use super::record::{Fault, Record, attribute};
use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Where Google's attributes live (Google product data specification, XML).
const NAMESPACE: &[u8] = b"http://base.google.com/ns/1.0";

/// The prefix of Google's namespace: nearly always `g`, but that is the sender's choice.
#[derive(Debug)]
pub(super) struct Prefix(String);

impl Default for Prefix {
    fn default() -> Self {
        Self("g".to_owned())
    }
}

impl Prefix {
    /// Looks into the inside of a tag for `xmlns:…="http://base.google.com/ns/1.0"`.
    pub(super) fn learn(&mut self, tag: &[u8]) {
        let Some(at) = memchr::memmem::find(tag, NAMESPACE) else { return };
        let before = tag.get(..at).unwrap_or_default();
        let Some(start) = memchr::memmem::rfind(before, b"xmlns:") else { return };
        let name = before.get(start + b"xmlns:".len()..).unwrap_or_default();
        let end = name.iter().position(|b| *b == b'=' || b.is_ascii_whitespace()).unwrap_or(name.len());
        if let Ok(prefix) = std::str::from_utf8(name.get(..end).unwrap_or_default())
            && (1..=32).contains(&prefix.len())
        {
            prefix.clone_into(&mut self.0);
        }
    }

    /// The attribute that an element's name stands for: those of Google's namespace, and those of RSS and Atom.
    fn attribute(&self, name: &str) -> Option<&'static str> {
        match name.split_once(':') {
            None => attribute(name),
            Some((prefix, local)) if prefix == self.0 => attribute(local),
            Some(_) => None,
        }
    }
}

/// Reads an element's children. The texts of children's children, as in `<g:shipping>`, are of no use here.
pub(super) fn read(number: u64, item: &[u8], prefix: &Prefix) -> Result<Record, Fault> {
    let item = std::str::from_utf8(item).map_err(|_| Fault::NotUtf8)?;
    let mut reader = Reader::from_str(item);
    let mut record = Record::new(number);
    let mut depth = 0_usize;
    let mut field: Option<&'static str> = None;
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|_| Fault::Malformed)? {
            Event::Start(tag) => {
                depth += 1;
                if depth == 2 {
                    field = prefix.attribute(tag.name().as_ref());
                    text.clear();
                    atom_link(&mut record, &mut field, &tag);
                } else if depth > 2 && !has_text(field) {
                    field = None;
                }
            }
            Event::Empty(tag) if depth == 1 => {
                let mut name = prefix.attribute(tag.name().as_ref());
                atom_link(&mut record, &mut name, &tag);
            }
            Event::End(_) => {
                if depth == 2
                    && let Some(name) = field.take()
                {
                    record.add(name, &text);
                }
                depth = depth.saturating_sub(1);
            }
            Event::Text(part) if field.is_some() => text.push_str(&part.xml10_content()),
            Event::CData(part) if field.is_some() => text.push_str(&part.xml10_content()),
            Event::GeneralRef(entity) => {
                let meant = resolve(&entity)?;
                if field.is_some() {
                    text.push_str(&meant);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if depth == 0 { Ok(record) } else { Err(Fault::Malformed) }
}

/// Texts whose markup may not be escaped, as Atom's `type="xhtml"`.
fn has_text(field: Option<&str>) -> bool {
    matches!(field, Some("description" | "title"))
}

/// Atom's address stands in an attribute: `<link rel="alternate" href="…"/>`.
fn atom_link(record: &mut Record, field: &mut Option<&'static str>, tag: &BytesStart<'_>) {
    if *field != Some("link") {
        return;
    }
    let value = |name: &str| {
        // Unchecked: to find an attribute that stands twice, each would be compared with all before it.
        let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
        let value = quick_xml::escape::unescape(&found.value).ok()?;
        Some(value.into_owned())
    };
    let Some(href) = value("href") else { return };
    if value("rel").is_none_or(|rel| rel == "alternate") && record.get("link").is_none() {
        record.add("link", &href);
    }
    *field = None;
}

fn resolve(entity: &BytesRef<'_>) -> Result<String, Fault> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| Fault::Malformed)? {
        return Ok(character.to_string());
    }
    // Feeds are full of `&nbsp;` and `&uuml;`, which XML does not define.
    resolve_html5_entity(&entity.xml10_content()).map(str::to_owned).ok_or(Fault::UnknownEntity)
}
