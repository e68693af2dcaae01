//! How a command ends. The codes are those of sysexits(3) where one fits, so that a script can tell a mistake in the
//! settings from a database that is not up yet.

use crate::anythingllm::{BadUpstreamConfig, UpstreamError};
use crate::bootstrap::{BootstrapError, KeyStoreError};
use crate::config::ConfigError;
use crate::crypto::root_key::BadSecretKey;
use crate::storage::StorageError;
use std::fmt;
use std::process::ExitCode;

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done = 0,
    /// Not done, for another reason than those below.
    Failed = 1,
    /// Wrong settings or arguments: the same again fails again.
    Usage = 64,
    /// Something needed is not there now: the same may work later.
    Unavailable = 69,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not done, for the person who called it.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: message.into() }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self { exit: Exit::Unavailable, message: message.into() }
    }

    pub(super) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(format!("the configuration cannot be used:\n{error}"))
    }
}

impl From<BadSecretKey> for Failure {
    fn from(error: BadSecretKey) -> Self {
        Self::usage(format!("secret_key: {error}"))
    }
}

impl From<BadUpstreamConfig> for Failure {
    fn from(error: BadUpstreamConfig) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match &error {
            StorageError::Unavailable(_) | StorageError::Disconnected(_) | StorageError::Away => {
                Self::unavailable(format!("{error}; is database.url right and the server up?"))
            }
            StorageError::NotMigrated(_) => Self::unavailable(format!("{error}; run `vestibule migrate`")),
            StorageError::Configuration(_) => Self::usage(error.to_string()),
            StorageError::Conflict { .. }
            | StorageError::Corrupt(_)
            | StorageError::Value(_)
            | StorageError::Lost
            | StorageError::WrongRole(_)
            | StorageError::Migration(_)
            | StorageError::Query(_) => Self::new(error.to_string()),
        }
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        match &error {
            UpstreamError::Connect(_)
            | UpstreamError::Busy(_)
            | UpstreamError::Timeout(_)
            | UpstreamError::Reset(_)
            | UpstreamError::Failed { .. } => Self::unavailable(format!("{error} (upstream.url)")),
            UpstreamError::BadKey => Self::usage(format!("{error} (upstream.api_key)")),
            UpstreamError::NotFound
            | UpstreamError::Refused(_)
            | UpstreamError::Aborted(_)
            | UpstreamError::Contract(_)
            | UpstreamError::TooLarge { .. } => Self::new(error.to_string()),
        }
    }
}

impl From<BootstrapError> for Failure {
    fn from(error: BootstrapError) -> Self {
        let exit = match &error {
            error if error.may_pass() => Exit::Unavailable,
            error if error.is_a_setting() => Exit::Usage,
            _ => Exit::Failed,
        };
        Self { exit, message: error.to_string() }
    }
}

impl From<KeyStoreError> for Failure {
    fn from(error: KeyStoreError) -> Self {
        BootstrapError::from(error).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}
