//! What most commands work with: the settings, the database and AnythingLLM, for the one tenant of an installation.

use crate::anythingllm::Client;
use crate::cli::Settings;
use crate::cli::failure::Failure;
use crate::config::{Config, Need};
use crate::domain::api_key::Pepper;
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::workspace::Workspace;
use crate::storage::Database;

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
    /// Opens the database; `needs` says what else must be set.
    pub(super) fn open(settings: &Settings, needs: &[Need]) -> Result<Self, Failure> {
        let mut all = vec![Need::Database];
        all.extend(needs);
        let config = settings.load(&all)?;
        let database = Database::connect(&config.database)?;
        Ok(Self { config, database, ambient: Ambient::system(), tenant: TenantId::DEFAULT })
    }

    pub(super) fn upstream(&self) -> Result<Client, Failure> {
        Ok(Client::new(&self.config.upstream)?)
    }

    pub(super) fn pepper(&self) -> Result<Pepper, Failure> {
        Ok(self.config.root_key()?.pepper())
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
