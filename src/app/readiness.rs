//! Whether requests should be sent here.

use super::supervisor::Supervisor;
use crate::auth::RootKeyCheck;
use crate::edge::Readiness;
use crate::storage::Database;
use async_trait::async_trait;

/// Ready means: keys can be looked up, the secret key is the one that the database is sealed under, and no background task keeps failing. AnythingLLM may be away: that is told
/// request by request, and a gateway that leaves the load balancer for it would turn a clear answer into none.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) database: Database,
    pub(super) root_key: RootKeyCheck,
    pub(super) supervisor: Supervisor,
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, bool)> {
        let failing = self.supervisor.failing();
        // Without the database, what was seen last counts.
        let _ = self.root_key.look().await;
        let mut checks = vec![
            ("database", self.database.ping().await.is_ok()),
            ("secret_key", self.root_key.is_right()),
            ("tasks", failing.is_empty()),
        ];
        checks.extend(failing.into_iter().map(|task| (task, false)));
        checks
    }
}
