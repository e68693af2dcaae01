//! Prices as feeds write them: `12.90 EUR`, `EUR 12.90`, `1,299.00 USD`, `12,90`.
//!
//! The amount stays decimal text: it is shown, never reckoned with.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Digits before the decimal point at most.
const MAX_DIGITS: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Decimal, with a point and without separators of thousands.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

impl Price {
    /// Reads a price; `currency` is for those without one.
    pub fn parse(text: &str, currency: Option<&str>) -> Option<Self> {
        let mut named = None;
        let mut number = None;
        for part in text.split_whitespace() {
            let is_currency = part.len() == 3 && part.bytes().all(|b| b.is_ascii_alphabetic());
            let place = if is_currency { &mut named } else { &mut number };
            if place.replace(part).is_some() {
                return None;
            }
        }
        let currency = named.map(str::to_ascii_uppercase).or_else(|| currency.map(str::to_owned))?;
        Some(Self { amount: amount(number?)?, currency })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

fn amount(text: &str) -> Option<String> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return None;
    }
    // The last of both is the decimal one, unless three digits follow a comma: `1,299` is a thousand.
    let decimal = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) => Some(point.max(comma)),
        (Some(point), None) => (text.matches('.').count() == 1).then_some(point),
        (None, Some(comma)) if text.len() - comma == 4 || text.matches(',').count() > 1 => None,
        (None, comma) => comma,
    };
    let (whole, fraction) = match decimal {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (whole, fraction) = (digits(whole), digits(fraction));
    let whole = whole.trim_start_matches('0');
    if whole.len() > MAX_DIGITS
        || fraction.len() > 4
        || (whole.is_empty() && fraction.is_empty() && !text.contains('0'))
    {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match fraction.len() {
        0 => format!("{whole}.00"),
        1 => format!("{whole}.{fraction}0"),
        _ => format!("{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::Price;
    use proptest::prelude::*;

    #[test]
    fn prices_are_read_as_they_are_written() {
        for (text, read) in [
            ("12.90 EUR", Some("12.90 EUR")),
            ("EUR 12.90", Some("12.90 EUR")),
            ("12,90 eur", Some("12.90 EUR")),
            ("1,299.00 USD", Some("1299.00 USD")),
            ("1.299,00 EUR", Some("1299.00 EUR")),
            ("1,299 USD", Some("1299.00 USD")),
            ("1,299,000 JPY", Some("1299000.00 JPY")),
            ("15", Some("15.00 CHF")),
            ("0 EUR", Some("0.00 EUR")),
            ("007.5 EUR", Some("7.50 EUR")),
            ("EUR", None),
            ("", None),
            ("twelve EUR", None),
            ("-3 EUR", None),
            ("1 2 EUR", None),
            ("12.90 EUR USD", None),
            (". EUR", None),
            ("99999999999999999999 EUR", None),
        ] {
            let price = Price::parse(text, Some("CHF")).map(|price| price.to_string());
            assert_eq!(price.as_deref(), read, "{text}");
        }
        assert_eq!(Price::parse("15", None), None);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_read_the_same_again(text in "[0-9.,]{0,12} ?[A-Za-z]{0,4}") {
            if let Some(price) = Price::parse(&text, None) {
                prop_assert_eq!(Price::parse(&price.to_string(), None), Some(price));
            }
        }
    }
}
