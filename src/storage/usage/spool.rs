//! The spool: a folder of files in which what is recorded of usage waits for PostgreSQL, so that a process that is
//! killed loses nothing of what it has answered.
//!
//! A record is one `write` to the page cache: it outlives the process at once, and the machine's power once it is
//! synced, which is done for all together a few times a second. Each process appends to segments of its own; the
//! writer reads them back, and those of processes that are gone, whoever finds them. Where a record cannot be put, it
//! is kept in memory as if there were no spool.

pub(super) mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
pub(super) mod reader;
pub(super) mod segment;

use super::entry::Entry;
use crate::config;
use crate::domain::clock::Ambient;
use parking_lot::Mutex;
use segment::Segment;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A segment that is this large is followed by the next, in bytes.
const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;
/// One of which everything is written is given up sooner, so that little is read again after a crash.
const RETIRE_BYTES: u64 = 1024 * 1024;
/// What the disk has refused is not tried again for so long.
const REST: Duration = Duration::from_secs(1);
/// Most records fit into this, in bytes.
const RECORD: usize = 384;

#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most: u64,
    /// First lines: of new segments, and all that are ours. They name the format and the root key, which the database
    /// is bound to as well.
    headers: Vec<String>,
    ambient: Ambient,
    appending: Mutex<Appending>,
    unspooled: AtomicU64,
    damaged: AtomicU64,
    folder_is_dirty: AtomicBool,
}

#[derive(Debug, Default)]
struct Appending {
    live: Option<Arc<Segment>>,
    /// Not known to the reader yet.
    fresh: Vec<Arc<Segment>>,
    /// Sealed before they were synced.
    unsynced: Vec<Arc<Segment>>,
    /// Of all segments that this process holds.
    bytes: u64,
    rests_until: Option<Instant>,
    fails: bool,
}

/// Of the present format and root key first. Of the formats before, whose records are all of this one, the last process
/// of a version before may have left some.
fn headers(root_keys: &[String]) -> Vec<String> {
    let of = |format: u8| root_keys.iter().map(move |id| format!("vestibule usage {format} {id}\n"));
    of(3).chain(of(2)).chain(of(1)).collect()
}

/// Why a record is not in the spool.
#[derive(Debug, thiserror::Error)]
enum NotSpooled {
    #[error("it holds as much as `usage.spool_bytes` allows")]
    Full,
    #[error("it has just failed")]
    Resting,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Spool {
    /// The spool in `usage.spool_dir`, for records of the installation with these root keys, the present one first; none
    /// if the setting is empty.
    pub fn new(config: &config::Usage, root_keys: &[String], ambient: Ambient) -> Option<Self> {
        if config.spool_dir.as_os_str().is_empty() {
            return None;
        }
        let spool = Self {
            folder: config.spool_dir.clone(),
            most: config.spool_bytes,
            headers: headers(root_keys),
            ambient,
            appending: Mutex::default(),
            unspooled: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            folder_is_dirty: AtomicBool::new(false),
        };
        let opened = spool.open_segment(&mut spool.appending.lock());
        spool.told(&mut spool.appending.lock(), opened.map_err(NotSpooled::from).err());
        Some(spool)
    }

    /// Appends a record, which then outlives this process. Says whether it could.
    pub(super) fn append(&self, entry: &Entry) -> bool {
        let mut record = Vec::with_capacity(RECORD);
        frame::put(&mut record, |out| entry.encode(out));
        let mut appending = self.appending.lock();
        let failure = self.put(&mut appending, &record).err();
        let is_in = failure.is_none();
        if !is_in {
            self.unspooled.fetch_add(1, Ordering::Relaxed);
        }
        self.told(&mut appending, failure);
        is_in
    }

    fn put(&self, appending: &mut Appending, record: &[u8]) -> Result<(), NotSpooled> {
        if appending.rests_until.is_some_and(|until| Instant::now() < until) {
            return Err(NotSpooled::Resting);
        }
        if appending.bytes + record.len() as u64 > self.most {
            return Err(NotSpooled::Full);
        }
        if appending.live.as_ref().is_none_or(|live| live.is_sealed() || live.written() >= SEGMENT_BYTES) {
            self.open_segment(appending)?;
        }
        if let Some(live) = &appending.live {
            live.append(record)?;
        }
        appending.bytes += record.len() as u64;
        Ok(())
    }

    /// Goes on in a new segment.
    fn open_segment(&self, appending: &mut Appending) -> io::Result<()> {
        let id = self.ambient.uuid();
        let [header, ..] = &self.headers[..] else { return Err(io::ErrorKind::InvalidInput.into()) };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let segment = Arc::new(Segment::create(&self.folder, id, header)?);
        self.folder_is_dirty.store(true, Ordering::Release);
        if let Some(before) = appending.live.replace(Arc::clone(&segment)) {
            before.seal();
            appending.unsynced.extend(before.is_dirty().then_some(before));
        }
        appending.bytes += segment.written();
        appending.fresh.push(segment);
        Ok(())
    }

    /// Says once that it fails, and once that it does not any more.
    fn told(&self, appending: &mut Appending, failure: Option<NotSpooled>) {
        match failure {
            None if appending.fails => tracing::info!("usage goes to the spool again"),
            Some(NotSpooled::Resting) => return,
            Some(error) => {
                if !appending.fails {
                    let folder = self.folder.display();
                    tracing::warn!(%error, %folder, "usage cannot be put into its spool; it is kept in memory");
                }
                appending.rests_until = matches!(error, NotSpooled::Io(_)).then(|| Instant::now() + REST);
                appending.fails = true;
                return;
            }
            None => {}
        }
        appending.fails = false;
    }

    /// Syncs what was written since the last time. Blocks.
    pub(super) fn sync(&self) {
        let unsynced = {
            let mut appending = self.appending.lock();
            let mut unsynced = std::mem::take(&mut appending.unsynced);
            unsynced.extend(appending.live.iter().filter(|live| live.is_dirty()).cloned());
            unsynced
        };
        let folder = self.folder_is_dirty.swap(false, Ordering::AcqRel);
        let folder = if folder { File::open(&self.folder).and_then(|folder| folder.sync_all()) } else { Ok(()) };
        for failed in unsynced.iter().map(|segment| segment.sync()).chain([folder]).filter_map(Result::err) {
            tracing::warn!(error = %failed, "the spool of usage cannot be synced; a loss of power may cost records");
        }
    }

    /// Seals the segment that is appended to, if everything of it is read up to `read` and it is large enough. What is
    /// recorded afterwards begins a new one.
    fn retire(&self, segment: &Arc<Segment>, read: u64, least: u64) -> bool {
        let mut appending = self.appending.lock();
        let written = segment.written();
        let is_live = appending.live.as_ref().is_some_and(|live| Arc::ptr_eq(live, segment));
        let retires = is_live && written == read && written >= least;
        if retires {
            segment.seal();
            appending.live = None;
        }
        retires
    }

    fn fresh(&self) -> Vec<Arc<Segment>> {
        std::mem::take(&mut self.appending.lock().fresh)
    }

    fn took_over(&self, bytes: u64) {
        self.appending.lock().bytes += bytes;
    }

    fn removed(&self, bytes: u64) {
        let mut appending = self.appending.lock();
        appending.bytes = appending.bytes.saturating_sub(bytes);
        drop(appending);
        self.folder_is_dirty.store(true, Ordering::Release);
    }

    fn found_damaged(&self, places: u64) {
        self.damaged.fetch_add(places, Ordering::Relaxed);
    }

    /// Bytes of all segments that this process holds.
    pub(super) fn bytes(&self) -> u64 {
        self.appending.lock().bytes
    }

    /// How many records were kept in memory because they could not be put here.
    pub(super) fn unspooled(&self) -> u64 {
        self.unspooled.load(Ordering::Relaxed)
    }

    /// How many places in segments held no whole record.
    pub(super) fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
