//! Answers to the first question of conversations, for workspaces that let them be kept
//! (`settings.answer_cache_ttl_secs`): in this process, and behind it in the Redis of kept answers.
//!
//! AnythingLLM is sent the message and the workspace and nothing else, so its answer to a first question in query mode
//! depends on nothing else. It is kept for the key it was asked with and the language of the page all the same.

use super::knowledge::Edition;
use super::shelf::Shelf;
use crate::anythingllm::KeptSource;
use crate::crypto::RootKey;
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::domain::ids::KeyId;
use crate::redis_client::Redis;
use chrono::{DateTime, Utc};
use moka::Expiry;
use moka::future::Cache;
use redis::Script;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of text that are kept, about.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// What a kept answer is an answer to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FirstQuestion {
    edition: Edition,
    /// Whose origins, scopes and limits it was asked under.
    key: KeyId,
    /// The language of the page, in lower case.
    locale: Option<String>,
    message: String,
}

impl FirstQuestion {
    /// A message of a page in this language. White space does not count.
    pub fn new(edition: Edition, key: KeyId, locale: Option<&str>, message: &str) -> Self {
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { edition, key, locale: locale.map(str::to_ascii_lowercase), message }
    }

    /// All of it: no two questions are the same bytes, because only the last part has no length.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.edition.bytes().to_vec();
        bytes.extend_from_slice(self.key.0.as_bytes());
        bytes.push(self.locale.is_some().into());
        let locale = self.locale.as_deref().unwrap_or_default();
        bytes.extend_from_slice(&(locale.len() as u64).to_be_bytes());
        bytes.extend_from_slice(locale.as_bytes());
        bytes.extend_from_slice(self.message.as_bytes());
        bytes
    }
}

/// An answer that came to its end and was no refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstAnswer {
    pub text: String,
    pub sources: Vec<KeptSource>,
    /// The model that wrote it.
    pub model: Option<String>,
    pub given_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Entry {
    answer: Arc<FirstAnswer>,
    time: Duration,
}

pub struct FirstAnswers {
    entries: Cache<FirstQuestion, Entry>,
    shelf: Option<Shelf>,
    get: Script,
    put: Script,
    ambient: Ambient,
}

impl fmt::Debug for FirstAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstAnswers").field("shelf", &self.shelf).finish_non_exhaustive()
    }
}

impl FirstAnswers {
    /// None yet; in a Redis, too, if there is one.
    pub fn new(redis: Option<Redis>, root_key: &RootKey, ambient: &Ambient) -> Self {
        let names = "vestibule first answer name v1";
        let shelf = redis.map(|redis| Shelf::new(redis, root_key, Purpose::FirstAnswer, names, ambient.clone()));
        Self {
            entries: Cache::builder().max_capacity(CAPACITY).weigher(weight).expire_after(AsKept).build(),
            shelf,
            get: Script::new(include_str!("get.lua")),
            put: Script::new(include_str!("put.lua")),
            ambient: ambient.clone(),
        }
    }

    /// The kept answer, if it is not older than `time`.
    pub async fn get(&self, question: &FirstQuestion, time: Duration) -> Option<Arc<FirstAnswer>> {
        if let Some(entry) = self.entries.get(question).await {
            return Some(entry.answer);
        }
        let place = self.shelf.as_ref()?;
        let name = place.name(&question.bytes());
        let mut script = self.get.prepare_invoke();
        script.key(place.key(&name, "first"));
        let bytes: Option<Vec<u8>> = place.redis.invoke(&script).await.ok()?;
        let opened = place.open(&name, &bytes?)?;
        let answer: FirstAnswer = serde_json::from_slice(opened.expose_secret()).ok()?;
        let age = (self.ambient.now() - answer.given_at).to_std().unwrap_or_default();
        let time = time.checked_sub(age).filter(|left| !left.is_zero())?;
        let entry = Entry { answer: Arc::new(answer), time };
        self.entries.insert(question.clone(), entry.clone()).await;
        Some(entry.answer)
    }

    /// Keeps an answer.
    pub async fn keep(&self, question: FirstQuestion, answer: FirstAnswer, keep: Duration) {
        if let Some(shelf) = &self.shelf
            && let Ok(written) = serde_json::to_vec(&answer)
        {
            let name = shelf.name(&question.bytes());
            if let Some(sealed) = shelf.seal(&name, &written) {
                let mut script = self.put.prepare_invoke();
                script.key(shelf.key(&name, "first"));
                script.arg(sealed).arg(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1));
                // Without it each replica keeps its own.
                let _ = shelf.redis.invoke::<i64>(&script).await;
            }
        }
        self.entries.insert(question, Entry { answer: Arc::new(answer), time: keep }).await;
    }
}

fn weight(question: &FirstQuestion, entry: &Entry) -> u32 {
    let sources: usize = entry.answer.sources.iter().map(KeptSource::weight).sum();
    u32::try_from(question.message.len() + entry.answer.text.len() + sources + 512).unwrap_or(u32::MAX)
}

/// Each entry for as long as it says.
struct AsKept;

impl Expiry<FirstQuestion, Entry> for AsKept {
    fn expire_after_create(&self, _: &FirstQuestion, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.time)
    }

    fn expire_after_update(
        &self,
        _: &FirstQuestion,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{TenantId, WorkspaceId};
    use proptest::prelude::*;
    use uuid::Uuid;

    /// Few values of each part, so that two questions often share all but one; and parts that look like each other.
    fn any_question() -> impl Strategy<Value = FirstQuestion> {
        let edition =
            (0_u128..2, 0_u128..2, 0_i64..2, 0_i64..2).prop_map(|(tenant, workspace, settings, knowledge)| {
                let (tenant, workspace) = (TenantId(Uuid::from_u128(tenant)), WorkspaceId(Uuid::from_u128(workspace)));
                Edition { tenant, workspace, settings, knowledge }
            });
        let key = (0_u128..2).prop_map(|key| KeyId(Uuid::from_u128(key)));
        (edition, key, prop::option::of("[aA]{0,2}"), "[aA\u{0}]{0,3}")
            .prop_map(|(edition, key, locale, message)| FirstQuestion::new(edition, key, locale.as_deref(), &message))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        /// So nothing crosses tenant, workspace, key, language or words.
        #[test]
        fn two_questions_are_the_same_bytes_only_if_they_are_the_same(one in any_question(), other in any_question()) {
            prop_assert_eq!(one.bytes() == other.bytes(), one == other);
        }
    }

    #[test]
    fn white_space_and_the_case_of_a_language_make_no_difference() {
        let edition =
            Edition { tenant: TenantId::DEFAULT, workspace: WorkspaceId(Uuid::nil()), settings: 1, knowledge: 1 };
        let key = KeyId(Uuid::nil());
        let base = FirstQuestion::new(edition, key, Some("de-AT"), "Return policy?");
        assert_eq!(base, FirstQuestion::new(edition, key, Some("de-at"), " Return\n policy? "));
        for other in [
            FirstQuestion::new(edition, key, None, "Return policy?"),
            FirstQuestion::new(edition, key, Some("de"), "Return policy?"),
            FirstQuestion::new(edition, key, Some("de-AT"), "return policy?"),
            FirstQuestion::new(edition, KeyId(Uuid::from_u128(1)), Some("de-AT"), "Return policy?"),
        ] {
            assert_ne!(base, other);
        }
    }
}
