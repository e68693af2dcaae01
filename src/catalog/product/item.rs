//! One item of a feed, checked and cleaned: what is kept of a record until its product is whole.

use super::availability::Availability;
use super::html;
use super::price::Price;
use super::rules::Rules;
use super::sale::Period;
use crate::catalog::feed::{OPTION, OTHER_PRICE, Record};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use url::Url;

/// Longest id, in bytes.
const MAX_ID: usize = 200;
/// Of a value that is refused, so many characters are told.
const MAX_TOLD: usize = 60;
/// Longest title, in characters; Google allows 150.
const MAX_TITLE: usize = 300;
/// Longest description, in characters; Google's own limit.
const MAX_DESCRIPTION: usize = 5000;
/// Longest other value, in characters.
const MAX_VALUE: usize = 300;
/// Longest address, in bytes.
const MAX_URL: usize = 2000;
/// Attributes that are told by their name, in this order.
const DETAILS: &[(&str, &str)] = &[
    ("brand", "Brand"),
    ("gtin", "GTIN"),
    ("mpn", "Manufacturer's part number"),
    ("condition", "Condition"),
    ("product_type", "Category"),
    ("google_product_category", "Google category"),
    ("gender", "Gender"),
    ("age_group", "Age group"),
    ("unit_pricing_measure", "Content"),
    ("multipack", "Pieces in the pack"),
    ("minimum_order_quantity", "Minimum order quantity"),
    ("energy_efficiency_class", "Energy efficiency class"),
    ("product_length", "Length"),
    ("product_width", "Width"),
    ("product_height", "Height"),
    ("product_weight", "Weight"),
    ("shipping_weight", "Shipping weight"),
    ("availability_date", "Available from"),
    ("product_highlight", "Highlight"),
];
/// Attributes in which the variants of a product differ.
const OPTIONS: &[(&str, &str)] =
    &[("color", "Color"), ("size", "Size"), ("material", "Material"), ("pattern", "Pattern")];

/// An item: a product without variants, or one of its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    /// What its variants have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A picture of it; https, because it is shown in pages that are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<Price>,
    /// Until when the sale price holds, for shoppers; there only once it does ([`Self::at`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_dates: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_from: Option<DateTime<Utc>>,
    /// The moment at which it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// What the feed says in a word that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_availability: Option<String>,
    /// Names and values in which variants differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
    /// What was not taken as the feed has it, though the item can be used.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// Something about an item that whoever writes the feed should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    pub code: &'static str,
    pub message: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// The id, if there is one: the product is then known to be in the feed.
    pub id: Option<String>,
    /// The group, if there is one.
    pub group: Option<String>,
    pub attribute: &'static str,
    /// Why, with what the feed has.
    pub message: Cow<'static, str>,
}

impl Item {
    /// Checks and cleans a record.
    ///
    /// # Errors
    /// [`BadItem`]
    pub fn read(record: &Record, rules: &Rules) -> Result<Self, BadItem> {
        let id = record.get("id").map(|id| html::line(id, MAX_ID + 1)).filter(|id| !id.is_empty());
        let group = record.get("item_group_id").map(|id| html::line(id, MAX_ID + 1)).filter(|id| !id.is_empty());
        let known = |id: &Option<String>| id.as_ref().map(|id| html::line(id, MAX_ID));
        let bad = |attribute, message| BadItem {
            id: known(&id),
            group: known(&group),
            attribute,
            message: with_values(message, record.all(attribute)),
        };
        let Some(own) = id.clone().filter(|id| id.len() <= MAX_ID) else {
            return Err(bad("id", "the product has no id, or a longer one than 200 bytes"));
        };
        if group.as_ref().is_some_and(|group| group.len() > MAX_ID) {
            return Err(bad("item_group_id", "the group's id is longer than 200 bytes"));
        }
        let title = record.get("title").map(|title| html::plain(title, MAX_TITLE).replace('\n', " "));
        let Some(title) = title.filter(|title| !title.is_empty()) else {
            return Err(bad("title", "the product has no title"));
        };
        let link = record.get("link").map(web_address);
        if link == Some(None) {
            return Err(bad("link", "the address of the product's page is no http or https address"));
        }
        let rules = &own_rules(record, rules);
        let full = price(record, "price", rules).map_err(|message| bad("price", message))?;
        let sale = price(record, "sale_price", rules).map_err(|message| bad("sale_price", message))?;
        let mut item = Self {
            id: own,
            title,
            description: record.get("description").map(|html| html::plain(html, MAX_DESCRIPTION)).unwrap_or_default(),
            link: link.flatten(),
            image: record.get("image_link").and_then(first_address).filter(|image| image.starts_with("https:")),
            price: full,
            sale_price: None,
            sale_dates: None,
            sale_from: None,
            sale_until: None,
            availability: None,
            other_availability: None,
            options: options(record),
            details: named(record, DETAILS),
            group,
            notes: Vec::new(),
        };
        item.take_availability(record);
        if let Some(sale) = sale {
            item.take_sale(sale, record, rules);
        }
        if item.price.is_none() && record.get(OTHER_PRICE).is_some() {
            item.note("price_not_read", "no price is told: what sounds like one has a name that is not known");
        }
        Ok(item)
    }

    fn take_availability(&mut self, record: &Record) {
        let Some(text) = record.get("availability").map(|text| html::line(&html::plain(text, MAX_VALUE), MAX_VALUE))
        else {
            return;
        };
        self.availability = Availability::parse(&text);
        if self.availability.is_none() && !text.is_empty() {
            self.note("unknown_availability", "the availability is a word that is not known, and told as it is");
            self.other_availability = Some(text);
        }
    }

    /// A sale price counts when it is one, and it is known when it holds.
    fn take_sale(&mut self, sale: Price, record: &Record, rules: &Rules) {
        let is_less = |price: &Price| sale.compare(price) == Some(std::cmp::Ordering::Less);
        if sale.is_zero() || !self.price.as_ref().is_some_and(is_less) {
            self.note("sale_not_lower", "the sale price is not below the price, or zero; the price counts");
            return;
        }
        let ends = (record.get("sale_price_start_date"), record.get("sale_price_end_date"));
        let period = match (record.get("sale_price_effective_date"), ends) {
            (Some(dates), _) => Period::read(dates, &rules.zone),
            (None, (None, None)) => Some(Period::default()),
            (None, (first, last)) => Period::of_ends(first, last, &rules.zone),
        };
        let Some(period) = period else {
            self.note("sale_dates_unclear", "it cannot be told when the sale price holds; the price counts");
            return;
        };
        self.sale_price = Some(sale);
        (self.sale_from, self.sale_until) = (period.from, period.until);
        let local = |until: DateTime<Utc>| {
            // The last minute of it, as people say it.
            let last = jiff::Timestamp::from_second(until.timestamp() - 60).ok()?;
            Some(rules.zone.time_zone().to_datetime(last).strftime("until %Y-%m-%d %H:%M").to_string())
        };
        self.sale_dates = period.until.and_then(local);
    }

    fn note(&mut self, code: &'static str, message: &'static str) {
        self.notes.push(Note { code, message });
    }

    /// The item as it is told at this moment: with its sale price only while it holds.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        let has_begun = self.sale_from.is_none_or(|from| from <= now);
        let is_over = self.sale_until.is_some_and(|until| until <= now);
        if !has_begun || is_over {
            (self.sale_price, self.sale_dates) = (None, None);
        }
        self
    }

    /// When it is next told otherwise without a new feed.
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ends = [self.sale_from, self.sale_until].into_iter().flatten();
        ends.filter(|end| self.sale_price.is_some() && *end > now).min()
    }

    /// What the product of an item with this id and group is known by.
    pub fn key_of(id: &str, group: Option<&str>) -> Option<String> {
        let clean = |text: &str| Some(html::line(text, MAX_ID + 1)).filter(|id| (1..=MAX_ID).contains(&id.len()));
        let id = clean(id)?;
        let group = match group {
            Some(group) => Some(clean(group)?),
            None => None,
        };
        key(Some(&id), group.as_deref())
    }

    /// What its product is known by: variants of one group are one product.
    pub fn product_key(&self) -> String {
        key(Some(&self.id), self.group.as_deref()).unwrap_or_default()
    }
}

impl BadItem {
    /// What its product is known by, if that can be told.
    pub fn product_key(&self) -> Option<String> {
        key(self.id.as_deref(), self.group.as_deref())
    }
}

fn key(id: Option<&str>, group: Option<&str>) -> Option<String> {
    // A group and a product without one may have the same id.
    group.map(|group| format!("group:{group}")).or_else(|| id.map(|id| format!("item:{id}")))
}

/// A record may say itself what currency its prices are in.
fn own_rules(record: &Record, rules: &Rules) -> Rules {
    let own = record.get("currency").map(str::trim).filter(|code| code.len() == 3);
    let own = own.map(str::to_ascii_uppercase).filter(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()));
    Rules { currency: own.or_else(|| rules.currency.clone()), ..rules.clone() }
}

fn price(record: &Record, name: &str, rules: &Rules) -> Result<Option<Price>, &'static str> {
    let mut found: Option<Price> = None;
    for text in record.all(name) {
        let price = Price::read(&html::line(&html::plain(text, MAX_VALUE), MAX_VALUE), record.form(name), rules)?;
        if found.as_ref().is_some_and(|found| *found != price) {
            return Err("the product has several prices");
        }
        found = Some(price);
    }
    Ok(found)
}

fn options(record: &Record) -> Vec<(String, String)> {
    let own = record.all(OPTION).iter().filter_map(|pair| {
        let (name, value) = pair.split_once(": ")?;
        let clean = |text: &str| html::line(&html::plain(text, MAX_VALUE).replace('\n', " "), MAX_VALUE);
        Some((clean(name), clean(value))).filter(|(name, value)| !name.is_empty() && !value.is_empty())
    });
    named(record, OPTIONS).into_iter().chain(own).collect()
}

fn named(record: &Record, names: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (attribute, name) in names {
        let values: Vec<String> =
            record.all(attribute).iter().map(|value| html::plain(value, MAX_VALUE).replace('\n', " ")).collect();
        let value = html::line(&values.join("; "), 3 * MAX_VALUE);
        if !value.is_empty() {
            found.push(((*name).to_owned(), value));
        }
    }
    found
}

/// Why a value is refused, with the value itself: whoever writes the feed looks for it.
fn with_values(message: &'static str, values: &[String]) -> Cow<'static, str> {
    let told: Vec<String> = values.iter().map(|value| html::line(value, MAX_TOLD)).collect();
    let told = told.join("`, `");
    // An address with a password in it is nobody's to read.
    if told.trim().is_empty() || told.contains('@') {
        return message.into();
    }
    format!("{message}: `{}`", html::line(&told, 3 * MAX_TOLD)).into()
}

/// Of addresses with commas between them.
fn first_address(text: &str) -> Option<String> {
    let end = [",http", ";http", "|http", ", http"].iter().filter_map(|next| text.find(next)).min();
    web_address(text.get(..end.unwrap_or(text.len()))?.trim())
}

fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // Whoever reads the answer would be sent there with them.
    if !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return None;
    }
    let text = url.to_string();
    (text.len() <= MAX_URL).then_some(text)
}
