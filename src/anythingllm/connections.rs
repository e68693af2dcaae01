//! Connections to AnythingLLM, kept for the next call, each driven by the task whose call it carries.
//!
//! A ready-made client gives every connection a task of its own. Each piece of an answer then crosses from that task to
//! the one that waits, and a burst of fifty events becomes a hundred task switches and fifty writes to the client. Here
//! whoever wants the answer reads the socket, so that what arrived together is rendered and written together.
//!
//! Of HTTP/1.1 this speaks what these calls need: a request in one piece, and an answer of any framing. That costs a
//! fifth of what a general client costs for each event, and no memory while a stream is silent. Connecting and TLS are
//! hyper-rustls's, the reading of heads is httparse's.

mod framing;
mod head;
mod link;

use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::twice::twice;
use crate::telemetry::metrics::UpstreamMetrics;
use crate::telemetry::spans::Span;
use bytes::Bytes;
use framing::Framing;
use http::{HeaderValue, StatusCode, Uri};
use http_body::{Frame, SizeHint};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use link::{Link, Unwritten};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use tower::Service as _;

#[derive(Debug)]
pub(super) struct Connections {
    connector: HttpsConnector<HttpConnector>,
    address: Uri,
    times: Times,
    /// With the time since when; the oldest first.
    idle: Mutex<VecDeque<(Instant, Box<Link>)>>,
    max_idle: usize,
    metrics: UpstreamMetrics,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// For both attempts to connect.
    pub(super) connect: Duration,
    /// AnythingLLM closes connections that were idle for 5 s, and one must not be used while it does.
    pub(super) idle: Duration,
}

/// The head of an answer, and its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Body,
}

/// The body of an answer. Dropping it before its end closes the connection, and AnythingLLM then stops the generation.
pub(super) struct Body {
    framing: Framing,
    /// None once the body is over.
    link: Option<Box<Link>>,
    /// Where the connection is kept for the next call, if it can be used again.
    home: Option<Weak<Connections>>,
    /// Of the call; ends with the body.
    span: Span,
}

/// Why an answer does not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the connection broke: {0}")]
    Io(io::Error),
    #[error("the connection was closed before the end of the answer")]
    Closed,
    #[error("{0}")]
    Malformed(&'static str),
}

impl From<Broken> for UpstreamError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Malformed(what) => Self::contract(what),
            Broken::Io(_) | Broken::Closed => Self::Reset(Said::of(&broken)),
        }
    }
}

impl Connections {
    pub(super) fn new(
        connector: HttpsConnector<HttpConnector>,
        address: Uri,
        times: Times,
        max_idle: usize,
        metrics: UpstreamMetrics,
    ) -> Arc<Self> {
        Arc::new(Self { connector, address, times, idle: Mutex::default(), max_idle, metrics })
    }

    /// Sends a request, which is whole as it stands, and returns with the head of the answer.
    ///
    /// A connection that turns out to be closed before the request was written is replaced without a word; a request
    /// that may have reached AnythingLLM is never sent twice.
    ///
    /// # Errors
    /// `Connect`, `Reset`, `Contract`
    pub(super) async fn send(self: &Arc<Self>, request: &[u8]) -> Result<Answer, UpstreamError> {
        while let Some(mut link) = self.take() {
            if link.is_over() {
                continue;
            }
            match link.write(request).await {
                Err(Unwritten::Nothing) => {}
                Err(Unwritten::Partly(broken)) => return self.answer(link, Some(broken)).await,
                Ok(()) => return self.answer(link, None).await,
            }
        }
        // Seldom needed, so it must not make every request larger.
        let mut link = Box::pin(self.connect()).await?;
        match link.write(request).await {
            Err(Unwritten::Nothing) => Err(Broken::Closed.into()),
            Err(Unwritten::Partly(broken)) => self.answer(link, Some(broken)).await,
            Ok(()) => self.answer(link, None).await,
        }
    }

    /// Reads the head of the answer. Whoever does not take a request to its end may have said why.
    async fn answer(self: &Arc<Self>, mut link: Box<Link>, unwritten: Option<Broken>) -> Result<Answer, UpstreamError> {
        let head = match (link.head().await, unwritten) {
            (Ok(head), unwritten) => head::Head { keeps_alive: head.keeps_alive && unwritten.is_none(), ..head },
            (Err(broken), None) | (Err(_), Some(broken)) => return Err(broken.into()),
        };
        let home = head.keeps_alive.then(|| Arc::downgrade(self));
        let body = Body { framing: head.framing, link: Some(link), home, span: Span::none() };
        Ok(Answer { status: head.status, content_type: head.content_type, body })
    }

    async fn connect(&self) -> Result<Box<Link>, UpstreamError> {
        let connecting = || async {
            let mut connector = self.connector.clone();
            poll_fn(|cx| connector.poll_ready(cx)).await?;
            connector.call(self.address.clone()).await
        };
        let connected = twice(self.times.connect, connecting, || self.metrics.connected_again()).await;
        let io = connected.map_err(|error| {
            UpstreamError::Connect(error.map_or_else(|| Said::new("not in time"), |error| Said::of(&*error)))
        })?;
        Ok(Box::new(Link::new(io)))
    }

    fn take(&self) -> Option<Box<Link>> {
        let mut idle = self.idle.lock();
        let (since, link) = idle.pop_back()?;
        if since.elapsed() < self.times.idle {
            return Some(link);
        }
        // All others are older.
        idle.clear();
        None
    }

    fn keep(&self, link: Box<Link>) {
        let mut idle = self.idle.lock();
        if idle.len() < self.max_idle {
            idle.push_back((Instant::now(), link));
        }
    }

    pub(super) fn idle_time(&self) -> Duration {
        self.times.idle
    }

    /// Closes connections that nobody wanted for a while.
    pub(super) fn sweep(&self) {
        let mut idle = self.idle.lock();
        let old = idle.iter().take_while(|(since, _)| since.elapsed() >= self.times.idle).count();
        idle.drain(..old);
    }
}

impl Body {
    /// The same, which keeps the span of its call.
    pub(super) fn within(self, span: Span) -> Self {
        Self { span, ..self }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Self { framing, link, home, span } = self.get_mut();
        let Some(connection) = link else { return Poll::Ready(None) };
        match connection.poll_piece(framing, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(piece))) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            Poll::Ready(Some(Err(broken))) => {
                *link = None;
                *span = Span::none();
                Poll::Ready(Some(Err(broken)))
            }
            Poll::Ready(None) => {
                *span = Span::none();
                let connection = link.take().filter(|connection| connection.is_clear());
                if let (Some(connection), Some(home)) = (connection, home.as_ref().and_then(Weak::upgrade)) {
                    home.keep(connection);
                }
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // Asked to its end all the same, or the connection would not be kept.
        false
    }

    fn size_hint(&self) -> SizeHint {
        self.framing.left().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("framing", &self.framing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
