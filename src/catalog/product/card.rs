//! A product as a card: what a shopper sees of it beside an answer. Like the offer it is no part of what is embedded.

use super::availability::Availability;
use super::item::Item;
use super::price::Price;
use crate::domain::product::{Money, ProductCard};
use std::cmp::Ordering;

/// The card of a product: of its only item or of its variants, in the order of the feed.
pub fn card(items: &[Item]) -> Option<ProductCard> {
    let first = items.first()?;
    let cheapest = cheapest(items);
    let id = if items.len() > 1 { first.group.as_ref().unwrap_or(&first.id) } else { &first.id };
    let paid = |item: &Item| item.sale_price.clone().or_else(|| item.price.clone());
    let price = cheapest.and_then(paid);
    let regular = cheapest.filter(|item| item.sale_price.is_some()).and_then(|item| item.price.clone());
    let price_from = price.is_some() && items.iter().filter_map(paid).any(|other| Some(&other) != price.as_ref());
    Some(ProductCard {
        id: Some(id.clone()),
        title: first.title.clone(),
        url: items.iter().find_map(|item| item.link.clone()),
        image_url: items.iter().find_map(|item| item.image.clone()),
        price: price.map(money),
        regular_price: regular.map(money),
        price_from,
        availability: availability(items),
        brand: first.details.iter().find(|(name, _)| name == "Brand").map(|(_, brand)| brand.clone()),
    })
}

fn money(price: Price) -> Money {
    Money { amount: price.amount, currency: price.currency }
}

/// None where prices are in several currencies: nobody can say which is the least.
fn cheapest(items: &[Item]) -> Option<&Item> {
    let paid = |item: &&Item| item.sale_price.as_ref().or(item.price.as_ref()).cloned();
    let priced: Vec<(&Item, Price)> = items.iter().filter_map(|item| Some((item, paid(&item)?))).collect();
    let currency = &priced.first()?.1.currency;
    if priced.iter().any(|(_, price)| price.currency != *currency) {
        return None;
    }
    priced.iter().min_by(|a, b| a.1.compare(&b.1).unwrap_or(Ordering::Equal)).map(|(item, _)| *item)
}

/// Of variants the best that there is; none where nothing is known of any.
fn availability(items: &[Item]) -> Option<Availability> {
    use Availability::{Backorder, InStock, OutOfStock, Preorder};
    [InStock, Backorder, Preorder, OutOfStock]
        .into_iter()
        .find(|wanted| items.iter().any(|item| item.availability == Some(*wanted)))
}

#[cfg(test)]
mod tests {
    use super::card;
    use crate::catalog::feed::{Feed, Format};
    use crate::catalog::product::{Item, Rules};
    use crate::domain::product::{Availability, Money, ProductCard};

    fn of(csv: &str) -> ProductCard {
        let mut entries = Vec::new();
        let mut feed = Feed::new(Format::Csv);
        feed.push(csv.as_bytes(), &mut entries).unwrap();
        feed.finish(&mut entries).unwrap();
        let items: Vec<Item> =
            entries.into_iter().map(|entry| Item::read(&entry.unwrap(), &Rules::default()).unwrap()).collect();
        card(&items).unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "what it is compared with may be none")]
    fn euros(amount: &str) -> Option<Money> {
        Some(Money { amount: amount.into(), currency: "EUR".into() })
    }

    #[test]
    fn a_product_shows_what_its_feed_says() {
        let card = of("id,title,link,image link,price,sale price,availability,brand\n\
             NW-18,Cordless drill,https://shop.example/nw-18,https://shop.example/nw-18.jpg,189 EUR,149 EUR,in stock,Nordwerk\n");
        assert_eq!(
            card,
            ProductCard {
                id: Some("NW-18".into()),
                title: "Cordless drill".into(),
                url: Some("https://shop.example/nw-18".into()),
                image_url: Some("https://shop.example/nw-18.jpg".into()),
                price: euros("149.00"),
                regular_price: euros("189.00"),
                price_from: false,
                availability: Some(Availability::InStock),
                brand: Some("Nordwerk".into()),
            }
        );
    }

    #[test]
    fn of_variants_the_cheapest_and_the_best_available_count() {
        let card = of("id,item_group_id,title,price,sale price,availability\n\
             G-8,G,Work gloves,10.90 EUR,,out of stock\nG-9,G,Work gloves,9.90 EUR,7.90 EUR,preorder\n\
             G-10,G,Work gloves,9.90 EUR,,out of stock\n");
        assert_eq!((card.id.as_deref(), card.price, card.regular_price), (Some("G"), euros("7.90"), euros("9.90")));
        assert!(card.price_from);
        assert_eq!(card.availability, Some(Availability::Preorder));
        let same = of("id,item_group_id,title,price\nG-8,G,Gloves,9.90 EUR\nG-9,G,Gloves,9.90 EUR\n");
        assert_eq!((same.price, same.price_from, same.availability), (euros("9.90"), false, None));
        let mixed = of("id,item_group_id,title,price\nG-8,G,Gloves,9.90 EUR\nG-9,G,Gloves,9.90 CHF\n");
        assert_eq!((mixed.price, mixed.price_from), (None, false));
    }

    #[test]
    fn a_picture_is_shown_only_over_https() {
        for (picture, shown) in [
            ("https://shop.example/a.jpg", Some("https://shop.example/a.jpg")),
            ("http://shop.example/a.jpg", None),
            ("javascript:alert(1)", None),
            ("data:image/png;base64,AAAA", None),
            ("https://user:secret@shop.example/a.jpg", None),
            ("//shop.example/a.jpg", None),
            ("", None),
        ] {
            let card = of(&format!("id,title,image_link\n1,Drill,{}\n", picture.replace(',', "%2C")));
            assert_eq!(card.image_url.as_deref(), shown, "{picture}");
        }
    }
}
