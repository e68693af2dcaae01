//! The attributes of Google's product data specification that are used here, and the other names that shops, shop
//! systems and other specifications give them. A name that is not here is dropped.

/// Of records that are made of a platform's answers: a property with its name, `Color: red`, and that the shop does not
/// show the product any more. No feed has names like these.
pub const OPTION: &str = "_option";
/// See [`OPTION`].
pub const WITHDRAWN: &str = "_withdrawn";
/// What has the name of a price that is not known, or stands in a namespace that is not: a price must not vanish without
/// a word.
pub const OTHER_PRICE: &str = "_other_price";
/// A value of it that is no text.
pub(super) const UNREAD: &str = "?";
/// Words for a price, as names of columns and elements have them.
const PRICES: [&str; 12] =
    ["price", "preis", "prix", "prezzo", "precio", "preço", "preco", "prijs", "cena", "ár", "fiyat", "pris"];

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

/// Other names of the same, sorted: of OpenAI's product feed, of Google's Merchant API, of Atom, of `BMEcat`, and what shop
/// systems and price comparisons write, in German and in other languages, too.
const ALIASES: &[(&str, &str)] = &[
    ("aid", "id"),
    ("angebotspreis", "sale_price"),
    ("art_nr", "id"),
    ("art_nr.", "id"),
    ("article_price", "price"),
    ("artikel_nr", "id"),
    ("artikel_nr.", "id"),
    ("artikel_nummer", "id"),
    ("artikelbeschreibung", "description"),
    ("artikelbezeichnung", "title"),
    ("artikelname", "title"),
    ("artikelnr", "id"),
    ("artikelnummer", "id"),
    ("artikelnummer_im_shop", "id"),
    ("available", "availability"),
    ("available_for_sale", "availability"),
    ("barcode", "gtin"),
    ("beschikbaarheid", "availability"),
    ("beschreibung", "description"),
    ("bezeichnung", "title"),
    ("bild", "image_link"),
    ("bild_url", "image_link"),
    ("bild_url_1", "image_link"),
    ("bildlink", "image_link"),
    ("body_html", "description"),
    ("brand_name", "brand"),
    ("brutto_preis", "price"),
    ("brutto_vk", "price"),
    ("bruttopreis", "price"),
    ("categoria", "product_type"),
    ("categorie", "product_type"),
    ("categories", "product_type"),
    ("category", "product_type"),
    ("category_path", "product_type"),
    ("categorytext", "product_type"),
    ("categoría", "product_type"),
    ("catégorie", "product_type"),
    ("cena", "price"),
    ("cena_brutto", "price"),
    ("codice", "id"),
    ("colors", "color"),
    ("colour", "color"),
    ("content", "description"),
    ("currency_code", "currency"),
    ("currency_id", "currency"),
    ("date_on_sale_from", "sale_price_start_date"),
    ("date_on_sale_to", "sale_price_end_date"),
    ("date_sale_price_ends", "sale_price_end_date"),
    ("date_sale_price_starts", "sale_price_start_date"),
    ("deep_link", "link"),
    ("deeplink", "link"),
    ("desc", "description"),
    ("descripción", "description"),
    ("description_long", "description"),
    ("description_short", "title"),
    ("descrizione", "description"),
    ("descrição", "description"),
    ("devise", "currency"),
    ("disponibilidad", "availability"),
    ("disponibilità", "availability"),
    ("disponibilité", "availability"),
    ("dostępność", "availability"),
    ("ean", "gtin"),
    ("ean_/_gtin_/_barcodenummer_/_upc", "gtin"),
    ("eans", "gtin"),
    ("farbe", "color"),
    ("genders", "gender"),
    ("gewicht", "product_weight"),
    ("groesse", "size"),
    ("gross_price", "price"),
    ("group_id", "item_group_id"),
    ("größe", "size"),
    ("gtin13", "gtin"),
    ("gtins", "gtin"),
    ("han", "mpn"),
    ("height", "product_height"),
    ("hersteller", "brand"),
    ("hersteller_/_markenname", "brand"),
    ("hersteller_artikelnummer", "mpn"),
    ("herstellername", "brand"),
    ("herstellernummer", "mpn"),
    ("image", "image_link"),
    ("image_src", "image_link"),
    ("image_url", "image_link"),
    ("image_urls", "image_link"),
    ("imgurl", "image_link"),
    ("in_stock", "availability"),
    ("international_pid", "gtin"),
    ("is_in_stock", "availability"),
    ("item_group", "item_group_id"),
    ("item_id", "id"),
    ("item_number", "id"),
    ("itemgroup_id", "item_group_id"),
    ("kategoria", "product_type"),
    ("kategorie", "product_type"),
    ("lagerstatus", "availability"),
    ("length", "product_length"),
    ("lien", "link"),
    ("long_description", "description"),
    ("manufacturer", "brand"),
    ("manufacturer_aid", "mpn"),
    ("manufacturer_name", "brand"),
    ("manufacturer_pid", "mpn"),
    ("marca", "brand"),
    ("marka", "brand"),
    ("marke", "brand"),
    ("marque", "brand"),
    ("materials", "material"),
    ("merk", "brand"),
    ("moneda", "currency"),
    ("naam", "title"),
    ("name", "title"),
    ("name_*", "title"),
    ("nazwa", "title"),
    ("nom", "title"),
    ("nombre", "title"),
    ("nome", "title"),
    ("offer_id", "id"),
    ("omschrijving", "description"),
    ("opis", "description"),
    ("order_number", "id"),
    ("ordernumber", "id"),
    ("parent_id", "item_group_id"),
    ("patterns", "pattern"),
    ("permalink", "link"),
    ("precio", "price"),
    ("precio_oferta", "sale_price"),
    ("preis", "price"),
    ("preis_brutto", "price"),
    ("prezzo", "price"),
    ("preço", "price"),
    ("price_currency", "currency"),
    ("price_gross", "price"),
    ("price_incl", "price"),
    ("price_incl_tax", "price"),
    ("price_incl_vat", "price"),
    ("price_tax_included", "price"),
    ("price_vat", "price"),
    ("price_with_tax", "price"),
    ("price_with_vat", "price"),
    ("prijs", "price"),
    ("prix", "price"),
    ("prix_promo", "sale_price"),
    ("prix_promotionnel", "sale_price"),
    ("prix_ttc", "price"),
    ("product_category", "product_type"),
    ("product_highlights", "product_highlight"),
    ("product_id", "id"),
    ("product_link", "link"),
    ("product_name", "title"),
    ("product_number", "id"),
    ("product_price", "price"),
    ("product_title", "title"),
    ("product_types", "product_type"),
    ("product_url", "link"),
    ("productname", "title"),
    ("produkt_url", "link"),
    ("produktbeschreibung", "description"),
    ("produktbezeichnung", "title"),
    ("produktgruppe", "product_type"),
    ("produktlink", "link"),
    ("produktname", "title"),
    ("produkturl", "link"),
    ("reference", "id"),
    ("reference_#", "id"),
    ("regular_price", "price"),
    ("référence", "id"),
    ("saleprice", "sale_price"),
    ("selling_price", "price"),
    ("shop_cat", "product_type"),
    ("sizes", "size"),
    ("sku", "id"),
    ("sonderpreis", "sale_price"),
    ("special_from_date", "sale_price_start_date"),
    ("special_price", "sale_price"),
    ("special_price_from_date", "sale_price_start_date"),
    ("special_price_to_date", "sale_price_end_date"),
    ("special_to_date", "sale_price_end_date"),
    ("stock_availability", "availability"),
    ("stock_status", "availability"),
    ("structured_description", "description"),
    ("structured_title", "title"),
    ("summary", "description"),
    ("supplier", "brand"),
    ("supplier_aid", "id"),
    ("supplier_pid", "id"),
    ("titel", "title"),
    ("titolo", "title"),
    ("titre", "title"),
    ("título", "title"),
    ("upc", "gtin"),
    ("url", "link"),
    ("url_produit", "link"),
    ("valuta", "currency"),
    ("vendor", "brand"),
    ("verfuegbarkeit", "availability"),
    ("verfügbarkeit", "availability"),
    ("verkaufspreis", "price"),
    ("voorraad", "availability"),
    ("waehrung", "currency"),
    ("waluta", "currency"),
    ("warengruppe", "product_type"),
    ("weight", "product_weight"),
    ("width", "product_width"),
    ("währung", "currency"),
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
    let plain = plain(name)?;
    if let Some(name) = KNOWN.iter().find(|known| **known == plain) {
        return Some(Attribute { name, rank: 0 });
    }
    let at = ALIASES.binary_search_by(|(alias, _)| (*alias).cmp(&plain)).ok()?;
    ALIASES.get(at).map(|(_, name)| Attribute { name, rank: 1 })
}

/// What a name that is not known stands for, if it sounds like a price.
pub(super) fn other_price(name: &str) -> Option<Attribute> {
    let plain = plain(name)?;
    let is_one = plain.split('_').any(|word| PRICES.contains(&word));
    is_one.then_some(Attribute { name: OTHER_PRICE, rank: 0 })
}

fn plain(name: &str) -> Option<String> {
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
        match c {
            ' ' | '-' => plain.push('_'),
            c if c.is_ascii() => plain.push(c.to_ascii_lowercase()),
            c => plain.extend(c.to_lowercase()),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, KNOWN, OTHER_PRICE, attribute, other_price};

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
            ("Größe", "size"),
            ("Artikel-Nr.", "id"),
            ("Brutto-VK", "price"),
            ("SUPPLIER_AID", "id"),
        ] {
            assert_eq!(name(spelled), Some(known), "{spelled}");
        }
    }

    #[test]
    fn a_name_that_sounds_like_a_price_is_not_passed_over() {
        for name in ["Retail Price", "listPrice", "prix_barré", "price (EUR)", "PRECIO_PVP"] {
            assert_eq!(other_price(name).map(|found| found.name), Some(OTHER_PRICE), "{name}");
        }
        for name in ["pricing", "enterprise", "scenario", "", &"price".repeat(100)] {
            assert_eq!(other_price(name), None, "{name}");
        }
    }

    #[test]
    fn the_list_of_other_names_can_be_searched_and_leads_to_known_ones() {
        assert!(ALIASES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ALIASES.iter().all(|(alias, name)| KNOWN.contains(name) && !KNOWN.contains(alias)));
    }
}
