//! The workspaces AnythingLLM assigned to people, in memory: by session, because each is asked for with the session's
//! own credential there.
//!
//! **Asking against forgetting.** An answer may be under way while the assignment changes. So forgetting counts a
//! generation up and then removes; what was asked for in an earlier generation is used once and not kept.

use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::user::UserId;
use moka::sync::Cache;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Sessions whose assignments are remembered.
const REMEMBERED: u64 = 10_000;
/// Nothing is remembered for longer, whatever the configuration says.
const LONGEST: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone)]
pub struct Assigned {
    pub slugs: Arc<BTreeSet<String>>,
    pub asked: Instant,
    owner: (TenantId, UserId),
}

#[derive(Debug, Clone, Copy)]
pub struct Asking {
    generation: u64,
    asked: Instant,
}

pub struct MemberDirectory {
    entries: Cache<AuthSessionId, Assigned>,
    generation: AtomicU64,
}

impl fmt::Debug for MemberDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberDirectory")
    }
}

impl Default for MemberDirectory {
    fn default() -> Self {
        let entries =
            Cache::builder().max_capacity(REMEMBERED).time_to_live(LONGEST).support_invalidation_closures().build();
        Self { entries, generation: AtomicU64::new(0) }
    }
}

impl MemberDirectory {
    /// What is remembered of a session, if it is younger than `memory`.
    pub fn find(&self, session: AuthSessionId, memory: Duration) -> Option<Assigned> {
        self.entries.get(&session).filter(|known| known.asked.elapsed() < memory)
    }

    /// To be called before AnythingLLM is asked.
    pub fn ask(&self) -> Asking {
        Asking { generation: self.generation.load(Ordering::SeqCst), asked: Instant::now() }
    }

    /// Keeps an answer, unless something was forgotten since it was asked for.
    pub fn remember(
        &self,
        asking: Asking,
        session: AuthSessionId,
        owner: (TenantId, UserId),
        slugs: Arc<BTreeSet<String>>,
    ) {
        let is_current = || self.generation.load(Ordering::SeqCst) == asking.generation;
        if is_current() {
            self.entries.insert(session, Assigned { slugs, asked: asking.asked, owner });
            if !is_current() {
                self.entries.invalidate(&session);
            }
        }
    }

    /// The session is over or its user may have changed.
    pub fn forget(&self, session: AuthSessionId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(&session);
    }

    /// A workspace was assigned to this user or taken away. Whoever did it here need not wait for the notice.
    pub fn forget_user(&self, tenant: TenantId, user: UserId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let whose = (tenant, user);
        // Refused only by a cache built without support for it.
        if self.entries.invalidate_entries_if(move |_, known| known.owner == whose).is_err() {
            self.forget_all();
        }
    }

    pub(super) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const MEMORY: Duration = Duration::from_secs(30);
    const DORA: (TenantId, UserId) = (TenantId::DEFAULT, UserId(7));

    fn slugs() -> Arc<BTreeSet<String>> {
        Arc::new(BTreeSet::from(["shop".to_owned()]))
    }

    fn session(number: u128) -> AuthSessionId {
        AuthSessionId(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn a_user_is_forgotten_in_all_sessions_and_others_are_not() {
        let directory = MemberDirectory::default();
        for (number, whose) in [(1, DORA), (2, DORA), (3, (TenantId::DEFAULT, UserId(8)))] {
            directory.remember(directory.ask(), session(number), whose, slugs());
        }
        directory.forget_user(DORA.0, DORA.1);
        let known = [1, 2, 3].map(|number| directory.find(session(number), MEMORY).is_some());
        assert_eq!(known, [false, false, true]);
    }

    #[tokio::test]
    async fn an_answer_that_was_asked_for_before_a_change_is_not_kept() {
        let directory = MemberDirectory::default();
        let asking = directory.ask();
        directory.forget_user(DORA.0, DORA.1);
        directory.remember(asking, session(1), DORA, slugs());
        assert!(directory.find(session(1), MEMORY).is_none());
        directory.remember(directory.ask(), session(1), DORA, slugs());
        assert!(directory.find(session(1), MEMORY).is_some(), "one asked for afterwards is");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_remembered_for_as_long_as_it_is_wanted() {
        let directory = MemberDirectory::default();
        directory.remember(directory.ask(), session(1), DORA, slugs());
        tokio::time::advance(MEMORY / 2).await;
        assert!(directory.find(session(1), MEMORY).is_some());
        tokio::time::advance(MEMORY / 2).await;
        assert!(directory.find(session(1), MEMORY).is_none());
    }
}
