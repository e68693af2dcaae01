//! The fast upstream as a program: one thread, HTTP/1.1, keep-alive.

use bytes::Bytes;
use clap::Parser;
use futures_util::stream::{self, Stream, StreamExt as _};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_bench_upstream::{Mark, Plan, frames, monotonic_nanos};

type Body = UnsyncBoxBody<Bytes, Infallible>;

#[derive(Parser)]
struct Arguments {
    /// Where to listen; the address is printed.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Answers that never change.
struct Ready {
    ping: Bytes,
    search: Bytes,
    instant: Mutex<HashMap<Plan, Arc<Vec<Bytes>>>>,
    /// Chats that were asked, told at `/chats`.
    chats: AtomicU64,
}

impl Ready {
    fn instant(&self, plan: Plan) -> Arc<Vec<Bytes>> {
        let mut known = self.instant.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(plan).or_insert_with(|| Arc::new(frames::instant(&plan))))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    let ready = Arc::new(Ready {
        ping: Bytes::from_static(b"{\"online\":true}"),
        search: frames::search(),
        instant: Mutex::default(),
        chats: AtomicU64::new(0),
    });
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        socket.set_nodelay(true)?;
        let ready = Arc::clone(&ready);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let ready = Arc::clone(&ready);
                async move { Ok::<_, Infallible>(answer(request, &ready).await) }
            });
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service);
            drop(connection.await); // whoever leaves in the middle is no news
        });
    }
}

async fn answer(request: Request<Incoming>, ready: &Ready) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if body.collect().await.is_err() {
        return json(StatusCode::BAD_REQUEST, Bytes::from_static(b"{}"));
    }
    let path = parts.uri.path();
    if path == "/api/ping" {
        return json(StatusCode::OK, ready.ping.clone());
    }
    if path == "/chats" {
        return json(StatusCode::OK, ready.chats.load(Ordering::Relaxed).to_string().into());
    }
    let Some(rest) = path.strip_prefix("/api/v1/workspace/") else {
        return nothing();
    };
    match (&parts.method, rest.split_once('/')) {
        (&Method::POST, Some((_, "vector-search"))) => json(StatusCode::OK, ready.search.clone()),
        (&Method::POST, Some((slug, "stream-chat"))) => {
            ready.chats.fetch_add(1, Ordering::Relaxed);
            chat(Plan::of_slug(slug), ready)
        }
        (&Method::GET, None) => json(StatusCode::OK, frames::workspace(rest)),
        _ => nothing(),
    }
}

fn nothing() -> Response<Body> {
    json(StatusCode::NOT_FOUND, Bytes::from_static(b"{}"))
}

fn json(status: StatusCode, body: Bytes) -> Response<Body> {
    respond(status, "application/json; charset=utf-8", Full::new(body).boxed_unsync())
}

fn chat(plan: Plan, ready: &Ready) -> Response<Body> {
    let body = if plan.is_instant() {
        let all = ready.instant(plan);
        let count = all.len();
        streamed(stream::iter((0..count).map(move |index| all[index].clone())))
    } else {
        streamed(slow(plan))
    };
    let mut response = respond(StatusCode::OK, "text/event-stream", body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    response
}

/// One frame at a time, stamped when it is handed to the socket.
fn slow(plan: Plan) -> impl Stream<Item = Bytes> {
    let tokens = stream::unfold(0, move |sequence| async move {
        if sequence == plan.events {
            return None;
        }
        tokio::time::sleep(if sequence == 0 { plan.first } else { plan.gap }).await;
        Some((frames::token(Mark { sequence, sent_nanos: monotonic_nanos() }), sequence + 1))
    });
    tokens.chain(stream::iter(frames::ending(plan.events)))
}

fn streamed(frames: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    StreamBody::new(frames.map(|bytes| Ok(Frame::data(bytes)))).boxed_unsync()
}

fn respond(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("x-powered-by", HeaderValue::from_static("Express"));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
