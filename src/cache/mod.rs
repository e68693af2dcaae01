//! What a replica remembers of PostgreSQL, and how it forgets in time.
//!
//! Entries are dropped when PostgreSQL tells of a change ([`follow_changes`]). The rules, in [`CacheRules`]: an entry
//! lives for minutes while changes are being heard; at most 3.5 s without a sign of life from the connection that hears
//! them; and nothing outlives the beginning of a new connection, since what was told in between is lost. A database
//! that cannot be asked is an error, but for one that is known to be away: what was good when it went away is believed
//! for `database.stale_seconds`.

mod auth_sessions;
mod begun_meanwhile;
mod conversations;
mod entries;
mod first_answers;
mod keys;
mod knowledge;
mod knowledge_versions;
mod managed_workspaces;
mod members;
mod shelf;
mod signing_keys;
mod workspaces;

pub use auth_sessions::AuthSessionDirectory;
pub use conversations::ConversationDirectory;
pub use entries::CacheRules;
pub use first_answers::{FirstAnswer, FirstAnswers, FirstQuestion};
pub use keys::KeyDirectory;
pub use knowledge::{Edition, Found, Freshness, KnowledgeCache, Question, ROLE, SharedAnswers};
pub use knowledge_versions::{Affected, KnowledgeVersions};
pub use managed_workspaces::ManagedWorkspaceDirectory;
pub use members::MemberDirectory;
pub use signing_keys::SigningKeyDirectory;
pub use workspaces::WorkspaceDirectory;

use crate::domain::clock::Ambient;
use crate::storage::{Change, ChangeListener, Database, Heard};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Everything a replica remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directories {
    pub keys: Arc<KeyDirectory>,
    pub workspaces: Arc<WorkspaceDirectory>,
    /// Workspaces with everything their staff set, by id.
    pub managed_workspaces: Arc<ManagedWorkspaceDirectory>,
    /// Whose session id stands for which session upstream.
    pub conversations: Arc<ConversationDirectory>,
    pub auth_sessions: Arc<AuthSessionDirectory>,
    /// The workspaces AnythingLLM assigned to people.
    pub members: Arc<MemberDirectory>,
    /// What access tokens are signed with.
    pub signing_keys: Arc<SigningKeyDirectory>,
}

impl Directories {
    /// Directories of the product's size.
    pub fn new(database: &Database, ambient: &Ambient) -> Self {
        Self {
            keys: Arc::new(KeyDirectory::new(database.clone())),
            workspaces: Arc::new(WorkspaceDirectory::new(database.clone())),
            managed_workspaces: Arc::new(ManagedWorkspaceDirectory::new(database.clone())),
            conversations: Arc::new(ConversationDirectory::new(database.clone(), ambient.clone())),
            auth_sessions: Arc::new(AuthSessionDirectory::new(database.clone())),
            members: Arc::default(),
            signing_keys: Arc::new(SigningKeyDirectory::new(database.clone())),
        }
    }

    fn forget_all(&self) {
        self.keys.forget_all();
        self.workspaces.forget_all();
        self.managed_workspaces.forget_all();
        self.conversations.forget_all();
        self.auth_sessions.forget_all();
        self.members.forget_all();
        self.signing_keys.forget_all();
    }

    /// How often something was given only because the database was away.
    pub fn stale_answers(&self) -> u64 {
        [
            self.keys.stale_answers(),
            self.workspaces.stale_answers(),
            self.managed_workspaces.stale_answers(),
            self.conversations.stale_answers(),
            self.auth_sessions.stale_answers(),
            self.signing_keys.stale_answers(),
        ]
        .into_iter()
        .sum()
    }

    fn heard_until(&self, moment: Instant) {
        self.keys.heard_until(moment);
        self.workspaces.heard_until(moment);
        self.managed_workspaces.heard_until(moment);
        self.conversations.heard_until(moment);
        self.auth_sessions.heard_until(moment);
        self.signing_keys.heard_until(moment);
    }

    async fn dealt_with(&self, change: Change) {
        match change {
            Change::Key { id, .. } => self.keys.forget(&id).await,
            Change::Workspace { tenant, id, slug } => {
                self.workspaces.forget(tenant, &slug).await;
                self.managed_workspaces.forget(tenant, id).await;
                // Keys carry their workspace with them.
                self.keys.forget_workspace(id);
            }
            Change::Knowledge { tenant, id } => self.managed_workspaces.forget(tenant, id).await,
            Change::Conversation(digest) => self.conversations.forget(digest).await,
            Change::AuthSession(id) => self.auth_sessions.forget(id).await,
            Change::Membership { tenant, user } => self.members.forget_user(tenant, user),
            Change::SigningKeys => self.signing_keys.forget().await,
            // Rare enough to pay for with a few lookups.
            Change::Tenant(_) | Change::Unreadable => self.forget_all(),
            Change::UpstreamApiKey | Change::Inquiry { .. } | Change::Unknown => {}
        }
    }
}

/// Keeps the directories true for as long as it is polled, and wakes whoever reads AnythingLLM's API key. Spawn it
/// once. `key_followed` is told when a key was changed, once the change is followed here.
pub async fn follow_changes(
    mut listener: ChangeListener,
    directories: Directories,
    upstream_api_key: Arc<Notify>,
    key_followed: impl Fn(DateTime<Utc>) + Send,
) {
    loop {
        match listener.next().await {
            Heard::Connected(moment) => {
                directories.forget_all();
                upstream_api_key.notify_one();
                directories.heard_until(moment);
            }
            Heard::Alive(moment) => directories.heard_until(moment),
            Heard::Change(change) => {
                if matches!(change, Change::UpstreamApiKey | Change::Tenant(_) | Change::Unreadable) {
                    upstream_api_key.notify_one();
                }
                let changed_at = if let Change::Key { at, .. } = &change { *at } else { None };
                directories.dealt_with(change).await;
                if let Some(at) = changed_at {
                    key_followed(at);
                }
            }
            // Entries now grow old by themselves.
            Heard::Lost => {}
        }
    }
}
