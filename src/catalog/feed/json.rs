//! What a JSON object says of a product, and what objects stand for amounts: in JSON lines, and in the elements of XML
//! that are written like them.

use super::names::{Attribute, OTHER_PRICE, UNREAD, attribute, other_price};
use super::record::{Form, Record};
use serde_json::{Map, Value};

/// Objects that hold attributes themselves, and how surely these are meant: of the Merchant API, where they are the
/// product's, of lists that wrap each product, and of OpenAI's variants, where what stands outside counts first.
const HOLDERS: [(&str, u8); 6] = [
    ("productAttributes", 0),
    ("product_attributes", 0),
    ("attributes", 0),
    ("item", 2),
    ("node", 2),
    ("variant_dict", 2),
];
/// Where schema.org has prices and availability.
const OFFERS: &str = "offers";
const PRICE: Attribute = Attribute { name: "price", rank: 2 };
const SALE: Attribute = Attribute { name: "sale_price", rank: 2 };
/// Where WooCommerce's Store API has prices.
const PRICES: &str = "prices";
/// Where Magento has attributes that not every product has, and those of them that are read.
const CUSTOM: &str = "custom_attributes";
const CUSTOM_READ: [&str; 4] = ["special_price", "special_from_date", "special_to_date", "description"];
const AVAILABILITY: Attribute = Attribute { name: "availability", rank: 2 };
/// Attributes whose values are amounts of money.
const MONEY: [&str; 2] = ["price", "sale_price"];
/// Digits that an amount may have, so that nothing overflows.
const MAX_DIGITS: usize = 18;

pub(super) fn is_money(name: &str) -> bool {
    MONEY.contains(&name)
}

/// Adds what an object says to a record.
pub(super) fn attributes(record: &mut Record, object: &Map<String, Value>) {
    for (name, value) in object {
        let holder = HOLDERS.iter().find(|(holder, _)| holder == name);
        match (holder, value) {
            _ if name == OFFERS => offers(record, value),
            (None, Value::Object(prices)) if name == PRICES => of_store_api(record, prices),
            (None, Value::Array(all)) if name == CUSTOM => custom(record, all),
            // What is paid now, where the usual price and that of a sale stand beside it.
            _ if name == "price" && has(object, "regular_price") && has(object, "sale_price") => {
                add(record, PRICE, value);
            }
            (Some((_, ranks)), Value::Object(inner)) => {
                for (name, value) in inner {
                    if name == OFFERS {
                        offers(record, value);
                    } else if let Some(attribute) = attribute(name) {
                        add(record, attribute.behind(*ranks), value);
                    }
                }
            }
            _ => {
                if let Some(attribute) = attribute(name).or_else(|| other_price(name)) {
                    add(record, attribute, value);
                }
            }
        }
    }
}

fn has(object: &Map<String, Value>, name: &str) -> bool {
    scalar(object.get(name)).is_some()
}

/// The prices of WooCommerce's Store API: whole numbers of the currency's smallest part, of which it says how many digits
/// they have.
fn of_store_api(record: &mut Record, prices: &Map<String, Value>) {
    let currency = scalar(prices.get("currency_code")).unwrap_or_default();
    let digits =
        prices.get("currency_minor_unit").and_then(Value::as_u64).and_then(|digits| usize::try_from(digits).ok());
    let of = |name: &str| {
        let whole = scalar(prices.get(name))?;
        Some(digits.filter(|digits| *digits <= 6).and_then(|digits| fixed(&whole, digits)))
    };
    let mut put = |attribute: Attribute, amount: Option<Option<String>>| match amount {
        Some(Some(amount)) => record.add_as(attribute, format!("{amount} {currency}").trim(), Form::Number),
        Some(None) => record.add_as(attribute, "", Form::Unread),
        None => {}
    };
    let (now, regular) = (of("price"), of("regular_price"));
    // A range of variants has prices from one to another.
    if prices.get("price_range").is_some_and(|range| !range.is_null()) {
        return put(PRICE, Some(None));
    }
    if let (Some(Some(sale)), Some(Some(usual))) = (&now, &regular)
        && sale != usual
    {
        put(SALE, Some(Some(sale.clone())));
        return put(PRICE, regular);
    }
    put(PRICE, now);
}

/// Magento's attributes by their codes. Of most of them the value is the number of an option, which says nothing.
fn custom(record: &mut Record, all: &[Value]) {
    for one in all {
        let code = one.get("attribute_code").and_then(Value::as_str).filter(|code| CUSTOM_READ.contains(code));
        if let (Some(known), Some(value)) = (code.and_then(attribute), one.get("value")) {
            add(record, known.behind(2), value);
        }
    }
}

fn add(record: &mut Record, attribute: Attribute, value: &Value) {
    match value {
        Value::Object(_) | Value::Array(_) | Value::Bool(_) if attribute.name == OTHER_PRICE => {
            record.add(attribute, UNREAD);
        }
        Value::String(text) => record.add(attribute, text),
        Value::Number(number) => record.add_as(attribute, &number.to_string(), Form::Number),
        Value::Bool(flag) => record.add(attribute, if *flag { "yes" } else { "no" }),
        Value::Array(values) => {
            for value in values {
                match value {
                    Value::Array(_) if is_money(attribute.name) => record.add_as(attribute, "", Form::Unread),
                    Value::Array(_) => {}
                    value => add(record, attribute, value),
                }
            }
        }
        Value::Object(object) if is_money(attribute.name) => {
            let form = |value: &Value| if value.is_number() { Form::Number } else { Form::Text };
            let part = |name: &str| Some((scalar(object.get(name))?, object.get(name).map_or(Form::Text, form)));
            add_money(record, attribute, part);
        }
        Value::Object(object) if attribute.name == "sale_price_effective_date" => {
            let part = |names: [&str; 3]| names.into_iter().find_map(|name| scalar(object.get(name)));
            let (start, end) = (part(["startTime", "start_time", "start"]), part(["endTime", "end_time", "end"]));
            let dates = format!("{}/{}", start.unwrap_or_default(), end.unwrap_or_default());
            record.add(attribute, &dates);
        }
        Value::Object(object) => {
            let part = |names: &[&str]| names.iter().find_map(|name| scalar(object.get(*name)));
            let text = part(&["value", "content", "name", "url", "href"]).unwrap_or_default();
            let unit = part(&["unit"]).unwrap_or_default();
            record.add(attribute, format!("{text} {unit}").trim());
        }
        Value::Null => {}
    }
}

/// An `Offer`, an `AggregateOffer`, or several. A range of prices is none that could be told.
fn offers(record: &mut Record, value: &Value) {
    let all = match value {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    for offer in all {
        let Value::Object(offer) = offer else { continue };
        let specified = offer.get("priceSpecification");
        let specified = specified.and_then(|value| value.get(0).unwrap_or(value).as_object()).unwrap_or(offer);
        let of = |name: &str| scalar(offer.get(name)).or_else(|| scalar(specified.get(name)));
        let currency = of("priceCurrency").unwrap_or_default();
        let (low, high) = (of("lowPrice"), of("highPrice"));
        let price = of("price").or_else(|| low.clone().filter(|low| high.as_ref() == Some(low)));
        match price {
            Some(price) => record.add_as(PRICE, format!("{price} {currency}").trim(), Form::Number),
            None if low.or(high).is_some() => record.add_as(PRICE, "", Form::Unread),
            None => {}
        }
        if let Some(availability) = of("availability") {
            record.add(AVAILABILITY, &availability);
        }
    }
}

fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Adds an amount of which the parts are known by name: `{amountMicros, currencyCode}` of the Merchant API, `{value,
/// currency}` of the Content API, `{amount, currencyCode}` of Shopify, `{units, nanos, currencyCode}`. Anything else
/// cannot be read, which is kept in mind: a price must not vanish.
pub(super) fn add_money(record: &mut Record, attribute: Attribute, part: impl Fn(&str) -> Option<(String, Form)>) {
    let of = |names: [&str; 3]| names.into_iter().find_map(&part);
    let currency = of(["currencyCode", "currency_code", "currency"]).or_else(|| part("price_currency"));
    let currency = currency.or_else(|| part("priceCurrency")).map(|(code, _)| code).unwrap_or_default();
    let amount = if let Some((micros, _)) = of(["amountMicros", "amount_micros", "micros"]) {
        fixed(&micros, 6).map(|amount| (amount, Form::Number))
    } else if let Some((units, _)) = part("units") {
        let nanos = part("nanos").map_or_else(|| "0".to_owned(), |(nanos, _)| nanos);
        let is_good = nanos.len() <= 9 && nanos.bytes().all(|byte| byte.is_ascii_digit());
        is_good.then(|| (format!("{units}.{nanos:0>9}"), Form::Number))
    } else {
        of(["value", "amount", "price"]).or_else(|| part("price_amount"))
    };
    match amount {
        Some((amount, form)) => record.add_as(attribute, &format!("{amount} {currency}"), form),
        None => record.add_as(attribute, "", Form::Unread),
    }
}

/// A whole number of the smallest parts, of which `digits` stand behind the point.
fn fixed(number: &str, digits: usize) -> Option<String> {
    if number.is_empty() || number.len() > MAX_DIGITS || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits == 0 {
        return Some(number.to_owned());
    }
    let padded = format!("{number:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at_checked(padded.len() - digits)?;
    Some(format!("{whole}.{fraction}"))
}
