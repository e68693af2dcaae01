//! Store credentials, sealed and opened. What is sealed is bound to its workspace, its platform and the one place it
//! may be sent to: turn a connection elsewhere by whatever way, and its credentials do not open any more.

use super::StoreError;
use crate::crypto::seal::{SealError, Sealer, UnsealError};
use crate::domain::clock::Ambient;
use crate::domain::ids::WorkspaceId;
use crate::domain::sealed::Sealed;
use crate::domain::store::{StoreConnection, StoreCredentials, StoreSettings};
use crate::storage::SealedCredentials;
use secrecy::ExposeSecret as _;

#[derive(Debug, Clone)]
pub(super) struct Vault(Sealer);

impl Vault {
    pub(super) fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    pub(super) fn seal(
        &self,
        workspace: WorkspaceId,
        settings: &StoreSettings,
        credentials: &StoreCredentials,
        ambient: &Ambient,
    ) -> Result<SealedCredentials, StoreError> {
        let bundle = credentials.to_bundle().map_err(|_| SealError)?;
        let row = place(workspace, settings);
        let sealed = self.0.seal(&row, bundle.expose_secret(), &*ambient.randomness)?;
        Ok(SealedCredentials { summary: credentials.summary(ambient.now()), sealed })
    }

    /// The name of the present root key.
    pub(super) fn key_id(&self) -> &str {
        self.0.key_id()
    }

    pub(super) fn reseal(
        &self,
        connection: &StoreConnection,
        sealed: &Sealed,
        ambient: &Ambient,
    ) -> Result<Option<Sealed>, UnsealError> {
        self.0.reseal(&place(connection.workspace, &connection.settings), sealed, &*ambient.randomness)
    }

    pub(super) fn open(
        &self,
        connection: &StoreConnection,
        stored: &SealedCredentials,
    ) -> Result<StoreCredentials, StoreError> {
        let opened = self.0.open(&place(connection.workspace, &connection.settings), &stored.sealed)?;
        Ok(StoreCredentials::from_bundle(opened.expose_secret(), &stored.summary)?)
    }
}

/// Names the row and what its secret may be used for. Part of what is sealed: a change makes stored credentials
/// useless.
fn place(workspace: WorkspaceId, settings: &StoreSettings) -> String {
    format!("store_credentials {workspace} {} {}", settings.platform, settings.credential_audience())
}
