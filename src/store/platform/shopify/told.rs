//! What is made of a product that Shopify tells of.

use super::{Reader, number, text};
use crate::store::platform::bulk::Product;
use crate::store::platform::line::{Line, lines, withdrawn};
use bytes::Bytes;
use serde_json::Value;

impl Reader {
    pub(super) fn lines(&self, product: Product) -> Bytes {
        let Product { fields, mut variants } = product;
        let id = number(text(&fields, "/id"));
        let is_published = match fields.get("isPublished").and_then(Value::as_bool) {
            Some(is_published) => is_published,
            None => !text(&fields, "/publishedAt").is_empty(),
        };
        if text(&fields, "/status") != "ACTIVE" || !is_published {
            return withdrawn(id);
        }
        let mut base = Line::of(id);
        base.text("title", text(&fields, "/title"));
        base.text("description", text(&fields, "/descriptionHtml"));
        base.text("brand", text(&fields, "/vendor"));
        base.text("product_type", text(&fields, "/productType"));
        base.text("image_link", text(&fields, "/featuredMedia/preview/image/url"));
        let page = text(&fields, "/onlineStoreUrl");
        let own = format!("{}/products/{}", self.shop, text(&fields, "/handle"));
        base.text("link", if page.is_empty() { &own } else { page });
        // A bulk operation and a query have orders of their own.
        variants
            .sort_by_key(|variant| (variant.get("position").and_then(Value::as_i64), text(variant, "/id").to_owned()));
        lines(variants.iter().map(|variant| {
            let mut line = base.clone();
            line.text("gtin", text(variant, "/barcode"));
            for option in variant.get("selectedOptions").and_then(Value::as_array).into_iter().flatten() {
                let (name, value) = (text(option, "/name"), text(option, "/value"));
                // What Shopify calls the only variant of a product without variants.
                if (name, value) != ("Title", "Default Title") {
                    line.option(name, value);
                }
            }
            self.offer(&mut line, variant);
            (line, text(variant, "/sku").to_owned(), number(text(variant, "/id")).to_owned())
        }))
    }

    fn offer(&self, line: &mut Line, variant: &Value) {
        let there = |name: &str| {
            let money = variant.pointer(&format!("/there/{name}"))?;
            Some((text(money, "/amount"), text(money, "/currencyCode"))).filter(|(amount, _)| !amount.is_empty())
        };
        let own = |name: &str| {
            Some((text(variant, name), self.currency.as_deref().unwrap_or_default()))
                .filter(|(amount, _)| !amount.is_empty())
        };
        let (price, before) = match there("price") {
            Some(price) => (Some(price), there("compareAtPrice")),
            None => (own("/price"), own("/compareAtPrice")),
        };
        if let Some((amount, currency)) = price {
            match before {
                // The one that is crossed out is the regular one. Whether it is the higher one, the sync looks.
                Some((regular, of)) if is_more(regular, amount) => {
                    line.money("price", regular, of);
                    line.money("sale_price", amount, currency);
                }
                _ => line.money("price", amount, currency),
            }
        }
        match variant.get("availableForSale").and_then(Value::as_bool) {
            Some(true) => line.text("availability", "in_stock"),
            Some(false) => line.text("availability", "out_of_stock"),
            None => {}
        }
    }
}

/// Whether one amount is more than the other; both are decimal with a point.
fn is_more(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    number(one).zip(number(other)).is_some_and(|(one, other)| one > other)
}
