//! Whether requests should be sent here.

use super::supervisor::Supervisor;
use crate::edge::Readiness;
use crate::storage::Database;
use async_trait::async_trait;

/// Ready means: keys can be looked up, and no background task keeps failing. AnythingLLM may be away: that is told
/// request by request, and a gateway that leaves the load balancer for it would turn a clear answer into none.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) database: Database,
    pub(super) supervisor: Supervisor,
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, bool)> {
        let failing = self.supervisor.failing();
        let mut checks = vec![("database", self.database.ping().await.is_ok()), ("tasks", failing.is_empty())];
        checks.extend(failing.into_iter().map(|task| (task, false)));
        checks
    }
}
