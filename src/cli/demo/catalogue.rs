//! The catalogue of the demo's shop, compiled in.

use sha2::{Digest as _, Sha256};

/// Begins the author of every page.
pub(super) const AUTHOR: &str = "Nordwerk catalogue";

/// One page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// Its file, without the ending.
    pub(super) name: &'static str,
    /// Its first line.
    pub(super) title: &'static str,
    /// What follows.
    pub(super) text: &'static str,
    /// Names the edition: a changed page is another one.
    pub(super) author: String,
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../upstream/demo-catalogue/", $name, ".md")))),+]
    };
}

const FILES: [(&str, &str); 12] = files![
    "cordless-drill-nw-18",
    "drill-bit-set-cobalt",
    "work-gloves-cut-d",
    "heavy-duty-shelving",
    "impact-driver-ni-18",
    "batteries-and-chargers",
    "delivery",
    "returns",
    "payment-terms",
    "bulk-discounts",
    "warranty-and-repairs",
    "contact",
];

/// All pages.
pub(super) fn pages() -> Vec<Page> {
    FILES
        .iter()
        .map(|(name, file)| {
            let (title, text) = file.split_once('\n').unwrap_or((file, ""));
            let edition = Sha256::digest(file.as_bytes()).first_chunk().copied().map_or(0, u32::from_be_bytes);
            Page {
                name,
                title: title.trim_start_matches("# ").trim(),
                text: text.trim(),
                author: format!("{AUTHOR}, edition {edition:08x}"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pages;
    use std::collections::BTreeSet;

    #[test]
    fn every_page_has_a_title_a_text_and_an_edition_of_its_own() {
        let pages = pages();
        for page in &pages {
            assert!((5..80).contains(&page.title.len()) && page.text.len() > 200, "{}", page.name);
            assert!(!page.text.contains("# "), "{}: only the title is a heading", page.name);
        }
        assert_eq!(pages.iter().map(|page| &page.author).collect::<BTreeSet<_>>().len(), pages.len());
    }
}
