//! One connection: a request is written to it, the answer read from it as it comes.
//!
//! It holds memory only for what has arrived and was not taken yet: a stream that is silent has none.

use super::Broken;
use super::framing::{Framing, Next};
use super::head::{self, Head};
use bytes::{Bytes, BytesMut};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

/// So much is read at once, in bytes: an answer that has arrived whole takes one call.
const READ: usize = 16 * 1024;

pub(super) struct Link {
    io: TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>,
    arrived: BytesMut,
}

impl Link {
    pub(super) fn new(io: MaybeHttpsStream<TokioIo<TcpStream>>) -> Self {
        Self { io: TokioIo::new(io), arrived: BytesMut::new() }
    }

    /// Writes a request. Says whether it may have reached the other side if that fails.
    pub(super) async fn write(&mut self, message: &[u8]) -> Result<(), Unwritten> {
        let written = self.io.write(message).await.map_err(|_| Unwritten::Nothing)?;
        let rest = message.get(written..).unwrap_or_default();
        let all = async {
            self.io.write_all(rest).await?;
            self.io.flush().await
        };
        all.await.map_err(|error: io::Error| Unwritten::Partly(Broken::Io(error)))
    }

    /// Waits for the head of the answer.
    pub(super) async fn head(&mut self) -> Result<Head, Broken> {
        loop {
            if let Some(head) = head::take(&mut self.arrived)? {
                return Ok(head);
            }
            if poll_fn(|cx| self.poll_arrive(cx)).await? == 0 {
                return Err(Broken::Closed);
            }
        }
    }

    /// The next piece of the body; none at its end.
    pub(super) fn poll_piece(
        &mut self,
        framing: &mut Framing,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            match framing.next(&mut self.arrived) {
                Ok(Next::Piece(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(Next::End) => return Poll::Ready(None),
                Ok(Next::More) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            match ready!(self.poll_arrive(cx)) {
                Ok(0) => return Poll::Ready(framing.closed().err().map(Err)),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// Whether it cannot be used for another request: the other side has closed it, or has said what nobody asked. No
    /// waker: an idle connection has nobody to wake, and would keep the memory of the last task that used it.
    pub(super) fn is_over(&mut self) -> bool {
        !self.arrived.is_empty() || self.poll_arrive(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    /// Whether everything that has arrived was taken.
    pub(super) fn is_clear(&self) -> bool {
        self.arrived.is_empty()
    }

    /// Reads; 0 bytes say that the other side has closed the connection.
    fn poll_arrive(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Broken>> {
        let mut space = [const { MaybeUninit::uninit() }; READ];
        let mut read = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut read)).map_err(Broken::Io)?;
        if self.arrived.is_empty() {
            self.arrived = BytesMut::from(read.filled());
        } else {
            self.arrived.extend_from_slice(read.filled());
        }
        Poll::Ready(Ok(read.filled().len()))
    }
}

/// How writing a request failed.
pub(super) enum Unwritten {
    /// It cannot have reached anybody.
    Nothing,
    Partly(Broken),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("arrived", &self.arrived.len()).finish_non_exhaustive()
    }
}
