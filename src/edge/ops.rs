//! The ops listener: `/healthz`, `/readyz` and `/metrics`. Plain hyper: it must answer when everything else is in
//! trouble, and nothing of it passes the gate, so it listens on an address that only operators reach.

use crate::endpoints::as_routed;
use crate::telemetry::metrics::{Metrics, MetricsFormat};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// One thing that is needed.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    name: &'static str,
    is_there: bool,
    role: Role,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Other,
    /// Part of the database.
    Database,
    /// What goes on without it.
    WithoutDatabase,
    /// What requests do not need.
    Told,
}

impl Check {
    pub fn new(name: &'static str, is_there: bool) -> Self {
        Self { name, is_there, role: Role::Other }
    }

    /// Something that only the database gives.
    pub fn of_database(name: &'static str, is_there: bool) -> Self {
        Self { name, is_there, role: Role::Database }
    }

    /// Something that operators want to know of and that readiness does not depend on.
    pub fn told(name: &'static str, is_there: bool) -> Self {
        Self { name, is_there, role: Role::Told }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn is_there(&self) -> bool {
        self.is_there
    }

    /// Whether requests stop without it.
    pub fn is_needed(&self) -> bool {
        self.role != Role::Told
    }

    /// Whether those who are known are served without the database.
    pub fn without_database(name: &'static str, is_there: bool) -> Self {
        Self { name, is_there, role: Role::WithoutDatabase }
    }
}

/// Tells whether requests should be sent here.
#[async_trait]
pub trait Readiness: std::fmt::Debug + Send + Sync {
    /// Each thing that is needed, and whether it is there.
    async fn check(&self) -> Vec<Check>;
}

#[derive(Debug)]
pub struct Ops {
    socket: TcpListener,
    metrics: Arc<Metrics>,
    readiness: Arc<dyn Readiness>,
}

impl Ops {
    /// Binds.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(address: SocketAddr, metrics: Arc<Metrics>, readiness: Arc<dyn Readiness>) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, metrics, readiness })
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `gone` turns true. `/readyz` says no from the moment `stop` does, so that load balancers look away
    /// while running requests finish. May be called again after a panic: the socket lives as long as this.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>, mut gone: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                _ = gone.wait_for(|gone| *gone) => return,
                accepted = self.socket.accept() => accepted,
            };
            let Ok((tcp, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (metrics, readiness, stop) = (Arc::clone(&self.metrics), Arc::clone(&self.readiness), stop.clone());
            tokio::spawn(async move {
                let service = service_fn(|request| answer(request, &metrics, &*readiness, &stop));
                let served = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_secs(10))
                    .serve_connection(TokioIo::new(tcp), service)
                    .await;
                if let Err(error) = served {
                    tracing::debug!(%error, "ops connection ended");
                }
            });
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    metrics: &Metrics,
    readiness: &dyn Readiness,
    stop: &watch::Receiver<bool>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if *as_routed(request.method()) != Method::GET {
        return Ok(text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".into()));
    }
    Ok(match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "text/plain", "ok\n".into()),
        "/readyz" => {
            let stopping = *stop.borrow();
            ready(readiness, request.uri().query() == Some(KNOWN_KEYS), stopping).await
        }
        "/metrics" => {
            let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
            let format = MetricsFormat::accepted_by(accept);
            let mut page = text(StatusCode::OK, format.media_type(), metrics.render(format));
            page.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
            page
        }
        _ => text(StatusCode::NOT_FOUND, "text/plain", "/healthz /readyz /metrics\n".into()),
    })
}

/// The query of those who send requests here for as long as known keys go on without the database.
const KNOWN_KEYS: &str = "known_keys";

async fn ready(readiness: &dyn Readiness, known_keys_will_do: bool, stopping: bool) -> Response<Full<Bytes>> {
    let mut checks = readiness.check().await;
    checks.push(Check::new("accepting", !stopping));
    let goes_on = checks.iter().any(|check| check.role == Role::WithoutDatabase && check.is_there);
    let forgiven = |check: &Check| check.role == Role::Database && known_keys_will_do && goes_on;
    let all = checks.iter().all(|check| check.is_there || check.role == Role::Told || forgiven(check));
    let mut lines = String::new();
    for check in &checks {
        lines.push_str(check.name);
        lines.push_str(if check.is_there { " ok\n" } else { " no\n" });
    }
    text(if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, "text/plain", lines)
}

fn text(status: StatusCode, media_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
