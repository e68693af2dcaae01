//! Another API key in place of the one there is, while everything runs.

use super::{Bootstrap, BootstrapError, is_set};
use crate::anythingllm::UpstreamError;
use std::time::Duration;
use tokio::time::sleep;

/// What has become of the key before.
#[derive(Debug)]
pub enum Rotated {
    /// It is not valid any more.
    OldEnded,
    /// There was none, or AnythingLLM refused it already.
    NoneBefore,
    /// It could not be deleted and is still valid.
    OldRemains(UpstreamError),
}

impl Bootstrap {
    /// Makes a new key, tells every replica of it, waits `grace` until they have it, and ends the old one.
    ///
    /// # Errors
    /// What is in the way; then the old key is still in use.
    pub async fn rotate(&self, grace: Duration) -> Result<Rotated, BootstrapError> {
        if is_set(&self.settings.api_key) {
            return Err(BootstrapError::KeyIsConfigured);
        }
        self.wait().await?;
        let lock = self.lock().await?;
        let rotated = self.rotate_alone(grace).await;
        lock.release().await;
        rotated
    }

    async fn rotate_alone(&self, grace: Duration) -> Result<Rotated, BootstrapError> {
        if !self.client.has_accounts().await? {
            return Err(BootstrapError::NotSetUp);
        }
        // One that cannot be opened is replaced like one that is missing; its number is known all the same.
        let before = self.store.upstream_id().await?;
        let admin = self.log_in_as_admin().await?;
        let key = self.client.create_api_key(&admin.session).await?;
        let key = key.ok_or_else(|| self.not_admin())?;
        self.use_key(&key.secret)?;
        // Before anybody is told of it.
        match self.client.check_key().await {
            Ok(()) => self.adopt(&key, &admin.recovery_codes).await?,
            Err(UpstreamError::BadKey) => return Err(BootstrapError::NewKeyRefused),
            Err(error) => return Err(error.into()),
        }
        let Some(before) = before else { return Ok(Rotated::NoneBefore) };
        sleep(grace).await;
        Ok(match self.client.delete_api_key(&admin.session, before).await {
            Ok(()) => Rotated::OldEnded,
            Err(error) => Rotated::OldRemains(error),
        })
    }
}
