//! What a product costs and whether it can be bought, in words that a model reads beside a question. It changes more
//! often than anything else of a product, so it is no part of the document that is embedded.

use super::availability::Availability;
use super::item::Item;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// Variants that are told one by one; of further ones only the range.
const TOLD_VARIANTS: usize = 30;
/// Longest offer, in characters.
const LONGEST: usize = 2000;

/// The offer of a product: of its only item or of its variants, in the order of the feed. None: nothing is known.
pub fn offer(items: &[Item]) -> Option<String> {
    let first = items.first()?;
    let told = match items {
        [only] => {
            let told = terms(only)?;
            format!("{} (product number {}): {told}", first.title, only.id)
        }
        _ => of_variants(first, items)?,
    };
    Some(told.chars().take(LONGEST).collect())
}

fn terms(item: &Item) -> Option<String> {
    let availability = item.availability.map(|availability| availability.words().to_owned());
    let parts: Vec<String> =
        [price(item), availability.or_else(|| item.other_availability.clone())].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn of_variants(first: &Item, items: &[Item]) -> Option<String> {
    if items.iter().all(|item| terms(item).is_none()) {
        return None;
    }
    let mut told = first.title.clone();
    if let Some(range) = range(items) {
        let _ = write!(told, ": {range}");
    }
    if let Some(availability) = availability(items) {
        let _ = write!(told, ", {availability}");
    }
    for item in items.iter().take(TOLD_VARIANTS) {
        let options: Vec<&str> = item.options.iter().map(|(_, value)| value.as_str()).collect();
        let options = if options.is_empty() { String::new() } else { format!(", {}", options.join(", ")) };
        let terms = terms(item).unwrap_or_else(|| "-".to_owned());
        let _ = write!(told, "\n  product number {}{options}: {terms}", item.id);
    }
    if items.len() > TOLD_VARIANTS {
        let _ = write!(told, "\n  and {} more variants", items.len() - TOLD_VARIANTS);
    }
    Some(told)
}

fn price(item: &Item) -> Option<String> {
    let price = item.price.as_ref()?;
    Some(match &item.sale_price {
        Some(sale) => {
            let dates =
                item.sale_dates.as_deref().map(|dates| format!(", sale price holds {dates}")).unwrap_or_default();
            format!("{sale} (on sale, regular price {price}{dates})")
        }
        None => price.to_string(),
    })
}

/// What the variants cost, if it is told in one currency.
fn range(items: &[Item]) -> Option<String> {
    let prices: Vec<_> = items.iter().filter_map(|item| item.sale_price.as_ref().or(item.price.as_ref())).collect();
    let first = prices.first()?;
    if prices.iter().any(|price| price.currency != first.currency) {
        return None;
    }
    let least = prices.iter().min_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal))?;
    let most = prices.iter().max_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal))?;
    Some(if least == most { least.to_string() } else { format!("{least} to {most}, depending on the variant") })
}

/// None: of none of them is it known.
fn availability(items: &[Item]) -> Option<&'static str> {
    let all = |wanted| items.iter().all(|item| item.availability == Some(wanted));
    if items.iter().all(|item| item.availability.is_none()) {
        None
    } else if all(Availability::InStock) {
        Some("in stock")
    } else if all(Availability::OutOfStock) {
        Some("out of stock")
    } else {
        Some("availability differs between the variants")
    }
}

#[cfg(test)]
mod tests {
    use super::offer;
    use crate::catalog::feed::{Entry, Feed, Format};
    use crate::catalog::product::{Item, Rules};
    use chrono::{DateTime, Utc};
    use std::fmt::Write as _;

    fn told(csv: &str) -> Option<String> {
        told_at(csv, "2026-03-01T12:00:00Z".parse().unwrap())
    }

    fn told_at(csv: &str, now: DateTime<Utc>) -> Option<String> {
        let mut entries = Vec::new();
        let mut feed = Feed::new(Format::Csv);
        feed.push(csv.as_bytes(), &mut entries).unwrap();
        feed.finish(&mut entries).unwrap();
        let read = |entry: Entry| Item::read(&entry.unwrap(), &Rules::default()).unwrap();
        let items: Vec<Item> = entries.into_iter().map(|entry| read(entry).at(now)).collect();
        offer(&items)
    }

    #[test]
    fn a_product_says_what_it_costs_and_whether_there_is_one() {
        assert_eq!(
            told("id,title,price,sale_price,availability\nNW-18,Cordless drill,189 EUR,149 EUR,in stock\n").as_deref(),
            Some("Cordless drill (product number NW-18): 149.00 EUR (on sale, regular price 189.00 EUR), in stock")
        );
        assert_eq!(told("id,title\n1,Drill\n"), None);
    }

    #[test]
    fn a_sale_price_is_told_while_it_holds() {
        let feed = "id,title,price,sale_price,sale_price_effective_date\n\
                    NW-18,Drill,189 EUR,149 EUR,2026-03-02T00:00Z/2026-03-08T23:59Z\n";
        let at = |now: &str| told_at(feed, now.parse().unwrap()).unwrap();
        let usual = "Drill (product number NW-18): 189.00 EUR";
        assert_eq!(at("2026-03-01T23:59:59Z"), usual);
        assert_eq!(
            at("2026-03-02T00:00:00Z"),
            "Drill (product number NW-18): 149.00 EUR (on sale, regular price 189.00 EUR, sale price holds until \
             2026-03-08 23:59)"
        );
        assert_eq!(at("2026-03-09T00:00:00Z"), usual);
    }

    #[test]
    fn an_availability_that_is_not_known_is_told_as_it_is() {
        assert_eq!(
            told("id,title,price,availability\n1,Drill,9.90 EUR,Lieferzeit 3 Tage\n").as_deref(),
            Some("Drill (product number 1): 9.90 EUR, Lieferzeit 3 Tage")
        );
    }

    #[test]
    fn every_variant_says_what_it_costs() {
        let told = told(
            "id,item_group_id,title,price,availability,size\n\
             G-8,G,Work gloves,9.90 EUR,in_stock,8\n\
             G-9,G,Work gloves,10.90 EUR,out_of_stock,9\n",
        );
        assert_eq!(
            told.as_deref(),
            Some(
                "Work gloves: 9.90 EUR to 10.90 EUR, depending on the variant, availability differs between the \
                 variants\n  product number G-8, 8: 9.90 EUR, in stock\n  product number G-9, 9: 10.90 EUR, out of stock"
            )
        );
    }

    #[test]
    fn an_offer_of_many_variants_has_an_end() {
        let mut csv = String::from("id,item_group_id,title,price\n");
        for n in 0..100 {
            writeln!(csv, "G-{n},G,Work gloves,{n}.90 EUR").unwrap();
        }
        let told = told(&csv).unwrap();
        assert!(told.ends_with("and 70 more variants"), "{told}");
        assert!(told.chars().count() <= super::LONGEST);
    }
}
