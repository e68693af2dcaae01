//! One client connection as those see it who speak HTTP on it, `direct` or pingora: plain TCP or TLS, with the head of
//! each HTTP/1 request guarded, small writes joined, and the refusals that pingora would send bare (an empty 400) told as
//! problems.
//!
//! Pingora's own stream type keeps two buffers for the life of a connection; here a connection at rest holds none.

mod held;
mod refusing;
mod traits;

use crate::edge::chunk_guard::ChunkGuard;
use crate::edge::connection::{Connection, Phase};
use crate::edge::guard_settings::GuardSettings;
use crate::edge::head_guard::{HeadGuard, Verdict};
use crate::edge::transport::Transport;
use crate::rejection::Rejection;
use async_trait::async_trait;
use bytes::{Buf as _, BytesMut};
use held::Held;
use pingora::protocols::Peek;
use pingora::protocols::raw_connect::ProxyDigest;
use refusing::{LINGER_BYTES, Refusing};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Writes up to this size, in bytes, wait for the flush, so that a head and what is there of its body leave together:
/// it is what the api gathers of a stream before it sends, and its framing.
pub(super) const JOIN_WRITES: usize = 18 * 1024;
/// Once nothing new is wanted, what has been sent by then may still be on its way through a busy machine.
const LAST_LOOK: Duration = Duration::from_millis(100);

pub(super) struct GuardedStream {
    transport: Transport,
    connection: Arc<Connection>,
    /// Once pingora has the stream.
    digest: Option<Arc<ProxyDigest>>,
    settings: Arc<GuardSettings>,
    guard: HeadGuard,
    /// Only while a body comes in chunks.
    chunks: Option<ChunkGuard>,
    /// Cancelled when no new request is wanted.
    quiet: CancellationToken,
    /// Read ahead by [`Peek`], or given back.
    peeked: BytesMut,
    held: Held,
    may_be_http2: bool,
    /// Not yet written.
    pending: BytesMut,
    /// Only while a head is incomplete.
    deadline: Option<Pin<Box<Sleep>>>,
    refusing: Option<Refusing>,
}

/// Returns when a connection that waits for a request is to end. What the kernel has of one by then is read before, which
/// this process hears of only when it waits: whoever selects, asks for bytes first.
pub(super) async fn nothing_new(quiet: &CancellationToken) {
    quiet.cancelled().await;
    tokio::time::sleep(LAST_LOOK).await;
}

impl GuardedStream {
    pub(super) fn new(
        transport: Transport,
        connection: Arc<Connection>,
        settings: Arc<GuardSettings>,
        quiet: CancellationToken,
    ) -> Self {
        let stream = Self {
            guard: HeadGuard::new(settings.max_header_bytes),
            chunks: None,
            digest: None,
            transport,
            connection,
            settings,
            quiet,
            peeked: BytesMut::new(),
            held: Held::default(),
            may_be_http2: true,
            pending: BytesMut::new(),
            deadline: None,
            refusing: None,
        };
        if stream.is_http2() {
            stream.connection.will_close();
        }
        stream
    }

    /// Whether it was agreed to be HTTP/2 before the first request.
    pub(super) fn is_http2(&self) -> bool {
        self.transport.is_alpn_h2()
    }

    /// Whether what was read last ends within a head.
    pub(super) fn is_within_head(&self) -> bool {
        self.guard.has_begun() || !self.held.is_empty()
    }

    /// Where small writes wait for the next flush, for who has to say more than bytes that are there.
    pub(super) fn waiting(&mut self) -> &mut BytesMut {
        &mut self.pending
    }

    /// A request was answered: no preface of HTTP/2 can come any more.
    pub(super) fn has_answered(&mut self) {
        self.may_be_http2 = false;
    }

    /// Takes back what was read since a message began, to be read and looked at anew.
    pub(super) fn give_back(&mut self, read: &[u8]) {
        let mut all = BytesMut::with_capacity(read.len() + self.peeked.len());
        all.extend_from_slice(read);
        all.extend_from_slice(&self.held.take());
        all.extend_from_slice(&self.peeked);
        self.peeked = all;
        self.guard = HeadGuard::new(self.settings.max_header_bytes);
        self.chunks = None;
    }

    fn io(&mut self) -> Pin<&mut Transport> {
        Pin::new(&mut self.transport)
    }

    /// Looks at the bytes of a head that were just read, and says how many of all are well: where a body begins that
    /// is none, they end.
    fn inspect(&mut self, bytes: &[u8]) -> Result<usize, Rejection> {
        let before = self.guard.seen();
        let verdict = self.guard.scan(bytes);
        self.held.target = self.guard.target();
        match verdict {
            Verdict::Complete => {
                self.deadline = None;
                let ended = std::mem::replace(&mut self.guard, HeadGuard::new(self.settings.max_header_bytes));
                self.chunks = ended.is_coded().then(ChunkGuard::new);
                let head = ended.seen() - before;
                Ok(head + self.inspect_body(bytes.get(head..).unwrap_or_default()))
            }
            Verdict::More => {
                if self.deadline.is_none() {
                    self.deadline = Some(Box::pin(tokio::time::sleep(self.settings.header_time)));
                }
                Ok(bytes.len())
            }
            Verdict::Fault(fault) => Err(fault.rejection(self.settings.max_header_bytes)),
        }
    }

    /// Looks at the bytes of a body that were just read, and says how many are well. After those there are no more.
    fn inspect_body(&mut self, bytes: &[u8]) -> usize {
        let Some(chunks) = &mut self.chunks else { return bytes.len() };
        chunks.scan(bytes).map_or_else(
            |fault| {
                self.connection.malformed();
                self.peeked.clear();
                fault.at
            },
            |()| bytes.len(),
        )
    }

    /// What is there is dropped, or closing with unread bytes would destroy the answer on its way.
    fn poll_malformed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        for _ in 0..LINGER_BYTES / scratch.len() {
            let mut buf = ReadBuf::new(&mut scratch);
            match self.io().poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(Err(io::ErrorKind::InvalidData.into()))
    }

    fn poll_drain_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let io = Pin::new(&mut self.transport);
            let written = ready!(io.poll_write(cx, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.advance(written);
        }
        // Given back at once: most connections are streams that say something now and then.
        self.pending = BytesMut::new();
        Poll::Ready(Ok(()))
    }

    /// What was read ahead, then what comes.
    fn poll_next(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.peeked.is_empty() {
            return self.io().poll_read(cx, buf);
        }
        let take = self.peeked.len().min(buf.remaining());
        buf.put_slice(&self.peeked.split_to(take));
        Poll::Ready(Ok(()))
    }

    fn poll_guarded_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            self.refuse(&Rejection::RequestTimeout);
            return self.poll_refused(cx);
        }
        let before = buf.filled().len();
        ready!(self.poll_next(cx, buf))?;
        if self.connection.phase() == Phase::Between && buf.filled().len() > before {
            self.connection.set_phase(Phase::Head);
        }
        let fresh = buf.filled().get(before..).unwrap_or_default();
        if fresh.is_empty() && self.guard.has_begun() {
            // Gone in the middle of a head; pingora notices.
            self.deadline = None;
            return Poll::Ready(Ok(()));
        }
        let verdict = if fresh.is_empty() { Ok(0) } else { self.inspect(fresh) };
        match verdict {
            Ok(well) => buf.set_filled(before + well),
            Err(rejection) => {
                buf.set_filled(before);
                self.refuse(&rejection);
                return self.poll_refused(cx);
            }
        }
        if let Some(deadline) = &mut self.deadline {
            // Registers the waker, should no further byte come.
            let _ = deadline.as_mut().poll(cx);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(self.poll_next(cx, buf))?;
        if self.connection.phase() == Phase::Message {
            let fresh = buf.filled().get(before..).unwrap_or_default();
            let well = self.inspect_body(fresh);
            buf.set_filled(before + well);
            if well == 0 && self.connection.is_malformed() {
                return self.poll_malformed(cx);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if this.refusing.is_some() {
            return this.poll_refused(cx);
        }
        if this.held.hand_on(buf) {
            return Poll::Ready(Ok(()));
        }
        // What was well before the fault may have been given back.
        if this.connection.is_malformed() && this.peeked.is_empty() {
            return this.poll_malformed(cx);
        }
        match this.connection.phase() {
            Phase::Head | Phase::Between => this.poll_head(cx, buf),
            Phase::Message | Phase::Opaque => this.poll_body(cx, buf),
        }
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.connection.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if this.connection.phase() == Phase::Head {
            this.refuse(&Rejection::BadRequest("The request is not well-formed HTTP."));
        }
        if this.refusing.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        if this.pending.len() + bytes.len() <= JOIN_WRITES {
            this.pending.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(this.poll_drain_pending(cx))?;
        this.io().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if this.refusing.is_some() {
            return this.poll_refuse(cx);
        }
        if this.connection.is_held() {
            return Poll::Ready(Ok(()));
        }
        ready!(this.poll_drain_pending(cx))?;
        this.io().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.is_cut() {
            return this.io().poll_shutdown(cx);
        }
        if this.refusing.is_some() {
            return this.poll_refuse(cx);
        }
        ready!(this.poll_drain_pending(cx))?;
        this.io().poll_shutdown(cx)
    }
}

#[async_trait]
impl Peek for GuardedStream {
    /// Reads ahead until it is clear whether this is HTTP/2 by prior knowledge (RFC 9113 section 3.3).
    async fn try_peek(&mut self, buf: &mut [u8]) -> io::Result<bool> {
        if self.transport.is_tls() || !self.may_be_http2 {
            // ALPN has decided, or the first request; a preface of zeros says "not HTTP/2 in the clear".
            buf.fill(0);
            return Ok(true);
        }
        let mut until = Instant::now() + self.settings.idle_time;
        while self.peeked.len() < H2_PREFACE.len() && H2_PREFACE.starts_with(&self.peeked) {
            let mut chunk = [0; 1024];
            let read = tokio::select! {
                biased;
                read = tokio::time::timeout_at(until, self.transport.read(&mut chunk)) => read,
                // Nobody has asked for anything yet.
                () = nothing_new(&self.quiet) => return Err(io::ErrorKind::ConnectionAborted.into()),
            };
            match read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? {
                0 if self.peeked.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                0 => break,
                n => {
                    if self.peeked.is_empty() {
                        until = Instant::now() + self.settings.header_time;
                    }
                    self.peeked.extend_from_slice(chunk.get(..n).unwrap_or_default());
                }
            }
        }
        buf.fill(0);
        let known = self.peeked.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..known), self.peeked.get(..known)) {
            to.copy_from_slice(from);
        }
        if buf == H2_PREFACE {
            self.connection.will_close();
        }
        Ok(true)
    }
}

impl fmt::Debug for GuardedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedStream").field("connection", &self.connection).finish_non_exhaustive()
    }
}
