//! Webhooks: what a workspace's receivers can be told, and how a message of one is written (Standard Webhooks).

use crate::domain::faults::Faults;
use crate::domain::ids::{DeliveryId, TenantId, WebhookId, WorkspaceId};
use crate::domain::words::words;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;
use url::Url;

/// Longest address, in bytes.
const LONGEST_URL: usize = 2048;
/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 200;
/// Webhooks of a workspace at most.
pub const MOST_WEBHOOKS: u16 = 10;
/// The share of refused answers beyond which that is told, when nobody says otherwise.
pub const DEFAULT_REFUSED_PERCENT: u8 = 30;

/// Pauses before a message is tried again, as Standard Webhooks proposes them: a day and some hours in all.
const PAUSES: [TimeDelta; 8] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
];

words! {
    /// What can be told.
    WebhookEvent {
        /// 80 % of a key's quota is used.
        QuotaWarning = "key.quota_warning",
        /// All of a key's quota is used.
        QuotaReached = "key.quota_reached",
        /// A key ends within a week, and once more within a day.
        KeyExpiring = "key.expiring",
        /// A catalogue sync failed.
        SyncFailed = "catalog.sync_failed",
        /// AnythingLLM does not answer.
        UpstreamUnavailable = "upstream.unavailable",
        /// It answers again.
        UpstreamRecovered = "upstream.recovered",
        /// More answers of the last hour than wanted found nothing in the documents.
        AnswersRefused = "answers.refused",
        /// A shopper asked for a person.
        HandedOver = "conversation.handed_over",
        /// Somebody tries the webhook out.
        Test = "webhook.test",
    }
}

words! {
    /// How far a message is.
    DeliveryState {
        Pending = "pending",
        Delivered = "delivered",
        /// It was tried for long enough.
        Failed = "failed",
    }
}

words! {
    /// Why Vestibule itself switched a webhook off.
    DisabledBecause {
        /// The receiver said 410.
        Gone = "gone",
        /// A message could not be delivered in a day and some hours.
        Failing = "failing",
    }
}

impl WebhookEvent {
    /// Whether receivers choose it; a test is for whoever asks for one.
    pub fn is_chosen(self) -> bool {
        self != Self::Test
    }
}

/// An address that is told what happens in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub settings: WebhookSettings,
    pub enabled: bool,
    pub disabled_because: Option<DisabledBecause>,
    /// Until then the secret before the present one signs as well.
    pub previous_until: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What can be set of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// May hold a token in its query: do not log it.
    pub url: Url,
    pub description: String,
    /// In the order of [`WebhookEvent::ALL`], each once.
    pub events: Vec<WebhookEvent>,
    /// 1 to 100.
    pub refused_percent: u8,
}

/// The same as somebody wrote it.
#[derive(Debug, Clone)]
pub struct WebhookInput<'a> {
    pub url: &'a str,
    pub description: &'a str,
    pub events: &'a [String],
    pub refused_percent: i64,
}

impl WebhookSettings {
    /// Checks everything that can be checked without calling the address.
    ///
    /// # Errors
    /// Every broken rule.
    pub fn check(input: &WebhookInput<'_>) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let url = Url::parse(input.url).ok().filter(|_| input.url.len() <= LONGEST_URL);
        match &url {
            None => faults.push("url", "format", format!("must be an https address of at most {LONGEST_URL} bytes")),
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                faults.push("url", "format", "must not have a user name or a password");
            }
            Some(url) if url.fragment().is_some() => faults.push("url", "format", "must not have a fragment"),
            Some(_) => {}
        }
        let description = input.description.trim();
        faults.text("description", description, 0..=LONGEST_DESCRIPTION);
        let known = |name: &String| WebhookEvent::ALL.into_iter().find(|e| e.is_chosen() && e.as_str() == name);
        for (index, name) in input.events.iter().enumerate() {
            if known(name).is_none() {
                faults.push(format!("events[{index}]"), "unknown", "is no event");
            }
        }
        let events: Vec<_> = WebhookEvent::ALL
            .into_iter()
            .filter(|event| event.is_chosen() && input.events.iter().any(|name| name == event.as_str()))
            .collect();
        if input.events.is_empty() {
            faults.push("events", "required", "must name at least one event");
        }
        let refused_percent = u8::try_from(input.refused_percent).ok().filter(|percent| (1..=100).contains(percent));
        if refused_percent.is_none() {
            faults.push("refused_percent", "out_of_range", "must be 1 to 100");
        }
        match (url, refused_percent) {
            (Some(url), Some(refused_percent)) if faults.is_empty() => {
                Ok(Self { url, description: description.to_owned(), events, refused_percent })
            }
            _ => Err(faults),
        }
    }
}

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Later ones have greater ones.
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub event: WebhookEvent,
    /// What is signed and sent.
    pub body: String,
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; none once it is over.
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The status that the receiver answered last; none: it did not answer.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// The id that its receiver sees; the same whenever it is sent.
    pub fn message_id(&self) -> String {
        message_id(self.id)
    }

    /// When a message that failed `attempts` times is tried again; none: no more.
    pub fn next_attempt(attempts: u32, failed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let index = usize::try_from(attempts).unwrap_or(usize::MAX).checked_sub(1)?;
        PAUSES.get(index).map(|pause| failed_at + *pause)
    }
}

/// The id of a message, as its receiver sees it.
pub fn message_id(id: DeliveryId) -> String {
    format!("msg_{}", id.0.simple())
}

/// The payload of a message (Standard Webhooks, "Payload structure").
#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    event: WebhookEvent,
    timestamp: DateTime<Utc>,
    workspace: &'a str,
    data: &'a Value,
}

/// Writes the payload of a message about a workspace.
pub fn payload(event: WebhookEvent, at: DateTime<Utc>, workspace: &str, data: &Value) -> String {
    // Nothing in it fails to serialise; an empty body would be told apart by its receiver.
    serde_json::to_string(&Payload { event, timestamp: at, workspace, data }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn input<'a>(url: &'a str, events: &'a [String]) -> WebhookInput<'a> {
        WebhookInput { url, description: " Ops ", events, refused_percent: 30 }
    }

    #[test]
    fn events_are_kept_once_and_in_order() {
        let events = ["key.expiring", "key.quota_warning", "key.expiring"].map(str::to_owned);
        let settings = WebhookSettings::check(&input("https://hooks.example/in?t=1", &events)).unwrap();
        assert_eq!(settings.events, [WebhookEvent::QuotaWarning, WebhookEvent::KeyExpiring]);
        assert_eq!(settings.description, "Ops");
    }

    #[test]
    fn every_fault_is_told() {
        let events = ["webhook.test".to_owned(), "nothing".to_owned()];
        let wrong =
            WebhookInput { description: "a\u{1}", refused_percent: 0, ..input("https://u:p@h.example/", &events) };
        let faults = WebhookSettings::check(&wrong).unwrap_err();
        let fields: Vec<_> = faults.told().iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["url", "description", "events[0]", "events[1]", "refused_percent"]);
        for url in ["", "nothing", "https://h.example/#f"] {
            assert!(WebhookSettings::check(&input(url, &events[..0])).is_err(), "{url}");
        }
    }

    #[test]
    fn pauses_grow_until_it_is_over() {
        let at = DateTime::UNIX_EPOCH;
        assert_eq!(Delivery::next_attempt(0, at), None);
        assert_eq!(Delivery::next_attempt(1, at), Some(at + TimeDelta::seconds(5)));
        let times: Vec<_> = (1..).map_while(|attempts| Delivery::next_attempt(attempts, at)).collect();
        assert!(times.is_sorted() && times.len() == PAUSES.len());
    }

    #[test]
    fn a_payload_names_its_event_and_workspace() {
        let body = payload(WebhookEvent::Test, DateTime::UNIX_EPOCH, "demo-shop", &json!({"note": "<b>"}));
        let read: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            read,
            json!({"type": "webhook.test", "timestamp": "1970-01-01T00:00:00Z", "workspace": "demo-shop", "data": {"note": "<b>"}})
        );
    }
}
