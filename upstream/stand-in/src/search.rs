//! Finds the passages of a workspace that fit a question.
//!
//! Stands in for embedder and vector database: passages are weighed by the rare words they share
//! with the question. It must stay deterministic and must not know where documents come from.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

/// Passages longer than this are cut, at a word border.
const PASSAGE_CHARS: usize = 1000;

/// Words that say nothing about the subject, in the two languages of the demonstration shop.
const STOP_WORDS: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "by", "can", "could", "das", "dem", "den", "der",
    "die", "do", "doe", "ein", "eine", "for", "from", "für", "give", "have", "how", "i", "ich", "in", "is", "ist",
    "it", "ja", "me", "mit", "my", "no", "of", "on", "or", "our", "please", "sie", "so", "tell", "that", "the",
    "there", "they", "thi", "this", "to", "und", "us", "wa", "was", "we", "welche", "what", "when", "where", "which",
    "who", "wie", "will", "wir", "with", "would", "you", "your", "zu",
];

/// A passage of a document, ready to be found.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// What it is called in answers, if it is.
    pub(crate) id: Option<Uuid>,
    /// The document it was cut from.
    pub(crate) doc_id: Uuid,
    /// The text as upstream stores it, with its metadata header.
    pub(crate) text: String,
    /// The document's metadata.
    pub(crate) metadata: Value,
    terms: BTreeMap<String, u32>,
    length: u32,
}

/// Unrelated texts are seldom at exactly a right angle to one another.
const LEAST_SIMILARITY: f64 = 0.01;

/// On which side of the passages an embedder puts a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Where questions belong.
    Same,
    /// Further than a right angle away from every passage, as some embedders put what they cannot place.
    Opposite,
}

/// A passage with how far it is from the question.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) passage: Passage,
    /// The cosine distance: 0 is the same, 1 unrelated, 2 the opposite.
    pub(crate) distance: f64,
}

impl Hit {
    /// The score upstream makes of the distance. What is unrelated or worse comes out as the best.
    pub(crate) fn score(&self) -> f64 {
        if self.distance >= 1.0 { 1.0 } else { 1.0 - self.distance }
    }
}

/// The passages of one workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    passages: Vec<Passage>,
    frequency: BTreeMap<String, u32>,
    total_length: u64,
}

impl Index {
    /// Number of passages, upstream's vector count.
    pub(crate) fn len(&self) -> usize {
        self.passages.len()
    }

    /// Adds the passages of a document; `id` names each of them.
    pub(crate) fn add(
        &mut self,
        doc_id: Uuid,
        id: impl Fn() -> Option<Uuid>,
        (title, published): (&str, &str),
        text: &str,
        metadata: &Value,
    ) {
        for piece in passages(text) {
            let terms = count_terms(&format!("{title} {piece}"));
            for term in terms.keys() {
                *self.frequency.entry(term.clone()).or_default() += 1;
            }
            let length = terms.values().sum();
            self.total_length += u64::from(length);
            self.passages.push(Passage {
                id: id(),
                doc_id,
                text: format!(
                    "<document_metadata>\nsourceDocument: {title}\npublished: {published}\n</document_metadata>\n\n{piece}"
                ),
                metadata: metadata.clone(),
                terms,
                length,
            });
        }
    }

    /// Forgets the passages of a document.
    pub(crate) fn remove(&mut self, doc_id: Uuid) {
        let (gone, kept) =
            std::mem::take(&mut self.passages).into_iter().partition::<Vec<_>, _>(|passage| passage.doc_id == doc_id);
        self.passages = kept;
        for passage in gone {
            self.total_length -= u64::from(passage.length);
            for term in passage.terms.keys() {
                if let Some(count) = self.frequency.get_mut(term) {
                    *count -= 1;
                }
            }
        }
        self.frequency.retain(|_, count| *count > 0);
    }

    /// The best `top` passages with at least `threshold`, best first.
    pub(crate) fn search(&self, query: &str, top: usize, threshold: f64, side: Side) -> Vec<Hit> {
        let weights = self.query_weights(query);
        let mut near: Vec<(f64, &Passage)> = self
            .passages
            .iter()
            .map(|passage| {
                let similarity = self.similarity(&weights, passage).max(LEAST_SIMILARITY);
                let distance = match side {
                    Side::Same => 1.0 - similarity,
                    Side::Opposite => 2.0 - similarity,
                };
                (distance, passage)
            })
            .collect();
        // A stable sort: equal distances keep the order in which documents were added.
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let hits = near.into_iter().map(|(distance, passage)| Hit { passage: passage.clone(), distance });
        // As upstream does it: first so many, then those of them that are good enough.
        hits.take(top).filter(|hit| hit.score() >= threshold).collect()
    }

    /// What each word of the question counts; the bool says whether it is a stop word.
    fn query_weights(&self, query: &str) -> Vec<(String, f64, bool)> {
        let total = as_float(self.passages.len());
        count_terms(query)
            .into_keys()
            .map(|term| {
                let stop = STOP_WORDS.contains(&term.as_str());
                let weight = match self.frequency.get(&term) {
                    Some(&count) => {
                        let count = f64::from(count);
                        (1.0 + (total - count + 0.5) / (count + 0.5)).ln()
                    }
                    // A word nobody wrote: it lowers the score a little, a misspelling must not
                    // hide the product.
                    None => 0.35,
                };
                (term, if stop { weight * 0.02 } else { weight }, stop)
            })
            .collect()
    }

    fn similarity(&self, weights: &[(String, f64, bool)], passage: &Passage) -> f64 {
        let asked: f64 = weights.iter().map(|(_, weight, _)| weight).sum();
        if asked <= 0.0 {
            return 0.0;
        }
        let average =
            as_float(usize::try_from(self.total_length).unwrap_or(usize::MAX)) / as_float(self.passages.len().max(1));
        let size = f64::from(passage.length) / average.max(1.0);
        let mut found = 0.0;
        let mut on_subject = false;
        for (term, weight, stop) in weights {
            if let Some(&count) = passage.terms.get(term) {
                let count = f64::from(count);
                found += weight * (1.3 * count / (count + 0.3 * size)).min(1.0);
                on_subject |= !stop;
            }
        }
        let covered = (found / asked).clamp(0.0, 1.0);
        // Sharing nothing but filler words stays below the default threshold of upstream.
        let ceiling = if on_subject { 0.95 } else { 0.2 };
        covered * ceiling
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of passages are far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// Words of a text in lower case, plural endings cut, with how often they occur.
/// In their order: sums over them are the same each time, to the last digit.
fn count_terms(text: &str) -> BTreeMap<String, u32> {
    let mut terms = BTreeMap::new();
    for word in words(text) {
        *terms.entry(word).or_default() += 1;
    }
    terms
}

/// Words of a text in the form in which they are compared.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let mut word = word.to_lowercase();
        if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
            word.pop();
        }
        word
    })
}

/// Cuts a text into passages at word borders.
pub(crate) fn passages(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        if !piece.is_empty() && piece.len() + part.len() > PASSAGE_CHARS {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push_str(part);
    }
    if !piece.trim().is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shop() -> Index {
        let mut index = Index::default();
        for (title, text) in [
            (
                "Cordless drill CD-18",
                "The CD-18 is a cordless drill with an 18 V battery and two gears. It weighs 1.4 kg.",
            ),
            ("Hammer drill HD-900", "The HD-900 is a corded hammer drill for concrete. It draws 900 W from the mains."),
            ("Work gloves size 9", "Cut-resistant gloves made of nitrile, sold in packs of twelve pairs."),
            ("Delivery terms", "Orders placed before noon are shipped on the same day. Freight is free above 250 EUR."),
        ] {
            let id = || Some(Uuid::new_v4());
            index.add(Uuid::new_v4(), id, (title, "today"), text, &json!({ "title": title }));
        }
        index
    }

    fn titles(index: &Index, query: &str, threshold: f64) -> Vec<String> {
        index
            .search(query, 4, threshold, Side::Same)
            .into_iter()
            .map(|hit| hit.passage.metadata["title"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn question_about_a_product_finds_its_document_clearly_first() {
        let index = shop();
        let hits = index.search("Do you have a cordless drill with 18 V?", 4, 0.0, Side::Same);
        assert_eq!(hits[0].passage.metadata["title"], "Cordless drill CD-18");
        let (best, next) = (hits[0].score(), hits[1].score());
        assert!(best > 0.5, "{best}");
        assert!(best > next * 1.5, "{best} {next}");
    }

    #[test]
    fn question_about_delivery_does_not_find_products() {
        assert_eq!(titles(&shop(), "When are orders shipped?", 0.25), ["Delivery terms"]);
    }

    #[test]
    fn unknown_words_find_nothing_above_the_default_threshold() {
        assert!(titles(&shop(), "qqqxyz", 0.25).is_empty());
        assert!(titles(&shop(), "what is the", 0.25).is_empty());
    }

    #[test]
    fn removed_document_is_not_found_again() {
        let mut index = shop();
        let doc = index.search("gloves", 1, 0.0, Side::Same)[0].passage.doc_id;
        index.remove(doc);
        assert!(titles(&index, "gloves", 0.25).is_empty());
        assert_eq!(index.len(), 3);
    }

    #[test]
    fn what_lies_opposite_has_the_best_score_of_all() {
        let hits = shop().search("Do you have a cordless drill with 18 V?", 4, 1.0, Side::Opposite);
        assert_eq!(hits.len(), 4, "no threshold keeps it out");
        assert!(hits.iter().all(|hit| hit.distance >= 1.0 && hit.score() >= 1.0));
    }

    proptest! {
        #[test]
        fn scores_stay_between_zero_and_one(query in ".{0,80}") {
            for hit in shop().search(&query, 10, 0.0, Side::Same) {
                prop_assert!((0.0..1.0).contains(&hit.score()));
            }
        }

        #[test]
        fn passages_hold_the_whole_text(text in "[a-z ]{0,4000}") {
            let joined: String = passages(&text).concat();
            prop_assert_eq!(joined.trim_end(), text.trim_end());
        }
    }
}
