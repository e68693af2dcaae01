//! Whether a product can be bought, in the spellings of Google, schema.org, OpenAI, WooCommerce and Shopify.

pub use crate::domain::product::Availability;

impl Availability {
    /// None: a word that is not known.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // schema.org writes addresses.
        let text = text.trim();
        if let Ok(stock) = text.parse::<f64>() {
            // How many there are.
            return stock.is_finite().then_some(if stock > 0.0 { Self::InStock } else { Self::OutOfStock });
        }
        let word = text.trim_end_matches('/').rsplit(['/', ':', '#']).next().unwrap_or_default();
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        // Letters that are not ASCII are left out: `verfügbar`, `vorrätig`.
        Some(match word.as_str() {
            "instock"
            | "available"
            | "limitedavailability"
            | "instoreonly"
            | "onlineonly"
            | "lowstock"
            | "yes"
            | "y"
            | "true"
            | "auflager"
            | "lagernd"
            | "lieferbar"
            | "sofortlieferbar"
            | "verfgbar"
            | "sofortverfgbar"
            | "vorrtig" => Self::InStock,
            "outofstock"
            | "soldout"
            | "discontinued"
            | "notavailable"
            | "unavailable"
            | "temporarilyoutofstock"
            | "reserved"
            | "no"
            | "n"
            | "false"
            | "ausverkauft"
            | "nichtlieferbar"
            | "nichtauflager"
            | "nichtverfgbar"
            | "nichtvorrtig"
            | "vergriffen" => Self::OutOfStock,
            "preorder" | "presale" | "vorbestellbar" => Self::Preorder,
            "backorder" | "onbackorder" | "backordered" | "availablefororder" | "madetoorder" => Self::Backorder,
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

#[cfg(test)]
mod tests {
    use super::Availability::{self, Backorder, InStock, OutOfStock, Preorder};

    #[test]
    fn every_spelling_is_known() {
        for (texts, availability) in [
            (
                &[
                    "in_stock",
                    "in stock",
                    "IN_STOCK",
                    "InStock",
                    "instock",
                    "https://schema.org/InStock",
                    "schema:InStock",
                    "http://schema.org/LimitedAvailability",
                    "limited availability",
                    "yes",
                    "true",
                    "1",
                    "12.0000",
                    "https://schema.org/InStock/",
                    "sofort lieferbar",
                    "vorrätig",
                ][..],
                InStock,
            ),
            (
                &[
                    "out of stock",
                    "OUT_OF_STOCK",
                    "outofstock",
                    "https://schema.org/SoldOut",
                    "Discontinued",
                    "no",
                    "0",
                    "0.0000",
                    "-3",
                    "Reserved",
                    "nicht verfügbar",
                ],
                OutOfStock,
            ),
            (&["preorder", "pre_order", "PreOrder", "pre-order", "https://schema.org/PreSale"], Preorder),
            (
                &["backorder", "BackOrder", "onbackorder", "available for order", "http://schema.org/MadeToOrder"],
                Backorder,
            ),
        ] {
            for text in texts {
                assert_eq!(Availability::parse(text), Some(availability), "{text}");
            }
        }
        for text in ["", "Lieferzeit 3 Tage", "NaN", "inf", "12 Stück"] {
            assert_eq!(Availability::parse(text), None, "{text}");
        }
    }
}
