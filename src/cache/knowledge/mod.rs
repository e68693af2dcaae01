//! Answers to knowledge queries, for workspaces that let them be kept (`settings.cache_ttl_secs`): in this process, and
//! behind it in a Redis that all replicas share, where there is one.
//!
//! Exact: see [`Question`]. Whatever changes what a query finds counts up a version that is part of the question, so no
//! answer is ever taken away, it is only never asked for again. Of many who ask the same at once one asks AnythingLLM.
//! Failures are never kept.

mod kept;
mod question;
mod shared;

pub use question::{Edition, Question};
pub use shared::{ROLE, SharedAnswers};

use crate::anythingllm::{Passage, UpstreamError};
use crate::domain::clock::Ambient;
use chrono::TimeDelta;
use kept::Kept;
use moka::Expiry;
use moka::future::Cache;
use shared::Turn;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of text that are kept, about.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// After a failure that an old answer stood in for, AnythingLLM is asked again after this.
const UNTIL_ASKED_AGAIN: Duration = Duration::from_secs(1);

/// How new an answer is, with its age if it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// From AnythingLLM, just now.
    Asked,
    Kept(TimeDelta),
    /// Its time is over, but AnythingLLM cannot be asked.
    Stale(TimeDelta),
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    pub passages: Arc<[Passage]>,
    pub freshness: Freshness,
}

#[derive(Debug, Clone)]
struct Entry {
    kept: Kept,
    /// For how long it is an answer.
    time: Duration,
    is_stale: bool,
}

#[derive(Debug)]
pub struct KnowledgeCache {
    entries: Cache<Question, Entry>,
    /// The same for longer, for when AnythingLLM fails; nothing, if it may not.
    old: Cache<Question, Entry>,
    shared: Option<SharedAnswers>,
    /// For how long an answer may be used past its time when AnythingLLM fails.
    stale: Duration,
    ambient: Ambient,
}

impl KnowledgeCache {
    /// An empty one.
    pub fn new(shared: Option<SharedAnswers>, stale: Duration, ambient: Ambient) -> Self {
        let cache = || Cache::builder().max_capacity(CAPACITY).weigher(weight).expire_after(AsAsked).build();
        Self { entries: cache(), old: cache(), shared, stale, ambient }
    }

    /// The answer that is kept, or what `search` finds, which is then kept for `keep`. If AnythingLLM fails, the answer
    /// from before, where the operator lets it be.
    ///
    /// # Errors
    /// Of `search`.
    pub async fn get_or_search(
        &self,
        question: Question,
        keep: Duration,
        search: impl Future<Output = Result<Vec<Passage>, UpstreamError>>,
    ) -> Result<Found, Arc<UpstreamError>> {
        // Most often it is there.
        if let Some(entry) = self.entries.get(&question).await {
            return Ok(self.found(entry, false));
        }
        let mut asked = false;
        // Boxed, so that those who find their answer do not carry it along.
        let find = Box::pin(self.find(&question, keep, search, &mut asked));
        let entry = Box::pin(self.entries.try_get_with_by_ref(&question, find)).await?;
        Ok(self.found(entry, asked))
    }

    fn found(&self, entry: Entry, asked: bool) -> Found {
        let age = entry.kept.age(self.ambient.now());
        let freshness = match (asked, entry.is_stale) {
            (true, _) => Freshness::Asked,
            (false, false) => Freshness::Kept(age),
            (false, true) => Freshness::Stale(age),
        };
        Found { passages: entry.kept.passages, freshness }
    }

    async fn find(
        &self,
        question: &Question,
        keep: Duration,
        search: impl Future<Output = Result<Vec<Passage>, UpstreamError>>,
        asked: &mut bool,
    ) -> Result<Entry, UpstreamError> {
        let (ticket, old) = match &self.shared {
            None => (None, None),
            Some(shared) => match shared.turn(question, keep).await {
                Turn::Ask(ticket, old) => (Some(ticket), old),
                Turn::Answered(kept) => {
                    self.remember(question, &kept, keep).await;
                    let time = kept.left_of(keep, self.ambient.now());
                    return Ok(Entry { kept, time, is_stale: false });
                }
            },
        };
        match search.await {
            Ok(passages) => {
                *asked = true;
                let kept = Kept { passages: passages.into(), found_at: self.ambient.now() };
                if let Some(ticket) = ticket {
                    ticket.keep(&kept, keep);
                }
                self.remember(question, &kept, keep).await;
                Ok(Entry { kept, time: keep, is_stale: false })
            }
            Err(error) => {
                let old = match old {
                    Some(kept) => Some(kept),
                    None => self.old.get(question).await.map(|entry| entry.kept),
                };
                let old = old.filter(|_| !self.stale.is_zero() && error.is_passing()).ok_or(error)?;
                let time = UNTIL_ASKED_AGAIN.min(old.left_of(keep + self.stale, self.ambient.now()));
                Ok(Entry { kept: old, time, is_stale: true })
            }
        }
    }

    async fn remember(&self, question: &Question, kept: &Kept, keep: Duration) {
        if !self.stale.is_zero() {
            let time = kept.left_of(keep + self.stale, self.ambient.now());
            self.old.insert(question.clone(), Entry { kept: kept.clone(), time, is_stale: true }).await;
        }
    }
}

fn weight(question: &Question, entry: &Entry) -> u32 {
    u32::try_from(question.len() + entry.kept.len()).unwrap_or(u32::MAX)
}

/// Each entry for as long as it says.
struct AsAsked;

impl Expiry<Question, Entry> for AsAsked {
    fn expire_after_create(&self, _: &Question, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.time)
    }

    fn expire_after_update(&self, _: &Question, entry: &Entry, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{TenantId, WorkspaceId};

    fn question(text: &str) -> Question {
        let workspace = WorkspaceId(TenantId::DEFAULT.0);
        Question::new(Edition { tenant: TenantId::DEFAULT, workspace, settings: 1, knowledge: 1 }, text, None, None)
    }

    fn fails() -> Result<Vec<Passage>, UpstreamError> {
        Err(UpstreamError::Timeout("no head"))
    }

    #[tokio::test]
    async fn an_old_answer_stands_in_for_a_failure_only_if_the_operator_lets_it() {
        for (stale, stands_in) in [(Duration::ZERO, false), (Duration::from_secs(60), true)] {
            let cache = KnowledgeCache::new(None, stale, Ambient::system());
            // Kept for no time, so that it is old at once.
            let found = cache.get_or_search(question("x"), Duration::ZERO, async { Ok(Vec::new()) }).await.unwrap();
            assert_eq!(found.freshness, Freshness::Asked);
            let found = cache.get_or_search(question("x"), Duration::ZERO, async { fails() }).await;
            assert_eq!(found.is_ok(), stands_in);
            assert!(found.is_err() || matches!(found.unwrap().freshness, Freshness::Stale(_)));
            assert!(cache.get_or_search(question("y"), Duration::ZERO, async { fails() }).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_fault_of_the_installation_is_told_although_there_is_an_old_answer() {
        let cache = KnowledgeCache::new(None, Duration::from_secs(60), Ambient::system());
        cache.get_or_search(question("x"), Duration::ZERO, async { Ok(Vec::new()) }).await.unwrap();
        for error in [UpstreamError::BadKey, UpstreamError::NotFound, UpstreamError::contract("a web page")] {
            assert!(cache.get_or_search(question("x"), Duration::ZERO, async { Err(error) }).await.is_err());
        }
    }
}
