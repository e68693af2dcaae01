//! Looks what there is to tell: quotas, keys that end, syncs that failed, and whether AnythingLLM answers. One replica
//! looks at a time, and nobody while there is no webhook.

use super::WebhookService;
use crate::anythingllm::Client;
use crate::domain::ids::TenantId;
use crate::domain::webhook::{WebhookEvent, payload};
use crate::storage::{News, StorageError, UpstreamSeen};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// A ping is answered at once, or not at all.
const PING: Duration = Duration::from_secs(5);

/// Looks for what there is to tell. What was seen is in the database: whoever looks next knows it.
#[derive(Debug, Clone)]
pub struct Watch {
    service: WebhookService,
    client: Client,
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

/// What is new about AnythingLLM, and since when it was away. Told with every round as long as it is so: whoever knows is
/// not told again.
type UpstreamNews = Option<(WebhookEvent, DateTime<Utc>)>;

impl Watch {
    pub fn new(service: WebhookService, client: Client, times: WatchTimes) -> Self {
        Self { service, client, times }
    }

    /// The pause between two looks.
    pub fn pause(&self) -> Duration {
        self.times.pause
    }

    /// Looks once and tells what is new, unless another replica has just looked.
    pub async fn look(&self) {
        if let Err(error) = self.round().await {
            tracing::debug!(%error, "nobody can be told anything now");
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        let webhooks = self.service.database.webhooks();
        let tenants = webhooks.tenants().await?;
        if tenants.is_empty() {
            return Ok(());
        }
        // A little less, or whoever came first would find its own look too young.
        let Some(before) = webhooks.begin_look(self.times.pause.mul_f64(0.9)).await? else { return Ok(()) };
        let answers = matches!(timeout(PING, self.client.ping()).await, Ok(Ok(())));
        let (seen, news) = judge(before, answers, self.service.ambient.now(), self.times.away);
        let mut all_told = true;
        for tenant in tenants {
            if let Err(error) = self.tell(tenant, news).await {
                tracing::warn!(%error, %tenant, "webhooks cannot be told what happened; it is looked for again");
                all_told = false;
            }
        }
        // That it is back is forgotten once everybody knows.
        let seen = if all_told && answers { UpstreamSeen::default() } else { seen };
        if seen == before { Ok(()) } else { webhooks.note_seen(seen).await }
    }

    async fn tell(&self, tenant: TenantId, news: UpstreamNews) -> Result<(), StorageError> {
        let (webhooks, ambient) = (self.service.database.webhooks(), &self.service.ambient);
        let now = ambient.now();
        let mut told = 0;
        for alert in webhooks.alerts(tenant, now).await? {
            let body = payload(alert.event, now, &alert.slug, &alert.data);
            let news = News { event: alert.event, subject: Some(&alert.subject), body: &body };
            told += webhooks.tell(tenant, alert.workspace, None, &news, ambient).await?.len();
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
}

/// What is known after a ping, and what is new about it.
fn judge(before: UpstreamSeen, answers: bool, now: DateTime<Utc>, away: Duration) -> (UpstreamSeen, UpstreamNews) {
    if answers {
        let seen = if before.is_away { before } else { UpstreamSeen::default() };
        return (seen, seen.away_since.map(|since| (WebhookEvent::UpstreamRecovered, since)));
    }
    let since = before.away_since.unwrap_or(now);
    let is_away = before.is_away || (now - since).to_std().is_ok_and(|been| been >= away);
    let seen = UpstreamSeen { away_since: Some(since), is_away };
    (seen, is_away.then_some((WebhookEvent::UpstreamUnavailable, since)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn only_who_was_away_for_long_is_told_of_and_whoever_looks_next_goes_on() {
        let start: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        let away = Duration::from_secs(60);
        let mut seen = UpstreamSeen::default();
        let mut look = |second: i64, answers: bool| {
            let (next, news) = judge(seen, answers, start + TimeDelta::seconds(second), away);
            seen = next;
            news.map(|(event, since)| (event, (since - start).num_seconds()))
        };
        assert_eq!([look(0, true), look(30, false), look(60, true)], [None; 3], "a restart is no news");
        assert_eq!([look(90, false), look(120, false)], [None; 2]);
        assert_eq!(look(150, false), Some((WebhookEvent::UpstreamUnavailable, 90)));
        assert_eq!(look(180, false), Some((WebhookEvent::UpstreamUnavailable, 90)));
        assert_eq!(look(210, true), Some((WebhookEvent::UpstreamRecovered, 90)));
        assert_eq!(look(240, true), Some((WebhookEvent::UpstreamRecovered, 90)), "until everybody was told");
    }
}
