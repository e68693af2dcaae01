//! A tenant: an organisation whose workspaces, keys and conversations nobody else sees. An installation begins with
//! one.

use crate::domain::ids::TenantId;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

words! {
    /// Whether a tenant may use the product.
    TenantStatus {
        Active = "active",
        /// Not for now: its keys and its users' sessions are refused.
        Suspended = "suspended",
        /// Not any more.
        Deleting = "deleting",
    }
}

/// A tenant's name in commands: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TenantSlug(String);

impl TenantSlug {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is not a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to 63 lower-case letters, digits and hyphens, no hyphen at either end")]
pub struct BadTenantSlug;

impl FromStr for TenantSlug {
    type Err = BadTenantSlug;

    fn from_str(text: &str) -> Result<Self, BadTenantSlug> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_slug = (1..=63).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if is_slug { Ok(Self(text.to_owned())) } else { Err(BadTenantSlug) }
    }
}

/// A tenant as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    /// Its name in commands; unique.
    pub slug: TenantSlug,
    pub name: String,
    /// Whether it may use the product.
    pub status: TenantStatus,
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_the_schema() {
        for good in ["a", "shop", "shop-2", &"x".repeat(63)] {
            assert_eq!(good.parse::<TenantSlug>().map(|slug| slug.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "-a", "a-", "Shop", "a_b", "ä", &"x".repeat(64)] {
            assert_eq!(bad.parse::<TenantSlug>(), Err(BadTenantSlug), "{bad}");
        }
    }
}
