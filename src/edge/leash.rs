//! A connection to AnythingLLM that ends when the client takes too long over its body. Pingora waits for the next piece
//! of an HTTP/2 body without any bound, and there is nothing of ours in that wait; but it reads AnythingLLM's answer at
//! the same time, and so what it reads from can end the request.

use crate::edge::pace::Pace;
use async_trait::async_trait;
use parking_lot::Mutex;
use pingora::connectors::L4Connect;
use pingora::prelude::*;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::l4::stream::Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How far a body has come, as the connection to AnythingLLM sees it.
#[derive(Debug)]
pub(super) struct Progress {
    pace: Pace,
    began: Instant,
    seen: AtomicU64,
    done: AtomicBool,
    late: AtomicBool,
}

impl Progress {
    pub(super) fn new(pace: Pace, began: Instant) -> Arc<Self> {
        let [done, late] = [(); 2].map(|()| AtomicBool::new(false));
        Arc::new(Self { pace, began, seen: AtomicU64::new(0), done, late })
    }

    pub(super) fn set(&self, seen: u64, done: bool) {
        self.seen.store(seen, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
    }

    /// Whether the request was ended because of it.
    pub(super) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// What is left of the client's time; none when the body is there.
    fn left(&self) -> Option<Duration> {
        let waits = !self.done.load(Ordering::Relaxed);
        waits.then(|| self.pace.left(self.seen.load(Ordering::Relaxed), self.began.elapsed()).unwrap_or_default())
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
        let socket = Leash { tcp, progress: Arc::clone(&self.progress), timer: Mutex::new(None) };
        Ok(VirtualSocketStream::new(Box::new(socket)).into())
    }
}

#[derive(Debug)]
struct Leash {
    tcp: TcpStream,
    progress: Arc<Progress>,
    /// Behind a lock, never contended, because pingora wants its sockets shareable.
    timer: Mutex<Option<Pin<Box<Sleep>>>>,
}

impl AsyncRead for Leash {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(read) = Pin::new(&mut this.tcp).poll_read(cx, buf) {
            return Poll::Ready(read);
        }
        loop {
            let Some(left) = this.progress.left() else { return Poll::Pending };
            if left.is_zero() {
                this.progress.late.store(true, Ordering::Relaxed);
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            let mut timer = Box::pin(tokio::time::sleep(left));
            let is_up = timer.as_mut().poll(cx).is_ready();
            *this.timer.get_mut() = Some(timer);
            if !is_up {
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
