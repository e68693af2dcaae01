//! Store connections at work: stored with sealed credentials, checked against the platform, and their feeds opened.
//!
//! The only place that opens store credentials. They leave it as request headers for the one place they were given for,
//! and in no other way.

mod check;
mod error;
mod feed;
mod headers;
mod platform;
mod vault;
mod webhooks;

pub use check::{CHECK_PAUSE, Finding};
pub use error::{OpenFeedError, StoreError};
pub use webhooks::{DELIVERY_HEADERS, Delivery, DeliveryError};

use crate::crypto::seal::{Resealed, Sealer};
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::TenantId;
use crate::domain::store::{
    CredentialKind, GivenCredentials, StoreConnection, StoreCredentials, StoreInput, StoreSettings,
};
use crate::domain::sync::{FeedValidators, SyncRun};
use crate::domain::workspace::Workspace;
use crate::outbound::{Ask, Outbound, OutboundAnswer};
use crate::storage::{CredentialChange, Database, DeletedStore, Expected, PutStore, StorageError};
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;
use vault::Vault;

/// Checks that one replica makes at the same time: each may wait for a slow shop.
const MOST_CHECKS: usize = 8;

/// Connections asked for at once.
const PAGE: u16 = 100;

/// Connections to shops. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StoreService {
    database: Database,
    outbound: Outbound,
    vault: Vault,
    ambient: Ambient,
    checks: Arc<Semaphore>,
    /// Between two looks at what a platform prepares.
    pause: Duration,
}

impl StoreService {
    /// With the sealer of [`Purpose::StoreCredentials`](crate::crypto::seal::Purpose::StoreCredentials).
    pub fn new(database: Database, outbound: Outbound, sealer: Sealer, ambient: Ambient) -> Self {
        let checks = Arc::new(Semaphore::new(MOST_CHECKS));
        Self { database, outbound, vault: Vault::new(sealer), ambient, checks, pause: platform::PAUSE }
    }

    /// The same with another pause between two looks at what a platform prepares, and before it is asked again.
    #[must_use]
    pub fn pausing(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// The workspace's connection.
    ///
    /// # Errors
    /// [`StoreError::Storage`]
    pub async fn find(&self, workspace: &Workspace) -> Result<Option<StoreConnection>, StoreError> {
        Ok(self.database.store_connections().find(workspace.tenant, workspace.id).await?)
    }

    /// Makes the workspace's connection, or puts another in the place of the one there is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has changed then.
    pub async fn put(
        &self,
        workspace: &Workspace,
        input: &StoreInput,
        expected: &Expected,
        by: &Author,
    ) -> Result<PutStore, StoreError> {
        let (settings, credentials) = self.check_input(input)?;
        let change = match credentials {
            CredentialsWanted::Stored => CredentialChange::Keep,
            CredentialsWanted::None => CredentialChange::Remove,
            CredentialsWanted::These(new) => {
                let sealed = self.vault.seal(workspace.id, &settings, &new, &self.ambient)?;
                CredentialChange::Replace(Box::new(sealed))
            }
        };
        let stored = self.database.store_connections();
        Ok(stored.put(workspace, &settings, &change, expected, by, &self.ambient).await?)
    }

    /// Removes the workspace's connection with its credentials. Gives what removes its catalogue, if there is one; a
    /// worker takes it up.
    ///
    /// # Errors
    /// [`StoreError::NoConnection`] if there was none, `Changed`, `Storage`.
    pub async fn delete(
        &self,
        workspace: &Workspace,
        expected: &Expected,
        by: &Author,
    ) -> Result<Option<SyncRun>, StoreError> {
        let stored = self.database.store_connections();
        match stored.delete(workspace, expected, by, &self.ambient).await? {
            DeletedStore::Missing => Err(StoreError::NoConnection),
            DeletedStore::Deleted { removal } => Ok(removal.map(|run| *run)),
        }
    }

    /// Opens the feed of a connection with its credentials and returns with the head of the answer, which is a good
    /// one. None: it is the one that is known by this.
    ///
    /// # Errors
    /// [`OpenFeedError`]
    pub async fn open_feed(
        &self,
        connection: &StoreConnection,
        known: Option<&FeedValidators>,
    ) -> Result<Option<OutboundAnswer>, OpenFeedError> {
        let feed = connection.settings.feed.as_ref().ok_or(OpenFeedError::NoFeed)?;
        let credentials = self.credentials(connection).await?;
        let mut ask = Ask { resumes: true, ..Ask::get(feed.url.clone()) };
        for (name, value) in [
            (header::IF_NONE_MATCH, known.and_then(|known| known.etag.as_ref())),
            (header::IF_MODIFIED_SINCE, known.and_then(|known| known.last_modified.as_ref())),
        ] {
            if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
                ask.headers.insert(name, value);
            }
        }
        if let Some(credentials) = &credentials {
            ask.credentials = headers::authorization(credentials).ok_or(StoreError::Unreadable)?;
        }
        let answer = self.outbound.send(ask).await?;
        match answer.status {
            status if status.is_success() => Ok(Some(answer)),
            StatusCode::NOT_MODIFIED if known.is_some() => Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(OpenFeedError::Refused),
            status => Err(OpenFeedError::Status(status.as_u16())),
        }
    }

    /// Seals the credentials of all of a tenant's connections under the present root key.
    ///
    /// # Errors
    /// If the database cannot be asked; what was done stays done.
    pub async fn reseal(&self, tenant: TenantId) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let stored = self.database.store_connections();
        let mut after = None;
        loop {
            let page = stored.list_sealed_elsewhere(tenant, self.vault.key_id(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(done) };
            after = Some(last.id);
            for connection in &page {
                let Some(old) = stored.find_credentials(tenant, connection.id).await? else { continue };
                match self.vault.reseal(connection, &old.sealed, &self.ambient) {
                    Ok(None) => {}
                    Ok(Some(new)) => done.add(stored.reseal(tenant, connection.id, &old.sealed, &new).await?),
                    Err(why) => done.lose(&format!("credentials of the store connection {}", connection.id), &why),
                }
            }
        }
    }

    /// The opened credentials of a connection.
    pub(crate) async fn credentials(
        &self,
        connection: &StoreConnection,
    ) -> Result<Option<StoreCredentials>, StoreError> {
        if connection.credentials.is_none() {
            return Ok(None);
        }
        let stored = self.database.store_connections().find_credentials(connection.tenant, connection.id).await?;
        stored.map(|stored| self.vault.open(connection, &stored)).transpose()
    }

    /// Everything that is wrong with what somebody gave, at once. Of the credentials: none said, none wanted, or some.
    fn check_input(&self, input: &StoreInput) -> Result<(StoreSettings, CredentialsWanted), Faults> {
        let settings = StoreSettings::check(input);
        let mut faults = settings.as_ref().err().cloned().unwrap_or_default();
        for (field, text) in [("store_url", Some(&input.store_url)), ("feed_url", input.feed_url.as_ref())] {
            // What is no address at all, and what has a user name in it, is told by the settings.
            let url = text.and_then(|text| Url::parse(text).ok()).filter(Url::has_host);
            let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
            if let Some(Err(why)) = url.map(|url| self.outbound.acceptable(&url)) {
                faults.push(field, "format", why.to_string());
            }
        }
        let wanted = match &input.credentials {
            GivenCredentials::Absent => CredentialsWanted::Stored,
            GivenCredentials::Null => CredentialsWanted::None,
            GivenCredentials::New(given) => {
                let kinds = CredentialKind::of_use(input.platform, input.source());
                match StoreCredentials::check(given, kinds) {
                    Ok(good) => CredentialsWanted::These(Box::new(good)),
                    Err(part) => {
                        faults.within("credentials", part);
                        CredentialsWanted::None
                    }
                }
            }
        };
        match settings {
            Ok(settings) => faults.or((settings, wanted)),
            Err(_) => Err(faults),
        }
    }
}

/// What a connection's credentials are to be.
enum CredentialsWanted {
    Stored,
    None,
    These(Box<StoreCredentials>),
}
