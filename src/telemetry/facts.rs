//! What becomes known of a request while it is answered: gathered for its access line, its metrics and its usage event.

use crate::domain::ids::{EventId, WorkspaceId};
use crate::domain::key::KeyRecord;
use crate::domain::usage::{CacheUse, TokenUsage};
use crate::domain::user::UserId;
use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Facts about a running request that are only known deep inside a handler. Set there, read when it ends.
///
/// Shared by reference between the edge and the handler; every field is written at most once or only grows.
#[derive(Debug, Default)]
pub struct RequestFacts {
    upstream_wait_ns: AtomicU64,
    client_left: AtomicBool,
    answered: AtomicBool,
    workspace: OnceLock<(WorkspaceId, String)>,
    visitor: OnceLock<String>,
    key: OnceLock<Arc<KeyRecord>>,
    asker: OnceLock<UserId>,
    nothing_found: AtomicBool,
    tokens: OnceLock<TokenUsage>,
    model: OnceLock<String>,
    first_token: OnceLock<Instant>,
    traceparent: OnceLock<String>,
    event: OnceLock<(EventId, DateTime<Utc>)>,
    unfinished: AtomicBool,
    cache: OnceLock<CacheUse>,
    /// Code of an error that ended an answer on its way, mostly inside a stream, after the status was sent.
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

    /// What the client waits for has been rendered, or why it does not come: nothing comes after it but formalities.
    pub fn set_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// See [`Self::set_answered`].
    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
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

    /// The key with which a person asks as a shopper would.
    pub fn set_key(&self, key: &Arc<KeyRecord>) {
        let _ = self.key.set(Arc::clone(key));
    }

    /// See [`Self::set_key`].
    pub fn key(&self) -> Option<&KeyRecord> {
        self.key.get().map(Arc::as_ref)
    }

    /// The person who asks as a shopper would.
    pub fn set_asker(&self, user: UserId) {
        let _ = self.asker.set(user);
    }

    /// See [`Self::set_asker`].
    pub fn asker(&self) -> Option<UserId> {
        self.asker.get().copied()
    }

    /// The question was answered by saying that the documents hold nothing about it.
    pub fn set_nothing_found(&self) {
        self.nothing_found.store(true, Ordering::Relaxed);
    }

    /// See [`Self::set_nothing_found`].
    pub fn is_nothing_found(&self) -> bool {
        self.nothing_found.load(Ordering::Relaxed)
    }

    /// The usage event that the request is recorded as, and when it arrived.
    pub fn set_event(&self, id: EventId, arrived: DateTime<Utc>) {
        let _ = self.event.set((id, arrived));
    }

    /// See [`Self::set_event`].
    pub fn event(&self) -> Option<(EventId, DateTime<Utc>)> {
        self.event.get().copied()
    }

    /// The answer has broken off: its tokens are an estimate, and what they were is found out later.
    pub fn set_unfinished(&self, estimate: Option<TokenUsage>) {
        self.unfinished.store(true, Ordering::Relaxed);
        if let Some(tokens) = estimate {
            self.set_tokens(tokens);
        }
    }

    /// See [`Self::set_unfinished`].
    pub fn is_unfinished(&self) -> bool {
        self.unfinished.load(Ordering::Relaxed)
    }

    pub fn set_tokens(&self, tokens: TokenUsage) {
        let _ = self.tokens.set(tokens);
    }

    /// See [`Self::set_tokens`].
    pub fn tokens(&self) -> Option<TokenUsage> {
        self.tokens.get().copied()
    }

    /// The model that answered, as AnythingLLM calls it.
    pub fn set_model(&self, model: &str) {
        let _ = self.model.set(model.to_owned());
    }

    /// See [`Self::set_model`].
    pub fn model(&self) -> Option<&str> {
        self.model.get().map(String::as_str)
    }

    /// The first piece of an answer has come from the model.
    pub fn note_first_token(&self) {
        let _ = self.first_token.set(Instant::now());
    }

    /// See [`Self::note_first_token`].
    pub fn first_token(&self) -> Option<Instant> {
        self.first_token.get().copied()
    }

    /// The trace that a trusted caller has begun, to be told to AnythingLLM.
    pub fn set_traceparent(&self, header: String) {
        let _ = self.traceparent.set(header);
    }

    /// See [`Self::set_traceparent`].
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.get().map(String::as_str)
    }

    /// Whether the answer came from memory.
    pub fn set_cache(&self, cache: CacheUse) {
        let _ = self.cache.set(cache);
    }

    /// See [`Self::set_cache`].
    pub fn cache(&self) -> Option<CacheUse> {
        self.cache.get().copied()
    }

    /// The rejection code told inside a stream after a 200 was sent, or of an answer that we end.
    pub fn set_stream_error(&self, code: &'static str) {
        let _ = self.stream_error.set(code);
    }

    /// See [`Self::set_stream_error`].
    pub fn stream_error(&self) -> Option<&'static str> {
        self.stream_error.get().copied()
    }
}
