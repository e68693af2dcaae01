//! Identity secrets at work: made, shown once, sealed, and opened to check what a shop's back end has signed.
//!
//! Must not print a secret. Which customers there are is not known here: a subject becomes a pseudonym at once.

use crate::crypto::seal::{Resealed, SealError, Sealer, UnsealError};
use crate::domain::access::Reached;
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::{RequestId, TenantId, WorkspaceId};
use crate::domain::sealed::Sealed;
use crate::domain::visitor::SubjectKey;
use crate::domain::workspace::Workspace;
use crate::rejection::Rejection;
use crate::storage::{Database, IdentitySecret, ResealedIdentity, StorageError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use thiserror::Error;

/// What every identity secret begins with, so that a leaked one is recognised.
const PREFIX: &str = "vst_is_";
/// Characters of a secret that are shown later on.
const HINT_CHARS: usize = 4;
/// The secret before the new one counts for this long, when the request does not say.
const DEFAULT_GRACE_SECONDS: u32 = 24 * 3600;
const MAX_GRACE_SECONDS: u32 = 7 * 24 * 3600;

/// Why an identity secret cannot be used or made.
#[derive(Debug, Error)]
pub enum IdentityError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is stored does not open.
    #[error("the identity secret of workspace {workspace} cannot be opened: {why}")]
    Sealed { workspace: WorkspaceId, why: UnsealError },
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Another one was made at the same moment.
    #[error("another identity secret was made at the same moment")]
    Raced,
    /// There is none to switch on.
    #[error("there is no identity secret yet")]
    None,
    /// The workspace was removed meanwhile.
    #[error("there is no such workspace")]
    NoWorkspace,
    /// Rules of the input are broken.
    #[error("{0}")]
    Faults(Faults),
}

impl IdentityError {
    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Storage(error) => error.to_rejection(request_id),
            Self::Raced => Rejection::Conflict("Another secret was made at the same moment; look at it first."),
            Self::None => Rejection::Conflict("There is no secret yet: make one with `…/identity/rotate-secret`."),
            Self::NoWorkspace => Rejection::NotFound("There is no such workspace."),
            Self::Faults(faults) => faults.clone().into(),
            Self::Sealed { .. } | Self::Seal(_) => {
                tracing::error!(%request_id, error = %self, "an identity secret cannot be made");
                Rejection::Internal
            }
        }
    }

    fn fault(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        let mut faults = Faults::new();
        faults.push(field, code, message);
        Self::Faults(faults)
    }
}

/// A secret that was just made. The only time that it is told.
#[derive(Debug)]
pub struct NewIdentitySecret {
    /// The secret.
    pub secret: SecretString,
    pub stored: IdentitySecret,
}

/// What identity tokens of a workspace are checked with.
#[derive(Debug)]
pub struct OpenIdentity {
    /// The secrets that count, the present one first.
    pub secrets: Vec<SecretString>,
    /// What customers are hashed with.
    pub subject_key: SubjectKey,
}

/// Makes, opens and reseals identity secrets.
#[derive(Debug, Clone)]
pub struct IdentityVault {
    database: Database,
    secrets: Sealer,
    subject_keys: Sealer,
    ambient: Ambient,
}

impl IdentityVault {
    /// With the sealers of `Purpose::IdentitySecret` and `Purpose::SubjectKey`.
    pub fn new(database: Database, secrets: Sealer, subject_keys: Sealer, ambient: Ambient) -> Self {
        Self { database, secrets, subject_keys, ambient }
    }

    /// What is stored of the workspace's.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn find(&self, workspace: &Workspace) -> Result<Option<IdentitySecret>, StorageError> {
        self.database.identity_secrets().find(workspace.tenant, workspace.id).await
    }

    /// What the workspace's identity tokens are checked with; none if it has no secret.
    ///
    /// # Errors
    /// [`IdentityError`]
    pub async fn open(&self, workspace: &Workspace) -> Result<Option<OpenIdentity>, IdentityError> {
        let Some(stored) = self.find(workspace).await? else { return Ok(None) };
        let failed = |why| IdentityError::Sealed { workspace: workspace.id, why };
        let mut secrets = vec![self.open_secret(workspace.id, &stored.secret).map_err(failed)?];
        if let Some((previous, until)) = &stored.previous
            && *until > self.ambient.now()
        {
            secrets.push(self.open_secret(workspace.id, previous).map_err(failed)?);
        }
        let subject_key = self.subject_keys.open(&row(workspace.id), &stored.subject_key).map_err(failed)?;
        Ok(Some(OpenIdentity { secrets, subject_key: SubjectKey::new(subject_key.expose_secret()) }))
    }

    /// Switches identified visitors on or off, and enforces them or not.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing has changed then.
    pub async fn switch(
        &self,
        workspace: &Reached,
        enabled: bool,
        enforced: bool,
        by: &Author,
    ) -> Result<(), IdentityError> {
        if enforced && !enabled {
            return Err(IdentityError::fault("enforced", "conflict", "needs `enabled`"));
        }
        let secrets = self.database.identity_secrets();
        let done = secrets.switch(workspace, enabled, enforced, by, &self.ambient).await?;
        if done { Ok(()) } else { Err(IdentityError::None) }
    }

    /// Ends all visitor tokens of the workspace: those of another generation count no more. Gives the new one.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing has changed then.
    pub async fn revoke_tokens(&self, workspace: &Reached, by: &Author) -> Result<u32, IdentityError> {
        let done = self.database.identity_secrets().revoke_tokens(workspace, by, &self.ambient).await?;
        done.ok_or(IdentityError::NoWorkspace)
    }

    /// Makes a new secret; the one before it counts for another `grace_seconds`, a day when they are not given.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing has changed then.
    pub async fn rotate(
        &self,
        workspace: &Reached,
        grace_seconds: Option<u32>,
        by: &Author,
    ) -> Result<NewIdentitySecret, IdentityError> {
        let grace_seconds = grace_seconds.unwrap_or(DEFAULT_GRACE_SECONDS);
        if grace_seconds > MAX_GRACE_SECONDS {
            let message = format!("must be 0 to {MAX_GRACE_SECONDS}");
            return Err(IdentityError::fault("grace_seconds", "out_of_range", message));
        }
        let grace = TimeDelta::seconds(grace_seconds.into());
        let now = self.ambient.now();
        let old = self.find(workspace).await?;
        let (mut previous, mut subject_key) = (None, None);
        if let Some(old) = &old {
            match self.reopen(old) {
                Ok(opened) => {
                    subject_key = Some(opened.1);
                    previous = Some(opened.0).filter(|_| grace > TimeDelta::zero());
                }
                // The root key they were sealed under is lost, and with it who was who. What else could be done?
                Err(why) => tracing::warn!(workspace = %workspace.id, %why, "an identity secret is begun anew"),
            }
        }
        let previous = match previous {
            Some(secret) => Some((self.seal_secret(workspace.id, secret.expose_secret())?, now + grace)),
            None => None,
        };
        let subject_key = match subject_key {
            Some(key) => self.seal_subject_key(workspace.id, key.expose_secret())?,
            None => self.make_subject_key(workspace.id)?,
        };
        let secret = self.make_secret();
        let hint =
            secret.expose_secret().get(secret.expose_secret().len() - HINT_CHARS..).unwrap_or_default().to_owned();
        let stored = IdentitySecret {
            workspace: workspace.id,
            secret: self.seal_secret(workspace.id, secret.expose_secret())?,
            hint,
            made_at: now,
            made_by: by.name.clone(),
            previous,
            subject_key,
            switched: old.as_ref().and_then(|old| old.switched.clone()),
        };
        let done = self.database.identity_secrets().rotate(workspace, &stored, old.as_ref(), by, &self.ambient).await?;
        if done { Ok(NewIdentitySecret { secret, stored }) } else { Err(IdentityError::Raced) }
    }

    /// Seals all of the tenant's under the present root key.
    ///
    /// # Errors
    /// If the database cannot be asked; what was done stays done.
    pub async fn reseal(&self, tenant: TenantId) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let stored = self.database.identity_secrets();
        for old in stored.list_sealed_elsewhere(tenant, self.secrets.key_id()).await? {
            match self.resealed(&old) {
                Ok(new) => done.add(stored.reseal(tenant, &old, &new).await?),
                Err(why) => done.lose(&format!("identity secret of workspace {}", old.workspace), &why),
            }
        }
        Ok(done)
    }

    fn resealed(&self, old: &IdentitySecret) -> Result<ResealedIdentity, UnsealError> {
        let row = row(old.workspace);
        let anew = |sealer: &Sealer, sealed: &Sealed| {
            let new = sealer.reseal(&row, sealed, &*self.ambient.randomness)?;
            Ok(new.unwrap_or_else(|| sealed.clone()))
        };
        Ok(ResealedIdentity {
            secret: anew(&self.secrets, &old.secret)?,
            previous: old.previous.as_ref().map(|(previous, _)| anew(&self.secrets, previous)).transpose()?,
            subject_key: anew(&self.subject_keys, &old.subject_key)?,
        })
    }

    fn reopen(&self, stored: &IdentitySecret) -> Result<(SecretString, SecretSlice<u8>), UnsealError> {
        let subject_key = self.subject_keys.open(&row(stored.workspace), &stored.subject_key)?;
        Ok((self.open_secret(stored.workspace, &stored.secret)?, subject_key))
    }

    fn open_secret(&self, workspace: WorkspaceId, sealed: &Sealed) -> Result<SecretString, UnsealError> {
        let opened = self.secrets.open(&row(workspace), sealed)?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| UnsealError::Damaged)?;
        Ok(SecretString::from(text))
    }

    fn seal_secret(&self, workspace: WorkspaceId, secret: &str) -> Result<Sealed, SealError> {
        self.secrets.seal(&row(workspace), secret.as_bytes(), &*self.ambient.randomness)
    }

    fn seal_subject_key(&self, workspace: WorkspaceId, key: &[u8]) -> Result<Sealed, SealError> {
        self.subject_keys.seal(&row(workspace), key, &*self.ambient.randomness)
    }

    fn make_subject_key(&self, workspace: WorkspaceId) -> Result<Sealed, SealError> {
        let mut key = [0; 32];
        self.ambient.randomness.fill(&mut key);
        let sealed = self.seal_subject_key(workspace, &key);
        key.zeroize();
        sealed
    }

    /// 256 random bits, as text: every JWT library takes that as a secret.
    fn make_secret(&self) -> SecretString {
        let mut random = [0; 32];
        self.ambient.randomness.fill(&mut random);
        let secret = SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)));
        random.zeroize();
        secret
    }
}

/// Names the row that a secret is sealed for.
fn row(workspace: WorkspaceId) -> String {
    format!("identity_secrets {workspace}")
}
