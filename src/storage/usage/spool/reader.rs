//! Reads segments back: this process's own while it appends to them, and those of processes that are gone.

use super::super::entry::Entry;
use super::segment::{self, Claim, Piece, Segment};
use super::{RETIRE_BYTES, Spool};
use crate::domain::ids::{EventId, TenantId};
use crate::domain::usage::unfinished::UnfinishedAnswer;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

/// How often it looks for segments of processes that are gone.
const LOOK: Duration = Duration::from_secs(5);
/// How often a small segment of which everything is written makes room for the next, so that usage does not stay in a
/// file for longer than it must.
const TIDY: Duration = Duration::from_secs(60);

/// A segment is not removed for so long after an answer was read from it that broke off, unless its figures are there:
/// longer than they are looked for (`src/unfinished`).
const HOLD: Duration = Duration::from_secs(30);

/// Where a record stands: of two of a segment, the one that ends later was recorded later.
#[derive(Debug)]
pub(in crate::storage::usage) struct Placed {
    pub(in crate::storage::usage) segment: Uuid,
    pub(in crate::storage::usage) end: u64,
    pub(in crate::storage::usage) entry: Entry,
}

/// A segment of which everything is written: its marks can be forgotten.
#[derive(Debug)]
pub(in crate::storage::usage) struct Finished {
    pub(in crate::storage::usage) segment: Uuid,
    pub(in crate::storage::usage) tenants: BTreeSet<TenantId>,
}

#[derive(Debug)]
pub(in crate::storage::usage) struct Reader {
    spool: Arc<Spool>,
    reading: VecDeque<Reading>,
    /// When to look for others' segments again.
    pub(in crate::storage::usage) look_at: Instant,
    tidy_at: Instant,
    /// Small segments may be retired.
    tidies: bool,
    /// Said once to be left alone.
    foreign: HashSet<PathBuf>,
    /// Takes what processes that are gone have not found out.
    leaves: mpsc::Sender<UnfinishedAnswer>,
}

#[derive(Debug)]
struct Reading {
    segment: Arc<Segment>,
    at: u64,
    tenants: BTreeSet<TenantId>,
    /// Of a process that is gone.
    is_left: bool,
    /// Answers that broke off, of which nobody has said yet what they took.
    open: HashMap<EventId, Open>,
}

#[derive(Debug)]
struct Open {
    since: Instant,
    /// Of a process that is gone: to be handed over once it is sure that it has not found it out.
    answer: Option<Box<UnfinishedAnswer>>,
}

impl Reading {
    fn of(segment: Arc<Segment>, is_left: bool) -> Self {
        Self { at: segment.start(), segment, tenants: BTreeSet::new(), is_left, open: HashMap::new() }
    }

    /// Whether somebody may still find out what an answer took that broke off. Were this process killed, the next one
    /// must know of it.
    fn is_held(&mut self) -> bool {
        self.open.retain(|_, open| open.answer.is_some() || open.since.elapsed() < HOLD);
        !self.open.is_empty()
    }
}

impl Reader {
    pub(in crate::storage::usage) fn new(spool: Arc<Spool>, leaves: mpsc::Sender<UnfinishedAnswer>) -> Self {
        Self {
            spool,
            reading: VecDeque::new(),
            look_at: Instant::now(),
            tidy_at: Instant::now() + TIDY,
            tidies: false,
            foreign: HashSet::new(),
            leaves,
        }
    }

    /// Up to `most` records that were not read yet, in the order in which they stand in their segments.
    pub(in crate::storage::usage) async fn read(&mut self, most: usize) -> Vec<Placed> {
        if self.look_at <= Instant::now() {
            self.look_at = Instant::now() + LOOK;
            if self.tidy_at <= Instant::now() {
                self.tidy_at = Instant::now() + TIDY;
                self.tidies = true;
            }
            self.look().await;
        }
        self.reading.extend(self.spool.fresh().into_iter().map(|segment| Reading::of(segment, false)));
        let (mut records, mut corrected, mut index) = (Vec::new(), Vec::new(), 0);
        while let Some(reading) = self.reading.get_mut(index) {
            while records.len() < most && reading.at < reading.segment.written() {
                let (segment, at, room) = (Arc::clone(&reading.segment), reading.at, most - records.len());
                match blocking(move || segment.read(at, room)).await {
                    Ok(Piece { entries, end, damaged, .. }) => {
                        reading.at = end;
                        if damaged > 0 {
                            let file = reading.segment.id;
                            tracing::error!(damaged, %file, "the spool of usage holds what is no whole record");
                            self.spool.found_damaged(damaged);
                        }
                        for (end, entry) in entries {
                            reading.tenants.insert(entry.tenant());
                            match &entry {
                                Entry::Unfinished(answer) => {
                                    let answer_left = reading.is_left.then(|| answer.clone());
                                    let open = Open { since: Instant::now(), answer: answer_left };
                                    reading.open.insert(answer.event, open);
                                }
                                Entry::Correction(correction) => corrected.push(correction.event),
                                _ => {}
                            }
                            records.push(Placed { segment: reading.segment.id, end, entry });
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, file = %reading.segment.id, "the spool of usage cannot be read");
                        break;
                    }
                }
            }
            index += 1;
        }
        self.hand_over(&corrected);
        records
    }

    /// Hands over the answers of processes that are gone of which these have not said what they took.
    fn hand_over(&mut self, corrected: &[EventId]) {
        for reading in &mut self.reading {
            for event in corrected {
                reading.open.remove(event);
            }
            if reading.is_left && reading.at >= reading.segment.written() {
                for open in reading.open.values_mut() {
                    let Some(answer) = open.answer.take() else { continue };
                    open.since = Instant::now();
                    // Where so many wait already, the estimate stands.
                    let _ = self.leaves.try_send(*answer);
                }
            }
        }
    }

    /// To be called when all that was read is written: removes segments that have nothing else. `ends`: also the one that
    /// is appended to.
    pub(in crate::storage::usage) async fn settle(&mut self, ends: bool) -> Vec<Finished> {
        let tidies = std::mem::take(&mut self.tidies);
        let (mut finished, mut index) = (Vec::new(), 0);
        while let Some(reading) = self.reading.get_mut(index) {
            if !ends && reading.is_held() {
                index += 1;
                continue;
            }
            let segment = Arc::clone(&reading.segment);
            let least = match (ends, tidies) {
                (true, _) => 0,
                (_, true) => segment.start() + 1,
                _ => RETIRE_BYTES,
            };
            // Asked first: nothing is appended to a sealed one after that.
            let is_sealed = segment.is_sealed();
            let is_read = reading.at >= segment.written();
            if !is_read || !is_sealed && !self.spool.retire(&segment, reading.at, least) {
                index += 1;
                continue;
            }
            let removed = Arc::clone(&segment);
            let removed = blocking(move || removed.remove()).await;
            let Some(reading) = self.reading.remove(index) else { break };
            self.spool.removed(segment.written());
            match removed {
                Ok(()) => finished.push(Finished { segment: segment.id, tenants: reading.tenants }),
                // Found and read again; the marks then say that it is written.
                Err(error) => tracing::warn!(%error, file = %segment.id, "a segment of the spool cannot be removed"),
            }
        }
        finished
    }

    /// Takes over the segments that nobody holds.
    async fn look(&mut self) {
        let (folder, headers) = (self.spool.folder.clone(), self.spool.headers.clone());
        let now = self.spool.ambient.now().into();
        let known = self.foreign.clone();
        let claimed = blocking(move || {
            let (mut ours, mut foreign) = (Vec::new(), Vec::new());
            for path in segment::found(&folder, now)?.into_iter().filter(|path| !known.contains(path)) {
                match Segment::claim(&path, &headers) {
                    Ok(Claim::Ours(segment)) => ours.push(segment),
                    Ok(Claim::Foreign) => foreign.push(path),
                    Ok(Claim::Taken) => {}
                    Err(error) => tracing::warn!(%error, file = %path.display(), "a segment cannot be opened"),
                }
            }
            Ok((ours, foreign))
        });
        match claimed.await {
            Ok((ours, foreign)) => {
                for segment in ours {
                    tracing::info!(file = %segment.id, bytes = segment.written(), "usage that a process left is taken over");
                    self.spool.took_over(segment.written());
                    self.reading.push_back(Reading::of(Arc::new(segment), true));
                }
                for path in foreign {
                    tracing::warn!(
                        file = %path.display(),
                        "a file in the spool is of another version or of an installation with another root key: left alone"
                    );
                    self.foreign.insert(path);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "the spool of usage cannot be looked through"),
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
