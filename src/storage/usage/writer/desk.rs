//! What the writer collects its batches from, and how it tries to write one.

use super::Shared;
use super::batch::Batch;
use crate::config;
use crate::domain::clock::Ambient;
use crate::storage::Database;
use crate::storage::usage::entry::Entry;
use crate::storage::usage::spool::Spool;
use crate::storage::usage::spool::reader::{Finished, Placed, Reader};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use uuid::Uuid;

/// First pause before a batch is tried again; doubled with every failure.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
const MOST_PAUSE: Duration = Duration::from_secs(5);
/// How long closing may take when the database does not answer.
const LAST_TRY: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Desk {
    database: Database,
    ambient: Ambient,
    received: mpsc::Receiver<Entry>,
    /// What comes from memory has places, too: the name of the queue, and how many came before.
    queue: Uuid,
    count: u64,
    reader: Option<Reader>,
    spool: Option<Arc<Spool>>,
    shared: Arc<Shared>,
    flush: Duration,
    /// There may be more to collect than was.
    is_behind: bool,
    /// Set when closing: nothing is tried after it.
    deadline: Option<Instant>,
    /// Something was left in the spool, unwritten.
    has_left: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Written,
    /// PostgreSQL does not take what is in it.
    Refused,
    /// There was no database at the end.
    Left,
}

impl Desk {
    pub(super) fn new(
        database: Database,
        ambient: Ambient,
        received: mpsc::Receiver<Entry>,
        (spool, reader): (Option<Arc<Spool>>, Option<Reader>),
        shared: Arc<Shared>,
        config: &config::Usage,
    ) -> Self {
        Self {
            database,
            queue: ambient.uuid(),
            ambient,
            received,
            count: 0,
            reader,
            spool,
            shared,
            flush: Duration::from_millis(config.flush_millis),
            is_behind: true,
            deadline: None,
            has_left: false,
        }
    }

    /// Adds a full batch, or what has come in until the flush time. Adds nothing only when everything is over.
    pub(super) async fn collect(&mut self, entries: &mut Vec<Placed>) {
        while entries.is_empty() {
            self.settle(false).await;
            if !self.is_behind && self.deadline.is_none() {
                self.wait().await;
            }
            self.gather(entries).await;
            self.is_behind = entries.len() >= self.shared.enough;
            if entries.is_empty() && self.deadline.is_some() {
                return;
            }
        }
    }

    /// Until there is something to collect, and then until it is enough or the flush time is over.
    async fn wait(&mut self) {
        if self.shared.waiting.load(Ordering::Acquire) == 0 {
            let look = async {
                match &self.reader {
                    Some(reader) => sleep_until(reader.look_at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.shared.close.notified() => return self.closing(),
                () = self.shared.arrived.notified() => {}
                () = look => return,
            }
        }
        let flush = Instant::now() + self.flush;
        while self.shared.waiting.load(Ordering::Acquire) < self.shared.enough {
            tokio::select! {
                biased;
                () = self.shared.close.notified() => return self.closing(),
                more = timeout_at(flush, self.shared.arrived.notified()) => {
                    if more.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// What is there, from the spool and from memory.
    async fn gather(&mut self, entries: &mut Vec<Placed>) {
        self.shared.waiting.store(0, Ordering::Release);
        if let Some(reader) = &mut self.reader
            && !self.has_left
        {
            entries.extend(reader.read(self.shared.enough).await);
        }
        while entries.len() < self.shared.enough
            && let Ok(entry) = self.received.try_recv()
        {
            self.count += 1;
            entries.push(Placed { segment: self.queue, end: self.count, entry });
        }
    }

    /// All that was collected is written: what the spool has no other need of goes.
    async fn settle(&mut self, ends: bool) {
        if self.has_left {
            return;
        }
        let Some(reader) = &mut self.reader else { return };
        for Finished { segment, tenants } in reader.settle(ends).await {
            self.sync().await;
            for tenant in tenants {
                if let Err(error) = self.database.usage_marks().delete(tenant, segment).await {
                    tracing::debug!(%error, "a mark stays until it is old");
                }
            }
        }
    }

    async fn sync(&self) {
        if let Some(spool) = self.spool.clone() {
            let _ = tokio::task::spawn_blocking(move || spool.sync()).await;
        }
    }

    /// Everything is over.
    pub(super) async fn end(&mut self) {
        self.settle(true).await;
        self.sync().await;
    }

    fn closing(&mut self) {
        self.received.close();
        self.deadline = Some(Instant::now() + LAST_TRY);
    }

    /// Writes a batch, again and again until it is written or proven to be at fault. A database that is away,
    /// read-only, full or older, and anything unknown, proves nothing.
    pub(super) async fn write(&mut self, batch: &Batch) -> Fate {
        let mut pause = LEAST_PAUSE;
        let mut told = false;
        if self.has_left && batch.segment() != self.queue {
            return Fate::Left;
        }
        loop {
            match batch.write(&self.database).await {
                Ok(()) => {
                    if told {
                        tracing::info!("usage is being written again");
                    }
                    return Fate::Written;
                }
                Err(error) if error.is_of_the_data() => {
                    if batch.len() == 1 {
                        tracing::error!(%error, "a usage record cannot be written and is given up");
                    }
                    return Fate::Refused;
                }
                Err(error) => {
                    if !told {
                        tracing::warn!(%error, "usage cannot be written now; it is kept");
                        told = true;
                    }
                    if self.deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) {
                        return Fate::Left;
                    }
                    self.pause(pause).await;
                    pause = (pause * 2).min(MOST_PAUSE);
                }
            }
        }
    }

    /// There is no database at the end: what is in the spool stays there, what is not is lost.
    pub(super) fn leave(&mut self, batch: &Batch) {
        if batch.segment() == self.queue {
            tracing::error!(lost = batch.len(), "usage is lost: no database at the end");
            self.shared.drop_some(batch.len());
        } else {
            if !self.has_left {
                tracing::warn!("usage stays in the spool for the next start: no database at the end");
            }
            self.has_left = true;
        }
    }

    pub(super) fn give_up(&self, batch: &Batch) {
        self.shared.drop_some(batch.len());
    }

    /// Half to all of `pause`, so that replicas do not come back at the same moment. Closing cuts it short.
    async fn pause(&mut self, pause: Duration) {
        let mut random = [0; 1];
        self.ambient.randomness.fill(&mut random);
        let pause = pause / 2 + pause / 2 * u32::from(random[0]) / 256;
        if self.deadline.is_some() {
            sleep(pause).await;
            return;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = self.shared.close.notified() => self.closing(),
        }
    }
}
