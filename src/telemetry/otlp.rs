//! Sends spans to a collector with OTLP, over gRPC or HTTP.
//!
//! Each batch has a connection of its own: batches are seconds apart, and no dead connection has to be noticed. A batch
//! that fails is lost and counted; it is never tried again, so that spans cannot pile up.

mod dress;
mod grpc;
mod http1;

use crate::config::OtlpProtocol;
use crate::telemetry::metrics::TraceExports;
use http::uri::{InvalidUri, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::io;
use std::time::Duration;
use tokio::runtime::{Handle, TryCurrentError};

/// A batch that takes longer is given up.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

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
    #[error("the call to the collector broke: {0}")]
    Http1(#[from] hyper::Error),
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("the collector refused the spans: status {0}")]
    Refused(String),
}

#[derive(Debug)]
pub(super) struct Exporter {
    collector: Uri,
    protocol: OtlpProtocol,
    /// The SDK calls from a thread that has no runtime.
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
    exports: TraceExports,
}

impl Exporter {
    /// Works in the runtime that it is made in.
    pub(super) fn new(endpoint: &str, protocol: OtlpProtocol, exports: TraceExports) -> Result<Self, ExporterError> {
        let collector = endpoint.parse::<Uri>()?;
        if collector.authority().is_none() {
            return Err(ExporterError::NoHost);
        }
        let resource = ResourceAttributesWithSchema::default();
        Ok(Self { collector, protocol, runtime: Handle::try_current()?, resource, exports })
    }

    async fn send(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let message = ExportTraceServiceRequest { resource_spans: spans };
        let (collector, protocol) = (self.collector.clone(), self.protocol);
        let call = async move {
            let call = async {
                match protocol {
                    OtlpProtocol::Grpc => grpc::call(&collector, &message).await,
                    OtlpProtocol::HttpProtobuf => http1::call(&collector, &message).await,
                }
            };
            tokio::time::timeout(EXPORT_TIMEOUT, call).await
        };
        match self.runtime.spawn(call).await {
            Ok(Ok(done)) => done.map_err(|error| OTelSdkError::InternalFailure(error.to_string())),
            Ok(Err(_)) => Err(OTelSdkError::Timeout(EXPORT_TIMEOUT)),
            Err(ended) => Err(OTelSdkError::InternalFailure(ended.to_string())),
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        batch.iter_mut().for_each(dress::dress);
        let sent = self.send(batch).await;
        match &sent {
            Ok(()) => self.exports.sent(spans),
            Err(error) => {
                self.exports.lost(spans);
                tracing::warn!(%error, "spans could not be sent to the collector and are lost");
            }
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// The host of an address, without the brackets of IPv6, and its port.
fn peer(collector: &Uri) -> (&str, u16) {
    let host = collector.host().unwrap_or_default();
    (host.trim_start_matches('[').trim_end_matches(']'), collector.port_u16().unwrap_or(80))
}

#[cfg(test)]
pub(super) mod tests {
    use super::grpc::EXPORT;
    use super::{ExportTraceServiceRequest, Exporter, OtlpProtocol, TraceExports};
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

    fn exporter(listener: &TcpListener, protocol: OtlpProtocol) -> Exporter {
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        Exporter::new(&endpoint, protocol, TraceExports::default()).unwrap()
    }

    async fn export_to(address: &str, answer: Answer) -> OTelSdkResult {
        let listener = TcpListener::bind(address).await.unwrap();
        let exporter = exporter(&listener, OtlpProtocol::Grpc);
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
        let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for protocol in [OtlpProtocol::Grpc, OtlpProtocol::HttpProtobuf] {
            let exporter = exporter(&listener, protocol);
            let address = listener.local_addr().unwrap();
            drop(std::mem::replace(&mut listener, TcpListener::bind("127.0.0.1:0").await.unwrap()));
            let Err(OTelSdkError::InternalFailure(said)) = exporter.export(Vec::new()).await else {
                panic!("no failure at {address}");
            };
            assert!(said.contains("cannot be reached"), "{said}");
            assert_eq!(exporter.exports.counted(), (0, 0, 1));
        }
    }

    #[test]
    fn an_exporter_needs_a_host_and_a_runtime() {
        for endpoint in ["/v1/traces", "http://", "http://127.0.0.1:4317"] {
            let made = Exporter::new(endpoint, OtlpProtocol::Grpc, TraceExports::default());
            assert!(made.is_err(), "{endpoint}");
        }
    }
}
