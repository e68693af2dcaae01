//! Accepts connections and drives each of them, with upstream's keep-alive.
//!
//! Own accept loop instead of a framework's, because tests need connections counted, cut and
//! reset at exact moments.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::control::Control;
use crate::service::{Context as Ctx, serve};
use crate::wire::{Cut, Line};

/// An idle connection is closed after this long.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// A request head must be complete within this long.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// How long `stop` waits for the tasks of its connections.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A listening server. Dropping it ends everything.
pub(crate) struct Running {
    addr: SocketAddr,
    closing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(listen: SocketAddr, control: Control) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let (closing, closed) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, control, closed));
        Ok(Self { addr, closing, accepting })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends everything and waits until it has ended.
    pub(crate) async fn stop(self, control: &Control) {
        let Self { closing, accepting, .. } = self;
        closing.send_replace(true);
        drop(closing);
        if let Err(error) = accepting.await {
            tracing::warn!(%error, "the accept loop ended badly");
        }
        control.until(|control| control.open_connections() == 0, STOP_TIMEOUT).await;
    }
}

async fn accept(listener: TcpListener, control: Control, mut closing: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = closing.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(drive(stream, peer, control.clone(), closing.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection failed");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
        }
    }
}

async fn drive(stream: TcpStream, peer: SocketAddr, control: Control, mut closing: watch::Receiver<bool>) {
    let guard = control.connection_guard();
    let line = Arc::new(Line::default());
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let socket = Socket { stream, line: Arc::clone(&line) };
    let context = Ctx { control, line: Arc::clone(&line), closing: closing.clone(), peer };
    let service = service_fn(move |request| serve(context.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .title_case_headers(true)
        .max_headers(4096)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    loop {
        let idle = line.idle();
        tokio::select! {
            // The connection first: what it still has to flush goes out before it is cut.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended early");
                }
                break;
            }
            _ = closing.changed() => break,
            () = line.changed.notified() => {
                if line.ordered().is_some() {
                    break;
                }
            }
            () = tokio::time::sleep(KEEP_ALIVE), if idle => {
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    drop(guard);
}

/// A socket that is reset instead of closed if its line says so.
struct Socket {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.line.ordered() == Some(Cut::Reset)
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!(%error, "the connection is closed, not reset");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
