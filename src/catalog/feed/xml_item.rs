//! One element that is a product, whole in memory.

use super::json::{add_money, is_money};
use super::names::{Attribute, attribute};
use super::record::{Fault, Form, Owner, Place, Record};
use super::xml::begins_a_tag;
use super::xml_text::{Texts, owner_in};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Where Google's attributes live (Google product data specification, XML), with whichever scheme.
const NAMESPACE: &[u8] = b"://base.google.com/ns/1.0";
/// Elements inside of each other at most.
const MAX_DEPTH: usize = 64;
/// Elements that hold attributes of the product: of `BMEcat`, and of shop systems.
const HOLDERS: [&str; 6] =
    ["article_details", "product_details", "article_price_details", "product_price_details", "prices", "offers"];
/// What an amount is in, as an attribute of its element, and the amount itself.
const CURRENCY_ATTRIBUTES: [&str; 6] =
    ["currency", "currencyCode", "currency_code", "iso_currency", "currencyID", "unit"];
const AMOUNT_ATTRIBUTES: [&str; 3] = ["value", "amount", "price"];
/// HTML elements that have no end, as they stand in descriptions that nobody has escaped.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "wbr", "col", "area", "meta"];

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

    /// The attribute that an element's name stands for: those of Google's namespace first, then those of RSS, Atom and
    /// elements without a namespace.
    pub(super) fn attribute(&self, name: &str) -> Option<Attribute> {
        match name.split_once(':') {
            None => attribute(name).map(|attribute| attribute.behind(2)),
            Some((prefix, local)) if prefix == self.0 => attribute(local),
            Some(_) => None,
        }
    }
}

/// Reads an element's children and its own attributes.
pub(super) fn read(place: Place, item: &[u8], prefix: &Prefix) -> Result<Record, Fault> {
    let item = with_tags_alone(std::str::from_utf8(item).map_err(|_| Fault::Undecodable)?);
    let mut reader = Reader::from_str(&item);
    // Ends are looked at here, and "Bosch & Co" is what people write.
    let config = reader.config_mut();
    (config.check_end_names, config.allow_dangling_amp, config.allow_unmatched_ends) = (false, true, true);
    let mut child = Child { record: Record::new(place), ..Child::default() };
    let mut open: Vec<String> = Vec::new();
    // Of the elements that are open, so many are the product's own and hold others of it.
    let mut holders = 0;
    loop {
        match reader.read_event().map_err(|_| Fault::Malformed)? {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                if open.len() > 1 && child.is_text() && VOID.contains(&name.as_str()) {
                    child.texts.tag("<", &name);
                    continue;
                }
                if open.len() >= MAX_DEPTH {
                    return Err(Fault::Malformed);
                }
                match open.len() - holders {
                    0 if open.is_empty() => own_attributes(&mut child.record, &tag),
                    1 if is_holder(&name) => holders += 1,
                    0 | 1 => child.begin(prefix.attribute(&name), &tag),
                    _ => child.inner(&name, &tag),
                }
                open.push(name);
            }
            Event::Empty(tag) => match open.len() - holders {
                0 => own_attributes(&mut child.record, &tag),
                1 => {
                    child.begin(prefix.attribute(tag.name().as_ref()), &tag);
                    child.end();
                }
                _ => child.texts.tag("<", tag.name().as_ref()),
            },
            Event::End(tag) => {
                let name = tag.name();
                if open.len() > 1 && child.is_text() && VOID.contains(&name.as_ref()) {
                    continue;
                }
                if open.pop().as_deref() != Some(name.as_ref()) {
                    return Err(Fault::Malformed);
                }
                if holders > 0 && open.len() == holders {
                    holders -= 1;
                    continue;
                }
                match open.len() - holders {
                    0 => {}
                    1 => child.end(),
                    _ => child.inner_end(name.as_ref()),
                }
            }
            Event::Text(part) => child.texts.text(&part.xml10_content()),
            Event::CData(part) => child.texts.text(&part.xml10_content()),
            Event::GeneralRef(entity) => child.texts.reference(&entity.xml10_content())?,
            Event::Eof => break,
            _ => {}
        }
    }
    if open.is_empty() { Ok(child.record) } else { Err(Fault::Malformed) }
}

fn is_holder(name: &str) -> bool {
    HOLDERS.iter().any(|holder| holder.eq_ignore_ascii_case(name))
}

/// With every `<` that begins no tag as an entity: "Rohr < 20 mm". In CDATA it is one, too, which the texts of HTML
/// there bear.
fn with_tags_alone(item: &str) -> Cow<'_, str> {
    let bytes = item.as_bytes();
    let is_alone = |at: &usize| bytes.get(at + 1).is_none_or(|next| !begins_a_tag(*next));
    let mut from = 0;
    let mut whole = String::new();
    for at in memchr::memchr_iter(b'<', bytes).filter(is_alone) {
        whole.push_str(item.get(from..at).unwrap_or_default());
        whole.push_str("&lt;");
        from = at + 1;
    }
    if from == 0 {
        return Cow::Borrowed(item);
    }
    whole.push_str(item.get(from..).unwrap_or_default());
    Cow::Owned(whole)
}

/// Whose an element is that cannot be read.
pub(super) fn owner(item: &[u8], prefix: &Prefix) -> Option<Owner> {
    owner_in(&String::from_utf8_lossy(item), prefix)
}

/// The child that is being read.
#[derive(Default)]
struct Child {
    record: Record,
    attribute: Option<Attribute>,
    texts: Texts,
    /// Of an amount whose parts are elements: which, and those that are read.
    part: Option<String>,
    parts: Vec<(String, String)>,
    /// Some of them hold elements themselves.
    is_deep: bool,
    /// What the child's own attributes say of its currency and its amount.
    currency: Option<String>,
    amount: Option<String>,
}

impl Child {
    fn is_text(&self) -> bool {
        self.attribute.is_some_and(|attribute| matches!(attribute.name, "description" | "title"))
    }

    fn is_amount(&self) -> bool {
        self.attribute.is_some_and(|attribute| is_money(attribute.name))
    }

    fn begin(&mut self, attribute: Option<Attribute>, tag: &BytesStart<'_>) {
        self.attribute = attribute;
        self.texts.begin(attribute.is_some());
        (self.part, self.currency, self.amount, self.is_deep) = (None, None, None, false);
        self.parts.clear();
        match attribute.map(|attribute| attribute.name) {
            Some("link") => self.atom_link(tag),
            Some("price" | "sale_price") => {
                self.currency = CURRENCY_ATTRIBUTES.into_iter().find_map(|name| value(tag, name));
                self.amount = AMOUNT_ATTRIBUTES.into_iter().find_map(|name| value(tag, name));
            }
            _ => {}
        }
    }

    /// An element inside of the child. Of a text its markup is kept, which is taken out with all other; of an amount it
    /// is a part; elsewhere, as in `<g:shipping>`, it is of no use.
    fn inner(&mut self, name: &str, tag: &BytesStart<'_>) {
        if self.is_text() {
            self.texts.tag("<", name);
        } else if self.is_amount() && self.part.is_none() {
            self.part = Some(name.rsplit(':').next().unwrap_or(name).to_owned());
            self.currency = CURRENCY_ATTRIBUTES.into_iter().find_map(|name| value(tag, name)).or(self.currency.take());
            self.texts.begin(true);
        } else if self.is_amount() {
            self.is_deep = true;
        } else {
            self.attribute = None;
            self.texts.begin(false);
        }
    }

    fn inner_end(&mut self, name: &str) {
        if self.is_text() {
            self.texts.tag("</", name);
        } else if let Some(part) = self.part.take() {
            self.parts.push((part, self.texts.take()));
            self.texts.begin(true);
        }
    }

    fn end(&mut self) {
        let text = self.texts.take();
        let Some(attribute) = self.attribute.take() else { return };
        if self.is_deep {
            return self.record.add_as(attribute, "", Form::Unread);
        }
        if !self.parts.is_empty() {
            let parts = std::mem::take(&mut self.parts);
            let currency = self.currency.take();
            let part = |name: &str| {
                let found = parts.iter().find(|(part, _)| part.eq_ignore_ascii_case(name));
                let text = found.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.is_empty());
                let text = text.or_else(|| currency.clone().filter(|_| name == "currency"))?;
                Some((text, Form::Text))
            };
            // A price for more than one piece is not what one costs.
            if part("lower_bound").is_some_and(|(bound, _)| bound.parse::<f64>().is_ok_and(|bound| bound > 1.0)) {
                return;
            }
            return add_money(&mut self.record, attribute, part);
        }
        let text = if text.trim().is_empty() { self.amount.take().unwrap_or_default() } else { text };
        match &self.currency {
            Some(currency) if !text.trim().is_empty() => {
                self.record.add_as(attribute, &format!("{} {currency}", text.trim()), Form::Text);
            }
            _ => self.record.add(attribute, &text),
        }
    }

    /// Atom's address stands in an attribute: `<link rel="alternate" href="…"/>`.
    fn atom_link(&mut self, tag: &BytesStart<'_>) {
        let Some(href) = value(tag, "href") else { return };
        if let Some(attribute) = self.attribute.take()
            && value(tag, "rel").is_none_or(|rel| rel == "alternate")
            && self.record.get("link").is_none()
        {
            self.record.add(attribute, &href);
        }
        self.texts.begin(false);
    }
}

/// What stands in the product's own tag, as in `<offer id="12" available="true">`.
fn own_attributes(record: &mut Record, tag: &BytesStart<'_>) {
    for found in tag.attributes().with_checks(false).flatten() {
        let name: &str = found.key.as_ref();
        if let Some(attribute) = attribute(name).filter(|_| !name.contains(':'))
            && let Ok(value) = quick_xml::escape::unescape(&found.value)
        {
            record.add(attribute.behind(4), &value);
        }
    }
}

fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    // Unchecked: to find an attribute that stands twice, each would be compared with all before it.
    let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(quick_xml::escape::unescape(&found.value).ok()?.into_owned())
}
