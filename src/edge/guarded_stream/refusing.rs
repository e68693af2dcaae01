//! A head that is refused by the guard: the answer is written here, past whoever reads the stream, who then sees it end.

use super::GuardedStream;
use crate::domain::ids::RequestId;
use crate::rejection::Rejection;
use bytes::{Buf as _, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::time::Sleep;

/// After a refusal this much of what the client still sends is read, or a reset would destroy the answer on its way.
pub(super) const LINGER_BYTES: usize = 256 * 1024;
const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Refusing {
    answer: BytesMut,
    linger: Option<(Pin<Box<Sleep>>, usize)>,
}

impl GuardedStream {
    /// From now on this stream only says so.
    pub(super) fn refuse(&mut self, rejection: &Rejection) {
        if self.refusing.is_some() {
            return;
        }
        let recorder = &self.settings.recorder;
        let id = RequestId::accept(None, &recorder.ambient);
        recorder.record_refused_head(&self.connection, rejection, &id);
        let answer = self.settings.written(rejection, &id);
        self.deadline = None;
        self.pending.clear();
        self.refusing = Some(Refusing { answer, linger: None });
    }

    /// Writes the refusal, closes our side and reads a little of the rest; then the connection looks closed to pingora.
    pub(super) fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(refusing) = &mut self.refusing {
            let io = Pin::new(&mut self.transport);
            if !refusing.answer.is_empty() {
                let written = ready!(io.poll_write(cx, &refusing.answer))?;
                refusing.answer.advance(written);
                continue;
            }
            let Some((until, left)) = &mut refusing.linger else {
                ready!(io.poll_shutdown(cx))?;
                refusing.linger = Some((Box::pin(tokio::time::sleep(LINGER)), LINGER_BYTES));
                continue;
            };
            let mut scratch = [0; 4096];
            let mut buf = ReadBuf::new(&mut scratch);
            if until.as_mut().poll(cx).is_ready() || *left == 0 {
                break;
            }
            ready!(io.poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                break;
            }
            *left = left.saturating_sub(buf.filled().len());
        }
        Poll::Ready(Ok(()))
    }

    /// As [`Self::poll_refuse`], for who reads.
    pub(super) fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refuse(cx))?;
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}
