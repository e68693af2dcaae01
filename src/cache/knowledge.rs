//! Answers to knowledge queries, for workspaces that let them be kept (`settings.cache_ttl_secs`).
//!
//! Exact: another word, another limit or another workspace is another entry, and so is the same after any change of the
//! workspace's settings, since its version is part of the name. A document that changes in AnythingLLM shows when the
//! time is over. Of many who ask the same at once one asks AnythingLLM. In this process only; failures are never kept.

use crate::anythingllm::{Passage, UpstreamError};
use crate::domain::clock::Ambient;
use crate::domain::ids::WorkspaceId;
use chrono::{DateTime, TimeDelta, Utc};
use moka::Expiry;
use moka::future::Cache;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of text that are kept, about.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// What an answer is an answer to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    workspace: WorkspaceId,
    version: i64,
    query: String,
    top_n: Option<u8>,
    /// The bits of the number, which compare and hash.
    score_threshold: Option<u32>,
}

impl Question {
    /// A query to a workspace whose settings have this version. White space does not count.
    pub fn new(
        workspace: WorkspaceId,
        version: i64,
        query: &str,
        top_n: Option<u8>,
        score_threshold: Option<f32>,
    ) -> Self {
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { workspace, version, query, top_n, score_threshold: score_threshold.map(f32::to_bits) }
    }
}

#[derive(Debug, Clone)]
pub struct Kept {
    pub passages: Arc<[Passage]>,
    found_at: DateTime<Utc>,
    keep: Duration,
}

#[derive(Debug)]
pub struct KnowledgeCache {
    entries: Cache<Question, Kept>,
    ambient: Ambient,
}

impl KnowledgeCache {
    /// An empty one.
    pub fn new(ambient: Ambient) -> Self {
        let entries = Cache::builder().max_capacity(CAPACITY).weigher(weight).expire_after(AsAsked).build();
        Self { entries, ambient }
    }

    /// The answer that is kept, with its age; or what `search` finds, which is then kept for `keep`.
    ///
    /// # Errors
    /// Of `search`.
    pub async fn get_or_search(
        &self,
        question: Question,
        keep: Duration,
        search: impl Future<Output = Result<Vec<Passage>, UpstreamError>>,
    ) -> Result<(Kept, Option<TimeDelta>), Arc<UpstreamError>> {
        let mut asked = false;
        let found = async {
            asked = true;
            let passages = search.await?.into();
            Ok(Kept { passages, found_at: self.ambient.now(), keep })
        };
        let kept = self.entries.try_get_with(question, found).await?;
        let age = (!asked).then(|| (self.ambient.now() - kept.found_at).max(TimeDelta::zero()));
        Ok((kept, age))
    }
}

fn weight(question: &Question, kept: &Kept) -> u32 {
    let text: usize = kept.passages.iter().map(|passage| passage.text.len() + 512).sum();
    u32::try_from(question.query.len() + text + 256).unwrap_or(u32::MAX)
}

/// Each entry for as long as its workspace said.
struct AsAsked;

impl Expiry<Question, Kept> for AsAsked {
    fn expire_after_create(&self, _: &Question, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_makes_no_difference() {
        let (one, two) = (WorkspaceId::new(&Ambient::system()), WorkspaceId::new(&Ambient::system()));
        let question = |workspace, version, query, top_n| Question::new(workspace, version, query, top_n, Some(0.5));
        let base = question(one, 1, "return policy", Some(3));
        assert_eq!(base, question(one, 1, "  return \n policy ", Some(3)));
        assert_ne!(base, question(one, 1, "Return policy", Some(3)));
        assert_ne!(base, question(one, 1, "return policy", None));
        assert_ne!(base, question(one, 2, "return policy", Some(3)));
        assert_ne!(base, question(two, 1, "return policy", Some(3)));
    }
}
