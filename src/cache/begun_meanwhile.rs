//! Conversations that were begun while the database was away, until they are written.
//!
//! Only those whose session id we made ourselves: nobody else can have one of that name, neither here nor on another
//! replica. Until it is written, this replica is the only one that knows it. Whoever names it on another one before that
//! begins it there; then what the database has counts.

use crate::domain::clock::Ambient;
use crate::domain::conversation::ChatSessionId;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::owner::Owner;
use crate::storage::{BeginConversation, Conversation, ConversationDigest, ConversationKey, Database, StorageError};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// More than this are refused, as if nothing could be begun.
const MOST: usize = 10_000;

#[derive(Debug, Clone)]
struct Begun {
    tenant: TenantId,
    workspace: WorkspaceId,
    owner: Owner,
    session: ChatSessionId,
    visitor: Option<Box<str>>,
    begin: BeginConversation,
}

impl Begun {
    fn key(&self) -> ConversationKey<'_> {
        ConversationKey { tenant: self.tenant, workspace: self.workspace, owner: self.owner, session: &self.session }
    }
}

#[derive(Debug, Default)]
pub(super) struct BegunMeanwhile {
    begun: Mutex<HashMap<ConversationDigest, Begun>>,
    /// Looked at with each chat, and nearly always false.
    is_any: AtomicBool,
}

impl BegunMeanwhile {
    /// The conversation of this name, if it was begun here and is not written yet.
    pub(super) fn find(&self, digest: &ConversationDigest) -> Option<Conversation> {
        if !self.is_any.load(Ordering::Acquire) {
            return None;
        }
        self.begun.lock().get(digest).map(|begun| begun.begin.conversation())
    }

    /// Begins a conversation; none if there are too many already.
    pub(super) fn begin(
        &self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        ambient: &Ambient,
    ) -> Option<Conversation> {
        let begin = BeginConversation::new(ambient);
        let conversation = begin.conversation();
        let mut all = self.begun.lock();
        if all.len() >= MOST {
            return None;
        }
        let ConversationKey { tenant, workspace, owner, session } = *key;
        let session = session.clone();
        all.insert(key.digest(), Begun { tenant, workspace, owner, session, visitor: visitor.map(Into::into), begin });
        self.is_any.store(true, Ordering::Release);
        Some(conversation)
    }

    /// Writes what was begun; what the database does not take now is tried again with the next call.
    pub(super) async fn write(&self, database: &Database) {
        if !self.is_any.load(Ordering::Acquire) {
            return;
        }
        let waiting: Vec<_> = self.begun.lock().iter().map(|(digest, begun)| (*digest, begun.clone())).collect();
        let mut written = 0;
        for (digest, begun) in &waiting {
            match database.conversations().open_as(&begun.key(), begun.visitor.as_deref(), &begun.begin).await {
                Err(error) if error.is_unavailable() => break,
                done => {
                    self.forget(digest);
                    match done {
                        Ok(found) if found == begun.begin.conversation() => written += 1,
                        Ok(_) => tracing::warn!("a conversation was begun twice while the database was away"),
                        Err(error) => tell_lost(&error),
                    }
                }
            }
        }
        if written > 0 {
            tracing::info!(written, "conversations that were begun while the database was away are written");
        }
    }

    fn forget(&self, digest: &ConversationDigest) {
        let mut all = self.begun.lock();
        all.remove(digest);
        self.is_any.store(!all.is_empty(), Ordering::Release);
    }
}

/// Its workspace was removed meanwhile, or the schema has another idea of it.
fn tell_lost(error: &StorageError) {
    tracing::warn!(%error, "a conversation that was begun while the database was away cannot be written");
}
