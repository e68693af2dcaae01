//! Whether a product can be bought, in the spellings of Google, schema.org, OpenAI, WooCommerce and Shopify.

pub use crate::domain::product::Availability;

impl Availability {
    /// None: a word that is not known.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // schema.org writes addresses.
        let word = text.trim().rsplit(['/', ':', '#']).next().unwrap_or_default();
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Some(match word.as_str() {
            "instock"
            | "available"
            | "limitedavailability"
            | "instoreonly"
            | "onlineonly"
            | "lowstock"
            | "yes"
            | "true"
            | "1" => Self::InStock,
            "outofstock" | "soldout" | "discontinued" | "notavailable" | "unavailable" | "no" | "false" | "0" => {
                Self::OutOfStock
            }
            "preorder" | "presale" => Self::Preorder,
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
        for text in ["", "Lieferzeit 3 Tage", "reserved"] {
            assert_eq!(Availability::parse(text), None, "{text}");
        }
    }
}
