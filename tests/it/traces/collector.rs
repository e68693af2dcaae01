//! A collector of traces in this process: OTLP over HTTP, as `http/protobuf`.

use crate::harness::eventually;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use parking_lot::Mutex;
use prost::Message as _;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Ends with this value.
pub(super) struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
    _tasks: JoinSet<()>,
}

impl Collector {
    /// One that answers with this status.
    pub(super) async fn answering(status: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let spans = Arc::new(Mutex::new(Vec::new()));
        let (mut tasks, kept) = (JoinSet::new(), Arc::clone(&spans));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| take(request, Arc::clone(&kept), status));
                let server = hyper::server::conn::http1::Builder::new();
                connections.spawn(async move {
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, spans, _tasks: tasks }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        self.spans.lock().clone()
    }

    /// All spans of the trace of a request that is called this, once its own is there, which ends last.
    pub(super) async fn trace_of(&self, request: &str) -> Vec<Span> {
        let is_it = |span: &&Span| span.name == request && span.kind() == SpanKind::Server;
        eventually(async || {
            let spans = self.spans();
            let is_there = spans.iter().any(|span| is_it(&span));
            if is_there { Ok(()) } else { Err(spans.into_iter().map(|span| span.name).collect::<Vec<_>>()) }
        })
        .await;
        let spans = self.spans();
        let trace = spans.iter().find(is_it).unwrap().trace_id.clone();
        spans.into_iter().filter(|span| span.trace_id == trace).collect()
    }
}

async fn take(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Span>>>,
    status: u16,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/v1/traces");
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let sent = ExportTraceServiceRequest::decode(body).unwrap();
    let spans = sent.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    kept.lock().extend(spans.flat_map(|scope| scope.spans));
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    Ok(answer)
}

/// An attribute as text.
pub(super) fn attribute(span: &Span, name: &str) -> Option<String> {
    let values: Vec<_> = span.attributes.iter().filter(|attribute| attribute.key == name).collect();
    assert!(values.len() < 2, "{name} twice in {span:?}");
    match values.first()?.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        Value::DoubleValue(number) => Some(number.to_string()),
        Value::BoolValue(flag) => Some(flag.to_string()),
        other => panic!("{other:?}"),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
