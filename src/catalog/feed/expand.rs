//! Products of JSON whose variants stand inside of them, as Shopify's `products.json` has them: made one object each, in
//! the names that feeds have.

use super::OPTION;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Of a title that each variant repeats, in characters.
const MOST_TITLE: usize = 1000;
/// Options that a variant has at most, by number.
const OPTIONS: [&str; 3] = ["option1", "option2", "option3"];

/// Adds an object, or each of its variants where they are what has a price.
pub(super) fn variants(mut object: Map<String, Value>, all: &mut Vec<Map<String, Value>>) {
    let has_prices = |variants: &[Value]| variants.iter().any(|variant| variant.get("price").is_some());
    let is_one = match object.get("variants") {
        Some(Value::Array(variants)) => !has_prices(variants) || object.contains_key("price"),
        _ => true,
    };
    let Some(Value::Array(variants)) = (if is_one { None } else { object.remove("variants") }) else {
        return all.push(object);
    };
    let title: String = text(object.get("title")).unwrap_or_default().chars().take(MOST_TITLE).collect();
    let group = text(object.get("id")).or_else(|| text(object.get("handle")));
    let names: Vec<String> = object
        .get("options")
        .and_then(Value::as_array)
        .map(|options| options.iter().filter_map(|option| text(option.get("name"))).collect())
        .unwrap_or_default();
    // What they have in common stands in the first one, or a product would grow with the square of what was sent.
    let mut base = object;
    for variant in variants {
        let Value::Object(variant) = variant else { continue };
        let mut one = std::mem::take(&mut base);
        one.insert("title".to_owned(), title.clone().into());
        if let Some(group) = &group {
            one.insert("item_group_id".to_owned(), group.clone().into());
        }
        let id = text(variant.get("sku")).or_else(|| text(variant.get("id"))).unwrap_or_default();
        one.insert("id".to_owned(), id.into());
        for (from, to) in [("barcode", "gtin"), ("available", "availability")] {
            if let Some(value) = variant.get(from) {
                one.insert(to.to_owned(), value.clone());
            }
        }
        let options: Vec<Value> = OPTIONS
            .iter()
            .zip(&names)
            .filter_map(|(option, name)| Some(format!("{name}: {}", text(variant.get(*option))?)))
            .filter(|option| option != "Title: Default Title")
            .map(Value::from)
            .collect();
        one.insert(OPTION.to_owned(), Value::Array(options));
        price(&mut one, &variant);
        all.push(one);
    }
}

/// What is crossed out is the price, where it is the higher one.
fn price(one: &mut Map<String, Value>, variant: &Map<String, Value>) {
    let amount = |name: &str| text(variant.get(name))?.parse::<f64>().ok();
    let now = variant.get("price").cloned().unwrap_or(json!({}));
    let before = variant.get("compare_at_price").cloned().unwrap_or(Value::Null);
    let is_sale = amount("compare_at_price")
        .zip(amount("price"))
        .is_some_and(|(before, now)| before.partial_cmp(&now) == Some(Ordering::Greater));
    if is_sale {
        one.insert("sale_price".to_owned(), now);
        one.insert("price".to_owned(), before);
    } else {
        one.insert("price".to_owned(), now);
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
