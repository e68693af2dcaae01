//! A connection to AnythingLLM, for one request, that ends when somebody takes too long: the client over its body,
//! AnythingLLM over the head of its answer, or in silence after it. Pingora waits for the next piece of an HTTP/2 body
//! without any bound, and has one time for head and silence, which also runs while a body is still being sent. There is
//! nothing of ours in those waits; but it reads AnythingLLM's answer all the while, and so what it reads from can end
//! the request.

use crate::anythingllm::Deadline;
use crate::edge::pace::Pace;
use crate::edge::patience::Patience;
use async_trait::async_trait;
use parking_lot::Mutex;
use pingora::connectors::L4Connect;
use pingora::prelude::*;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::l4::stream::Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How far a request has come, as the connection to AnythingLLM sees it.
#[derive(Debug)]
pub(super) struct Progress {
    patience: Patience,
    /// For bodies that pingora waits for without any bound.
    pace: Option<Pace>,
    began: Instant,
    seen: AtomicU64,
    /// When the body was there.
    sent: OnceLock<Instant>,
    answered: AtomicBool,
    ended_by: OnceLock<Late>,
}

/// Who took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    Client,
    Upstream,
}

impl Progress {
    pub(super) fn new(patience: Patience, pace: Option<Pace>, began: Instant) -> Arc<Self> {
        Arc::new(Self {
            patience,
            pace,
            began,
            seen: AtomicU64::new(0),
            sent: OnceLock::new(),
            answered: AtomicBool::new(false),
            ended_by: OnceLock::new(),
        })
    }

    pub(super) fn set(&self, seen: u64, done: bool) {
        self.seen.store(seen, Ordering::Relaxed);
        if done {
            self.sent.get_or_init(Instant::now);
        }
    }

    /// The head of the answer is there.
    pub(super) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Whether the request was ended because somebody took too long.
    pub(super) fn ended_by(&self) -> Option<Late> {
        self.ended_by.get().copied()
    }

    /// Whom the request waits for and what is left of their time; for nobody while an HTTP/1 body is on its way, which
    /// pingora bounds. `heard`: when AnythingLLM last said something.
    fn left(&self, heard: Instant) -> (Option<Late>, Duration) {
        match (self.sent.get(), self.pace) {
            (None, Some(pace)) => {
                let left = pace.left(self.seen.load(Ordering::Relaxed), self.began.elapsed());
                (Some(Late::Client), left.unwrap_or_default())
            }
            // It is looked at again after so long, by when the body may be there.
            (None, None) => (None, self.patience.head.max(Duration::from_millis(1))),
            _ if self.answered.load(Ordering::Relaxed) => {
                (Some(Late::Upstream), self.patience.silence.saturating_sub(heard.elapsed()))
            }
            (Some(sent), _) => (Some(Late::Upstream), self.patience.head.saturating_sub(sent.elapsed())),
        }
    }
}

/// Puts a peer on the leash, for one request.
pub(super) fn leashed(mut peer: HttpPeer, progress: Arc<Progress>) -> HttpPeer {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let connect = peer.options.connection_timeout.unwrap_or(Duration::from_secs(10));
    peer.options.custom_l4 = Some(Arc::new(Connector { progress, connect }));
    // A connection of its own: neither one that others have left nor one that others could take.
    peer.group_key = REQUESTS.fetch_add(1, Ordering::Relaxed);
    peer.options.idle_timeout = Some(Duration::from_millis(1));
    peer.options.read_timeout = None;
    peer
}

#[derive(Debug)]
struct Connector {
    progress: Arc<Progress>,
    connect: Duration,
}

#[async_trait]
impl L4Connect for Connector {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let address = address.as_inet().or_err(ErrorType::ConnectError, "no address of the internet")?;
        let tcp = tokio::time::timeout(self.connect, TcpStream::connect(address)).await;
        let tcp =
            tcp.or_err(ErrorType::ConnectTimedout, "timeout")?.or_err(ErrorType::ConnectError, "no connection")?;
        let socket =
            Leash { tcp, progress: Arc::clone(&self.progress), heard: Instant::now(), timer: Mutex::new(None) };
        Ok(VirtualSocketStream::new(Box::new(socket)).into())
    }
}

#[derive(Debug)]
struct Leash {
    tcp: TcpStream,
    progress: Arc<Progress>,
    heard: Instant,
    /// Behind a lock, never contended, because pingora wants its sockets shareable.
    timer: Mutex<Option<Deadline>>,
}

impl AsyncRead for Leash {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(read) = Pin::new(&mut this.tcp).poll_read(cx, buf) {
            this.heard = Instant::now();
            return Poll::Ready(read);
        }
        let timer = this.timer.get_mut();
        loop {
            let (whom, left) = this.progress.left(this.heard);
            if let Some(late) = whom.filter(|_| left.is_zero()) {
                this.progress.ended_by.get_or_init(|| late);
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            let due = tokio::time::Instant::now() + left;
            let timer = timer.get_or_insert_with(|| Deadline::new(due));
            timer.move_to(due);
            if timer.poll_reached(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for Leash {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().tcp).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}

impl VirtualSocket for Leash {
    fn set_socket_option(&self, option: VirtualSockOpt) -> io::Result<()> {
        // Of keep-alive there is no need: the connection is for one request.
        if matches!(option, VirtualSockOpt::NoDelay) { self.tcp.set_nodelay(true) } else { Ok(()) }
    }
}
