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
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;

/// A receiver has so long to answer (Standard Webhooks recommends 15 to 30 seconds).
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than an attempt takes with everything around it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Messages that are sent at the same time; a receiver that is slow holds one of these places.
const AT_ONCE: usize = 64;
/// Of them those of one tenant, and those of one workspace, which count for all replicas together: whose receivers are
/// slow or silent waits for itself, and nobody else for it.
const OF_TENANT: usize = 16;
const OF_WORKSPACE: u16 = 2;
/// How often it looks without being told.
const LOOK: Duration = Duration::from_secs(2);
/// Characters of an error that are kept.
const ERROR_CHARS: usize = 200;

/// Sends, until it is told to stop.
#[derive(Debug)]
pub struct Sender {
    courier: Courier,
    stop: watch::Receiver<bool>,
}

/// A message that is being sent, and whose it is.
type Sending<'a> = BoxFuture<'a, (TenantId, Result<(), StorageError>)>;

impl Sender {
    /// When `stop` becomes true, what is being sent is sent, and nothing else is taken.
    pub fn new(service: WebhookService, stop: watch::Receiver<bool>) -> Self {
        Self { courier: Courier { service }, stop }
    }

    /// Works until told to stop.
    pub async fn run(self) {
        let Self { courier, mut stop } = self;
        let mut sending = FuturesUnordered::<Sending<'_>>::new();
        let (mut places, mut told) = (HashMap::new(), false);
        // None: whose messages have come is not known.
        let mut whose = None;
        loop {
            let taken = courier.take(whose, &mut sending, &mut places).await;
            let done = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some((tenant, done)) = sending.next() => {
                    whose = Some(tenant);
                    give_back(&mut places, tenant);
                    done
                }
                () = courier.service.work.notified() => {
                    whose = None;
                    Ok(())
                }
                () = tokio::time::sleep(LOOK) => {
                    whose = None;
                    Ok(())
                }
            };
            match taken.and(done) {
                Ok(()) => told = false,
                Err(error) if !told => {
                    tracing::warn!(%error, "messages to webhooks cannot be looked for now");
                    told = true;
                }
                Err(_) => {}
            }
        }
        while sending.next().await.is_some() {}
    }
}

fn give_back(places: &mut HashMap<TenantId, usize>, tenant: TenantId) {
    if let Some(left) = places.get_mut(&tenant) {
        *left = left.saturating_sub(1);
    }
}

/// Takes messages and brings them.
#[derive(Debug)]
struct Courier {
    service: WebhookService,
}

impl Courier {
    /// Begins to send as much as there are places for, of one tenant or of all.
    async fn take<'a>(
        &'a self,
        whose: Option<TenantId>,
        sending: &mut FuturesUnordered<Sending<'a>>,
        places: &mut HashMap<TenantId, usize>,
    ) -> Result<(), StorageError> {
        let webhooks = || self.service.database.webhooks();
        let tenants = match whose {
            Some(tenant) => vec![tenant],
            None => webhooks().tenants().await?,
        };
        for tenant in tenants {
            let own = places.entry(tenant).or_insert(0);
            let free = OF_TENANT.saturating_sub(*own).min(AT_ONCE.saturating_sub(sending.len()));
            if free == 0 {
                continue;
            }
            let most = u16::try_from(free).unwrap_or(u16::MAX);
            let now = self.service.ambient.now();
            for due in webhooks().take_due(tenant, now, LEASE, most, OF_WORKSPACE).await? {
                *own += 1;
                sending.push(Box::pin(async move { (tenant, self.deliver(tenant, due).await) }));
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
