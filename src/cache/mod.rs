//! What a replica remembers of PostgreSQL, and how it forgets in time.
//!
//! Entries are dropped when PostgreSQL tells of a change ([`follow_changes`]). The rules, in [`CacheRules`]: an entry lives for
//! minutes while changes are being heard; at most 5 s without a sign of life from the connection that hears them; and
//! nothing outlives the beginning of a new connection, since what was told in between is lost. A database that cannot be asked
//! is an error, never an old answer.

mod conversations;
mod entries;
mod keys;
mod workspaces;

pub use conversations::ConversationDirectory;
pub use entries::CacheRules;
pub use keys::KeyDirectory;
pub use workspaces::WorkspaceDirectory;

use crate::storage::{Change, ChangeListener, Heard};
use std::sync::Arc;
use tokio::sync::Notify;

/// Keeps the directories true for as long as it is polled, and wakes whoever reads AnythingLLM's API key. Spawn it once.
pub async fn follow_changes(
    mut listener: ChangeListener,
    keys: Arc<KeyDirectory>,
    workspaces: Arc<WorkspaceDirectory>,
    conversations: Arc<ConversationDirectory>,
    upstream_api_key: Arc<Notify>,
) {
    loop {
        match listener.next().await {
            Heard::Connected(moment) => {
                forget_all(&keys, &workspaces, &conversations);
                upstream_api_key.notify_one();
                keys.heard_until(moment);
                workspaces.heard_until(moment);
                conversations.heard_until(moment);
            }
            Heard::Alive(moment) => {
                keys.heard_until(moment);
                workspaces.heard_until(moment);
                conversations.heard_until(moment);
            }
            Heard::Change(change) => match change {
                Change::Key(public_id) => keys.forget(&public_id).await,
                Change::Workspace { tenant, id, slug } => {
                    workspaces.forget(tenant, &slug).await;
                    // Keys carry their workspace with them.
                    keys.forget_workspace(id);
                }
                Change::Conversation(digest) => conversations.forget(digest).await,
                Change::UpstreamApiKey => upstream_api_key.notify_one(),
                // Rare enough to pay for with a few lookups.
                Change::Tenant(_) | Change::Unreadable => {
                    forget_all(&keys, &workspaces, &conversations);
                    upstream_api_key.notify_one();
                }
                Change::Unknown => {}
            },
            // Entries now grow old by themselves.
            Heard::Lost => {}
        }
    }
}

fn forget_all(keys: &KeyDirectory, workspaces: &WorkspaceDirectory, conversations: &ConversationDirectory) {
    keys.forget_all();
    workspaces.forget_all();
    conversations.forget_all();
}
