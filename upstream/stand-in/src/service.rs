//! What happens to every request before and after its endpoint.
//!
//! In upstream's order: parser limits, upgrade, CORS, body parsers, routing. Endpoints know
//! nothing of it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::watch;

use crate::call::{Call, parse_body};
use crate::control::{Control, ReceivedRequest};
use crate::failure::{Failure, Stage};
use crate::reply::{Asker, Reply, finish, preflight, refusal};
use crate::wire::{Cut, Line, ReplyBody};
use crate::{control_http, newer, routes, slow, statics, upload, websocket};

/// Node refuses larger request heads.
const HEAD_LIMIT: usize = 16 * 1024;

/// What a request needs besides itself.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) control: Control,
    pub(crate) line: Arc<Line>,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) peer: SocketAddr,
}

/// A request whose body is still being received.
pub(crate) struct Arriving {
    body: Incoming,
    number: u64,
}

impl Arriving {
    /// The next piece of the body, noted for inspection.
    pub(crate) async fn next(&mut self, control: &Control) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame?.into_data() {
                control.note_body(self.number, &data);
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    async fn all(&mut self, control: &Control) -> Result<Bytes, hyper::Error> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next(control).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

/// Answers one request.
pub(crate) async fn serve(context: Context, mut request: Request<Incoming>) -> Result<Response<ReplyBody>, Infallible> {
    let in_flight = context.line.begin();
    let asker = Asker::new(request.method(), request.version(), request.headers());
    if let Some(refusal) = refuse_head(&request) {
        return Ok(refusal);
    }
    if control_http::is_control(request.uri().path()) {
        let response = control_http::answer(&context.control, request).await;
        return Ok(response.map(|body| body.answering(in_flight)));
    }
    let number = context.control.note_request(ReceivedRequest {
        method: request.method().clone(),
        path_and_query: request
            .uri()
            .path_and_query()
            .map_or_else(|| request.uri().path().to_owned(), ToString::to_string),
        headers: request.headers().clone(),
        body: Bytes::new(),
        body_len: 0,
    });
    if request.headers().contains_key(header::UPGRADE) {
        return Ok(websocket::answer(&context, &mut request));
    }
    let (parts, body) = request.into_parts();
    let mut call = Call::new(parts.method, &parts.uri, parts.headers);
    let mut arriving = Arriving { body, number };
    let mut reply = reply(&context, &mut call, parts.uri.path(), &mut arriving).await;
    if !context.control.strike(parts.uri.path(), Stage::Reply).is_empty() {
        reply = newer::reply(reply);
    }
    if matches!(reply, Reply::Reset) {
        context.line.cut(Cut::Reset);
    }
    match finish(reply, &asker) {
        Some(response) => Ok(response.map(|body| body.answering(in_flight))),
        None => std::future::pending().await,
    }
}

/// What node's parser refuses before express sees it.
fn refuse_head(request: &Request<Incoming>) -> Option<Response<ReplyBody>> {
    let headers = request.headers();
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
        + request.uri().to_string().len();
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    let nameless = request.version() == Version::HTTP_11 && !headers.contains_key(header::HOST);
    if size > HEAD_LIMIT {
        return Some(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    if nameless || lengths > 1 || (chunked && lengths > 0) || !known(request.method()) {
        return Some(refusal(StatusCode::BAD_REQUEST));
    }
    let expectation = headers.get(header::EXPECT)?;
    if expectation.as_bytes().eq_ignore_ascii_case(b"100-continue") {
        return None;
    }
    let mut response = refusal(StatusCode::EXPECTATION_FAILED);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    headers.insert("keep-alive", HeaderValue::from_static("timeout=5"));
    Some(response)
}

/// Methods node's parser knows, without those of `WebDAV`.
fn known(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::DELETE
            | Method::OPTIONS
            | Method::PATCH
            | Method::TRACE
    )
}

async fn reply(context: &Context, call: &mut Call, path: &str, arriving: &mut Arriving) -> Reply {
    let failures = context.control.strike(path, Stage::Request);
    if failures.contains(&Failure::Refuse) {
        return Reply::Reset;
    }
    if call.method == Method::OPTIONS {
        return preflight(call.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS));
    }
    if failures.is_empty() && upload::is_upload(call) {
        return upload::upload(context, call, arriving).await;
    }
    let Ok(body) = arriving.all(&context.control).await else {
        return Reply::Unreadable;
    };
    if let Some(failure) = failures.first() {
        return misbehave(failure, path);
    }
    match parse_body(&call.headers, &body) {
        Ok(body) => call.body = body,
        Err(reply) => return reply,
    }
    slow::take_time(&context.control, call).await;
    routes::answer(context, call, path).await
}

fn misbehave(failure: &Failure, path: &str) -> Reply {
    match failure {
        Failure::HangAfterHead => Reply::Stream {
            body: ReplyBody::silent(),
            content_type: Some(if path.ends_with("stream-chat") {
                "text/event-stream"
            } else {
                "application/json; charset=utf-8"
            }),
        },
        Failure::Html => statics::page(),
        Failure::Status500 => Reply::error(),
        Failure::Status400Abort => Reply::abort(StatusCode::BAD_REQUEST, "Message is empty"),
        _ => Reply::Silence,
    }
}
