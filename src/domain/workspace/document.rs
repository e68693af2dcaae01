//! A document that staff writes.

use super::rules;
use crate::domain::faults::Faults;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 200;
/// Longest text, in characters: as much fits into a request, whatever the language.
const MAX_TEXT_CHARS: usize = 50_000;

/// A title and a text that answers are found in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStaffDocument)]
pub struct NewDocument {
    /// Shown with answers that rest on it.
    #[schema(min_length = 1, max_length = 200, example = "Returns from Austria")]
    pub title: String,
    /// What it says.
    #[schema(
        min_length = 1,
        max_length = 50000,
        example = "Parcels from Austria can be returned free of charge within 30 days."
    )]
    pub text: String,
    /// Where it can be read; shown with answers.
    #[schema(max_length = 2000, example = "https://shop.example/help/returns-austria")]
    pub url: Option<String>,
}

impl NewDocument {
    /// The same for the same words: each part with its length before it.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.title.as_str(), self.text.as_str(), self.url.as_deref().unwrap_or_default()] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// Everything that is wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::new();
        faults.text("title", &self.title, 1..=MAX_TITLE_CHARS);
        faults.legible("title", &self.title, 1);
        faults.text("text", &self.text, 1..=MAX_TEXT_CHARS);
        faults.legible("text", &self.text, 2);
        rules::web_address(&mut faults, "url", self.url.as_deref());
        faults
    }
}
