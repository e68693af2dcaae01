//! One item of a feed, checked and cleaned: what is kept of a record until its product is whole.

use super::html;
use super::price::Price;
use crate::catalog::feed::Record;
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest id, in bytes.
const MAX_ID: usize = 200;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    InStock,
    /// Not now.
    OutOfStock,
    Preorder,
    /// Ordered now, delivered later.
    Backorder,
}

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<Price>,
    /// When the sale price holds, as the feed says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_dates: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// Names and values in which variants differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// The id, if there is one: the product is then known to be in the feed.
    pub id: Option<String>,
    /// The group, if there is one.
    pub group: Option<String>,
    pub attribute: &'static str,
    pub message: &'static str,
}

impl Availability {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().rsplit('/').next().unwrap_or_default().to_ascii_lowercase().replace([' ', '-'], "_");
        Some(match text.as_str() {
            "in_stock" | "instock" | "available" | "limitedavailability" | "limited_availability" => Self::InStock,
            "out_of_stock" | "outofstock" | "sold_out" | "soldout" | "discontinued" => Self::OutOfStock,
            "preorder" | "pre_order" | "presale" => Self::Preorder,
            "backorder" | "back_order" | "available_for_order" => Self::Backorder,
            _ => return None,
        })
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::InStock => "in stock",
            Self::OutOfStock => "out of stock",
            Self::Preorder => "can be pre-ordered",
            Self::Backorder => "can be ordered, delivered later",
        }
    }
}

impl Item {
    /// Checks and cleans a record; `currency` is for prices without one.
    ///
    /// # Errors
    /// [`BadItem`]
    pub fn read(record: &Record, currency: Option<&str>) -> Result<Self, BadItem> {
        let id = record.get("id").map(|id| html::line(id, MAX_ID)).filter(|id| !id.is_empty());
        let group = record.get("item_group_id").map(|id| html::line(id, MAX_ID)).filter(|id| !id.is_empty());
        let bad = |attribute, message| BadItem { id: id.clone(), group: group.clone(), attribute, message };
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
        let price = |name| record.get(name).map(|text| Price::parse(text, currency));
        let (full, sale) = (price("price"), price("sale_price"));
        if full == Some(None) {
            return Err(bad("price", "the price is no amount with a currency"));
        }
        if sale == Some(None) {
            return Err(bad("sale_price", "the sale price is no amount with a currency"));
        }
        let availability = record.get("availability").map(Availability::parse);
        if availability == Some(None) {
            return Err(bad("availability", "the availability is not one of Google's words"));
        }
        Ok(Self {
            id: own,
            title,
            description: record.get("description").map(|html| html::plain(html, MAX_DESCRIPTION)).unwrap_or_default(),
            link: link.flatten(),
            price: full.flatten(),
            sale_price: sale.flatten(),
            sale_dates: record.get("sale_price_effective_date").map(|dates| html::line(dates, 100)),
            availability: availability.flatten(),
            options: named(record, OPTIONS),
            details: named(record, DETAILS),
            group,
        })
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

fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // Whoever reads the answer would be sent there with them.
    if !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return None;
    }
    let text = url.to_string();
    (text.len() <= MAX_URL).then_some(text)
}
