//! Calling AnythingLLM again when that may help.

use super::{Attempt, SyncFailure};
use crate::anythingllm::UpstreamError;
use crate::domain::clock::Ambient;
use std::time::Duration;

/// Calls in all before a failure counts.
const CALLS: u32 = 5;

/// Whether the same call may succeed later.
pub(super) fn may_pass(error: &UpstreamError) -> bool {
    matches!(
        error,
        UpstreamError::Connect(_)
            | UpstreamError::Busy(_)
            | UpstreamError::Timeout(_)
            | UpstreamError::Reset(_)
            | UpstreamError::Failed { .. }
    )
}

/// Whether the call may have had its effect all the same.
pub(super) fn may_have_worked(error: &UpstreamError) -> bool {
    matches!(
        error,
        UpstreamError::Timeout(_)
            | UpstreamError::Reset(_)
            | UpstreamError::Failed { .. }
            | UpstreamError::Contract(_)
            | UpstreamError::TooLarge { .. }
    )
}

/// Half to all of a pause, so that replicas do not come back at the same moment.
fn jittered(pause: Duration, ambient: &Ambient) -> Duration {
    let mut random = [0; 1];
    ambient.randomness.fill(&mut random);
    pause / 2 + pause / 2 * u32::from(random[0]) / 256
}

impl Attempt<'_> {
    /// Calls until it works, a few times at most.
    pub(super) async fn patiently<T, F>(&self, call: impl Fn() -> F + Send + Sync) -> Result<T, UpstreamError>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send,
    {
        // Doubled with every failure.
        let mut pause = Duration::from_millis(self.engine.settings.retry_millis);
        for _ in 1..CALLS {
            match call().await {
                Err(error) if may_pass(&error) => {
                    self.engine.metrics.catalog_upstream_retried();
                    tracing::debug!(run = %self.claimed.run.id, %error, "AnythingLLM is asked again");
                }
                other => return other,
            }
            tokio::time::sleep(jittered(pause, &self.engine.ambient)).await;
            pause *= 2;
        }
        call().await
    }

    /// As [`Self::patiently`]; a failure is one of the whole run.
    pub(super) async fn ask<T, F>(&self, call: impl Fn() -> F + Send + Sync) -> Result<T, SyncFailure>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send,
    {
        self.patiently(call).await.map_err(|error| SyncFailure::upstream(&error))
    }
}
