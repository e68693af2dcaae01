//! Why AnythingLLM could not be set up: what happened, and how to mend it. Written for the operator.

use super::KeyStoreError;
use crate::anythingllm::{Said, UpstreamError};
use crate::storage::StorageError;

/// Why AnythingLLM could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// It does not answer.
    #[error(
        "AnythingLLM did not answer for {waited} s: {error}. Check upstream.url and AnythingLLM's log; a slow machine needs a larger upstream.bootstrap_seconds"
    )]
    Away {
        /// In seconds.
        waited: u64,
        error: UpstreamError,
    },
    /// Another replica holds the lock.
    #[error("another replica is setting AnythingLLM up and was not done within {waited} s; its log says why")]
    Busy {
        /// In seconds.
        waited: u64,
    },
    #[error(
        "AnythingLLM must be set up and there is no admin for it: set upstream.admin_username and upstream.admin_password (VESTIBULE_UPSTREAM_ADMIN_USERNAME, VESTIBULE_UPSTREAM_ADMIN_PASSWORD), or upstream.api_key for one that is set up already"
    )]
    NoAdmin,
    /// The admin's name or password is wrong.
    #[error(
        "AnythingLLM has accounts, but not `{username}` with this password: correct upstream.admin_username and upstream.admin_password, or set upstream.api_key to a key made by hand"
    )]
    WrongPassword {
        /// `upstream.admin_username`
        username: String,
    },
    #[error(
        "AnythingLLM has suspended `{username}`: lift that there, or name another admin in upstream.admin_username"
    )]
    Suspended {
        /// `upstream.admin_username`
        username: String,
    },
    #[error(
        "`{username}` is not an admin in AnythingLLM, and only an admin can make an API key: name one in upstream.admin_username"
    )]
    NotAdmin {
        /// `upstream.admin_username`
        username: String,
    },
    /// AnythingLLM takes no passwords.
    #[error(
        "AnythingLLM takes no passwords (SIMPLE_SSO_NO_LOGIN is set there): remove that, which also keeps people from logging in here, or make an API key by hand and set upstream.api_key"
    )]
    PasswordsOff,
    /// The instance asks for a password that is not configured.
    #[error(
        "AnythingLLM has no accounts yet and asks for its password: set upstream.instance_password (VESTIBULE_UPSTREAM_INSTANCE_PASSWORD) to what it has as AUTH_TOKEN"
    )]
    InstancePasswordMissing,
    /// The instance has another password.
    #[error(
        "AnythingLLM does not accept upstream.instance_password: it must be what AnythingLLM has as AUTH_TOKEN, or the password set in its UI"
    )]
    InstancePasswordWrong,
    /// AnythingLLM's rules for names and passwords.
    #[error("AnythingLLM refuses upstream.admin_username or upstream.admin_password: {0}")]
    AdminRefused(Said),
    /// `upstream.api_key` is not good.
    #[error(
        "AnythingLLM does not accept upstream.api_key: correct it, or leave it empty to have one made (upstream.bootstrap)"
    )]
    ConfiguredKeyRefused,
    /// A key that was just made is not good.
    #[error(
        "AnythingLLM does not accept the API key it has just made: is upstream.url one AnythingLLM, and not several?"
    )]
    NewKeyRefused,
    /// Multi-user mode does not stay on.
    #[error("AnythingLLM said that multi-user mode is on, and it is not: see its log")]
    StillOpen,
    /// Nothing to rotate, or not ours to rotate.
    #[error(
        "upstream.api_key is set and wins: make a new key in AnythingLLM under Settings > Developer API, set it, restart, and delete the old one there"
    )]
    KeyIsConfigured,
    #[error("AnythingLLM has no accounts yet: run `vestibule bootstrap` first")]
    NotSetUp,
    /// AnythingLLM failed in the middle.
    #[error("setting AnythingLLM up failed: {0}. It can be repeated; see AnythingLLM's log")]
    Upstream(#[from] UpstreamError),
    /// The key could not be kept.
    #[error("AnythingLLM's API key: {0}")]
    Store(#[from] KeyStoreError),
    /// The lock could not be taken.
    #[error("{0}")]
    Storage(#[from] StorageError),
}

impl BootstrapError {
    /// Whether the same may work later without anybody doing something about it.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Away { error, .. } | Self::Upstream(error) => matches!(
                error,
                UpstreamError::Connect(_)
                    | UpstreamError::Busy(_)
                    | UpstreamError::Timeout(_)
                    | UpstreamError::Reset(_)
                    | UpstreamError::Failed { .. }
            ),
            Self::Busy { .. } => true,
            Self::Storage(error) | Self::Store(KeyStoreError::Storage(error)) => error.is_unavailable(),
            Self::NoAdmin
            | Self::WrongPassword { .. }
            | Self::Suspended { .. }
            | Self::NotAdmin { .. }
            | Self::PasswordsOff
            | Self::InstancePasswordMissing
            | Self::InstancePasswordWrong
            | Self::AdminRefused(_)
            | Self::ConfiguredKeyRefused
            | Self::NewKeyRefused
            | Self::StillOpen
            | Self::KeyIsConfigured
            | Self::NotSetUp
            | Self::Store(_) => false,
        }
    }

    /// Whether a setting must be corrected.
    pub fn is_a_setting(&self) -> bool {
        matches!(
            self,
            Self::NoAdmin
                | Self::WrongPassword { .. }
                | Self::Suspended { .. }
                | Self::NotAdmin { .. }
                | Self::InstancePasswordMissing
                | Self::InstancePasswordWrong
                | Self::AdminRefused(_)
                | Self::ConfiguredKeyRefused
                | Self::KeyIsConfigured
                | Self::Store(KeyStoreError::Unseal(_))
        )
    }
}
