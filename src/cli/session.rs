//! What most commands work with: the settings, the database and AnythingLLM, for the one tenant of an installation.

use crate::anythingllm::Client;
use crate::auth::{RootKeyCheck, Standing};
use crate::bootstrap::{Bootstrap, KeyStore};
use crate::cli::Settings;
use crate::cli::failure::Failure;
use crate::config::{Config, Need};
use crate::crypto::RootKey;
use crate::crypto::seal::Purpose;
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::key::Pepper;
use crate::domain::tenant::TenantSlug;
use crate::domain::workspace::Workspace;
use crate::storage::Database;
use secrecy::ExposeSecret as _;

/// Rows asked for at once; the most that repositories give.
pub(super) const PAGE: u16 = 100;

/// An operator at work.
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) database: Database,
    pub(super) ambient: Ambient,
    pub(super) tenant: TenantId,
}

impl Session {
    /// As [`Self::checked`], for the tenant that was named with `--tenant`.
    pub(super) async fn of_tenant(settings: &Settings, needs: &[Need]) -> Result<Self, Failure> {
        let session = Self::checked(settings, needs).await?;
        let Some(named) = &settings.tenant else { return Ok(session) };
        let slug = tenant_slug("--tenant", named)?;
        let found = session.database.tenants().find_id(&slug).await?;
        let tenant = found.ok_or_else(|| {
            Failure::usage(format!("--tenant: there is no `{slug}`; `vestibule tenants list` shows those there are"))
        })?;
        Ok(Self { tenant, ..session })
    }

    /// As [`Self::open`], with a root key that is the database's, if one is set: whoever has another one's settings is
    /// probably at the wrong database.
    pub(super) async fn checked(settings: &Settings, needs: &[Need]) -> Result<Self, Failure> {
        let session = Self::open(settings, needs)?;
        if !session.config.secret_key.expose_secret().is_empty() {
            session.root_key().await?;
        }
        Ok(session)
    }

    /// Opens the database, for the tenant `default`; `needs` says what else must be set.
    pub(super) fn open(settings: &Settings, needs: &[Need]) -> Result<Self, Failure> {
        let mut all = vec![Need::Database];
        all.extend(needs);
        let config = settings.load(&all)?;
        let database = Database::connect(&config.database)?;
        Ok(Self { config, database, ambient: Ambient::system(), tenant: TenantId::DEFAULT })
    }

    /// Who runs the command, for the audit log.
    pub(super) fn author() -> Author {
        Author::cli("operator")
    }

    /// Writes a change down.
    pub(super) async fn audit(&self, entry: &AuditEntry) -> Result<(), Failure> {
        Ok(self.database.audit_log().append(self.tenant, &Self::author(), entry, &self.ambient).await?)
    }

    /// The root key, once it was seen to be the one that the database is sealed under.
    pub(super) async fn root_key(&self) -> Result<RootKey, Failure> {
        let root_key = self.config.root_key()?;
        match RootKeyCheck::new(&root_key, &self.database, &self.ambient).look().await? {
            Standing::Wrong(wrong) => Err(Failure::usage(wrong.to_string())),
            Standing::Unknown | Standing::Unsealed | Standing::Present | Standing::Former => Ok(root_key),
        }
    }

    /// AnythingLLM, with the API key that the gateway uses.
    pub(super) async fn upstream(&self) -> Result<Client, Failure> {
        let client = Client::new(&self.config.upstream)?;
        if self.config.upstream.api_key.expose_secret().is_empty() {
            let kept = self.api_keys().await?.load().await?;
            let kept = kept.ok_or_else(|| {
                Failure::unavailable("there is no API key of AnythingLLM yet: `vestibule bootstrap` makes one")
            })?;
            client.set_api_key(&kept.secret)?;
        }
        Ok(client)
    }

    /// Where the bootstrap keeps AnythingLLM's API key.
    pub(super) async fn api_keys(&self) -> Result<KeyStore, Failure> {
        let sealer = self.root_key().await?.sealer(Purpose::UpstreamApiKey);
        Ok(KeyStore::new(self.database.clone(), sealer, self.ambient.clone()))
    }

    /// What sets AnythingLLM up.
    pub(super) async fn bootstrap(&self) -> Result<Bootstrap, Failure> {
        let client = Client::new(&self.config.upstream)?;
        let sealer = self.root_key().await?.sealer(Purpose::UpstreamApiKey);
        let settings = self.config.upstream.clone();
        Ok(Bootstrap::new(settings, client, self.database.clone(), sealer, self.ambient.clone()))
    }

    pub(super) async fn pepper(&self) -> Result<Pepper, Failure> {
        Ok(self.root_key().await?.pepper())
    }

    /// All workspaces.
    pub(super) async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        let mut all: Vec<Workspace> = Vec::new();
        loop {
            let last = all.last().map(|workspace| workspace.id);
            let page = self.database.workspaces().list(self.tenant, last, PAGE).await?;
            let complete = page.len() < usize::from(PAGE);
            all.extend(page);
            if complete {
                return Ok(all);
            }
        }
    }

    /// The workspace of this slug, or a failure that names those there are.
    pub(super) async fn workspace(&self, slug: &str) -> Result<Workspace, Failure> {
        if let Some(workspace) = self.database.workspaces().find_by_slug(self.tenant, slug).await? {
            return Ok(workspace);
        }
        let there: Vec<_> = self.workspaces().await?.into_iter().map(|w| w.slug).collect();
        Err(Failure::usage(if there.is_empty() {
            format!("there is no workspace `{slug}`; `vestibule workspaces create` adds one")
        } else {
            format!("there is no workspace `{slug}`; there are: {}", there.join(", "))
        }))
    }
}

/// Reads a tenant's name that was given as `what`.
pub(super) fn tenant_slug(what: &str, text: &str) -> Result<TenantSlug, Failure> {
    text.parse().map_err(|error| Failure::usage(format!("{what}: {error}")))
}
