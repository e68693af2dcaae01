//! One file of a spool. Whoever writes or replays it holds a lock on it (`flock`), which ends with the process however
//! that dies.

use super::super::entry::Entry;
use super::frame::{self, Frame};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

const EXTENSION: &str = "spool";
/// Until it has its first line and its lock.
const UNFINISHED: &str = "new";
/// An unfinished one that is older belongs to nobody.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Read at once, in bytes.
const WINDOW: u64 = 256 * 1024;

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) id: Uuid,
    path: PathBuf,
    file: File,
    /// Where the records begin.
    start: u64,
    /// Where they end. What may stand behind it is no record.
    written: AtomicU64,
    /// Nothing more will be appended.
    sealed: AtomicBool,
    /// Written and not yet synced.
    dirty: AtomicBool,
}

/// What a look at a file gave.
#[derive(Debug)]
pub(super) enum Claim {
    Ours(Segment),
    /// A living process has it, or it has just gone.
    Taken,
    /// Another version's or another installation's: left alone.
    Foreign,
}

/// Records as they were read.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Each with where it ends.
    pub(super) entries: Vec<(u64, Entry)>,
    /// Where to read on.
    pub(super) end: u64,
    /// Places that hold no whole record: torn when a process was killed, or damaged.
    pub(super) damaged: u64,
    /// Nothing says where a record begins behind these.
    lost: bool,
}

impl Segment {
    /// A new one, whose first line is `header`.
    pub(super) fn create(folder: &Path, id: Uuid, header: &str) -> io::Result<Self> {
        let unfinished = folder.join(id.to_string()).with_extension(UNFINISHED);
        let mut file = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.try_lock()?;
        file.write_all(header.as_bytes())?;
        let path = unfinished.with_extension(EXTENSION);
        std::fs::rename(&unfinished, &path)?;
        let start = header.len() as u64;
        Ok(Self::new(id, path, file, start, start, false))
    }

    fn new(id: Uuid, path: PathBuf, file: File, start: u64, written: u64, sealed: bool) -> Self {
        let written = AtomicU64::new(written);
        Self { id, path, file, start, written, sealed: AtomicBool::new(sealed), dirty: AtomicBool::new(!sealed) }
    }

    /// Takes over a file that nobody holds, if its first line is one of `headers`.
    pub(super) fn claim(path: &Path, headers: &[String]) -> io::Result<Claim> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Claim::Taken),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let metadata = file.metadata()?;
        // Whoever had it before may have removed it between our opening and our lock.
        if !std::fs::metadata(path).is_ok_and(|found| found.ino() == metadata.ino() && found.dev() == metadata.dev()) {
            return Ok(Claim::Taken);
        }
        let id = path.file_stem().and_then(|stem| Uuid::try_parse_ascii(stem.as_encoded_bytes()).ok());
        let known = headers.iter().find(|header| {
            let mut first = vec![0; header.len()];
            file.read_exact_at(&mut first, 0).is_ok() && first == header.as_bytes()
        });
        let (Some(id), Some(header)) = (id, known) else { return Ok(Claim::Foreign) };
        let start = header.len() as u64;
        Ok(Claim::Ours(Self::new(id, path.to_owned(), file, start, metadata.len(), true)))
    }

    /// Where records begin, for whoever reads it from the beginning.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Acquire)
    }

    pub(super) fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }

    /// Appends a whole record; one caller at a time. When it returns, the record outlives this process.
    pub(super) fn append(&self, record: &[u8]) -> io::Result<()> {
        let before = self.written();
        let appended = (&self.file).write_all(record);
        if let Err(error) = appended {
            if self.file.set_len(before).is_err() {
                // Half a record stands there, and nothing may follow it.
                self.seal();
            }
            return Err(error);
        }
        self.dirty.store(true, Ordering::Release);
        self.written.store(before + record.len() as u64, Ordering::Release);
        Ok(())
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::Acquire)
    }

    /// What is written outlives the machine's power.
    pub(super) fn sync(&self) -> io::Result<()> {
        if self.dirty.swap(false, Ordering::AcqRel) { self.file.sync_data() } else { Ok(()) }
    }

    /// Reads up to `most` records from a place on.
    pub(super) fn read(&self, from: u64, most: usize) -> io::Result<Piece> {
        let written = self.written();
        let length = written.saturating_sub(from).min(WINDOW);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, from)?;
        let mut piece = read(&bytes, from, from + length >= written, most);
        if piece.lost {
            piece.end = written;
        }
        Ok(piece)
    }

    /// The records of it are elsewhere.
    pub(super) fn remove(&self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// The files in a folder that may be segments; removes what a process left that was killed while it made one.
pub(super) fn found(folder: &Path, now: SystemTime) -> io::Result<Vec<PathBuf>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(EXTENSION) => segments.push(path),
            Some(UNFINISHED) => forget(&path, now),
            _ => {}
        }
    }
    // Ids are in the order of time.
    segments.sort();
    Ok(segments)
}

fn forget(path: &Path, now: SystemTime) {
    let made = std::fs::metadata(path).and_then(|found| found.modified());
    let age = made.ok().and_then(|made| now.duration_since(made).ok());
    if age.is_some_and(|age| age > FORGOTTEN)
        && File::open(path).is_ok_and(|file| file.try_lock().is_ok() && std::fs::remove_file(path).is_ok())
    {
        tracing::debug!(file = %path.display(), "a segment that was never finished is removed");
    }
}

/// Records in bytes that begin at `from`. `is_rest`: nothing will follow them.
pub(super) fn read(bytes: &[u8], from: u64, is_rest: bool, most: usize) -> Piece {
    let (mut piece, mut at) = (Piece::default(), 0);
    while piece.entries.len() < most && at < bytes.len() {
        match frame::next(bytes, at) {
            Frame::Whole { payload, end } => {
                match bytes.get(payload).and_then(Entry::decode) {
                    Some(entry) => piece.entries.push((from + end as u64, entry)),
                    None => piece.damaged += 1,
                }
                at = end;
            }
            Frame::Damaged { end } => {
                piece.damaged += 1;
                at = end;
            }
            Frame::Short if !is_rest => break,
            Frame::Short | Frame::Lost => {
                piece.damaged += 1;
                piece.lost = true;
                at = bytes.len();
            }
        }
    }
    piece.end = from + at as u64;
    piece
}
