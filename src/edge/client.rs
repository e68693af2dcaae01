//! The client of one request, whoever speaks HTTP with it: a session of Pingora's, or an exchange of the direct way. What
//! is decided about a request and its answer is written once, against this; nothing is decided here.

use crate::edge::hops;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, header};
use pingora::http::ResponseHeader;
use pingora::prelude::*;
use pingora::proxy::Session;
use std::time::Duration;

/// One request on its connection, over HTTP/1 or one stream of HTTP/2.
pub(super) trait Client: Send {
    fn head(&self) -> &Parts;

    /// The target of the request as it was sent, which need not be UTF-8.
    fn target(&self) -> &[u8];

    fn drop_header(&mut self, name: &HeaderName);

    /// The next piece of the body; none at its end. A piece may be empty.
    ///
    /// # Errors
    /// The body broke off, or is malformed.
    fn read_body(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Whether the whole body was read.
    fn is_body_read(&mut self) -> bool;

    /// Tells a client that asked for it to go on and send the body.
    ///
    /// # Errors
    /// The client has left.
    fn say_continue(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Returns when the client does what nobody waits for. May be dropped and called again.
    fn watch(&mut self) -> impl Future<Output = Noticed> + Send;

    /// The connection will not carry another request.
    fn close_afterwards(&mut self);

    /// How long a piece of an answer may take to be taken.
    fn set_write_time(&mut self, time: Duration);

    /// Writes the head of the answer, whose headers say the same of the body as `framing`.
    ///
    /// # Errors
    /// The client has left.
    fn write_head(&mut self, head: Box<ResponseHeader>, framing: Framing) -> impl Future<Output = Result<()>> + Send;

    /// # Errors
    /// The client has left, or does not read.
    fn write_piece(&mut self, piece: Bytes) -> impl Future<Output = Result<()>> + Send;

    /// Ends the body.
    ///
    /// # Errors
    /// The client has left, or does not read.
    fn finish(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// What was sent and received so far.
    fn exchanged(&self) -> Exchanged;
}

/// What a client does while it should be waiting.
pub(super) enum Noticed {
    /// It has not left, it is impatient: it has sent a part of its next request.
    SentMore,
    Left(Box<Error>),
}

/// What tells where the body of an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Nothing follows the head.
    NoBody,
    /// Bytes.
    Length(u64),
    /// Chunks, or what another version has in their place.
    Pieces,
}

/// What went over the wire for one request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Exchanged {
    /// Of the head of the answer, once it is written.
    pub(super) status: Option<u16>,
    /// Of the body of the request.
    pub(super) bytes_in: u64,
    /// Of the body of the answer.
    pub(super) bytes_out: u64,
}

/// The length of a body, where the head tells it.
pub(super) fn content_length(head: &Parts) -> Option<u64> {
    head.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the client waits for permission to send its body (RFC 9110 section 10.1.1).
pub(super) fn expects_continue(head: &Parts) -> bool {
    head.headers.get(header::EXPECT).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Whether the client says that this request is the last of its connection.
pub(super) fn is_last(head: &Parts) -> bool {
    hops::named_by_connection(&head.headers).any(|option| option.eq_ignore_ascii_case(b"close"))
}

impl Client for Session {
    fn head(&self) -> &Parts {
        self.req_header()
    }

    fn target(&self) -> &[u8] {
        self.req_header().raw_path()
    }

    fn drop_header(&mut self, name: &HeaderName) {
        self.req_header_mut().remove_header(name);
    }

    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        self.read_request_body().await
    }

    fn is_body_read(&mut self) -> bool {
        self.is_body_done()
    }

    async fn say_continue(&mut self) -> Result<()> {
        self.write_continue_response().await
    }

    async fn watch(&mut self) -> Noticed {
        loop {
            match self.downstream_session.read_body_or_idle(true).await {
                Ok(_) => {}
                // It has lost a byte of what was sent.
                Err(error) if error.etype == ErrorType::ConnectError => return Noticed::SentMore,
                Err(error) => return Noticed::Left(error),
            }
        }
    }

    fn close_afterwards(&mut self) {
        self.set_keepalive(None);
    }

    fn set_write_time(&mut self, time: Duration) {
        self.set_write_timeout(Some(time));
    }

    async fn write_head(&mut self, head: Box<ResponseHeader>, framing: Framing) -> Result<()> {
        self.write_response_header(head, framing == Framing::NoBody).await
    }

    async fn write_piece(&mut self, piece: Bytes) -> Result<()> {
        self.write_response_body(Some(piece), false).await
    }

    async fn finish(&mut self) -> Result<()> {
        self.write_response_body(None, true).await
    }

    fn exchanged(&self) -> Exchanged {
        Exchanged {
            status: self.response_written().map(|head| head.status.as_u16()),
            bytes_in: self.body_bytes_read() as u64,
            bytes_out: self.body_bytes_sent() as u64,
        }
    }
}
