//! OTLP over gRPC.
//!
//! One unary call a batch is all that is needed of gRPC: an HTTP/2 request whose body is one message with its length in
//! front. Pingora brings HTTP/2; a gRPC library would add two dozen crates to every build.

use super::{CallError, peer};
use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::{self, SendRequest};
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(super) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// As gRPC puts it on the wire: not compressed, the length, the message.
fn framed(message: &ExportTraceServiceRequest) -> Bytes {
    let encoded = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(5 + encoded.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(encoded.len()).unwrap_or(u32::MAX));
    frame.put_slice(&encoded);
    frame.freeze()
}

pub(super) async fn call(collector: &Uri, message: &ExportTraceServiceRequest) -> Result<(), CallError> {
    let message = framed(message);
    let socket = TcpStream::connect(peer(collector)).await?;
    let (sender, connection) = client::handshake(socket).await?;
    let mut driver = JoinSet::new(); // ends with this call, however it ends
    driver.spawn(connection);
    exchange(sender, collector, message).await
}

async fn exchange(sender: SendRequest<Bytes>, collector: &Uri, message: Bytes) -> Result<(), CallError> {
    let authority = collector.authority().map_or("", Authority::as_str);
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{authority}{EXPORT}"))
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
