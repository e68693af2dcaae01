//! Whether AnythingLLM has what it answers and embeds with: told to the log and in `/readyz`. Requests do not depend on
//! it, and neither does readiness: AnythingLLM says no to each chat itself.

use crate::anythingllm::{Client, UpstreamModels};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// While something is missing, or nothing is known.
const SOON: Duration = Duration::from_secs(30);

/// Asks AnythingLLM's settings. Clones share what was seen last.
#[derive(Debug, Clone)]
pub(super) struct ModelCheck {
    client: Client,
    seen: watch::Sender<Option<UpstreamModels>>,
    pause: Duration,
}

impl ModelCheck {
    /// With the time between two looks; none = nobody looks.
    pub(super) fn new(client: &Client, seconds: u64) -> Option<Self> {
        let pause = Duration::from_secs(seconds);
        (seconds > 0).then(|| Self { client: client.clone(), seen: watch::Sender::new(None), pause })
    }

    /// Looks, and tells the log what is new. What was seen last stays when AnythingLLM cannot be asked.
    pub(super) async fn look(&self) {
        let models = match self.client.models().await {
            Ok(models) => models,
            Err(error) => return tracing::debug!(%error, "AnythingLLM cannot be asked for its models"),
        };
        let is_new = self.seen.send_if_modified(|seen| {
            let is_new = seen.as_ref() != Some(&models);
            *seen = Some(models.clone());
            is_new
        });
        if is_new {
            tell(&models);
        }
    }

    /// For the line that says that the gateway serves: what AnythingLLM has, if it says so in time.
    pub(super) async fn look_at_start(&self, patience: Duration) -> Option<UpstreamModels> {
        let _ = timeout(patience, self.look()).await;
        self.seen()
    }

    /// What was seen last.
    pub(super) fn seen(&self) -> Option<UpstreamModels> {
        self.seen.borrow().clone()
    }

    /// When to look again.
    pub(super) fn pause(&self) -> Duration {
        let is_whole = self.seen().is_some_and(|models| models.llm.is_ok() && models.embedder.is_ok());
        if is_whole { self.pause } else { self.pause.min(SOON) }
    }
}

fn tell(models: &UpstreamModels) {
    if let Err(why) = &models.llm {
        tracing::warn!(%why, "AnythingLLM has no LLM: every chat fails until it has one");
    }
    if let Err(why) = &models.embedder {
        tracing::warn!(%why, "AnythingLLM has no embedder: documents and questions cannot be embedded until it has one");
    }
    if let (Ok(llm), Ok(embedder)) = (&models.llm, &models.embedder) {
        tracing::info!(llm, embedder, "AnythingLLM has what it answers and embeds with");
    }
}
