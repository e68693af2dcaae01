//! Webhooks at work: made with a secret that is told once, changed, told what happens, and sent their messages.
//!
//! Messages are Standard Webhooks (standardwebhooks.com): signed, retried for two days, with an id by which a receiver
//! knows one that it has seen. Must not log an address or a body, and opens a secret only to sign with it.

mod error;
mod handover;
mod secret;
mod sender;
mod watch;

pub use error::WebhookError;
pub use sender::Sender;
pub use watch::{Watch, WatchTimes};

use crate::crypto::seal::{Resealed, Sealer};
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::ids::{DeliveryId, TenantId, WebhookId};
use crate::domain::webhook::{
    DEFAULT_REFUSED_PERCENT, Delivery, DeliveryState, Webhook, WebhookEvent, WebhookInput, WebhookSettings, payload,
};
use crate::domain::workspace::Workspace;
use crate::outbound::Outbound;
use crate::storage::{Database, News, PutWebhook, SealedWebhookSecret, StorageError, WebhookChange};
use chrono::TimeDelta;
use secrecy::SecretString;
use secret::Vault;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

/// The secret before the new one signs as well for this long, when the request does not say.
const DEFAULT_GRACE_SECONDS: u32 = 24 * 3600;
const MAX_GRACE_SECONDS: u32 = 7 * 24 * 3600;

/// Webhooks of workspaces. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WebhookService {
    database: Database,
    outbound: Outbound,
    vault: Vault,
    work: Arc<Notify>,
    ambient: Ambient,
}

/// What somebody wants of a webhook; what is absent stays, or is what most have.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    pub url: Option<String>,
    pub description: Option<String>,
    pub events: Option<Vec<String>>,
    pub refused_percent: Option<i64>,
    pub enabled: Option<bool>,
}

/// A webhook with a secret that was just made. The only time that it is told.
#[derive(Debug)]
pub struct NewWebhook {
    pub webhook: Webhook,
    pub secret: SecretString,
}

impl WebhookService {
    /// With the sealer of `Purpose::WebhookSecret`; `work` tells the sender that there is some.
    pub fn new(database: Database, outbound: Outbound, sealer: Sealer, work: Arc<Notify>, ambient: Ambient) -> Self {
        Self { database, outbound, vault: Vault::new(sealer), work, ambient }
    }

    /// The workspace's webhooks.
    ///
    /// # Errors
    /// [`WebhookError::Storage`]
    pub async fn list(&self, workspace: &Workspace) -> Result<Vec<Webhook>, WebhookError> {
        Ok(self.database.webhooks().list(workspace.tenant, workspace.id).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`WebhookError::Missing`], `Storage`
    pub async fn find(&self, workspace: &Workspace, id: WebhookId) -> Result<Webhook, WebhookError> {
        let found = self.database.webhooks().find(workspace.tenant, workspace.id, id).await?;
        found.ok_or(WebhookError::Missing)
    }

    /// Makes one. It is told nothing that happened before.
    ///
    /// # Errors
    /// [`WebhookError`]
    pub async fn create(
        &self,
        workspace: &Workspace,
        patch: &WebhookPatch,
        by: &Author,
    ) -> Result<NewWebhook, WebhookError> {
        let settings = self.checked(patch, None)?;
        let id = WebhookId::new(&self.ambient);
        let secret = Vault::make(&self.ambient);
        let sealed = self.vault.seal(id, &secret, &self.ambient)?;
        let webhooks = self.database.webhooks();
        match webhooks.insert(workspace, id, &settings, &sealed, by, &self.ambient).await? {
            PutWebhook::Done(webhook) => Ok(NewWebhook { webhook: *webhook, secret }),
            other => Err(refused(&other)),
        }
    }

    /// Changes one. `expected`: the versions that somebody has in mind; none: any.
    ///
    /// # Errors
    /// [`WebhookError`]
    pub async fn change(
        &self,
        workspace: &Workspace,
        id: WebhookId,
        patch: &WebhookPatch,
        expected: Option<Vec<i64>>,
        by: &Author,
    ) -> Result<Webhook, WebhookError> {
        let before = self.find(workspace, id).await?;
        let settings = self.checked(patch, Some(&before))?;
        let enabled = patch.enabled.unwrap_or(before.enabled);
        // Of what was read: somebody may change it between the two.
        let expected = expected.or(Some(vec![before.version]));
        let change = WebhookChange { settings, enabled, expected };
        match self.database.webhooks().update(workspace, id, &change, by, &self.ambient).await? {
            PutWebhook::Done(webhook) => {
                self.work.notify_one();
                Ok(*webhook)
            }
            other => Err(refused(&other)),
        }
    }

    /// Removes one with its messages.
    ///
    /// # Errors
    /// [`WebhookError::Missing`], `Storage`
    pub async fn delete(&self, workspace: &Workspace, id: WebhookId, by: &Author) -> Result<(), WebhookError> {
        let done = self.database.webhooks().delete(workspace, id, by, &self.ambient).await?;
        if done { Ok(()) } else { Err(WebhookError::Missing) }
    }

    /// Makes another secret. The one before it signs as well for `grace_seconds`, a day when they are not given.
    ///
    /// # Errors
    /// [`WebhookError`]
    pub async fn rotate(
        &self,
        workspace: &Workspace,
        id: WebhookId,
        grace_seconds: Option<u32>,
        by: &Author,
    ) -> Result<NewWebhook, WebhookError> {
        let grace = grace_seconds.unwrap_or(DEFAULT_GRACE_SECONDS);
        if grace > MAX_GRACE_SECONDS {
            return Err(WebhookError::fault("grace_seconds", "out_of_range", "must be 0 to 604800"));
        }
        self.find(workspace, id).await?;
        let old = self.database.webhooks().secret(workspace.tenant, id).await?.ok_or(WebhookError::Missing)?;
        let secret = Vault::make(&self.ambient);
        // One whose root key is lost signs nothing any more.
        let previous = match self.vault.resealed(id, &old.secret, &self.ambient) {
            Ok(sealed) if grace > 0 => Some((sealed, self.ambient.now() + TimeDelta::seconds(grace.into()))),
            _ => None,
        };
        let sealed = self.vault.seal(id, &secret, &self.ambient)?;
        let new = SealedWebhookSecret { webhook: id, secret: sealed, previous };
        let done = self.database.webhooks().rotate(workspace, id, &new, by, &self.ambient).await?;
        Ok(NewWebhook { webhook: done.ok_or(WebhookError::Missing)?, secret })
    }

    /// Tells the webhooks of a workspace what happened; each once for each subject.
    ///
    /// # Errors
    /// If the database cannot be asked: nobody is told.
    pub async fn tell(
        &self,
        workspace: &Workspace,
        event: WebhookEvent,
        subject: &str,
        data: &Value,
    ) -> Result<(), StorageError> {
        let body = payload(event, self.ambient.now(), &workspace.slug, data);
        let webhooks = self.database.webhooks();
        let news = News { event, subject: Some(subject), body: &body };
        let told = webhooks.tell(workspace.tenant, workspace.id, None, &news, &self.ambient).await?;
        if !told.is_empty() {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Sends a message that says nothing but that it arrives, also to a webhook that is off.
    ///
    /// # Errors
    /// [`WebhookError::Missing`], `Storage`
    pub async fn test(&self, workspace: &Workspace, id: WebhookId) -> Result<Delivery, WebhookError> {
        let event = WebhookEvent::Test;
        let body = payload(event, self.ambient.now(), &workspace.slug, &json!({ "webhook": id }));
        let webhooks = self.database.webhooks();
        let news = News { event, subject: None, body: &body };
        let told = webhooks.tell(workspace.tenant, workspace.id, Some(id), &news, &self.ambient).await?;
        self.work.notify_one();
        told.into_iter().next().ok_or(WebhookError::Missing)
    }

    /// Its messages, newest first.
    ///
    /// # Errors
    /// [`WebhookError::Missing`], `Storage`
    pub async fn deliveries(
        &self,
        workspace: &Workspace,
        id: WebhookId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u16,
    ) -> Result<Vec<Delivery>, WebhookError> {
        self.find(workspace, id).await?;
        Ok(self.database.webhooks().deliveries(workspace.tenant, id, state, before, limit).await?)
    }

    /// Sends a message once more, with the id it has.
    ///
    /// # Errors
    /// [`WebhookError::Missing`], `Storage`
    pub async fn replay(
        &self,
        workspace: &Workspace,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<Delivery, WebhookError> {
        self.find(workspace, id).await?;
        let now = self.ambient.now();
        let found = self.database.webhooks().replay(workspace.tenant, id, delivery, now).await?;
        self.work.notify_one();
        found.ok_or(WebhookError::Missing)
    }

    /// Seals all of the tenant's secrets under the present root key.
    ///
    /// # Errors
    /// If the database cannot be asked; what was done stays done.
    pub async fn reseal(&self, tenant: TenantId) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let webhooks = self.database.webhooks();
        for id in webhooks.list_sealed_elsewhere(tenant, self.vault.key_id()).await? {
            let Some(old) = webhooks.secret(tenant, id).await? else { continue };
            match self.vault.resealed_whole(&old, &self.ambient) {
                Ok(new) => done.add(webhooks.reseal(tenant, &old, &new).await?),
                Err(why) => done.lose(&format!("secret of webhook {id}"), &why),
            }
        }
        Ok(done)
    }

    fn checked(&self, patch: &WebhookPatch, before: Option<&Webhook>) -> Result<WebhookSettings, WebhookError> {
        let was = before.map(|webhook| &webhook.settings);
        let events: Vec<String> = match (&patch.events, was) {
            (Some(events), _) => events.clone(),
            (None, Some(was)) => was.events.iter().map(|event| event.as_str().to_owned()).collect(),
            (None, None) => Vec::new(),
        };
        let input = WebhookInput {
            url: patch.url.as_deref().or(was.map(|was| was.url.as_str())).unwrap_or_default(),
            description: patch.description.as_deref().or(was.map(|was| was.description.as_str())).unwrap_or_default(),
            events: &events,
            refused_percent: patch
                .refused_percent
                .unwrap_or_else(|| was.map_or(DEFAULT_REFUSED_PERCENT, |was| was.refused_percent).into()),
        };
        let settings = WebhookSettings::check(&input).map_err(WebhookError::Faults)?;
        if let Err(why) = self.outbound.acceptable(&settings.url) {
            return Err(WebhookError::fault("url", "format", format!("cannot be called: {why}")));
        }
        Ok(settings)
    }
}

fn refused(put: &PutWebhook) -> WebhookError {
    match put {
        PutWebhook::TooMany => WebhookError::TooMany,
        PutWebhook::Changed => WebhookError::Changed,
        PutWebhook::Missing | PutWebhook::Done(_) => WebhookError::Missing,
    }
}
