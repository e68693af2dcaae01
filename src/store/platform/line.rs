//! Items as JSON lines, in the names that feeds have for them.

use crate::catalog::feed::{OPTION, WITHDRAWN};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Of a description in HTML, in bytes: of more nothing would be kept, and the line would be too long to be read.
const MOST_HTML: usize = 96 * 1024;

/// An item that is being put together.
#[derive(Clone, Default)]
pub(super) struct Line(Map<String, Value>);

impl Line {
    /// Of a product by the platform's own id: what its items have in common.
    pub(super) fn of(product: &str) -> Self {
        let mut line = Self::default();
        line.text("item_group_id", product);
        line
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() {
            let mut end = text.len().min(MOST_HTML);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            self.0.insert(name.to_owned(), text.get(..end).unwrap_or_default().into());
        }
    }

    /// A property with its name, such as a color.
    pub(super) fn option(&mut self, name: &str, value: &str) {
        if let Value::Array(all) = self.0.entry(OPTION).or_insert_with(|| json!([])) {
            all.push(format!("{name}: {value}").into());
        }
    }

    /// An amount as the platform's interface writes it: with a point and without thousands. What is none is kept, so
    /// that the price is refused and does not vanish.
    pub(super) fn money(&mut self, name: &str, amount: &str, currency: &str) {
        let value = match micros(amount) {
            Some(micros) => json!({ "amountMicros": micros, "currencyCode": currency }),
            None => json!({ "value": amount, "currency": currency }),
        };
        self.0.insert(name.to_owned(), value);
    }

    /// As a line, by this id.
    fn end(mut self, id: &str) -> String {
        self.0.insert("id".to_owned(), id.into());
        Value::Object(self.0).to_string() + "\n"
    }
}

/// The lines of a product's items, each with the shop's number for it and with the platform's id, which stands in where
/// there is no number or several have the same.
pub(super) fn lines(items: impl IntoIterator<Item = (Line, String, String)>) -> Bytes {
    let mut had = HashSet::new();
    let mut all = String::new();
    for (line, number, id) in items {
        let own = if number.trim().is_empty() || !had.insert(number.clone()) { id } else { number };
        all.push_str(&line.end(&own));
    }
    all.into()
}

/// A product that shoppers are not to know any more.
pub(super) fn withdrawn(product: &str) -> Bytes {
    let mut line = Line::of(product);
    line.0.insert(WITHDRAWN.to_owned(), true.into());
    line.end(product).into()
}

/// Millionths; exact.
fn micros(amount: &str) -> Option<String> {
    let amount = amount.trim();
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_good = !whole.is_empty() && whole.len() <= 12 && fraction.len() <= 6 && digits(whole) && digits(fraction);
    is_good.then(|| format!("{whole}{fraction:0<6}"))
}

#[cfg(test)]
mod tests {
    use super::{Line, lines, micros, withdrawn};
    use crate::catalog::feed::{Feed, Format, WITHDRAWN};
    use crate::catalog::product::{Item, Rules};

    fn items(text: &[u8]) -> Vec<Item> {
        let (mut feed, mut entries) = (Feed::new(Format::Jsonl), Vec::new());
        feed.push(text, &mut entries).unwrap();
        feed.finish(&mut entries).unwrap();
        entries.into_iter().map(|entry| Item::read(&entry.unwrap(), &Rules::default()).unwrap()).collect()
    }

    #[test]
    fn amounts_stay_exact() {
        for (text, wanted) in [
            ("129.90", Some("129900000")),
            ("0", Some("0000000")),
            ("1299", Some("1299000000")),
            ("12.345678", Some("12345678")),
            ("12.3456789", None),
            ("1,5", None),
            ("", None),
            ("-1", None),
        ] {
            assert_eq!(micros(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn a_line_is_read_as_the_item_it_was_made_of() {
        let mut line = Line::of("17");
        line.text("title", "Drill \"S\"");
        line.money("price", "1.015", "KWD");
        line.option("Länge", "2 m");
        line.option("Farbe", "rot");
        let read = items(&lines([(line.clone(), "D-1".into(), "71".into()), (line, "D-1".into(), "72".into())]));
        assert_eq!(read.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["D-1", "72"]);
        assert_eq!(read[0].product_key(), "group:17");
        assert_eq!(read[0].price.as_ref().unwrap().to_string(), "1.015 KWD");
        let options = [("Länge".to_owned(), "2 m".to_owned()), ("Farbe".to_owned(), "rot".to_owned())];
        assert_eq!(read[0].options, options);
    }

    #[test]
    fn an_amount_that_is_none_is_refused_and_does_not_vanish() {
        let mut line = Line::of("17");
        line.text("title", "Drill");
        line.money("price", "on request", "EUR");
        let (mut feed, mut entries) = (Feed::new(Format::Jsonl), Vec::new());
        feed.push(&lines([(line, String::new(), "1".into())]), &mut entries).unwrap();
        let bad = Item::read(entries[0].as_ref().unwrap(), &Rules::default()).unwrap_err();
        assert_eq!(bad.attribute, "price");
    }

    #[test]
    fn a_withdrawn_product_is_marked() {
        let (mut feed, mut entries) = (Feed::new(Format::Jsonl), Vec::new());
        feed.push(&withdrawn("17"), &mut entries).unwrap();
        assert!(entries[0].as_ref().unwrap().get(WITHDRAWN).is_some());
    }
}
