//! Sends the messages whose time has come. Any number of senders in any number of replicas may run: a message is taken
//! for the time of a lease, so that one is sent by one, and again by another if the first is killed before it could
//! write down what came of it. Receivers know such a message by its id.

use super::WebhookService;
use super::secret::Message;
use crate::domain::ids::TenantId;
use crate::domain::webhook::{Delivery, DisabledBecause, message_id};
use crate::outbound::{Ask, OutboundError};
use crate::storage::{Attempted, DueDelivery, StorageError};
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::time::Duration;
use tokio::sync::watch;

/// A receiver has so long to answer (Standard Webhooks recommends 15 to 30 seconds).
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than an attempt takes with everything around it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Messages that are sent at the same time; a receiver that is slow holds one of these places.
const AT_ONCE: usize = 8;
/// Messages that are taken at once: all of them are begun well within the lease.
const TAKEN: u16 = 16;
/// How often it looks without being told.
const LOOK: Duration = Duration::from_secs(2);
/// Characters of an error that are kept.
const ERROR_CHARS: usize = 200;

/// Sends, until it is told to stop.
#[derive(Debug)]
pub struct Sender {
    service: WebhookService,
    stop: watch::Receiver<bool>,
}

impl Sender {
    /// When `stop` becomes true, what is being sent is sent, and nothing else is taken.
    pub fn new(service: WebhookService, stop: watch::Receiver<bool>) -> Self {
        Self { service, stop }
    }

    /// Works until told to stop.
    pub async fn run(mut self) {
        let mut told = false;
        loop {
            match self.round().await {
                Ok(()) => told = false,
                Err(error) if !told => {
                    tracing::warn!(%error, "messages to webhooks cannot be looked for now");
                    told = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = self.service.work.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = self.stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        for tenant in self.service.database.webhooks().tenants().await? {
            loop {
                if *self.stop.borrow() {
                    return Ok(());
                }
                let now = self.service.ambient.now();
                let due = self.service.database.webhooks().take_due(tenant, now, LEASE, TAKEN).await?;
                if due.is_empty() {
                    break;
                }
                let sent = stream::iter(due).map(|due| self.deliver(tenant, due)).buffer_unordered(AT_ONCE);
                for done in sent.collect::<Vec<_>>().await {
                    done?;
                }
            }
        }
        Ok(())
    }

    async fn deliver(&self, tenant: TenantId, due: DueDelivery) -> Result<(), StorageError> {
        let answered = match self.ask(tenant, &due).await? {
            Some(ask) => self.service.outbound.send(ask).await.map(|answer| answer.status),
            // It was removed meanwhile, with its messages.
            None => return Ok(()),
        };
        let attempted = self.judge(&due, answered);
        self.service.database.webhooks().attempted(tenant, &due, &attempted, &self.service.ambient).await
    }

    async fn ask(&self, tenant: TenantId, due: &DueDelivery) -> Result<Option<Ask>, StorageError> {
        let Some(secret) = self.service.database.webhooks().secret(tenant, due.webhook).await? else {
            return Ok(None);
        };
        let now = self.service.ambient.now();
        let (id, timestamp) = (message_id(due.id), now.timestamp());
        let body = self.service.whole(tenant, &due.body).await?;
        let message = Message { id: &id, timestamp, body: &body };
        // One that cannot be opened signs with nothing that a receiver would take: the attempt fails and says so there.
        let signature = self.service.vault.sign(&secret, &message, now).unwrap_or_else(|why| {
            tracing::error!(webhook = %due.webhook, %why, "the secret of a webhook cannot be opened");
            String::from("v1,")
        });
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in
            [("webhook-id", id.clone()), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)]
        {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        Ok(Some(Ask {
            method: Method::POST,
            headers,
            body: Bytes::from(body),
            within: Some(PATIENCE),
            ..Ask::get(due.url.clone())
        }))
    }

    fn judge(&self, due: &DueDelivery, answered: Result<StatusCode, OutboundError>) -> Attempted {
        let (status, error) = match answered {
            Ok(status) if status.is_success() => (Some(status), None),
            Ok(status) => (Some(status), Some(format!("the receiver answered {}", status.as_u16()))),
            Err(error) => (None, Some(error.to_string().chars().take(ERROR_CHARS).collect())),
        };
        let is_gone = status == Some(StatusCode::GONE);
        let again_at = Delivery::next_attempt(due.attempts + 1, self.service.ambient.now());
        let again_at = again_at.filter(|_| error.is_some() && !is_gone);
        let disable = match (&error, is_gone, again_at) {
            (Some(_), true, _) => Some(DisabledBecause::Gone),
            (Some(_), false, None) => Some(DisabledBecause::Failing),
            _ => None,
        };
        Attempted { status: status.map(|status| status.as_u16()), error, again_at, disable }
    }
}
