//! The body of an answer, piece by piece: bounded in time and size, with gzip undone.

use super::OutboundError;
use super::resume::Resume;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_util::Stream;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::collections::VecDeque;
use std::fmt;
use std::io::Write as _;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

/// gzip makes at most a thousand bytes of one, so what is undone at once stays at some 4 MiB.
const SLICE: usize = 4 * 1024;
/// How every gzip member begins (RFC 1952 section 2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A body that is arriving. Dropping it closes the connection.
pub struct Body {
    incoming: Incoming,
    driver: AbortOnDropHandle<()>,
    /// How it is gone on with when it breaks off.
    resume: Option<Box<Resume>>,
    /// Read so far, as it was sent.
    received: u64,
    coding: Coding,
    /// What was read and is still to be undone.
    waiting: VecDeque<Bytes>,
    /// The other side has said everything.
    ended: bool,
    left: u64,
    limit: u64,
    idle: Duration,
    end: Instant,
}

enum Coding {
    /// Nothing has arrived yet, so it is not known. `gzip`: the head has promised it.
    Unknown {
        gzip: bool,
        head: Vec<u8>,
    },
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

/// How long and how large a body may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) idle: Duration,
    pub(super) end: Instant,
    /// Of the body once it is uncompressed, in bytes.
    pub(super) bytes: u64,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Body {
    /// `gzip`: the head says that it is compressed.
    pub(super) fn new(
        incoming: Incoming,
        driver: AbortOnDropHandle<()>,
        gzip: bool,
        bounds: Bounds,
        resume: Option<Resume>,
    ) -> Self {
        Self {
            incoming,
            driver,
            resume: resume.map(Box::new),
            received: 0,
            coding: Coding::Unknown { gzip, head: Vec::new() },
            waiting: VecDeque::new(),
            ended: false,
            left: bounds.bytes,
            limit: bounds.bytes,
            idle: bounds.idle,
            end: bounds.end,
        }
    }

    /// The next piece, never empty; none at the end.
    ///
    /// # Errors
    /// `Timeout`, `Reset`, `TooLarge`, `Encoding`. Nothing more comes after one.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, OutboundError> {
        loop {
            while let Some(piece) = self.waiting.pop_front() {
                let piece = self.undo(piece)?;
                if !piece.is_empty() {
                    return self.count(piece).map(Some);
                }
            }
            if self.ended {
                let rest = self.finish()?;
                return if rest.is_empty() { Ok(None) } else { self.count(rest).map(Some) };
            }
            match self.read().await? {
                Some(mut bytes) => {
                    while bytes.len() > SLICE {
                        self.waiting.push_back(bytes.split_to(SLICE));
                    }
                    self.waiting.push_back(bytes);
                }
                None => self.ended = true,
            }
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`Self::chunk`]; `TooLarge` beyond `limit` bytes.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, OutboundError> {
        let mut all = Vec::new();
        while let Some(piece) = self.chunk().await? {
            if all.len() + piece.len() > limit {
                return Err(OutboundError::TooLarge { limit: u64::try_from(limit).unwrap_or(u64::MAX) });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.into())
    }

    /// As a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, OutboundError>> + Send {
        futures_util::stream::unfold(Some(self), |body| async {
            let mut body = body?;
            match body.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(body))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn read(&mut self) -> Result<Option<Bytes>, OutboundError> {
        loop {
            let due = (Instant::now() + self.idle).min(self.end);
            match timeout_at(due, self.incoming.frame()).await {
                Err(_) => self.go_on(OutboundError::Timeout).await?,
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => self.go_on(OutboundError::Reset).await?,
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => {
                        self.received = self.received.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
                        return Ok(Some(data));
                    }
                    // Trailers, or nothing.
                    _ => {}
                },
            }
        }
    }

    /// From where it broke off. What was read stays, and what undoes the compression with it.
    async fn go_on(&mut self, broken: OutboundError) -> Result<(), OutboundError> {
        let Some(resume) = &mut self.resume else { return Err(broken) };
        let rest = resume.go_on(self.received, self.end, broken).await?;
        (self.incoming, self.driver) = (rest.incoming, rest.driver);
        Ok(())
    }

    fn undo(&mut self, piece: Bytes) -> Result<Bytes, OutboundError> {
        let piece = match &mut self.coding {
            Coding::Unknown { gzip, head } => {
                head.extend_from_slice(&piece);
                if head.len() < MAGIC.len() {
                    return Ok(Bytes::new());
                }
                let (gzip, head) = (*gzip, Bytes::from(std::mem::take(head)));
                // Feeds are often kept as `.gz` files, and then no header tells. Text never begins like this.
                let compressed = head.starts_with(&MAGIC);
                if gzip && !compressed {
                    return Err(OutboundError::Encoding);
                }
                self.coding =
                    if compressed { Coding::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))) } else { Coding::Plain };
                head
            }
            Coding::Plain | Coding::Gzip(_) => piece,
        };
        match &mut self.coding {
            Coding::Gzip(decoder) => {
                decoder.write_all(&piece).map_err(|_| OutboundError::Encoding)?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
            Coding::Plain | Coding::Unknown { .. } => Ok(piece),
        }
    }

    /// What comes to light only at the end: a single byte, or what the decoder held back.
    fn finish(&mut self) -> Result<Bytes, OutboundError> {
        match std::mem::replace(&mut self.coding, Coding::Plain) {
            Coding::Unknown { head, .. } => Ok(head.into()),
            Coding::Plain => Ok(Bytes::new()),
            // Fails when the last member was cut.
            Coding::Gzip(mut decoder) => {
                decoder.try_finish().map_err(|_| OutboundError::Encoding)?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
        }
    }

    fn count(&mut self, piece: Bytes) -> Result<Bytes, OutboundError> {
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(size).ok_or(OutboundError::TooLarge { limit: self.limit })?;
        Ok(piece)
    }
}
