//! A source as it is kept with an answer: what clients are shown of it, but for what changes from day to day.

use crate::anythingllm::frames::Source;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSource {
    id: Option<String>,
    title: Option<String>,
    url: Option<String>,
    text: Option<String>,
    score: Option<f64>,
    /// Names the product it is about, whose price is looked up whenever it is shown.
    #[serde(default)]
    author: Option<String>,
}

impl From<Source> for KeptSource {
    fn from(source: Source) -> Self {
        let Source { id, title, url, text, score, author, .. } = source;
        Self { id, title, url, text, score, author }
    }
}

impl From<KeptSource> for Source {
    fn from(source: KeptSource) -> Self {
        let KeptSource { id, title, url, text, score, author } = source;
        Self { id, title, url, text, score, author, ..Self::default() }
    }
}

impl KeptSource {
    /// What it weighs in memory, about.
    pub fn weight(&self) -> usize {
        self.text.as_ref().map_or(0, String::len) + 256
    }
}
