//! What is recorded about a request: one usage event each, the facts handlers contribute to it, and how events are added
//! up.

pub mod rollup;

use crate::domain::ids::{EventId, KeyId, RequestId, TenantId, WorkspaceId};
use crate::domain::user::UserId;
use chrono::{DateTime, Utc};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Tokens of one answer, as AnythingLLM reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenUsage {
    /// Tokens of the prompt with history and passages.
    pub prompt: u32,
    /// Tokens of the answer.
    pub completion: u32,
    /// AnythingLLM reported none, so these were counted from the stream.
    pub estimated: bool,
}

/// Whether an answer came from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    /// It did.
    Hit,
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
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// One request as written to `usage_events`.
#[derive(Debug, Clone)]
pub struct UsageEvent {
    /// Makes writing a batch twice harmless.
    pub id: EventId,
    /// When the request arrived.
    pub at: DateTime<Utc>,
    /// Whose it was.
    pub tenant: TenantId,
    /// The id in logs and answers.
    pub request_id: RequestId,
    /// Workspace, where one is known.
    pub workspace: Option<WorkspaceId>,
    /// Key, where one was used.
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
    pub route: &'static str,
    /// `ok`, a rejection code, or `client_left`.
    pub outcome: &'static str,
    /// HTTP status sent.
    pub http_status: u16,
    /// Tokens, for chats.
    pub tokens: Option<TokenUsage>,
    /// Time to the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// Whole time.
    pub total: Duration,
    /// The gateway's own share: total minus waiting for AnythingLLM and for the client.
    pub gateway: Duration,
    /// Body bytes sent.
    pub bytes_out: u64,
}

/// Facts about a running request that are only known deep inside a handler. Set there, read when it ends.
///
/// Shared by reference between the edge and the handler; every field is written at most once or only grows.
#[derive(Debug, Default)]
pub struct RequestFacts {
    upstream_wait_ns: AtomicU64,
    client_left: AtomicBool,
    workspace: OnceLock<(WorkspaceId, String)>,
    visitor: OnceLock<String>,
    tokens: OnceLock<TokenUsage>,
    cache: OnceLock<CacheUse>,
    /// Code of an error that was told inside a stream, after the status was sent.
    stream_error: OnceLock<&'static str>,
}

impl RequestFacts {
    /// Adds time spent waiting for AnythingLLM.
    pub fn add_upstream_wait(&self, waited: Duration) {
        let nanos = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.upstream_wait_ns.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Time spent waiting for AnythingLLM so far.
    pub fn upstream_wait(&self) -> Duration {
        Duration::from_nanos(self.upstream_wait_ns.load(Ordering::Relaxed))
    }

    /// The client closed before the answer was complete.
    pub fn set_client_left(&self) {
        self.client_left.store(true, Ordering::Relaxed);
    }

    /// Whether the client closed before the answer was complete.
    pub fn client_left(&self) -> bool {
        self.client_left.load(Ordering::Relaxed)
    }

    /// The workspace the request turned out to be about (id and slug).
    pub fn set_workspace(&self, id: WorkspaceId, slug: &str) {
        let _ = self.workspace.set((id, slug.to_owned()));
    }

    /// See [`Self::set_workspace`].
    pub fn workspace(&self) -> Option<(WorkspaceId, &str)> {
        self.workspace.get().map(|(id, slug)| (*id, slug.as_str()))
    }

    /// The pseudonymous visitor label the client gave.
    pub fn set_visitor(&self, visitor: &str) {
        let _ = self.visitor.set(visitor.to_owned());
    }

    /// See [`Self::set_visitor`].
    pub fn visitor(&self) -> Option<&str> {
        self.visitor.get().map(String::as_str)
    }

    /// Tokens of the answer.
    pub fn set_tokens(&self, tokens: TokenUsage) {
        let _ = self.tokens.set(tokens);
    }

    /// See [`Self::set_tokens`].
    pub fn tokens(&self) -> Option<TokenUsage> {
        self.tokens.get().copied()
    }

    /// Whether the answer came from memory.
    pub fn set_cache(&self, cache: CacheUse) {
        let _ = self.cache.set(cache);
    }

    /// See [`Self::set_cache`].
    pub fn cache(&self) -> Option<CacheUse> {
        self.cache.get().copied()
    }

    /// The rejection code told inside a stream after a 200 was sent.
    pub fn set_stream_error(&self, code: &'static str) {
        let _ = self.stream_error.set(code);
    }

    /// See [`Self::set_stream_error`].
    pub fn stream_error(&self) -> Option<&'static str> {
        self.stream_error.get().copied()
    }
}
