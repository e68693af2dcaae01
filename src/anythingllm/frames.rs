//! AnythingLLM's chat stream: from bytes as they arrive to typed frames.
//!
//! The stream is `text/event-stream` (WHATWG HTML section 9.2) in which every event is one JSON object. This module
//! cuts it into events and says what each one means; it does no I/O, keeps no clock and does not decide when a stream
//! is over. `close: true` in a frame is not the end either: only the end of the bytes is, and then
//! [`FrameParser::finish`] must be asked whether they stopped in the middle.
//!
//! Upstream is trusted to be itself, not to be well: frames are capped, unknown frames and fields are passed over, a
//! field of the wrong type counts as absent. Nothing of a frame ever appears in an error.

mod lenient;
mod meaning;
mod plain;

pub use meaning::{Frame, Metrics, Source};

use memchr::memchr2;
use thiserror::Error;

/// What one frame may take up unless the caller says otherwise: a long answer with all its sources fits many times.
pub const DEFAULT_MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Why a stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum FrameError {
    /// One frame, or one line outside a frame, exceeds the parser's cap.
    #[error("a frame of the upstream stream exceeds {limit} bytes")]
    TooLarge { limit: usize },
    /// An event's data is not JSON.
    #[error("a frame of the upstream stream is not JSON")]
    NotJson,
    /// An event's data is JSON, or begins like it, but is not an object.
    #[error("a frame of the upstream stream is not a JSON object")]
    NotAnObject,
    /// The bytes ended inside a frame.
    #[error("the upstream stream ended inside a frame")]
    Truncated,
}

/// Cuts a byte stream into frames, however the bytes are split.
///
/// Every byte is looked at once and copied at most twice; a frame that lies whole in one [`push`](Self::push) is not
/// copied at all. After an error the parser stays failed, because it no longer knows where a frame begins.
#[derive(Debug)]
pub struct FrameParser {
    max_frame_bytes: usize,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    /// The joined data of the current event, as far as it arrived in earlier pushes or in several lines.
    data: Vec<u8>,
    has_data: bool,
    chunks: plain::Chunks,
    /// Bytes of the data lines of the current event, what [`max_frame_bytes`](Self::max_frame_bytes) caps.
    frame_bytes: usize,
    /// The last byte was a carriage return: a line feed right after it belongs to the same line end.
    after_cr: bool,
    /// Only the first line may begin with a byte order mark.
    first_line: bool,
    failed: Option<FrameError>,
    /// Bytes scanned and copied, so that a test can hold the parser to linear time without a clock.
    #[cfg(test)]
    work: usize,
}

impl Default for FrameParser {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_FRAME_BYTES)
    }
}

impl FrameParser {
    /// A parser at the beginning of a stream, holding at most `max_frame_bytes` of one frame.
    pub fn new(max_frame_bytes: usize) -> Self {
        Self {
            max_frame_bytes,
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            chunks: plain::Chunks::default(),
            frame_bytes: 0,
            after_cr: false,
            first_line: true,
            failed: None,
            #[cfg(test)]
            work: 0,
        }
    }

    /// Takes the next bytes of the stream and appends the frames they complete to `out`.
    ///
    /// # Errors
    /// The first fault in the stream, and the same one from then on. Frames before the fault are in `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Frame>) -> Result<(), FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.consume(bytes, out).inspect_err(|&error| {
            self.failed = Some(error);
            self.line = Vec::new();
            self.data = Vec::new();
        })
    }

    /// Says whether the stream, now that its bytes have ended, ended between two frames.
    ///
    /// # Errors
    /// [`FrameError::Truncated`] if half a frame is left over, or the error that [`push`](Self::push) gave.
    pub fn finish(&mut self) -> Result<(), FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        // Half a comment is no loss. Any other half line may have been going to be data.
        let line = if self.first_line { without_bom(&self.line) } else { &self.line };
        if self.has_data || !(line.is_empty() || line.starts_with(b":")) { Err(FrameError::Truncated) } else { Ok(()) }
    }

    fn consume(&mut self, bytes: &[u8], out: &mut Vec<Frame>) -> Result<(), FrameError> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        // The current event's data while it is a single line of `bytes`, which then needs no copy.
        let mut held: Option<&[u8]> = None;
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            self.count(end + 1);
            let (line, ending) = rest.split_at(end);
            rest = match ending {
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => &[],
            };
            if self.line.is_empty() {
                self.line_ended(line, &mut held, out)?;
            } else {
                self.buffered_line_ended(line, out)?;
            }
        }
        self.count(rest.len());
        if let Some(data) = held {
            self.append(data);
        }
        self.check_cap(self.line.len() + rest.len())?;
        self.count(rest.len());
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// A line that lies whole in the pushed bytes.
    fn line_ended<'a>(
        &mut self,
        line: &'a [u8],
        held: &mut Option<&'a [u8]>,
        out: &mut Vec<Frame>,
    ) -> Result<(), FrameError> {
        self.check_cap(line.len())?;
        match self.classify(line) {
            Line::Blank => match held.take() {
                Some(data) => {
                    self.frame_bytes = 0;
                    out.push(decode(&mut self.chunks, data)?);
                }
                None => self.event_ended(out)?,
            },
            Line::Data(data) => {
                self.frame_bytes += line.len();
                if held.is_none() && !self.has_data {
                    *held = Some(data);
                } else {
                    if let Some(earlier) = held.take() {
                        self.append(earlier);
                    }
                    self.append(data);
                }
            }
            Line::Ignored => {}
        }
        Ok(())
    }

    /// A line whose beginning arrived in earlier pushes.
    fn buffered_line_ended(&mut self, end: &[u8], out: &mut Vec<Frame>) -> Result<(), FrameError> {
        self.check_cap(self.line.len() + end.len())?;
        let mut line = std::mem::take(&mut self.line);
        self.count(end.len());
        line.extend_from_slice(end);
        match self.classify(&line) {
            Line::Blank => self.event_ended(out)?,
            Line::Data(data) => {
                self.frame_bytes += line.len();
                self.append(data);
            }
            Line::Ignored => {}
        }
        line.clear();
        self.line = line;
        Ok(())
    }

    /// A blank line after data that had to be buffered, or after none.
    fn event_ended(&mut self, out: &mut Vec<Frame>) -> Result<(), FrameError> {
        if self.has_data {
            out.push(decode(&mut self.chunks, &self.data)?);
            self.data.clear();
            self.has_data = false;
        }
        self.frame_bytes = 0;
        Ok(())
    }

    fn append(&mut self, data: &[u8]) {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.count(data.len());
        self.data.extend_from_slice(data);
        self.has_data = true;
    }

    fn check_cap(&self, line_bytes: usize) -> Result<(), FrameError> {
        if self.frame_bytes + line_bytes > self.max_frame_bytes {
            return Err(FrameError::TooLarge { limit: self.max_frame_bytes });
        }
        Ok(())
    }

    fn classify<'a>(&mut self, line: &'a [u8]) -> Line<'a> {
        let line = if self.first_line { without_bom(line) } else { line };
        self.first_line = false;
        match line {
            b"" => Line::Blank,
            b"data" => Line::Data(b""),
            [b'd', b'a', b't', b'a', b':', b' ', data @ ..] | [b'd', b'a', b't', b'a', b':', data @ ..] => {
                Line::Data(data)
            }
            _ => Line::Ignored,
        }
    }

    #[cfg(test)]
    fn count(&mut self, bytes: usize) {
        self.work += bytes;
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "counts in tests only")]
    fn count(&mut self, _bytes: usize) {}
}

/// A line of an event stream. AnythingLLM names no event types and no ids, so all other fields are as good as comments.
enum Line<'a> {
    Blank,
    Data(&'a [u8]),
    Ignored,
}

fn decode(chunks: &mut plain::Chunks, data: &[u8]) -> Result<Frame, FrameError> {
    chunks.read(data).map_or_else(|| meaning::decode(data), Ok)
}

/// Whether the short way of reading frames and the long one agree about these, one after the other.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_alike<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> bool {
    let mut chunks = plain::Chunks::default();
    frames.into_iter().all(|data| chunks.read(data).is_none_or(|frame| meaning::decode(data) == Ok(frame)))
}

fn without_bom(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

#[cfg(test)]
mod tests;
