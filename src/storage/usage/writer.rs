//! Writes usage behind the requests' back: recording never waits, writing is done in batches by one task.
//!
//! While PostgreSQL does not write, for whatever reason, the queue holds what comes; when it is full, what comes is
//! counted and dropped. Only a record that PostgreSQL refuses for itself, when it is tried alone, is given up. An event
//! written twice is the same event, so a batch whose fate is unknown is simply written again. Messages and settlements
//! of quotas may count twice then, which errs on the side of the quota.
//!
//! The queue and what was taken from it live outside the task, which can therefore be started again after a panic and
//! goes on where that was.

mod batch;

use self::batch::Batch;
use crate::config;
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::quota::Settlement;
use crate::domain::usage::UsageEvent;
use crate::storage::{ConversationId, Database};
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::time::{Instant, sleep, timeout_at};

/// First pause before a batch is tried again; doubled with every failure.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
const MOST_PAUSE: Duration = Duration::from_secs(5);
/// How long closing may take when the database does not answer.
const LAST_TRY: Duration = Duration::from_secs(5);
/// A batch that was begun so often, which happens only after panics, is at fault.
const MOST_PANICS: u32 = 3;

/// Where usage is recorded and what writes it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UsageWriter {
    recorder: UsageRecorder,
    writer: Arc<Mutex<Writer>>,
}

/// Where requests leave their usage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UsageRecorder {
    queue: mpsc::Sender<Entry>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    dropped: AtomicU64,
    close: Notify,
}

#[derive(Debug)]
struct Message {
    tenant: TenantId,
    conversation: ConversationId,
    at: DateTime<Utc>,
}

#[derive(Debug)]
enum Entry {
    Event(Box<UsageEvent>),
    Message(Message),
    Settlement(Settlement),
}

impl UsageWriter {
    /// A writer that is not writing yet.
    pub fn new(database: Database, config: &config::Usage, ambient: Ambient) -> Self {
        let (queue, received) = mpsc::channel(config.queue.max(1));
        let shared = Arc::new(Shared::default());
        let desk = Desk {
            database,
            ambient,
            received,
            shared: Arc::clone(&shared),
            size: config.batch.max(1),
            flush: Duration::from_millis(config.flush_millis),
            deadline: None,
        };
        let writer = Writer { desk, collected: Vec::new(), batches: VecDeque::new(), begun: 0 };
        Self { recorder: UsageRecorder { queue, shared }, writer: Arc::new(Mutex::new(writer)) }
    }

    /// Writes until [`Self::close`] is called and the queue is empty. To be called again after a panic, which loses
    /// nothing.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        let writer = Arc::clone(&self.writer);
        async move { writer.lock().await.run().await }
    }

    pub fn recorder(&self) -> UsageRecorder {
        self.recorder.clone()
    }

    /// Lets [`Self::run`] write what is in the queue and return; it gives up after a few seconds without a database.
    /// What is recorded from now on is dropped.
    pub fn close(&self) {
        self.recorder.shared.close.notify_one();
    }
}

impl UsageRecorder {
    /// Records a request that has ended. Never waits.
    pub fn record(&self, event: UsageEvent) {
        self.put(Entry::Event(Box::new(event)));
    }

    /// Counts a message of a conversation. Never waits.
    pub fn record_message(&self, tenant: TenantId, conversation: ConversationId, at: DateTime<Utc>) {
        self.put(Entry::Message(Message { tenant, conversation, at }));
    }

    /// Settles what a chat came to. Never waits. One that is lost leaves the quota with what was reserved.
    pub fn record_settlement(&self, settlement: Settlement) {
        self.put(Entry::Settlement(settlement));
    }

    /// How many records were lost: the queue was full, or the schema refused them.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    fn put(&self, entry: Entry) {
        if self.queue.try_send(entry).is_err() {
            self.shared.drop_some(1);
        }
    }
}

impl Shared {
    fn drop_some(&self, count: usize) {
        self.dropped.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Writer {
    desk: Desk,
    /// Taken from the queue.
    collected: Vec<Entry>,
    /// A batch leaves when its fate is known.
    batches: VecDeque<Batch>,
    /// How often the first batch was begun: more than once only after panics.
    begun: u32,
}

#[derive(Debug)]
struct Desk {
    database: Database,
    ambient: Ambient,
    received: mpsc::Receiver<Entry>,
    shared: Arc<Shared>,
    size: usize,
    flush: Duration,
    /// Set when closing: nothing is tried after it.
    deadline: Option<Instant>,
}

impl Writer {
    async fn run(&mut self) {
        loop {
            self.write().await;
            self.desk.collect(&mut self.collected).await;
            if self.collected.is_empty() {
                break; // closed and drained
            }
            self.batches.extend(Batch::by_tenant(std::mem::take(&mut self.collected)));
        }
    }

    async fn write(&mut self) {
        while let Some(batch) = self.batches.front() {
            self.begun += 1;
            let refused = self.begun > MOST_PANICS || self.desk.write(batch).await.is_err();
            let batch = self.batches.pop_front();
            self.begun = 0;
            if let Some(batch) = batch.filter(|_| refused) {
                self.find_the_one_at_fault(batch);
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
            self.desk.shared.drop_some(batch.len());
        }
    }
}

/// PostgreSQL does not take what is in a batch.
struct Refused;

impl Desk {
    /// Adds a full batch, or what has come in until the flush time. Adds nothing only when everything is over.
    async fn collect(&mut self, entries: &mut Vec<Entry>) {
        while entries.is_empty() {
            tokio::select! {
                biased;
                () = self.shared.close.notified(), if self.deadline.is_none() => self.closing(),
                count = self.received.recv_many(entries, self.size) => {
                    if count == 0 {
                        return;
                    }
                }
            }
        }
        let flush = Instant::now() + self.flush;
        while entries.len() < self.size && self.deadline.is_none() {
            let room = self.size - entries.len();
            tokio::select! {
                biased;
                () = self.shared.close.notified() => self.closing(),
                more = timeout_at(flush, self.received.recv_many(entries, room)) => {
                    if !more.is_ok_and(|count| count > 0) {
                        break;
                    }
                }
            }
        }
    }

    fn closing(&mut self) {
        self.received.close();
        self.deadline = Some(Instant::now() + LAST_TRY);
    }

    /// Writes a batch, again and again until it is written or proven to be at fault. A database that is away,
    /// read-only, full or older, and anything unknown, proves nothing.
    async fn write(&mut self, batch: &Batch) -> Result<(), Refused> {
        let mut pause = LEAST_PAUSE;
        let mut told = false;
        loop {
            match batch.write(&self.database).await {
                Ok(()) => {
                    if told {
                        tracing::info!("usage is being written again");
                    }
                    return Ok(());
                }
                Err(error) if error.is_of_the_data() => {
                    if batch.len() == 1 {
                        tracing::error!(%error, "a usage record cannot be written and is given up");
                    }
                    return Err(Refused);
                }
                Err(error) => {
                    if !told {
                        tracing::warn!(%error, "usage cannot be written now; it is kept");
                        told = true;
                    }
                    if self.deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) {
                        tracing::error!(lost = batch.len(), "usage is lost: no database at the end");
                        self.shared.drop_some(batch.len());
                        return Ok(());
                    }
                    self.pause(pause).await;
                    pause = (pause * 2).min(MOST_PAUSE);
                }
            }
        }
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
