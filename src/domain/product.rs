//! What is told of a product: to a model in words, to a shopper as a card.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Whether a product can be bought.
    #[derive(ToSchema)]
    #[schema(as = ProductAvailability)]
    Availability {
        InStock = "in_stock",
        /// Not now.
        OutOfStock = "out_of_stock",
        Preorder = "preorder",
        /// Ordered now, delivered later.
        Backorder = "backorder",
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// Decimal, with as many decimals as the currency has.
    #[schema(example = "149.00")]
    pub amount: String,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
}

/// What a shopper is shown of a product, as the shop's feed says it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductCard {
    /// The shop's id of it, or of the group of its variants.
    #[schema(example = "NW-18")]
    pub id: Option<String>,
    #[schema(example = "Cordless drill NW-18")]
    pub title: String,
    /// Its page.
    #[schema(example = "https://shop.example/nw-18")]
    pub url: Option<String>,
    /// Its picture; https.
    #[schema(example = "https://shop.example/pictures/nw-18.jpg")]
    pub image_url: Option<String>,
    /// What it costs now; of variants the least.
    pub price: Option<Money>,
    /// Without the sale, where there is one.
    pub regular_price: Option<Money>,
    /// Whether variants cost more than `price`.
    pub price_from: bool,
    /// Of variants: whether any can be bought.
    pub availability: Option<Availability>,
    #[schema(example = "Nordwerk")]
    pub brand: Option<String>,
}

/// What is known of a product's price and availability.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// In words that a model reads beside a question. None: the feed says neither.
    pub words: Option<String>,
    /// None: the product was read by a version that made none.
    pub card: Option<ProductCard>,
}
