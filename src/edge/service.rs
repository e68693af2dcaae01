//! The hand-over of a request to the api, in process, and of its answer back to the socket.
//!
//! A row that is answered here never touches AnythingLLM through pingora. While the handler works and while its answer
//! streams, the client is watched: when it leaves, the handler and everything it holds upstream is dropped at once.

use crate::domain::ids::RequestId;
use crate::edge::client::{Client, Framing, Noticed, content_length, expects_continue};
use crate::edge::connection::Connection;
use crate::edge::record::{Recorder, Running};
use crate::endpoints::{BodyCap, Endpoint};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::telemetry::RequestFacts;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use http::{HeaderValue, Method, Response, StatusCode, Version, header};
use http_body_util::BodyExt as _;
use pingora::ErrorType;
use pingora::http::ResponseHeader;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Largest delivery of a shop, in bytes: Shopify sends a product with a hundred variants and its texts.
const WEBHOOK_BYTES: usize = 2 * 1024 * 1024;
/// Largest form of the console, in bytes: several times the longest document, of which a sign takes up to nine bytes on
/// the way.
const FORM_BYTES: usize = 2 * 1024 * 1024;
/// Of a large last piece of an answer so much is kept back until the client has taken the rest, in bytes.
const LAST_BYTES: usize = 1024;
/// A last piece up to this size leaves at once, in bytes.
const SMALL_PIECE: usize = 16 * 1024;

/// The error of an answer's body: the connection is cut.
type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The body of an answer, whole or streamed.
pub type ServiceBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

#[async_trait]
pub trait Answerer: std::fmt::Debug + Send + Sync {
    /// The answer. Dropping the future or the body must drop everything the answer needs upstream.
    async fn answer(&self, request: http::Request<Bytes>, admitted: Arc<Admitted>) -> Response<ServiceBody>;
}

/// So much of a body is read and dropped where none belongs, in bytes: clients send `{}` with a `DELETE`.
const UNWANTED_BYTES: usize = 1024;

/// Sizes and times of reading a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub(super) json: usize,
    pub(super) chat: usize,
    pub(super) time: Duration,
}

impl BodyLimits {
    fn cap(&self, endpoint: &Endpoint) -> usize {
        match endpoint.body {
            BodyCap::None => UNWANTED_BYTES,
            BodyCap::Json | BodyCap::Upload => self.json,
            BodyCap::Chat => self.chat,
            BodyCap::Form => FORM_BYTES,
            BodyCap::Webhook => WEBHOOK_BYTES,
        }
    }

    /// Reads the whole body; where none belongs, there is none afterwards.
    ///
    /// # Errors
    /// `unsupported_media_type` when it is compressed, `body_too_large`, `request_timeout`, or `bad_request` when it
    /// breaks off.
    pub(super) async fn read<C: Client>(&self, client: &mut C, endpoint: &Endpoint) -> Result<Bytes, Rejection> {
        let coding = client.head().headers.get(header::CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err(Rejection::UnsupportedMediaType("Send the body as it is, without `Content-Encoding`."));
        }
        let limit = self.cap(endpoint);
        let whole = read_whole(client, limit, self.time).await?;
        Ok(if endpoint.body == BodyCap::None { Bytes::new() } else { whole })
    }
}

/// Reads a body of at most so many bytes, within this time.
///
/// # Errors
/// As [`BodyLimits::read`].
pub(super) async fn read_whole<C: Client>(client: &mut C, limit: usize, time: Duration) -> Result<Bytes, Rejection> {
    let too_large = || Rejection::BodyTooLarge { limit: limit as u64 };
    let declared = content_length(client.head());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let broken = |_| BROKEN;
    if expects_continue(client.head()) && declared != Some(0) {
        client.say_continue().await.map_err(broken)?;
    }
    let whole = async {
        // Most bodies come in one piece.
        let (mut first, mut body) = (Bytes::new(), BytesMut::new());
        while let Some(chunk) = client.read_body().await.map_err(broken)? {
            if first.len() + body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            if first.is_empty() && body.is_empty() {
                first = chunk;
                continue;
            }
            body.extend_from_slice(&std::mem::take(&mut first));
            body.extend_from_slice(&chunk);
        }
        Ok(if body.is_empty() { first } else { body.freeze() })
    };
    tokio::time::timeout(time, whole).await.unwrap_or(Err(Rejection::RequestTimeout))
}

/// Waits for the first bytes of a body, within this time, and says whether they are all.
///
/// # Errors
/// `request_timeout`, or `bad_request` when it breaks off.
pub(super) async fn read_first_piece<C: Client>(client: &mut C, time: Duration) -> Result<bool, Rejection> {
    let broken = |_| BROKEN;
    if expects_continue(client.head()) {
        client.say_continue().await.map_err(broken)?;
    }
    let first = async {
        loop {
            match client.read_body().await.map_err(broken)? {
                None => return Ok(true),
                Some(piece) if !piece.is_empty() => return Ok(client.is_body_read()),
                // A part of a chunk's size.
                Some(_) => {}
            }
        }
    };
    tokio::time::timeout(time, first).await.unwrap_or(Err(Rejection::RequestTimeout))
}

/// For who has left, and for who sends malformed chunks.
const BROKEN: Rejection = Rejection::BadRequest("The body broke off, or its chunks are malformed.");

/// Bytes of an unwanted body that are read before a refusal, so that the client gets to see the refusal: over HTTP/2 an
/// early answer resets the upload, over HTTP/1 closing with unread bytes resets the connection.
const DRAIN_BYTES: usize = 4 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Reads and drops the rest of a body that nobody wants, within bounds.
///
/// Returns whether the connection can be used again.
pub(super) async fn drain<C: Client>(client: &mut C) -> bool {
    if client.is_body_read() {
        return true;
    }
    // A client that waits for permission will not send, and one that declares too much is not waited for. Over HTTP/2
    // clients send after a moment all the same, and some lose an answer that is followed by a reset.
    let is_http2 = client.head().version == Version::HTTP_2;
    let waits = expects_continue(client.head()) && !is_http2;
    // What comes on the stream of a tunnel is no body (RFC 9113 section 8.5), and has no end before the answer.
    let is_tunnel = client.head().method == Method::CONNECT && is_http2;
    if waits || is_tunnel || content_length(client.head()).is_some_and(|n| n > DRAIN_BYTES as u64) {
        return false;
    }
    let all = async {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(chunk)) = client.read_body().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                return false;
            }
        }
        true
    };
    let drained = tokio::time::timeout(DRAIN_TIME, all).await.unwrap_or(false);
    drained && client.is_body_read()
}

/// How a call of a handler went.
pub(super) enum Called {
    Answer(Response<ServiceBody>),
    /// Nobody waits for the answer any more.
    ClientLeft,
    /// We stop, and there is no more time for the answer.
    Closing(Rejection),
}

/// Why a streamed answer ends before its time.
pub(super) enum StreamEnd {
    /// The right to it has ended: it is cut.
    Withdrawn(Rejection),
    /// We stop: it ends with a word.
    Closing,
}

/// What an answer that is not finished in time says.
pub(super) const CLOSING: Rejection = Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) };

/// Runs the handler while watching the client, and for no longer than answers may run.
pub(super) async fn call<C: Client>(
    answerer: &dyn Answerer,
    client: &mut C,
    connection: &Connection,
    request: http::Request<Bytes>,
    admitted: Arc<Admitted>,
) -> Called {
    let facts = Arc::clone(admitted.facts());
    let answer = answerer.answer(request, admitted);
    let closing = async {
        connection.closing().await;
        // Before the handler is dropped, which settles what it has taken.
        facts.set_stream_error(CLOSING.code());
        Called::Closing(CLOSING)
    };
    tokio::pin!(answer, closing);
    tokio::select! {
        biased;
        response = &mut answer => Called::Answer(response),
        closed = &mut closing => closed,
        noticed = client.watch() => {
            let Noticed::SentMore = noticed else { return Called::ClientLeft };
            // Of its next request something may be lost, so the connection ends after this answer.
            client.close_afterwards();
            tokio::select! {
                biased;
                response = answer => Called::Answer(response),
                closed = closing => closed,
            }
        }
    }
}

/// Writes an answer, watching the client while the answer is silent. Time the client takes to read is noted in
/// `running`. Before the end is sent, the request's usage is recorded. When `ended` returns, the rest of a streamed
/// answer is not sent, and the reason is what is recorded; `last` is then asked for the words to end with.
///
/// # Errors
/// The client left or did not read in time, the right to the answer ended, or the answer's body failed; the connection
/// must end then.
pub(super) async fn write<C: Client>(
    client: &mut C,
    connection: &Connection,
    response: Response<ServiceBody>,
    running: &mut Running,
    recorder: &Recorder,
    mut ended: Pin<&mut impl Future<Output = StreamEnd>>,
    last: impl FnOnce(&RequestId) -> Option<Bytes>,
) -> pingora::Result<()> {
    let (mut parts, mut body) = response.into_parts();
    let version = client.head().version;
    let is_h1 = version <= Version::HTTP_11;
    let never_has_body = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let exact = http_body::Body::size_hint(&body).exact();
    let framing = match exact {
        _ if never_has_body || client.head().method == Method::HEAD => Framing::NoBody,
        Some(length) => Framing::Length(length),
        None => Framing::Pieces,
    };
    let bodiless = framing == Framing::NoBody;
    // The length is set below: axum gives one to a 204 and a 304 too, which RFC 9110 section 8.6 forbids.
    parts.headers.remove(header::CONTENT_LENGTH);
    let status = parts.status;
    let mut head = Box::new(ResponseHeader::from(parts));
    match exact {
        Some(length) if !never_has_body => {
            head.insert_header(header::CONTENT_LENGTH, HeaderValue::from(length))?;
        }
        None if version == Version::HTTP_11 && !bodiless => {
            head.insert_header(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"))?;
        }
        // HTTP/1.0 knows no chunks: the body ends with the connection.
        None if is_h1 => client.close_afterwards(),
        // These have no length; HTTP/2 frames its bodies itself.
        Some(_) | None => {}
    }
    // What is there of the body already leaves with the head.
    let mut first = if bodiless { None } else { body.frame().now_or_never() };
    connection.hold(is_h1 && matches!(&first, Some(Some(Ok(frame))) if frame.is_data()));
    let (status, mut sent) = (status.as_u16(), 0);
    if bodiless || exact == Some(0) {
        running.first_byte = Some(running.started.elapsed());
        recorder.settle(running, status, sent);
    }
    client.write_head(head, framing).await?;
    running.first_byte.get_or_insert_with(|| running.started.elapsed());
    if bodiless {
        return Ok(());
    }
    let mut watch = true;
    loop {
        let next = async {
            match first.take() {
                Some(frame) => frame,
                None => body.frame().await,
            }
        };
        tokio::select! {
            biased;
            frame = next => match frame {
                Some(Ok(frame)) => if let Ok(mut data) = frame.into_data() {
                    let is_end = http_body::Body::is_end_stream(&body);
                    sent += data.len() as u64;
                    // The end of the message leaves with its last piece.
                    connection.hold(is_h1 && is_end);
                    let mut began = Instant::now();
                    let is_answered = running.facts.as_deref().is_some_and(RequestFacts::is_answered);
                    if is_end || is_answered || exact.is_some_and(|length| sent >= length) {
                        if data.len() > SMALL_PIECE {
                            let last = data.split_off(data.len() - LAST_BYTES);
                            client.write_piece(std::mem::replace(&mut data, last)).await?;
                            running.client_wait += began.elapsed();
                            began = Instant::now();
                        }
                        recorder.settle(running, status, sent);
                    }
                    client.write_piece(data).await?;
                    running.client_wait += began.elapsed();
                },
                Some(Err(error)) => return Err(pingora::Error::because(ErrorType::InternalError, "answer's body", error)),
                None => break,
            },
            noticed = client.watch(), if watch => match noticed {
                Noticed::SentMore => {
                    client.close_afterwards();
                    watch = false;
                }
                Noticed::Left(error) => return Err(error),
            },
            // Whole answers are on their way already.
            why = ended.as_mut(), if exact.is_none() => match why {
                StreamEnd::Withdrawn(why) => {
                    running.refused = Some(why.code());
                    return pingora::Error::e_explain(ErrorType::InternalError, "the right to the answer has ended");
                }
                StreamEnd::Closing => {
                    if let Some(words) = last(&running.request_id) {
                        running.refused = Some(CLOSING.code());
                        client.write_piece(words).await?;
                    }
                    break;
                }
            }
        }
    }
    connection.hold(false);
    recorder.settle(running, status, sent);
    client.finish().await
}
