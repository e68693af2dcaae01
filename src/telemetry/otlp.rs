//! Sends spans to a collector with OTLP over gRPC.
//!
//! One unary call a batch is all that is needed of gRPC: an HTTP/2 request whose body is one message with its length in
//! front. Pingora brings HTTP/2; a gRPC library would add two dozen crates to every build. Each batch has a connection
//! of its own: batches are seconds apart, and no dead connection has to be noticed.

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::{self, SendRequest};
use http::uri::{Authority, InvalidUri, Uri};
use http::{HeaderMap, Method, Request};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message as _;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Handle, TryCurrentError};
use tokio::task::JoinSet;

/// A batch that takes longer is given up.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Spans cannot be exported at all.
#[derive(Debug, thiserror::Error)]
pub enum ExporterError {
    /// The address cannot be parsed.
    #[error(transparent)]
    Endpoint(#[from] InvalidUri),
    #[error("the address has no host")]
    NoHost,
    /// Called outside the tokio runtime.
    #[error(transparent)]
    NoRuntime(#[from] TryCurrentError),
}

#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the collector cannot be reached: {0}")]
    Connect(#[from] io::Error),
    #[error("the call to the collector broke: {0}")]
    Http2(#[from] h2::Error),
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("the collector refused the spans: status {0}")]
    Refused(String),
}

#[derive(Debug)]
pub(super) struct Exporter {
    collector: Authority,
    /// The SDK calls from a thread that has no runtime.
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
}

impl Exporter {
    /// Works in the runtime that it is made in.
    pub(super) fn new(endpoint: &str) -> Result<Self, ExporterError> {
        let collector = endpoint.parse::<Uri>()?.into_parts().authority.ok_or(ExporterError::NoHost)?;
        let resource = ResourceAttributesWithSchema::default();
        Ok(Self { collector, runtime: Handle::try_current()?, resource })
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let message = framed(&ExportTraceServiceRequest { resource_spans: spans });
        let collector = self.collector.clone();
        let call = async move { tokio::time::timeout(EXPORT_TIMEOUT, call(&collector, message)).await };
        match self.runtime.spawn(call).await {
            Ok(Ok(done)) => done.map_err(|error| OTelSdkError::InternalFailure(error.to_string())),
            Ok(Err(_)) => Err(OTelSdkError::Timeout(EXPORT_TIMEOUT)),
            Err(ended) => Err(OTelSdkError::InternalFailure(ended.to_string())),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// As gRPC puts it on the wire: not compressed, the length, the message.
fn framed(message: &ExportTraceServiceRequest) -> Bytes {
    let encoded = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(5 + encoded.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(encoded.len()).unwrap_or(u32::MAX));
    frame.put_slice(&encoded);
    frame.freeze()
}

async fn call(collector: &Authority, message: Bytes) -> Result<(), CallError> {
    let socket = TcpStream::connect((host(collector), collector.port_u16().unwrap_or(80))).await?;
    let (sender, connection) = client::handshake(socket).await?;
    let mut driver = JoinSet::new(); // ends with this call, however it ends
    driver.spawn(connection);
    exchange(sender, collector, message).await
}

/// Without the brackets of an IPv6 address.
fn host(collector: &Authority) -> &str {
    collector.host().trim_start_matches('[').trim_end_matches(']')
}

async fn exchange(sender: SendRequest<Bytes>, collector: &Authority, message: Bytes) -> Result<(), CallError> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{collector}{EXPORT}"))
        .header("te", "trailers")
        .header("content-type", "application/grpc")
        .body(())?;
    let (response, mut body) = sender.ready().await?.send_request(request, false)?;
    body.send_data(message, true)?;
    let (head, mut body) = response.await?.into_parts();
    if !head.status.is_success() {
        return Err(CallError::Refused(format!("HTTP {}", head.status.as_u16())));
    }
    while let Some(part) = body.data().await {
        body.flow_control().release_capacity(part?.len())?;
    }
    // Without an answer in the body, the status stands in the head.
    let end = body.trailers().await?.unwrap_or(head.headers);
    accepted(&end)
}

fn accepted(end: &HeaderMap) -> Result<(), CallError> {
    let field = |name| end.get(name).and_then(|value| value.to_str().ok());
    match field("grpc-status") {
        Some("0") => Ok(()),
        status => {
            let reason = field("grpc-message").unwrap_or_default();
            Err(CallError::Refused(format!("{} {reason}", status.unwrap_or("unknown"))))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{EXPORT, ExportTraceServiceRequest, Exporter};
    use bytes::{Buf as _, Bytes};
    use h2::server::{self, SendResponse};
    use h2::{Reason, RecvStream};
    use http::{HeaderMap, Request, Response};
    use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
    use opentelemetry_sdk::trace::SpanExporter as _;
    use prost::Message as _;
    use tokio::net::TcpListener;

    #[derive(Debug, Clone, Copy)]
    pub(in crate::telemetry) enum Answer {
        Accepted,
        Refused,
        RefusedAtOnce,
        HttpError,
        Reset,
    }

    /// A collector that takes one call, and what it was sent.
    pub(in crate::telemetry) async fn collector(listener: TcpListener, answer: Answer) -> ExportTraceServiceRequest {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = server::handshake(socket).await.unwrap();
        let (request, respond) = connection.accept().await.unwrap().unwrap();
        let call = tokio::spawn(take(request, respond, answer));
        while connection.accept().await.is_some_and(|next| next.is_ok()) {}
        call.await.unwrap()
    }

    async fn take(
        request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
        answer: Answer,
    ) -> ExportTraceServiceRequest {
        assert_eq!(request.uri().path(), EXPORT);
        assert_eq!(request.headers()["content-type"], "application/grpc");
        assert_eq!(request.headers()["te"], "trailers");
        let mut body = request.into_body();
        let mut all = Vec::new();
        while let Some(part) = body.data().await {
            let part = part.unwrap();
            body.flow_control().release_capacity(part.len()).unwrap();
            all.extend_from_slice(&part);
        }
        let head = |http: u16, fields: &[(&str, &str)]| {
            let mut response = Response::builder().status(http);
            for (name, value) in fields {
                response = response.header(*name, *value);
            }
            response.body(()).unwrap()
        };
        let end =
            |status: &'static str| HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())]);
        match answer {
            Answer::Accepted | Answer::Refused => {
                let mut stream = respond.send_response(head(200, &[]), false).unwrap();
                stream.send_data(Bytes::from_static(&[0, 0, 0, 0, 0]), false).unwrap();
                let status = if matches!(answer, Answer::Accepted) { "0" } else { "8" };
                stream.send_trailers(end(status)).unwrap();
            }
            Answer::RefusedAtOnce => {
                let fields = [("grpc-status", "16"), ("grpc-message", "who are you")];
                respond.send_response(head(200, &fields), true).unwrap();
            }
            Answer::HttpError => {
                respond.send_response(head(503, &[("grpc-status", "0")]), true).unwrap();
            }
            Answer::Reset => respond.send_reset(Reason::REFUSED_STREAM),
        }
        let mut frame = Bytes::from(all);
        assert_eq!(frame.get_u8(), 0, "not compressed");
        assert_eq!(usize::try_from(frame.get_u32()).unwrap(), frame.len());
        ExportTraceServiceRequest::decode(frame).unwrap()
    }

    async fn export_to(address: &str, answer: Answer) -> OTelSdkResult {
        let listener = TcpListener::bind(address).await.unwrap();
        let exporter = Exporter::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (result, _) = tokio::join!(exporter.export(Vec::new()), collector(listener, answer));
        result
    }

    #[tokio::test]
    async fn a_batch_is_exported_when_the_collector_says_so() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            export_to(address, Answer::Accepted).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_refusal_is_an_error_that_says_why() {
        for (answer, reason) in [
            (Answer::Refused, "status 8"),
            (Answer::RefusedAtOnce, "status 16 who are you"),
            (Answer::HttpError, "HTTP 503"),
            (Answer::Reset, "the call to the collector broke"),
        ] {
            let Err(OTelSdkError::InternalFailure(said)) = export_to("127.0.0.1:0", answer).await else {
                panic!("{answer:?}: no failure");
            };
            assert!(said.contains(reason), "{answer:?}: {said}");
        }
    }

    #[tokio::test]
    async fn a_collector_that_is_not_there_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let exporter = Exporter::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let Err(OTelSdkError::InternalFailure(said)) = exporter.export(Vec::new()).await else {
            panic!("no failure");
        };
        assert!(said.contains("cannot be reached"), "{said}");
    }

    #[test]
    fn an_exporter_needs_a_host_and_a_runtime() {
        for endpoint in ["/v1/traces", "http://", "http://127.0.0.1:4317"] {
            assert!(Exporter::new(endpoint).is_err(), "{endpoint}");
        }
    }
}
