//! Whether the database is sealed under a root key that this process has. With another one no API key is genuine and
//! nothing opens, which would look like everybody's mistake but the operator's.
//!
//! The database holds the root key's name, which is derived from it one way. It is noted by whoever is first, and
//! replaced once everything was sealed anew.

use crate::crypto::RootKey;
use crate::domain::clock::Ambient;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// While the database could not be asked yet.
const SOON: Duration = Duration::from_secs(1);
/// The key is changed by an operator, now and then.
const LATER: Duration = Duration::from_secs(5);

/// What an operator is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database is sealed under another secret key: under the root key {sealed_under}, and VESTIBULE_SECRET_KEY is {configured}. Set VESTIBULE_SECRET_KEY (secret_key) to the key it was before; to change the key, give the one before as VESTIBULE_PREVIOUS_SECRET_KEY and run `vestibule secrets rewrap`; if it is lost, `vestibule secrets rewrap --drop-lost` gives up what was sealed under it"
)]
pub struct WrongRootKey {
    pub sealed_under: String,
    pub configured: String,
}

/// How the configured root keys stand to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The database could not be asked yet.
    Unknown,
    /// Nothing is sealed, and no key is noted.
    Unsealed,
    /// Sealed under the present key.
    Present,
    /// Sealed under the key that was in its place before: the present one takes over with a rewrap.
    Former,
    Wrong(WrongRootKey),
}

impl Standing {
    /// Whether what is sealed can be opened.
    pub fn is_right(&self) -> bool {
        matches!(self, Self::Unsealed | Self::Present | Self::Former)
    }
}

/// Looks whether the root key is the database's. Clones share what was seen last.
#[derive(Debug, Clone)]
pub struct RootKeyCheck {
    database: Database,
    present: Arc<str>,
    former: Option<Arc<str>>,
    seen: watch::Sender<Standing>,
    ambient: Ambient,
}

impl RootKeyCheck {
    pub fn new(root_key: &RootKey, database: &Database, ambient: &Ambient) -> Self {
        Self {
            database: database.clone(),
            present: root_key.id().into(),
            former: root_key.former().map(|former| former.id().into()),
            seen: watch::Sender::new(Standing::Unknown),
            ambient: ambient.clone(),
        }
    }

    /// How the keys stand, without noting anything.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn judge(&self) -> Result<Standing, StorageError> {
        Ok(self.judged().await?.0)
    }

    /// How the keys stand, and whether one is noted.
    async fn judged(&self) -> Result<(Standing, bool), StorageError> {
        let stored = self.database.root_key();
        if let Some(noted) = stored.find().await? {
            return Ok((self.standing(&noted), true));
        }
        // A database of a version that noted none: what is sealed tells.
        let in_use = stored.in_use().await?;
        // In the middle of a change it is the key before that everything can still be opened with.
        let former = in_use.iter().find(|name| self.former.as_deref() == Some(name.as_str()));
        let decides = former.or_else(|| in_use.iter().find(|name| self.is_ours(name))).or(in_use.first());
        Ok((decides.map_or(Standing::Unsealed, |name| self.standing(name)), false))
    }

    /// The same, and notes the key where none is noted. Told to the log when it is another than before.
    ///
    /// # Errors
    /// If the database cannot be asked; then what was seen last stays.
    pub async fn look(&self) -> Result<Standing, StorageError> {
        let (mut standing, is_noted) = self.judged().await?;
        if standing.is_right() && !is_noted {
            let name = match (&standing, &self.former) {
                (Standing::Former, Some(former)) => former,
                _ => &self.present,
            };
            self.database.root_key().note_first(name, self.ambient.now()).await?;
            // Another replica may have been first.
            standing = self.judge().await?;
        }
        let changed = self.seen.send_if_modified(|seen| {
            let changed = *seen != standing;
            seen.clone_from(&standing);
            changed
        });
        if let (true, Standing::Wrong(wrong)) = (changed, &standing) {
            tracing::error!(error = %wrong, "this gateway cannot be ready: its secret key is not the database's");
        }
        Ok(standing)
    }

    /// Whether the last look has seen another key than ours. Until the database was asked, nothing speaks against it.
    pub fn is_wrong(&self) -> bool {
        matches!(*self.seen.borrow(), Standing::Wrong(_))
    }

    /// Whether the last look has seen that ours is the database's.
    pub fn is_right(&self) -> bool {
        self.seen.borrow().is_right()
    }

    /// Returns once ours is the database's.
    pub async fn until_right(&self) {
        let mut seen = self.seen.subscribe();
        // The sender lives as long as this.
        let _ = seen.wait_for(Standing::is_right).await.map(drop);
    }

    /// When to look again.
    pub fn pause(&self) -> Duration {
        if self.is_right() { LATER } else { SOON }
    }

    fn is_ours(&self, name: &str) -> bool {
        *name == *self.present || self.former.as_deref() == Some(name)
    }

    fn standing(&self, noted: &str) -> Standing {
        if *noted == *self.present {
            Standing::Present
        } else if self.is_ours(noted) {
            Standing::Former
        } else {
            Standing::Wrong(WrongRootKey { sealed_under: noted.into(), configured: self.present.to_string() })
        }
    }
}
