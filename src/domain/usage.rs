//! What is recorded about a request: one usage event each, and how events are added up.

pub mod histogram;
pub mod price;
pub mod rollup;
pub mod unfinished;

use crate::domain::ids::{EventId, KeyId, RequestId, TenantId, WorkspaceId};
use crate::domain::user::UserId;
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::time::Duration;

/// Longest name of a model that is kept, in bytes.
pub const LONGEST_MODEL: usize = 200;

/// Tokens of one answer, as AnythingLLM reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenUsage {
    /// Tokens of the prompt with history and passages.
    pub prompt: u32,
    pub completion: u32,
    /// AnythingLLM reported none, so these were counted from the stream.
    pub estimated: bool,
}

/// Whether an answer came from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    Hit,
    /// It did although its time was over, because AnythingLLM failed.
    Stale,
    /// It did not, and is there now.
    Miss,
    /// It could not: the workspace lets nothing be kept.
    Bypass,
}

impl CacheUse {
    /// The word in SQL and in `X-Cache`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }

    /// What a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Hit, Self::Miss, Self::Bypass].into_iter().find(|cache| cache.as_str() == word)
    }
}

/// One request as written to `usage_events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEvent {
    /// Makes writing a batch twice harmless.
    pub id: EventId,
    pub at: DateTime<Utc>,
    pub tenant: TenantId,
    pub request_id: RequestId,
    /// Workspace, where one is known.
    pub workspace: Option<WorkspaceId>,
    pub key: Option<KeyId>,
    /// Person, where one is logged in.
    pub user: Option<UserId>,
    /// Pseudonymous visitor label, where the client gave one.
    pub visitor: Option<String>,
    /// The page it came from, in canonical form; 300 bytes at most.
    pub origin: Option<String>,
    /// Where the answer came from, where it could come from memory.
    pub cache: Option<CacheUse>,
    /// Endpoint name, such as `chat.create`.
    pub route: Cow<'static, str>,
    /// `ok`, a rejection code, or `client_left`.
    pub outcome: Cow<'static, str>,
    /// HTTP status sent.
    pub http_status: u16,
    pub tokens: Option<TokenUsage>,
    /// The answer broke off: its tokens are an estimate until a correction of it comes.
    pub unfinished: bool,
    /// The model that answered, as AnythingLLM calls it; [`LONGEST_MODEL`] bytes at most.
    pub model: Option<String>,
    /// Time to the first byte of the answer.
    pub first_byte: Option<Duration>,
    pub total: Duration,
    /// The gateway's own share: total minus waiting for AnythingLLM and for the client.
    pub gateway: Duration,
    /// Body bytes sent.
    pub bytes_out: u64,
}
