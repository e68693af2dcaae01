//! A key: where it stands, which variables set it, and what its value may be.
//!
//! Values are checked here, one key at a time and with messages of our own, because serde stops at the first error and
//! quotes the value it did not like, which may be a secret.

use crate::config::values::{self, Given, Kind};
use toml::Value;

/// One row of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Section and key, such as `public.listen`.
    pub(crate) path: &'static str,
    /// What its value must be.
    pub(crate) kind: Kind,
}

impl Key {
    /// The variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("VESTIBULE_{}", self.path.replace('.', "_").to_ascii_uppercase())
    }

    /// The variable other programs use for the same thing; weaker than [`Self::variable`].
    pub(crate) fn alias(&self) -> Option<&'static str> {
        match self.path {
            "database.url" => Some("DATABASE_URL"),
            "redis.url" => Some("REDIS_URL"),
            _ => None,
        }
    }

    /// The value in its final form, or what was expected instead.
    pub(crate) fn check(&self, found: Given<'_>) -> Result<Value, String> {
        values::check(self.kind, found)
    }
}
