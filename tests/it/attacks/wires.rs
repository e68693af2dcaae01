//! The ways to the program: its two listeners, HTTP/1.1 and HTTP/2, in plain and over TLS. A case that is about what a
//! connection carries is tried on all of them.

use super::scene::Scene;
use super::{Shot, told};
use crate::harness::{FOR_PINGORA, PATIENCE};
use bytes::Bytes;
use http::{Method, Request, Version};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use vestibule::endpoints::Listener;

/// How a request gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) listener: Listener,
    pub(super) http2: bool,
    pub(super) tls: bool,
    /// Behind a request that is Pingora's, with which a connection of HTTP/1.1 goes over to it.
    pub(super) over: bool,
}

impl Way {
    const fn new(listener: Listener, http2: bool, tls: bool) -> Self {
        Self { listener, http2, tls, over: false }
    }

    /// All there are: the listener for staff does not speak TLS.
    pub(super) const ALL: [Self; 9] = [
        Self::new(Listener::Public, false, false),
        Self::new(Listener::Public, true, false),
        Self::new(Listener::Public, false, true),
        Self::new(Listener::Public, true, true),
        Self::new(Listener::Admin, false, false),
        Self::new(Listener::Admin, true, false),
        Self { over: true, ..Self::new(Listener::Public, false, false) },
        Self { over: true, ..Self::new(Listener::Public, false, true) },
        Self { over: true, ..Self::new(Listener::Admin, false, false) },
    ];

    /// In words, for those who look for the reason.
    pub(super) fn name(self) -> String {
        let version = if self.http2 { "HTTP/2" } else { "HTTP/1.1" };
        let over = if self.over { ", gone over to Pingora" } else { "" };
        format!("{version}{} on {}{over}", if self.tls { " over TLS" } else { "" }, self.listener.as_str())
    }
}

/// Headers that HTTP/2 does not have (RFC 9113 section 8.2.2).
const OF_HTTP1: [&str; 6] =
    ["connection", "transfer-encoding", "upgrade", "http2-settings", "keep-alive", "proxy-connection"];

/// The request of a shot for HTTP/2; none when it is about what only HTTP/1.1 has.
pub(super) fn for_http2(shot: &Shot, scene: &Scene) -> Option<Request<Bytes>> {
    let (method, target) = shot.line.split_once(' ')?;
    let mut host = "chat.example".to_owned();
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?).version(Version::HTTP_2);
    let (mut has_type, body) = (false, scene.fill(shot.body));
    for line in shot.headers.iter().flat_map(|lines| lines.split("\r\n")).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        let (name, value) = (name.to_ascii_lowercase(), scene.fill(value.trim()));
        // A length that is none of the body's is no request in HTTP/2.
        if OF_HTTP1.contains(&name.as_str()) || name == "content-length" || name.contains(' ') {
            return None;
        }
        has_type |= name == "content-type";
        if name == "host" {
            host = String::from_utf8(value).ok()?;
        } else {
            request = request.header(name, value.as_slice());
        }
    }
    if !has_type && !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let target = String::from_utf8(scene.fill(target)).ok()?;
    // What no client of HTTP/2 can write.
    if !target.starts_with('/') || target.contains('\\') {
        return None;
    }
    request.uri(format!("http://{host}{target}")).body(body.into()).ok()
}

/// A connection by one of the ways.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub(super) async fn connect(scene: &Scene, way: Way) -> Box<dyn Wire> {
    let tcp = TcpStream::connect(address(scene, way)).await.unwrap();
    if !way.tls {
        return Box::new(tcp);
    }
    let mut roots = RootCertStore::empty();
    roots.add(scene.authority.certificate()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![if way.http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let name = ServerName::try_from("chat.example").unwrap();
    Box::new(TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap())
}

fn address(scene: &Scene, way: Way) -> SocketAddr {
    match (way.listener, way.tls) {
        (Listener::Public, true) => scene.encrypted.public,
        (listener, _) => scene.address(listener),
    }
}

/// Sends bytes of HTTP/1.1 and reads until the program closes.
pub(super) async fn over_http1(scene: &Scene, way: Way, bytes: &[u8]) -> String {
    let mut wire = connect(scene, way).await;
    if way.over {
        go_over(&mut wire).await;
    }
    let _ = wire.write_all(bytes).await;
    let mut all = Vec::new();
    let read = async {
        let mut piece = [0; 4096];
        while let Ok(n @ 1..) = wire.read(&mut piece).await {
            all.extend_from_slice(&piece[..n]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the connection is closed");
    told(&String::from_utf8_lossy(&all))
}

/// Has Pingora read what follows.
async fn go_over(wire: &mut Box<dyn Wire>) {
    wire.write_all(FOR_PINGORA.as_bytes()).await.unwrap();
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    let read = async {
        while !all.ends_with(b"}") {
            let read = wire.read(&mut piece).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&piece[..read]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("a refusal");
    assert_eq!(told(&String::from_utf8_lossy(&all)), "404 not_found");
}

/// Sends a request over HTTP/2 and says what came back, as [`told`] does.
pub(super) async fn over_http2(scene: &Scene, way: Way, request: Request<Bytes>) -> String {
    let (mut sender, connection) = h2::client::handshake(connect(scene, way).await).await.unwrap();
    let driver = tokio::spawn(connection);
    let (parts, body) = request.into_parts();
    let answered = async {
        std::future::poll_fn(|cx| sender.poll_ready(cx)).await?;
        let (response, mut sending) = sender.send_request(Request::from_parts(parts, ()), body.is_empty())?;
        if !body.is_empty() {
            sending.send_data(body, true)?;
        }
        let (head, mut body) = response.await?.into_parts();
        let mut text = Vec::new();
        while let Some(piece) = body.data().await {
            let Ok(piece) = piece else { break };
            let _ = body.flow_control().release_capacity(piece.len());
            text.extend_from_slice(&piece);
        }
        Ok::<_, h2::Error>(told(&format!(
            "HTTP/1.1 {} x\r\n\r\n{}",
            head.status.as_u16(),
            String::from_utf8_lossy(&text)
        )))
    };
    let answered = tokio::time::timeout(PATIENCE, answered).await.expect("an answer");
    driver.abort();
    answered.unwrap_or_else(|error| error.reason().map_or("closed".to_owned(), |reason| format!("reset {reason:?}")))
}
