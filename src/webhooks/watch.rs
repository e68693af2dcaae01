//! Looks what there is to tell: quotas, keys that end, syncs that failed, and whether AnythingLLM answers.

use super::WebhookService;
use crate::anythingllm::Client;
use crate::domain::ids::TenantId;
use crate::domain::webhook::{WebhookEvent, payload};
use crate::storage::{News, StorageError};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A ping is answered at once, or not at all.
const PING: Duration = Duration::from_secs(5);

/// Looks for what there is to tell. Clones share what was seen.
#[derive(Debug, Clone)]
pub struct Watch {
    service: WebhookService,
    client: Client,
    seen: Arc<Mutex<Seen>>,
    times: WatchTimes,
}

/// `[webhooks]`
#[derive(Debug, Clone, Copy)]
pub struct WatchTimes {
    /// Between two looks.
    pub pause: Duration,
    /// AnythingLLM is away when it has not answered for so long: a restart is no news.
    pub away: Duration,
}

#[derive(Debug, Default)]
struct Seen {
    away_since: Option<DateTime<Utc>>,
    /// For so long that it is told.
    is_away: bool,
}

impl Watch {
    pub fn new(service: WebhookService, client: Client, times: WatchTimes) -> Self {
        Self { service, client, seen: Arc::default(), times }
    }

    /// The pause between two looks.
    pub fn pause(&self) -> Duration {
        self.times.pause
    }

    /// Looks once and tells what is new.
    pub async fn look(&self) {
        let news = self.upstream().await;
        let mut all_told = true;
        let tenants = match self.service.database.tenants().ids().await {
            Ok(tenants) => tenants,
            Err(error) => return tracing::debug!(%error, "nobody can be told anything now"),
        };
        for tenant in tenants {
            if let Err(error) = self.tell(tenant, news).await {
                tracing::warn!(%error, %tenant, "webhooks cannot be told what happened; it is looked for again");
                all_told = false;
            }
        }
        if all_told && matches!(news, Some((WebhookEvent::UpstreamRecovered, _))) {
            *self.seen.lock() = Seen::default();
        }
    }

    async fn tell(&self, tenant: TenantId, news: Option<(WebhookEvent, DateTime<Utc>)>) -> Result<(), StorageError> {
        let (webhooks, ambient) = (self.service.database.webhooks(), &self.service.ambient);
        let now = ambient.now();
        let mut told = 0;
        for alert in webhooks.alerts(tenant, now).await? {
            let body = payload(alert.event, now, &alert.slug, &alert.data);
            let news = News { event: alert.event, subject: Some(&alert.subject), body: &body };
            told += webhooks.tell(tenant, alert.workspace, None, &news, ambient).await?;
        }
        if let Some((event, since)) = news {
            let body = move |slug: &str| payload(event, now, slug, &json!({ "away_since": since }));
            told += webhooks.tell_upstream(tenant, event, &body, ambient).await?;
        }
        if told > 0 {
            self.service.work.notify_one();
        }
        Ok(())
    }

    /// What is new about AnythingLLM, and since when it was away. Told with every round as long as it is so: whoever
    /// knows is not told again.
    async fn upstream(&self) -> Option<(WebhookEvent, DateTime<Utc>)> {
        let answers = matches!(timeout(PING, self.client.ping()).await, Ok(Ok(())));
        let now = self.service.ambient.now();
        let mut seen = self.seen.lock();
        if answers {
            if !seen.is_away {
                seen.away_since = None;
            }
            return seen.away_since.map(|since| (WebhookEvent::UpstreamRecovered, since));
        }
        let since = *seen.away_since.get_or_insert(now);
        seen.is_away |= (now - since).to_std().is_ok_and(|away| away >= self.times.away);
        seen.is_away.then_some((WebhookEvent::UpstreamUnavailable, since))
    }
}
