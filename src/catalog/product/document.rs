//! A product as a text that retrieval finds and a model reads, with what AnythingLLM keeps beside it. What it costs and
//! whether there is one is not in it: see `offer`.

use super::item::Item;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Raised with every change of the text's form: all documents are then made anew.
pub const FORMAT_VERSION: u8 = 2;
/// Variants of a product at most; further ones are counted in the text.
pub const MAX_VARIANTS: usize = 100;
/// Longest title that AnythingLLM gets, in characters: it makes a file name of it (`documents/raw_text`).
const MAX_TITLE: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub text: String,
    /// The product's title, shortened.
    pub title: String,
    pub description: String,
    /// The product's page; chat answers give it as the source's address.
    pub url: Option<String>,
    /// Whose catalogue it comes from.
    pub source: String,
}

impl Document {
    /// The document of a product: its only item or its variants, in the order of the feed. `more` variants are left
    /// out.
    pub fn of(items: &[Item], more: usize, source: &str) -> Option<Self> {
        let first = items.first()?;
        let url = items.iter().find_map(|item| item.link.clone());
        let title: String = first.title.chars().take(MAX_TITLE).collect();
        let detail = |name: &str| first.details.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let about: Vec<&str> = [detail("Brand"), detail("Category")].into_iter().flatten().collect();
        let description =
            if about.is_empty() { first.title.clone() } else { format!("{}: {}", about.join(", "), first.title) };
        Some(Self {
            text: text(first, items, more, url.as_deref()),
            title: title.trim_end().to_owned(),
            description,
            url,
            source: source.to_owned(),
        })
    }

    /// Digest of everything that is sent and of the form it is in: the same again need not be sent.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([FORMAT_VERSION]);
        for part in
            [&self.text, &self.title, &self.description, self.url.as_ref().unwrap_or(&String::new()), &self.source]
        {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

fn text(first: &Item, items: &[Item], more: usize, url: Option<&str>) -> String {
    let mut text = format!("{}\n", first.title);
    let mut line = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {value}");
    };
    if let [only] = items {
        line("Product number", &only.id);
        for (name, value) in &only.options {
            line(name, value);
        }
    }
    for (name, value) in &first.details {
        line(name, value);
    }
    if let Some(url) = url {
        line("Product page", url);
    }
    if !first.description.is_empty() {
        let _ = write!(text, "\n{}\n", first.description);
    }
    if items.len() > 1 {
        variants(&mut text, items, more);
    }
    text
}

/// A table with the columns in which the variants have something to say.
fn variants(text: &mut String, items: &[Item], more: usize) {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in items.iter().flat_map(|item| &item.options) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let _ = writeln!(text, "\nVariants ({}):", items.len() + more);
    let headings = columns.iter().fold("Product number".to_owned(), |all, column| all + " | " + column);
    let _ = writeln!(text, "{headings}");
    for item in items {
        let row = columns.iter().fold(item.id.clone(), |all, column| {
            let value = item.options.iter().find(|(name, _)| name == column).map_or("-", |(_, value)| value.as_str());
            all + " | " + value
        });
        let _ = writeln!(text, "{row}");
    }
    if more > 0 {
        let _ = writeln!(text, "and {more} more variants");
    }
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::catalog::feed::{Feed, Format};
    use crate::catalog::product::{Item, Rules};

    fn items(csv: &str) -> Vec<Item> {
        let mut entries = Vec::new();
        let mut feed = Feed::new(Format::Csv);
        feed.push(csv.as_bytes(), &mut entries).unwrap();
        feed.finish(&mut entries).unwrap();
        entries.into_iter().map(|entry| Item::read(&entry.unwrap(), &Rules::default()).unwrap()).collect()
    }

    #[test]
    fn a_product_says_what_a_shopper_asks_for() {
        let items = items(
            "id,title,description,link,price,sale_price,availability,brand,product_type,color\n\
             NW-18,Cordless drill,\"<p>Two gears &amp; a case.</p>\",https://shop.example/nw-18,189 EUR,149 EUR,in stock,Nordwerk,Tools > Drills,blue\n",
        );
        let document = Document::of(&items, 0, "shop.example").unwrap();
        insta::assert_snapshot!(document.text);
        assert_eq!(document.url.as_deref(), Some("https://shop.example/nw-18"));
        assert_eq!(document.description, "Nordwerk, Tools > Drills: Cordless drill");
    }

    #[test]
    fn variants_of_a_product_stand_in_one_table() {
        let items = items(
            "id,item_group_id,title,price,availability,color,size\n\
             G-8,G,Work gloves,9.90 EUR,in_stock,grey,8\n\
             G-9,G,Work gloves,10.90 EUR,out_of_stock,grey,9\n\
             G-10,G,Work gloves,9.90 EUR,preorder,,10\n",
        );
        assert!(items.iter().all(|item| item.product_key() == "group:G"));
        insta::assert_snapshot!(Document::of(&items, 2, "shop.example").unwrap().text);
    }

    #[test]
    fn every_part_of_a_document_counts_for_its_hash() {
        let document = Document::of(&items("id,title\n1,Drill\n"), 0, "shop.example").unwrap();
        let changed = |change: fn(&mut Document)| {
            let mut other = document.clone();
            change(&mut other);
            other.hash()
        };
        let hashes = [
            document.hash(),
            changed(|d| d.text.push('!')),
            changed(|d| d.title.push('!')),
            changed(|d| d.description.push('!')),
            changed(|d| d.url = Some("https://shop.example".into())),
            changed(|d| d.source.push('!')),
        ];
        for (n, hash) in hashes.iter().enumerate() {
            assert!(!hashes.iter().skip(n + 1).any(|other| other == hash));
        }
        assert_eq!(document.hash(), document.clone().hash());
    }
}
