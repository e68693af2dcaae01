//! One request of the direct way and its answer, on the wire. Decides nothing; holds memory only for what was read of the
//! request, so a stream that is silent holds its head.

use super::head::Taken;
use crate::edge::client::{Client, Exchanged, Framing, Noticed};
use crate::edge::guarded_stream::{GuardedStream, JOIN_WRITES};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;
use pingora::protocols::http::date::get_cached_date;
use std::future::poll_fn;
use std::io::{self, Cursor, Write as _};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

/// So much is read at once, in bytes; it is on the stack.
const READ: usize = 4096;
/// Most heads of answers take less, in bytes.
const HEAD: usize = 1024;
/// Bytes of the line before a chunk, at most, and behind it.
const SIZE_LINE: usize = 20;
const CLOSE: HeaderValue = HeaderValue::from_static("close");
const KEEP_ALIVE: HeaderValue = HeaderValue::from_static("keep-alive");

#[derive(Debug)]
pub(in crate::edge) struct Exchange<'a> {
    stream: &'a mut GuardedStream,
    head: RequestHeader,
    /// Of the body, what came with the head.
    arrived: Bytes,
    /// Of the body, what was not read yet, `arrived` included.
    unread: u64,
    /// Of the answer; a length is what is still to come of it.
    framing: Framing,
    is_kept: bool,
    write_time: Duration,
    exchanged: Exchanged,
}

impl<'a> Exchange<'a> {
    /// A request whose head was taken; `behind` it this was read.
    pub(super) fn new(stream: &'a mut GuardedStream, taken: Taken, mut behind: Bytes, write_time: Duration) -> Self {
        let Taken { head, body: unread, .. } = taken;
        let has_more = behind.len() as u64 > unread;
        behind.truncate(usize::try_from(unread).unwrap_or(usize::MAX));
        Self {
            stream,
            head,
            arrived: behind,
            unread,
            framing: Framing::NoBody,
            // Whoever sends the next request before this is answered has to send it again.
            is_kept: !has_more,
            write_time,
            exchanged: Exchanged::default(),
        }
    }

    /// Whether the connection can carry another request.
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Ends the connection in good order.
    pub(super) async fn shut_down(&mut self) {
        // Whoever does not take it has lost nothing but the end.
        let _ = timeout(self.write_time, self.stream.shutdown()).await;
    }

    async fn flush(&mut self) -> Result<()> {
        within(self.write_time, self.stream.flush()).await
    }
}

impl Client for Exchange<'_> {
    fn head(&self) -> &Parts {
        &self.head
    }

    fn target(&self) -> &[u8] {
        self.head.raw_path()
    }

    fn drop_header(&mut self, name: &HeaderName) {
        self.head.remove_header(name);
    }

    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        if self.unread == 0 {
            return Ok(None);
        }
        let mut piece = std::mem::take(&mut self.arrived);
        if piece.is_empty() {
            let mut read = BytesMut::new();
            read_more(self.stream, &mut read).await.or_err(ErrorType::ReadError, "reading a body")?;
            piece = read.freeze();
        }
        if piece.is_empty() {
            return Error::e_explain(ErrorType::ConnectionClosed, "a body broke off");
        }
        let wanted = usize::try_from(self.unread).unwrap_or(usize::MAX);
        if piece.len() > wanted {
            self.is_kept = false;
            piece.truncate(wanted);
        }
        self.unread -= piece.len() as u64;
        self.exchanged.bytes_in += piece.len() as u64;
        Ok(Some(piece))
    }

    fn is_body_read(&mut self) -> bool {
        self.unread == 0
    }

    async fn say_continue(&mut self) -> Result<()> {
        // Requests that ask for it are not taken.
        Ok(())
    }

    async fn watch(&mut self) -> Noticed {
        let mut byte = [0; 1];
        match self.stream.read(&mut byte).await {
            Ok(1..) => Noticed::SentMore,
            Ok(0) => Noticed::Left(Error::explain(ErrorType::ConnectionClosed, "the client has left")),
            Err(error) => Noticed::Left(Error::because(ErrorType::ReadError, "the client has left", error)),
        }
    }

    fn close_afterwards(&mut self) {
        self.is_kept = false;
    }

    fn set_write_time(&mut self, time: Duration) {
        self.write_time = time;
    }

    async fn write_head(&mut self, mut head: Box<ResponseHeader>, framing: Framing) -> Result<()> {
        if self.exchanged.status.is_some() {
            return Error::e_explain(ErrorType::InternalError, "an answer has one head");
        }
        self.is_kept &= self.unread == 0;
        head.insert_header(header::DATE, get_cached_date())?;
        head.insert_header(header::CONNECTION, if self.is_kept { KEEP_ALIVE } else { CLOSE })?;
        self.framing = framing;
        self.exchanged.status = Some(head.status.as_u16());
        let text = self.stream.waiting();
        text.reserve(match framing {
            Framing::Length(length) => HEAD + joined(length),
            Framing::NoBody | Framing::Pieces => HEAD,
        });
        text.put_slice(b"HTTP/1.1 ");
        text.put_slice(head.status.as_str().as_bytes());
        text.put_u8(b' ');
        text.put_slice(head.get_reason_phrase().unwrap_or_default().as_bytes());
        text.put_slice(b"\r\n");
        head.header_to_h1_wire(text);
        text.put_slice(b"\r\n");
        if framing == Framing::NoBody { self.flush().await } else { Ok(()) }
    }

    async fn write_piece(&mut self, piece: Bytes) -> Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let length = piece.len() as u64;
        let stream = &mut *self.stream;
        stream.waiting().reserve(joined(length) + SIZE_LINE);
        match &mut self.framing {
            Framing::NoBody => return Error::e_explain(ErrorType::InternalError, "an answer without a body has one"),
            Framing::Length(left) => {
                let Some(still) = left.checked_sub(length) else {
                    return Error::e_explain(ErrorType::InternalError, "an answer longer than its length");
                };
                *left = still;
                within(self.write_time, async {
                    stream.write_all(&piece).await?;
                    stream.flush().await
                })
                .await?;
            }
            Framing::Pieces => {
                let (line, end) = size_line(piece.len());
                within(self.write_time, async {
                    stream.write_all(line.get(..end).unwrap_or_default()).await?;
                    stream.write_all(&piece).await?;
                    stream.write_all(b"\r\n").await?;
                    stream.flush().await
                })
                .await?;
            }
        }
        self.exchanged.bytes_out += length;
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        match self.framing {
            Framing::NoBody | Framing::Length(0) => {}
            Framing::Length(_) => {
                self.is_kept = false;
                return Error::e_explain(ErrorType::InternalError, "an answer shorter than its length");
            }
            Framing::Pieces => within(self.write_time, self.stream.write_all(b"0\r\n\r\n")).await?,
        }
        self.flush().await
    }

    fn exchanged(&self) -> Exchanged {
        self.exchanged
    }
}

/// Reads what there is behind what was read before, and says how much that was; 0 bytes say that the other side has ended.
pub(super) async fn read_more(stream: &mut GuardedStream, read: &mut BytesMut) -> io::Result<usize> {
    poll_fn(|cx| {
        let mut space = [const { MaybeUninit::uninit() }; READ];
        let mut now = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut now))?;
        if read.is_empty() {
            *read = BytesMut::from(now.filled());
        } else {
            read.extend_from_slice(now.filled());
        }
        Poll::Ready(Ok(now.filled().len()))
    })
    .await
}

/// How many of so many bytes wait for the flush together with what is before them.
fn joined(length: u64) -> usize {
    usize::try_from(length).ok().filter(|length| *length <= JOIN_WRITES).unwrap_or_default()
}

/// Writes within this time.
async fn within(time: Duration, write: impl Future<Output = io::Result<()>> + Send) -> Result<()> {
    match timeout(time, write).await {
        Ok(written) => written.or_err(ErrorType::WriteError, "writing an answer"),
        Err(_) => Error::e_explain(ErrorType::WriteTimedout, "the client does not read"),
    }
}

/// The line before a chunk of so many bytes.
fn size_line(size: usize) -> ([u8; SIZE_LINE], usize) {
    let mut line = Cursor::new([0; SIZE_LINE]);
    // There is room for every size.
    let _ = write!(line, "{size:X}\r\n");
    let length = usize::try_from(line.position()).unwrap_or_default();
    (line.into_inner(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_says_its_size_in_hexadecimal() {
        for size in [1, 9, 10, 15, 16, 255, 4096, 65_535, usize::MAX] {
            let (line, length) = size_line(size);
            assert_eq!(&line[..length], format!("{size:X}\r\n").as_bytes());
        }
    }
}
