//! Webhooks and messages to them as JSON.

use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::{Delivery, DeliveryState, DisabledBecause, Webhook, WebhookEvent};
use crate::webhooks::{NewWebhook, WebhookPatch};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// An address that is told what happens.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookView<'a> {
    #[schema(value_type = Uuid)]
    id: WebhookId,
    #[schema(example = "https://hooks.shop.example/vestibule")]
    url: &'a str,
    description: &'a str,
    /// What it is told; see `docs/api/webhooks.md`.
    #[schema(value_type = Vec<String>, example = json!(["key.quota_warning"]))]
    events: &'a [WebhookEvent],
    /// The share of an hour's answers that find nothing, in percent, beyond which `answers.refused` is told.
    refused_percent: u8,
    enabled: bool,
    /// Why Vestibule switched it off: `gone` (it answered 410) or `failing`; null if it did not.
    #[schema(value_type = Option<String>)]
    disabled_because: Option<DisabledBecause>,
    /// Until then messages are signed with the secret before the present one as well.
    previous_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedWebhook)]
pub(crate) struct IssuedWebhookView<'a> {
    /// What messages are signed with. It is not shown again.
    #[schema(example = "whsec_…")]
    secret: &'a str,
    #[serde(flatten)]
    webhook: WebhookView<'a>,
}

/// All webhooks of a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookList)]
pub(crate) struct WebhookListView<'a> {
    data: Vec<WebhookView<'a>>,
}

/// A message to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView<'a> {
    #[schema(value_type = Uuid)]
    id: DeliveryId,
    /// What the receiver finds in `webhook-id`.
    #[schema(example = "msg_01a22d88cf3a7f3bba177d9e73100781")]
    message_id: String,
    #[schema(value_type = String, example = "key.quota_warning")]
    event: WebhookEvent,
    /// `pending`, `delivered` or `failed`.
    #[schema(value_type = String)]
    state: DeliveryState,
    /// How often it was tried.
    attempts: u32,
    next_attempt_at: Option<DateTime<Utc>>,
    last_attempt_at: Option<DateTime<Utc>>,
    /// The status that the receiver answered last; null if it did not answer.
    last_status: Option<u16>,
    /// Why the last attempt failed.
    last_error: Option<&'a str>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// What was sent.
    #[schema(value_type = Object)]
    payload: Value,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryPage)]
pub(crate) struct DeliveryPageView<'a> {
    /// Newest first.
    pub(super) data: Vec<DeliveryView<'a>>,
    pub(super) has_more: bool,
    pub(super) next_cursor: Option<Uuid>,
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewWebhook)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhookBody {
    /// Where messages go: https, and on the public internet.
    #[schema(max_length = 2048)]
    url: String,
    /// For people.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// What it is told.
    #[schema(min_items = 1, max_items = 20)]
    events: Vec<String>,
    /// 30 when absent.
    #[schema(minimum = 1, maximum = 100)]
    refused_percent: Option<i64>,
}

/// What is to change of a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookPatch)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookPatchBody {
    #[schema(max_length = 2048)]
    url: Option<String>,
    #[schema(max_length = 200)]
    description: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    events: Option<Vec<String>>,
    #[schema(minimum = 1, maximum = 100)]
    refused_percent: Option<i64>,
    enabled: Option<bool>,
}

/// Another secret.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RotateWebhookSecret)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateSecretBody {
    /// Seconds for which the secret before it signs as well; a day when absent, 0 after a leak.
    #[schema(minimum = 0, maximum = 604_800)]
    pub(super) grace_seconds: Option<u32>,
}

/// Nothing more is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Nothing)]
#[serde(deny_unknown_fields)]
pub(crate) struct NothingBody {}

impl NewWebhookBody {
    pub(super) fn into_patch(self) -> WebhookPatch {
        WebhookPatch {
            url: Some(self.url),
            description: self.description,
            events: Some(self.events),
            refused_percent: self.refused_percent,
            enabled: None,
        }
    }
}

impl WebhookPatchBody {
    pub(super) fn into_patch(self) -> WebhookPatch {
        let Self { url, description, events, refused_percent, enabled } = self;
        WebhookPatch { url, description, events, refused_percent, enabled }
    }
}

impl<'a> WebhookView<'a> {
    pub(super) fn of(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.settings.url.as_str(),
            description: &webhook.settings.description,
            events: &webhook.settings.events,
            refused_percent: webhook.settings.refused_percent,
            enabled: webhook.enabled,
            disabled_because: webhook.disabled_because,
            previous_secret_until: webhook.previous_until,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

impl<'a> IssuedWebhookView<'a> {
    pub(super) fn of(made: &'a NewWebhook) -> Self {
        Self { secret: made.secret.expose_secret(), webhook: WebhookView::of(&made.webhook) }
    }
}

impl<'a> WebhookListView<'a> {
    pub(super) fn of(all: &'a [Webhook]) -> Self {
        Self { data: all.iter().map(WebhookView::of).collect() }
    }
}

impl<'a> DeliveryView<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        Self {
            id: delivery.id,
            message_id: delivery.message_id(),
            event: delivery.event,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            last_attempt_at: delivery.last_attempt_at,
            last_status: delivery.last_status,
            last_error: delivery.last_error.as_deref(),
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
            payload: serde_json::from_str(&delivery.body).unwrap_or_default(),
        }
    }
}
