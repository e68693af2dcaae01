//! What the elements of XML feeds are called that are products, that hold them, or that are around all.

/// What an element's name says that holds other products than its own.
const OTHERS: [&str; 11] = [
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
const ITEMS: [&[u8]; 12] = [
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
    // Ceneo
    b"o",
];

pub(super) fn is_root(name: &[u8]) -> bool {
    ROOTS.iter().any(|root| name.eq_ignore_ascii_case(root))
}

pub(super) fn is_item(name: &[u8]) -> bool {
    ITEMS.iter().any(|item| name.eq_ignore_ascii_case(item))
}

/// Whether an element inside of a product may hold other products.
pub(super) fn holds_others(name: &[u8]) -> bool {
    let name = std::str::from_utf8(name).unwrap_or_default().to_ascii_lowercase();
    OTHERS.iter().any(|part| name.contains(part))
}

/// Whether a tag begins with this byte behind its `<`.
pub(super) fn begins_a_tag(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b'/' | b'!' | b'?' | b'_' | b':')
}

/// A name without its prefix.
pub(super) fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}
