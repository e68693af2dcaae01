//! Connections to AnythingLLM, kept for the next call, each driven by the task whose call it carries.
//!
//! hyper's ready-made pool gives every connection a task of its own. Each piece of an answer then crosses from that
//! task to the one that waits, and as only one piece can be on its way, a burst of fifty events becomes a hundred task
//! switches and fifty writes to the client. Here whoever wants the answer reads the socket, so that what arrived
//! together is rendered and written together. HTTP itself stays hyper's.

use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::twice::twice;
use crate::telemetry::metrics::UpstreamMetrics;
use crate::telemetry::spans::Span;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::Service as _;

/// Read buffer of a connection, in bytes. A frame of a chat is some 150 bytes, so hyper's 8 KiB would only be memory
/// held by every silent stream.
const READ_BUFFER: usize = 4 * 1024;

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

/// One connection. Boxed wherever it goes: it is large, and would be so once more in every future that hands it on.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// None once the connection is over.
    driver: Option<Connection<MaybeHttpsStream<TokioIo<TcpStream>>, Full<Bytes>>>,
}

/// The body of an answer. Dropping it before its end closes the connection, and AnythingLLM then stops the generation.
pub(super) struct Body {
    incoming: Incoming,
    link: Option<Box<Link>>,
    home: Weak<Connections>,
    /// Of the call; ends with the body.
    _span: Span,
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

    /// Sends a request whose URI is a path and which has its `Host`, and returns with the head of the answer.
    ///
    /// A connection that turns out to be closed before the request was written is replaced without a word; a request
    /// that may have reached AnythingLLM is never sent twice.
    ///
    /// # Errors
    /// `Connect`, `Reset`, `Contract`
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Body>, UpstreamError> {
        while let Some(mut link) = self.take() {
            if link.is_over() {
                continue;
            }
            match link.ask(request).await {
                Ok(answer) => return Ok(self.body_of(answer, link)),
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(refused.error())),
                },
            }
        }
        // Seldom needed, so it must not make every request larger.
        let mut link = Box::pin(self.connect()).await?;
        match link.ask(request).await {
            Ok(answer) => Ok(self.body_of(answer, link)),
            Err(refused) => Err(broken(refused.error())),
        }
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
        let handshake = Builder::new().read_buf_exact_size(Some(READ_BUFFER)).handshake(io).await;
        let (sender, driver) = handshake.map_err(|error| UpstreamError::Connect(Said::of(&error)))?;
        Ok(Box::new(Link { sender, driver: Some(driver) }))
    }

    fn body_of(self: &Arc<Self>, answer: Response<Incoming>, link: Box<Link>) -> Response<Body> {
        answer.map(|incoming| Body { incoming, link: Some(link), home: Arc::downgrade(self), _span: Span::none() })
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

impl Link {
    /// Reads and writes what can be read and written.
    fn poll_drive(&mut self, cx: &mut Context<'_>) {
        // How it ended is told to whoever waits for the answer.
        if self.driver.as_mut().is_some_and(|driver| Pin::new(driver).poll(cx).is_ready()) {
            self.driver = None;
        }
    }

    /// Whether the other side has closed it. No waker: an idle connection has nobody to wake, and would keep the memory
    /// of the last task that used it.
    fn is_over(&mut self) -> bool {
        self.poll_drive(&mut Context::from_waker(Waker::noop()));
        self.driver.is_none() || !self.sender.is_ready()
    }

    async fn ask(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        poll_fn(|cx| {
            self.poll_drive(cx);
            answer.as_mut().poll(cx)
        })
        .await
    }
}

fn broken(error: &hyper::Error) -> UpstreamError {
    if error.is_parse() { UpstreamError::Contract(Said::of(error)) } else { UpstreamError::Reset(Said::of(error)) }
}

impl Body {
    /// The same, which keeps the span of its call.
    pub(super) fn within(self, span: Span) -> Self {
        Self { _span: span, ..self }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let mut frame = Pin::new(&mut this.incoming).poll_frame(cx);
        if frame.is_pending()
            && let Some(link) = &mut this.link
        {
            link.poll_drive(cx);
            frame = Pin::new(&mut this.incoming).poll_frame(cx);
        }
        if let Poll::Ready(None) = frame
            && let Some(mut link) = this.link.take()
            && !link.is_over()
            && let Some(home) = this.home.upgrade()
        {
            home.keep(link);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        // Asked to its end all the same, or the connection would not be kept.
        false
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("over", &self.driver.is_none()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("link", &self.link).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
