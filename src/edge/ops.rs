//! The ops listener: `/healthz`, `/readyz` and `/metrics`. Plain hyper: it must answer when everything else is in
//! trouble, and nothing of it passes the gate, so it listens on an address that only operators reach.

use crate::endpoints::as_routed;
use crate::telemetry::metrics::Metrics;
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

/// Tells whether requests should be sent here.
#[async_trait]
pub trait Readiness: std::fmt::Debug + Send + Sync {
    /// Each thing that is needed, by name, and whether it is there.
    async fn check(&self) -> Vec<(&'static str, bool)>;
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
            ready(readiness, stopping).await
        }
        "/metrics" => {
            text(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", metrics.render())
        }
        _ => text(StatusCode::NOT_FOUND, "text/plain", "/healthz /readyz /metrics\n".into()),
    })
}

async fn ready(readiness: &dyn Readiness, stopping: bool) -> Response<Full<Bytes>> {
    let mut checks = readiness.check().await;
    checks.push(("accepting", !stopping));
    let all = checks.iter().all(|(_, ok)| *ok);
    let mut lines = String::new();
    for (name, ok) in &checks {
        lines.push_str(name);
        lines.push_str(if *ok { " ok\n" } else { " no\n" });
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
