//! Counting up the knowledge version of workspaces when AnythingLLM was told to change what they hold, by whoever it was
//! told: every replica then asks anew instead of answering with what it has kept.
//!
//! The version is in PostgreSQL. While that cannot be asked, what is to be counted up waits here and is made up for. It
//! is lost with the process; then kept answers hold for their time, as they do without any of this.

use crate::storage::Database;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

/// Whoever changed something is not held up for longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two attempts while the database cannot be asked.
const AGAIN: Duration = Duration::from_secs(1);
/// What AnythingLLM goes on with unseen is counted at these times.
const LATER: [Duration; 4] =
    [Duration::from_secs(15), Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900)];
/// With nothing to do the task looks round this often.
const IDLE: Duration = Duration::from_secs(3600);
/// Workspaces that may wait; with more, all are counted up.
const MOST: usize = 1000;

/// What may hold something else now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Affected {
    /// AnythingLLM's workspace of this name.
    Workspace(Box<str>),
    /// All of them: documents, or how they are read.
    All,
}

/// See the module. Shared by reference.
#[derive(Debug)]
pub struct KnowledgeVersions {
    database: Database,
    /// When it is to be done; for each workspace the times that are still to come.
    waiting: Mutex<BTreeMap<Affected, Vec<Instant>>>,
    more: Notify,
}

impl KnowledgeVersions {
    pub fn new(database: Database) -> Self {
        Self { database, waiting: Mutex::default(), more: Notify::new() }
    }

    /// Something has changed: counted before this returns, or as soon as the database can be asked.
    pub async fn raise(&self, affected: Affected) {
        if !matches!(timeout(PATIENCE, self.count(&affected)).await, Ok(true)) {
            self.wait_for(affected, &[AGAIN]);
        }
    }

    /// Something has changed: counted soon, without anybody waiting for it.
    pub fn raise_soon(&self, affected: Affected) {
        self.wait_for(affected, &[Duration::ZERO]);
    }

    /// Something is changing, and nobody will see when it has: counted a few times from now on. AnythingLLM works on when
    /// its client has gone, and embeds in the background what its interface was told to.
    pub fn raise_repeatedly(&self, affected: Affected) {
        self.wait_for(affected, &LATER);
    }

    fn wait_for(&self, affected: Affected, times: &[Duration]) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock();
        let affected = if waiting.len() < MOST { affected } else { Affected::All };
        let waits = waiting.entry(affected).or_default();
        let until = now + times.last().copied().unwrap_or_default();
        // Those that come until then are made anew; so there are never more than a few.
        waits.retain(|wait| *wait > until);
        waits.extend(times.iter().map(|time| now + *time));
        drop(waiting);
        self.more.notify_one();
    }

    /// Makes up for what could not be counted, and counts what is to be counted later, for as long as the program runs.
    pub async fn run(self: Arc<Self>) {
        loop {
            let now = Instant::now();
            let mut due = Vec::new();
            let mut next = None;
            self.waiting.lock().retain(|affected, times| {
                let before = times.len();
                times.retain(|time| *time > now);
                if times.len() < before {
                    due.push(affected.clone());
                }
                next = next.into_iter().chain(times.iter().copied()).min();
                !times.is_empty()
            });
            for affected in due {
                if !self.count(&affected).await {
                    let again = Instant::now() + AGAIN;
                    self.waiting.lock().entry(affected).or_default().push(again);
                    next = next.into_iter().chain([again]).min();
                }
            }
            let pause = next.map_or(IDLE, |next| next.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = sleep(pause) => {}
                () = self.more.notified() => {}
            }
        }
    }

    async fn count(&self, affected: &Affected) -> bool {
        let name = match affected {
            Affected::Workspace(name) => Some(&**name),
            Affected::All => None,
        };
        match self.database.managed_workspaces().raise_knowledge(name).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "a change of documents could not be told to all replicas yet");
                false
            }
        }
    }
}
