//! The attributes of Google's product data specification that are used here, and the other names that shops, shop
//! systems and other specifications give them. A name that is not here is dropped.

/// Of records that are made of a platform's answers: a property with its name, `Color: red`, and that the shop does not
/// show the product any more. No feed has names like these.
pub const OPTION: &str = "_option";
/// See [`OPTION`].
pub const WITHDRAWN: &str = "_withdrawn";

/// Attributes that are read; others are dropped as soon as their name is known.
const KNOWN: &[&str] = &[
    OPTION,
    WITHDRAWN,
    "id",
    "title",
    "description",
    "link",
    "mobile_link",
    "image_link",
    "price",
    "sale_price",
    "sale_price_effective_date",
    "sale_price_start_date",
    "sale_price_end_date",
    "currency",
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

/// Other names of the same, sorted: of OpenAI's product feed, of Google's Merchant API, of Atom, and what shop systems
/// write.
const ALIASES: &[(&str, &str)] = &[
    ("available", "availability"),
    ("available_for_sale", "availability"),
    ("barcode", "gtin"),
    ("body_html", "description"),
    ("categories", "product_type"),
    ("category", "product_type"),
    ("categorytext", "product_type"),
    ("colors", "color"),
    ("colour", "color"),
    ("content", "description"),
    ("currency_code", "currency"),
    ("currency_id", "currency"),
    ("date_on_sale_from", "sale_price_start_date"),
    ("date_on_sale_to", "sale_price_end_date"),
    ("date_sale_price_ends", "sale_price_end_date"),
    ("date_sale_price_starts", "sale_price_start_date"),
    ("deeplink", "link"),
    ("ean", "gtin"),
    ("genders", "gender"),
    ("group_id", "item_group_id"),
    ("gtin13", "gtin"),
    ("gtins", "gtin"),
    ("height", "product_height"),
    ("image", "image_link"),
    ("image_url", "image_link"),
    ("imgurl", "image_link"),
    ("in_stock", "availability"),
    ("item_group", "item_group_id"),
    ("item_id", "id"),
    ("itemgroup_id", "item_group_id"),
    ("length", "product_length"),
    ("manufacturer", "brand"),
    ("materials", "material"),
    ("name", "title"),
    ("offer_id", "id"),
    ("parent_id", "item_group_id"),
    ("patterns", "pattern"),
    ("price_vat", "price"),
    ("product_category", "product_type"),
    ("product_highlights", "product_highlight"),
    ("product_id", "id"),
    ("product_name", "title"),
    ("product_types", "product_type"),
    ("product_url", "link"),
    ("productname", "title"),
    ("regular_price", "price"),
    ("sizes", "size"),
    ("sku", "id"),
    ("stock_status", "availability"),
    ("structured_description", "description"),
    ("structured_title", "title"),
    ("summary", "description"),
    ("upc", "gtin"),
    ("url", "link"),
    ("vendor", "brand"),
    ("weight", "product_weight"),
    ("width", "product_width"),
];

/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 64;

/// An attribute, and how surely it is meant: the lower the rank, the surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) rank: u8,
}

impl Attribute {
    /// The same, found where it is less surely meant.
    pub(super) const fn behind(self, ranks: u8) -> Self {
        Self { name: self.name, rank: self.rank + ranks }
    }
}

/// The attribute of this name, however it is spelled: `g:image_link`, `Image Link`, `imageLink`, `image-link`.
pub(super) fn attribute(name: &str) -> Option<Attribute> {
    let name = name.trim();
    let name = name.strip_prefix("g:").unwrap_or(name).trim_end_matches('?');
    if name.len() > MAX_NAME {
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
    if let Some(name) = KNOWN.iter().find(|known| **known == plain) {
        return Some(Attribute { name, rank: 0 });
    }
    let at = ALIASES.binary_search_by(|(alias, _)| (*alias).cmp(&plain)).ok()?;
    ALIASES.get(at).map(|(_, name)| Attribute { name, rank: 1 })
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, KNOWN, attribute};

    fn name(text: &str) -> Option<&'static str> {
        attribute(text).map(|attribute| attribute.name)
    }

    #[test]
    fn an_attribute_is_known_in_every_spelling() {
        for spelled in
            ["g:image_link", "image link", "Image Link", "imageLink", "image-link", " image_link ", "IMAGE_LINK"]
        {
            assert_eq!(name(spelled), Some("image_link"), "{spelled}");
        }
        assert_eq!(name("GTIN"), Some("gtin"));
        for unknown in ["", "tax", "c:id", "constructor", &"x".repeat(1000)] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn names_of_other_specifications_are_known() {
        for (spelled, known) in [
            ("item_id", "id"),
            ("url", "link"),
            ("group_id", "item_group_id"),
            ("offerId", "id"),
            ("gtins", "gtin"),
            ("productTypes", "product_type"),
            ("itemGroupId", "item_group_id"),
            ("salePriceEffectiveDate", "sale_price_effective_date"),
            ("PRICE_VAT", "price"),
            ("In stock?", "availability"),
        ] {
            assert_eq!(name(spelled), Some(known), "{spelled}");
        }
    }

    #[test]
    fn the_list_of_other_names_can_be_searched_and_leads_to_known_ones() {
        assert!(ALIASES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ALIASES.iter().all(|(alias, name)| KNOWN.contains(name) && !KNOWN.contains(alias)));
    }
}
