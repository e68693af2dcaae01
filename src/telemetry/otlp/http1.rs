//! OTLP over HTTP: protobuf in a `POST` to `/v1/traces` below the address.

use super::{CallError, peer};
use bytes::Bytes;
use http::uri::Authority;
use http::{Method, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Where collectors take traces, below their address.
const TRACES: &str = "/v1/traces";

pub(super) async fn call(collector: &Uri, message: &ExportTraceServiceRequest) -> Result<(), CallError> {
    let path = format!("{}{TRACES}", collector.path().trim_end_matches('/'));
    let authority = collector.authority().map_or("", Authority::as_str);
    let host = authority.rsplit('@').next().unwrap_or_default();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/x-protobuf")
        .body(Full::new(Bytes::from(message.encode_to_vec())))?;
    let socket = TcpStream::connect(peer(collector)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    let mut driver = JoinSet::new(); // ends with this call, however it ends
    driver.spawn(connection);
    let answer = sender.send_request(request).await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(CallError::Refused(format!("HTTP {}", answer.status().as_u16())))
}
