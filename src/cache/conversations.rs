//! Conversations in memory: which session of AnythingLLM a session id stands for.

use super::begun_meanwhile::BegunMeanwhile;
use super::entries::{CacheRules, Entries, Loading};
use crate::domain::clock::Ambient;
use crate::domain::sealed::Sealed;
use crate::storage::{BeginConversation, Conversation, ConversationDigest, ConversationKey, Database, StorageError};
use std::time::Duration;
use tokio::time::Instant;

/// Finds, begins and resets conversations.
#[derive(Debug)]
pub struct ConversationDirectory {
    database: Database,
    ambient: Ambient,
    entries: Entries<ConversationDigest, Conversation>,
    meanwhile: BegunMeanwhile,
}

impl ConversationDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database, ambient: Ambient) -> Self {
        let rules = CacheRules::of_capacity(100_000).believed_for(database.stale_for());
        Self::with_rules(database, ambient, rules)
    }

    /// A directory with rules of its own.
    pub fn with_rules(database: Database, ambient: Ambient, rules: CacheRules) -> Self {
        // Nobody is told that a conversation begins, so that there is none must not be remembered.
        let rules = CacheRules { missing: Duration::ZERO, ..rules };
        let entries = Entries::new(rules).beside(database.availability());
        Self { database, ambient, entries, meanwhile: BegunMeanwhile::default() }
    }

    /// The conversation of this name; begins it if there is none. `visitor` is noted when it begins.
    ///
    /// # Errors
    /// As [`crate::storage::Conversations::open`].
    pub async fn open(&self, key: &ConversationKey<'_>, visitor: Option<&str>) -> Result<Conversation, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move { self.database.conversations().open(key, visitor, &self.ambient).await.map(Some) })
        };
        if let Some(begun) = self.meanwhile.find(&key.digest()) {
            return Ok(begun);
        }
        match self.entries.get_or_load(key.digest(), load).await? {
            Some(conversation) => Ok(conversation),
            None => self.database.conversations().open(key, visitor, &self.ambient).await,
        }
    }

    /// As [`Self::open`], for a session id that was made just now: while the database is away, and known keys go on, the
    /// conversation begins in memory and is written later.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_new(
        &self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
    ) -> Result<Conversation, StorageError> {
        match self.open(key, visitor).await {
            Err(StorageError::Away) if self.goes_on() => {
                self.meanwhile.begin(key, visitor, &self.ambient).ok_or(StorageError::Away)
            }
            opened => opened,
        }
    }

    /// Begins a conversation, with an opening if one is given. None if there is one of this name, or if nobody can say
    /// now: somebody may have said something in it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn begin(
        &self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        begin: &BeginConversation,
        opening: Option<&Sealed>,
    ) -> Result<Option<Conversation>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move {
                let conversations = self.database.conversations();
                match opening {
                    Some(opening) => conversations.open_with(key, visitor, begin, opening).await.map(Some),
                    None => conversations.open_as(key, visitor, begin).await.map(Some),
                }
            })
        };
        if self.meanwhile.find(&key.digest()).is_some() {
            return Ok(None);
        }
        match self.entries.get_or_load(key.digest(), load).await {
            Err(StorageError::Away) => Ok(None),
            there => Ok(there?.filter(|conversation| begin.is(conversation))),
        }
    }

    /// Whether there is a conversation of this name as far as this replica knows, which asks nobody.
    pub async fn knows(&self, key: &ConversationKey<'_>) -> bool {
        let digest = key.digest();
        self.meanwhile.find(&digest).is_some() || self.entries.get(&digest).await.flatten().is_some()
    }

    /// Whether known keys go on without the database.
    fn goes_on(&self) -> bool {
        let since = self.database.availability().borrow().away_since();
        since.is_some_and(|since| since.elapsed() < self.database.stale_for())
    }

    /// Writes what was begun while the database was away.
    pub async fn write_begun(&self) {
        self.meanwhile.write(&self.database).await;
    }

    /// The conversation of this name.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, key: &ConversationKey<'_>) -> Result<Option<Conversation>, StorageError> {
        if let Some(begun) = self.meanwhile.find(&key.digest()) {
            return Ok(Some(begun));
        }
        // Does not join a load of `open` and is not kept: reading the history is rare beside chatting.
        match self.entries.get(&key.digest()).await {
            Some(Some(conversation)) => Ok(Some(conversation)),
            _ => self.database.conversations().find(key).await,
        }
    }

    /// Starts the conversation anew, here at once and on other replicas when they are told. Says whether there was one.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn reset(&self, key: &ConversationKey<'_>) -> Result<bool, StorageError> {
        // What is not in the database yet would go on as it is.
        self.meanwhile.write(&self.database).await;
        if self.meanwhile.find(&key.digest()).is_some() {
            return Err(StorageError::Away);
        }
        let existed = self.database.conversations().reset(key, &self.ambient).await;
        // Also after an error: it may have been done.
        self.entries.forget(&key.digest()).await;
        existed
    }

    pub(super) async fn forget(&self, digest: ConversationDigest) {
        self.entries.forget(&digest).await;
    }

    pub(super) fn forget_all(&self) {
        self.entries.forget_all();
    }

    pub(super) fn stale_answers(&self) -> u64 {
        self.entries.stale_answers()
    }

    pub(super) fn heard_until(&self, moment: Instant) {
        self.entries.heard_until(moment);
    }
}
