//! One element that is a product, whole in memory.

use super::json::{add_money, is_money};
use super::names::{Attribute, OTHER_PRICE, UNREAD, attribute, other_price};
use super::record::{Fault, Form, Owner, Place, Record};
use super::xml_elements::begins_a_tag;
use super::xml_names::{Names, Scope};
use super::xml_text::{Texts, owner_in};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

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

/// Reads an element's children and its own attributes.
pub(super) fn read(place: Place, item: &[u8], around: &Scope) -> Result<Record, Fault> {
    let item = with_tags_alone(std::str::from_utf8(item).map_err(|_| Fault::Undecodable)?);
    let mut reader = Reader::from_str(&item);
    // Ends are looked at here, and "Bosch & Co" is what people write.
    let config = reader.config_mut();
    (config.check_end_names, config.allow_dangling_amp, config.allow_unmatched_ends) = (false, true, true);
    let mut child = Child { record: Record::new(place), ..Child::default() };
    let mut names = Names::new(around);
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
                names.begin(&tag);
                match open.len() - holders {
                    0 if open.is_empty() => own_attributes(&mut child.record, &tag),
                    1 if is_holder(&name) => holders += 1,
                    0 | 1 => child.begin(names.attribute(&name), &tag),
                    _ => child.inner(&name, &tag),
                }
                open.push(name);
            }
            Event::Empty(tag) => match open.len() - holders {
                0 => own_attributes(&mut child.record, &tag),
                1 => {
                    names.begin(&tag);
                    child.begin(names.attribute(tag.name().as_ref()), &tag);
                    child.end();
                    names.end();
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
                names.end();
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
    let name = name.rsplit(':').next().unwrap_or(name);
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
pub(super) fn owner(item: &[u8], around: &Scope) -> Option<Owner> {
    owner_in(&String::from_utf8_lossy(item), around)
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
            if let Some(attribute) = self.attribute.take().filter(|attribute| attribute.name == OTHER_PRICE) {
                self.record.add(attribute, UNREAD);
            }
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
        if let Some(attribute) = attribute(name).or_else(|| other_price(name)).filter(|_| !name.contains(':'))
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
