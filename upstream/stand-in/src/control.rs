//! The switchboard: failures, cadence, what was received, and how many connections are open.
//!
//! Cheap to clone. It must not know any route; tests and the HTTP control surface both use it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::failure::{Failure, Rule, Stage};
use crate::slow::{Slowness, Workers};
use crate::world::World;
use crate::{Mode, Options};

/// How much of a request body is kept for inspection.
const KEPT_BODY: usize = 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    /// The method.
    pub method: Method,
    /// Path and query exactly as sent.
    pub path_and_query: String,
    /// All headers, in order.
    pub headers: HeaderMap,
    /// The body as sent, cut off at one mebibyte.
    pub body: Bytes,
    /// The full length of the body.
    pub body_len: u64,
}

#[derive(Debug)]
struct Settings {
    rules: Vec<Rule>,
    token_delay: Duration,
    tokens: Option<usize>,
    slowness: Slowness,
}

#[derive(Debug)]
struct Received {
    number: u64,
    request: ReceivedRequest,
    body: BytesMut,
}

struct Inner {
    settings: Mutex<Settings>,
    default_token_delay: Duration,
    received: Mutex<(u64, Vec<Received>)>,
    world: Mutex<World>,
    options: Options,
    changed: Notify,
    workers: Workers,
    connections: AtomicUsize,
    streams: AtomicUsize,
    aborted: AtomicUsize,
}

/// Handle to a running stand-in: sets failures and reports what happened.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("open_connections", &self.open_connections())
            .field("open_streams", &self.open_streams())
            .finish_non_exhaustive()
    }
}

/// A lock that outlives a panic of another holder: a test server has to keep serving.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Control {
    pub(crate) fn new(options: Options) -> Self {
        let token_delay = options.token_delay;
        Self(Arc::new(Inner {
            settings: Mutex::new(Settings {
                rules: Vec::new(),
                token_delay,
                tokens: None,
                slowness: Slowness::default(),
            }),
            default_token_delay: token_delay,
            received: Mutex::new((0, Vec::new())),
            world: Mutex::new(World::new(&options)),
            options,
            changed: Notify::new(),
            workers: Workers::default(),
            connections: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            aborted: AtomicUsize::new(0),
        }))
    }

    /// Forgets all data and starts anew in this mode, as a new container would: with the admin of the start where there
    /// are accounts, and without an API key. Failures and cadence stay.
    pub fn start_over(&self, mode: Mode) {
        let options = Options { mode, api_key: String::new(), ..self.0.options.clone() };
        *lock(&self.0.world) = World::new(&options);
        self.touch();
    }

    /// Everything upstream would keep in its database.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.0.world)
    }

    /// Misbehaves like this on every request until healed. Failures add up.
    pub fn fail(&self, failure: Failure) {
        self.add_rule(Rule { failure, path_prefix: None, times: None });
    }

    /// Misbehaves on requests whose path starts with `path_prefix`.
    pub fn fail_on(&self, path_prefix: &str, failure: Failure) {
        self.add_rule(Rule { failure, path_prefix: Some(path_prefix.to_owned()), times: None });
    }

    /// Misbehaves on the next `times` requests the failure can strike.
    pub fn fail_times(&self, failure: Failure, times: u32) {
        self.add_rule(Rule { failure, path_prefix: None, times: Some(times) });
    }

    /// Misbehaves on the next `times` requests whose path starts with `path_prefix`.
    pub fn fail_on_times(&self, path_prefix: &str, failure: Failure, times: u32) {
        self.add_rule(Rule { failure, path_prefix: Some(path_prefix.to_owned()), times: Some(times) });
    }

    /// Forgets every failure.
    pub fn heal(&self) {
        lock(&self.0.settings).rules.clear();
        self.touch();
    }

    /// Sets the pause before each token of an answer; zero sends them in one burst.
    pub fn set_token_delay(&self, delay: Duration) {
        lock(&self.0.settings).token_delay = delay;
        self.touch();
    }

    /// Makes every answer exactly this many tokens long.
    pub fn set_tokens(&self, count: Option<usize>) {
        lock(&self.0.settings).tokens = count;
        self.touch();
    }

    /// Takes this time for documents.
    pub fn set_slowness(&self, slowness: Slowness) {
        lock(&self.0.settings).slowness = slowness;
        self.touch();
    }

    pub(crate) fn slowness(&self) -> Slowness {
        lock(&self.0.settings).slowness
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.0.workers
    }

    /// How many requests were received since they were last cleared.
    pub fn request_count(&self) -> usize {
        lock(&self.0.received).1.len()
    }

    /// The requests received so far, in order of arrival, without those to the control surface.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.0.received)
            .1
            .iter()
            .map(|received| ReceivedRequest {
                body: Bytes::copy_from_slice(&received.body),
                ..received.request.clone()
            })
            .collect()
    }

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        lock(&self.0.received).1.clear();
        self.touch();
    }

    /// Event streams being sent at this moment.
    pub fn open_streams(&self) -> usize {
        self.0.streams.load(Ordering::SeqCst)
    }

    /// Connections open at this moment, upgraded ones included.
    pub fn open_connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Event streams whose client left before the end.
    pub fn aborted_streams(&self) -> usize {
        self.0.aborted.load(Ordering::SeqCst)
    }

    /// Waits until `what` holds, at most `within`. Checked again on every change, without polling.
    pub async fn until(&self, what: impl Fn(&Control) -> bool, within: Duration) -> bool {
        let wait = async {
            loop {
                let changed = self.0.changed.notified();
                tokio::pin!(changed);
                // Registered before the check, so that a change in between is not lost.
                changed.as_mut().enable();
                if what(self) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(within, wait).await.is_ok() || what(self)
    }

    pub(crate) fn add_rule(&self, rule: Rule) {
        lock(&self.0.settings).rules.push(rule);
        self.touch();
    }

    /// Takes the failures that strike this request now; limited ones are used up by it.
    pub(crate) fn strike(&self, path: &str, stage: Stage) -> Vec<Failure> {
        let mut settings = lock(&self.0.settings);
        let mut struck = Vec::new();
        for rule in &mut settings.rules {
            if rule.strikes(path, stage) {
                if let Some(times) = &mut rule.times {
                    *times -= 1;
                }
                struck.push(rule.failure.clone());
            }
        }
        settings.rules.retain(|rule| rule.times != Some(0));
        struck
    }

    pub(crate) fn token_delay(&self) -> Duration {
        lock(&self.0.settings).token_delay
    }

    pub(crate) fn tokens(&self) -> Option<usize> {
        lock(&self.0.settings).tokens
    }

    /// The single-user password a new container gets: that of the admin.
    pub(crate) fn start_password(&self) -> String {
        self.0.options.admin.password.clone()
    }

    /// Back to the settings of the start; the data stays.
    pub(crate) fn reset(&self) {
        {
            let mut settings = lock(&self.0.settings);
            settings.rules.clear();
            settings.token_delay = self.0.default_token_delay;
            settings.tokens = None;
            settings.slowness = Slowness::default();
        }
        self.clear_requests();
    }

    /// The state as the HTTP control surface shows it.
    pub(crate) fn snapshot(&self) -> Value {
        let settings = lock(&self.0.settings);
        json!({
            "failures": settings.rules,
            "token_delay_ms": u64::try_from(settings.token_delay.as_millis()).unwrap_or(u64::MAX),
            "tokens": settings.tokens,
            "requests": self.request_count(),
            "open_connections": self.open_connections(),
            "open_streams": self.open_streams(),
            "aborted_streams": self.aborted_streams(),
        })
    }

    /// Notes the head of a request; the number is for `note_body`.
    pub(crate) fn note_request(&self, request: ReceivedRequest) -> u64 {
        let number = {
            let mut received = lock(&self.0.received);
            received.0 += 1;
            let number = received.0;
            received.1.push(Received { number, request, body: BytesMut::new() });
            number
        };
        self.touch();
        number
    }

    /// Adds a piece of the body to a request noted before.
    pub(crate) fn note_body(&self, number: u64, piece: &[u8]) {
        let mut received = lock(&self.0.received);
        let Some(entry) = received.1.iter_mut().rev().find(|r| r.number == number) else {
            return;
        };
        entry.request.body_len += piece.len() as u64;
        let room = KEPT_BODY.saturating_sub(entry.body.len()).min(piece.len());
        entry.body.extend_from_slice(&piece[..room]);
        drop(received);
        self.touch();
    }

    pub(crate) fn note_aborted_stream(&self) {
        self.0.aborted.fetch_add(1, Ordering::SeqCst);
        self.touch();
    }

    /// Counts a connection for as long as the guard lives.
    pub(crate) fn connection_guard(&self) -> Guard {
        Guard::new(self, |inner| &inner.connections)
    }

    /// Counts an event stream for as long as the guard lives.
    pub(crate) fn stream_guard(&self) -> Guard {
        Guard::new(self, |inner| &inner.streams)
    }

    /// Wakes everybody who waits for a change.
    pub(crate) fn touch(&self) {
        self.0.changed.notify_waiters();
    }
}

/// Counts something open until dropped.
pub(crate) struct Guard {
    control: Control,
    counter: fn(&Inner) -> &AtomicUsize,
}

impl Guard {
    fn new(control: &Control, counter: fn(&Inner) -> &AtomicUsize) -> Self {
        counter(&control.0).fetch_add(1, Ordering::SeqCst);
        control.touch();
        Self { control: control.clone(), counter }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        (self.counter)(&self.control.0).fetch_sub(1, Ordering::SeqCst);
        self.control.touch();
    }
}
