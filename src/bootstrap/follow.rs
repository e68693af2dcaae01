//! The bootstrap of a serving replica: beside the requests, and for as long as it runs.

use super::{Bootstrap, BootstrapError, is_set};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Between two attempts at what may pass by itself.
const PAUSE: Duration = Duration::from_secs(5);

impl Bootstrap {
    /// Uses the stored key, if there is one and it can be read. For the start: what fails is tried again by
    /// [`Self::keep`].
    pub async fn recall(&self) {
        if let Err(error) = self.reload().await {
            tracing::warn!(%error, "the stored API key of AnythingLLM could not be read");
        }
    }

    /// Sets AnythingLLM up if that is missing, and uses every key that is `told` of. Never ends.
    pub async fn keep(self, told: Arc<Notify>) {
        tokio::join!(self.settle_at_last(), self.follow(&told));
    }

    async fn settle_at_last(&self) {
        loop {
            match self.settle().await {
                Ok(report) => {
                    tracing::info!(
                        api_key = ?report.api_key,
                        accounts_made = report.accounts_made,
                        "AnythingLLM is set up: multi-user mode is on and it accepts our API key"
                    );
                    if report.recovery_codes {
                        tracing::warn!(
                            "AnythingLLM has issued the admin's recovery codes: `vestibule bootstrap` shows them, once"
                        );
                    }
                    return;
                }
                Err(error) if error.may_pass() => tracing::warn!(%error, "AnythingLLM is not set up yet; trying again"),
                Err(error) => {
                    tracing::error!(%error, "AnythingLLM is not set up; after mending it run `vestibule bootstrap` or restart");
                    return;
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn follow(&self, told: &Notify) {
        loop {
            told.notified().await;
            while let Err(error) = self.reload().await {
                tracing::error!(%error, "a new API key of AnythingLLM was stored and cannot be used");
                if !error.may_pass() {
                    break;
                }
                sleep(PAUSE).await;
            }
        }
    }

    async fn reload(&self) -> Result<(), BootstrapError> {
        if is_set(&self.settings.api_key) {
            return Ok(()); // it wins
        }
        match self.store.load().await? {
            Some(kept) => self.use_key(&kept.secret),
            None => Ok(()),
        }
    }
}
