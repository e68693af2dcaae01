//! One record of a feed: the attributes of Google's product data specification that are used here, by their names.

use std::collections::BTreeMap;

/// Attributes that are read; others are dropped as soon as their name is known.
const KNOWN: &[&str] = &[
    "id",
    "title",
    "description",
    "link",
    "mobile_link",
    "image_link",
    "price",
    "sale_price",
    "sale_price_effective_date",
    "unit_pricing_measure",
    "availability",
    "availability_date",
    "brand",
    "gtin",
    "mpn",
    "condition",
    "product_type",
    "google_product_category",
    "product_highlight",
    "item_group_id",
    "color",
    "size",
    "material",
    "pattern",
    "gender",
    "age_group",
    "shipping_weight",
    "product_weight",
    "product_length",
    "product_width",
    "product_height",
    "energy_efficiency_class",
    "multipack",
    "is_bundle",
    "minimum_order_quantity",
];

/// Other names of the same: of Google's Content API, of Atom, and what shop systems write.
const ALIASES: &[(&str, &str)] = &[
    ("offer_id", "id"),
    ("product_types", "product_type"),
    ("sizes", "size"),
    ("url", "link"),
    ("image", "image_link"),
    ("image_url", "image_link"),
    ("ean", "gtin"),
    ("summary", "description"),
    ("content", "description"),
    ("colour", "color"),
    ("product_highlights", "product_highlight"),
];

/// Values of one attribute at most; further ones are dropped.
const MAX_VALUES: usize = 20;

/// The attributes of one row, entry or object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Its place among the records, from 1.
    pub number: u64,
    values: BTreeMap<&'static str, Vec<String>>,
}

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// Its place among the records, from 1.
    pub number: u64,
    pub fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Longer than [`MAX_RECORD`](super::MAX_RECORD).
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// Not well-formed.
    Malformed,
    /// An entity that XML and HTML do not define: those of a document type are never expanded.
    UnknownEntity,
    TooManyColumns,
    /// Another record begins before this one has ended.
    Unclosed,
}

impl Fault {
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotUtf8 => "not_utf8",
            Self::Malformed => "malformed",
            Self::UnknownEntity => "unknown_entity",
            Self::TooManyColumns => "too_many_columns",
            Self::Unclosed => "unclosed",
        }
    }

    pub const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "the record is larger than 256 KiB",
            Self::NotUtf8 => "the record is not UTF-8",
            Self::Malformed => "the record is not well-formed",
            Self::UnknownEntity => "the record has an entity that is not defined",
            Self::TooManyColumns => "the record has more columns than the first line has names",
            Self::Unclosed => "the record is not closed",
        }
    }
}

impl Record {
    /// A record without attributes.
    pub(super) fn new(number: u64) -> Self {
        Self { number, values: BTreeMap::new() }
    }

    /// Adds a value under a name as [`attribute`] gives it; blank ones are none.
    pub(super) fn add(&mut self, name: &'static str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let values = self.values.entry(name).or_default();
        if values.len() < MAX_VALUES {
            values.push(value.to_owned());
        }
    }

    /// The first value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.first().map(String::as_str)
    }

    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The attribute of this name, however it is spelled: `g:image_link`, `Image Link`, `imageLink`, `image-link`.
pub(super) fn attribute(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let name = name.strip_prefix("g:").unwrap_or(name);
    if name.len() > 64 {
        return None;
    }
    let mut plain = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_lower {
            plain.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        plain.push(if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() });
    }
    let plain = ALIASES.iter().find(|(alias, _)| *alias == plain).map_or(plain.as_str(), |(_, name)| name);
    KNOWN.iter().find(|known| **known == plain).copied()
}

#[cfg(test)]
mod tests {
    use super::attribute;

    #[test]
    fn an_attribute_is_known_in_every_spelling() {
        for name in
            ["g:image_link", "image link", "Image Link", "imageLink", "image-link", " image_link ", "IMAGE_LINK"]
        {
            assert_eq!(attribute(name), Some("image_link"), "{name}");
        }
        assert_eq!(attribute("offerId"), Some("id"));
        assert_eq!(attribute("GTIN"), Some("gtin"));
        for unknown in ["", "tax", "c:id", "constructor", &"x".repeat(1000)] {
            assert_eq!(attribute(unknown), None, "{unknown}");
        }
    }
}
