//! Writes usage behind the requests' back: recording never waits for PostgreSQL, writing is done in batches by one task.
//!
//! What is recorded waits in the [`Spool`], or in memory where there is none or it fails. While PostgreSQL does not
//! write, for whatever reason, it holds what comes; when both are full, what comes is counted and dropped. Only a record
//! that PostgreSQL refuses for itself, when it is tried alone, is given up. A batch whose fate is unknown is simply
//! written again: the mark that moves with it says what of it is there.
//!
//! The queue and what was taken from it live outside the task, which can therefore be started again after a panic and
//! goes on where that was.

mod batch;
mod desk;

use self::batch::Batch;
use self::desk::{Desk, Fate};
use super::entry::{Entry, Message};
use super::spool::Spool;
use super::spool::reader::{Placed, Reader};
use crate::config;
use crate::domain::clock::Ambient;
use crate::domain::exchange::Exchange;
use crate::domain::ids::TenantId;
use crate::domain::quota::Settlement;
use crate::domain::usage::UsageEvent;
use crate::domain::usage::unfinished::{Correction, UnfinishedAnswer};
use crate::storage::{ConversationId, Database};
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::{Mutex, Notify, mpsc};

/// A batch that was begun so often, which happens only after panics, is at fault.
const MOST_PANICS: u32 = 3;
/// Answers that others left unfinished and that wait for somebody to find out what they took; of further ones the
/// estimate stands.
const MOST_LEFT: usize = 1_000;

/// Where usage is recorded and what writes it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UsageWriter {
    recorder: UsageRecorder,
    writer: Arc<Mutex<Writer>>,
    left: Arc<Mutex<mpsc::Receiver<UnfinishedAnswer>>>,
}

/// Where requests leave their usage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UsageRecorder {
    queue: mpsc::Sender<Entry>,
    spool: Option<Arc<Spool>>,
    shared: Arc<Shared>,
}

/// How recording goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageState {
    /// Records lost: there was no room for them, or the schema refused them.
    pub dropped: u64,
    /// Records kept in memory because the spool did not take them.
    pub unspooled: u64,
    /// Places in segments that held no whole record.
    pub damaged: u64,
    /// Bytes of the segments that this process holds.
    pub spooled_bytes: u64,
}

#[derive(Debug, Default)]
struct Shared {
    dropped: AtomicU64,
    close: Notify,
    /// Recorded and not yet looked for by the writer.
    waiting: AtomicUsize,
    /// Enough of them to write at once, in number.
    enough: usize,
    arrived: Notify,
}

impl UsageWriter {
    /// A writer that is not writing yet.
    pub fn new(database: Database, config: &config::Usage, spool: Option<Spool>, ambient: Ambient) -> Self {
        let (queue, received) = mpsc::channel(config.queue.max(1));
        let shared = Arc::new(Shared { enough: config.batch.max(1), ..Shared::default() });
        let spool = spool.map(Arc::new);
        let (leaves, left) = mpsc::channel(MOST_LEFT);
        let reader = spool.clone().map(|spool| Reader::new(spool, leaves));
        let desk = Desk::new(database, ambient, received, (spool.clone(), reader), Arc::clone(&shared), config);
        let writer = Writer { desk, collected: Vec::new(), batches: VecDeque::new(), begun: 0 };
        let recorder = UsageRecorder { queue, spool, shared };
        Self { recorder, writer: Arc::new(Mutex::new(writer)), left: Arc::new(Mutex::new(left)) }
    }

    /// Writes until [`Self::close`] is called and nothing is left to write. To be called again after a panic, which
    /// loses nothing.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        let writer = Arc::clone(&self.writer);
        async move { writer.lock().await.run().await }
    }

    pub fn recorder(&self) -> UsageRecorder {
        self.recorder.clone()
    }

    /// The next answer that broke off in a process that was killed before anybody knew what it took. None without a spool.
    pub async fn left_unfinished(&self) -> Option<UnfinishedAnswer> {
        self.left.lock().await.recv().await
    }

    /// Lets [`Self::run`] write what waits and return; it gives up after a few seconds without a database. What is
    /// recorded from now on is left to whoever finds the spool, or dropped without one.
    pub fn close(&self) {
        self.recorder.shared.close.notify_one();
    }
}

impl UsageRecorder {
    /// Records a request that has ended. Never waits for the database.
    pub fn record(&self, event: UsageEvent) {
        self.put(Entry::Event(Box::new(event)));
    }

    /// Counts a message of a conversation.
    pub fn record_message(&self, tenant: TenantId, conversation: ConversationId, at: DateTime<Utc>) {
        self.put(Entry::Message(Message { tenant, conversation, at }));
    }

    /// Keeps a question with what became of it.
    pub fn record_exchange(&self, exchange: Exchange) {
        self.put(Entry::Exchange(Box::new(exchange)));
    }

    /// Settles what a chat came to. One that is lost leaves the quota with what was reserved.
    pub fn record_settlement(&self, settlement: Settlement) {
        self.put(Entry::Settlement(settlement));
    }

    /// Says which answer broke off, so that somebody finds out what it took should this process be killed.
    pub fn record_unfinished(&self, answer: UnfinishedAnswer) {
        if self.has_spool() {
            self.put(Entry::Unfinished(Box::new(answer)));
        }
    }

    /// Corrects the event of an answer that broke off, and what its quota was charged with; once.
    pub fn record_correction(&self, correction: Correction) {
        self.put(Entry::Correction(correction));
    }

    /// How many records were lost: there was no room for them, or the schema refused them.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    pub fn state(&self) -> UsageState {
        let spool = self.spool.as_deref();
        UsageState {
            dropped: self.dropped(),
            unspooled: spool.map_or(0, Spool::unspooled),
            damaged: spool.map_or(0, Spool::damaged),
            spooled_bytes: spool.map_or(0, Spool::bytes),
        }
    }

    pub fn has_spool(&self) -> bool {
        self.spool.is_some()
    }

    /// Syncs what was put into the spool since the last time.
    pub async fn sync(&self) {
        if let Some(spool) = self.spool.clone() {
            let _ = tokio::task::spawn_blocking(move || spool.sync()).await;
        }
    }

    fn put(&self, entry: Entry) {
        let is_in = self.spool.as_ref().is_some_and(|spool| spool.append(&entry));
        if is_in || self.queue.try_send(entry).is_ok() {
            self.shared.has_arrived();
        } else {
            self.shared.drop_some(1);
        }
    }
}

impl Shared {
    fn drop_some(&self, count: usize) {
        self.dropped.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn has_arrived(&self) {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        if before == 0 || before + 1 == self.enough {
            self.arrived.notify_one();
        }
    }
}

#[derive(Debug)]
struct Writer {
    desk: Desk,
    /// Taken from where it waited.
    collected: Vec<Placed>,
    /// A batch leaves when its fate is known.
    batches: VecDeque<Batch>,
    /// How often the first batch was begun: more than once only after panics.
    begun: u32,
}

impl Writer {
    async fn run(&mut self) {
        loop {
            self.write().await;
            self.desk.collect(&mut self.collected).await;
            if self.collected.is_empty() {
                break; // closed and drained
            }
            self.batches.extend(Batch::by_segment(std::mem::take(&mut self.collected)));
        }
        self.desk.end().await;
    }

    async fn write(&mut self) {
        while let Some(batch) = self.batches.front() {
            self.begun += 1;
            let fate = if self.begun > MOST_PANICS { Fate::Refused } else { self.desk.write(batch).await };
            let batch = self.batches.pop_front();
            self.begun = 0;
            match (fate, batch) {
                (Fate::Refused, Some(batch)) => self.find_the_one_at_fault(batch),
                (Fate::Left, Some(batch)) => self.desk.leave(&batch),
                (Fate::Written, _) | (_, None) => {}
            }
        }
    }

    /// Of a batch that is refused each record is tried alone; one that is refused alone is given up.
    fn find_the_one_at_fault(&mut self, batch: Batch) {
        if batch.len() > 1 {
            let others = std::mem::take(&mut self.batches);
            self.batches.extend(batch.singles());
            self.batches.extend(others);
        } else {
            self.desk.give_up(&batch);
        }
    }
}
