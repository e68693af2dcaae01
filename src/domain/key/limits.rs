//! The limits and quotas that a key can have of its own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Limits of one key; none = the configured default. Quotas count from midnight and from the first of the month, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyLimits {
    /// Requests a minute over all its users.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub per_minute: Option<u32>,
    /// Requests at once on top of the steady rate.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub burst: Option<u32>,
    /// Requests a minute of one IP address.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub per_ip_per_minute: Option<u32>,
    /// Requests a minute of one visitor or session.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub per_visitor_per_minute: Option<u32>,
    /// Streams open at the same time.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_streams: Option<u32>,
    /// Chats a calendar day (UTC).
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub messages_per_day: Option<u32>,
    /// Chats a calendar month (UTC).
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub messages_per_month: Option<u32>,
    /// Tokens of prompts and answers a calendar day (UTC).
    #[schema(minimum = 1)]
    pub tokens_per_day: Option<u64>,
    /// Tokens of prompts and answers a calendar month (UTC).
    #[schema(minimum = 1)]
    pub tokens_per_month: Option<u64>,
}
