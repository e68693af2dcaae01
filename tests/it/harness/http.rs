//! HTTP as a client speaks it: well-formed through hyper, or byte by byte.

use super::documented;
use super::sse::EventStream;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

type Connector = BoxCloneSyncService<http::Uri, TokioIo<TcpStream>, io::Error>;

/// What is nobody's row on either listener and reaches no upstream: with it a connection goes over to Pingora for good.
pub(crate) const FOR_PINGORA: &str = "GET /api/env-dump HTTP/1.1\r\nhost: a\r\n\r\n";

/// A connection whose requests are read by the gateway itself, as all are that begin; or with `TEST_ENGINE=pingora` by
/// Pingora, so that a whole run of tests can be had that way, too.
async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let mut connection = RawConnection(TcpStream::connect(address).await?);
    if std::env::var("TEST_ENGINE").is_ok_and(|engine| engine == "pingora") {
        connection.go_over().await;
    }
    Ok(connection.0)
}

/// A client of one listener.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    base: String,
    client: Client<Connector, Full<Bytes>>,
    headers: HeaderMap,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    /// The problem's code; fails when the answer is no problem document.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{problem}");
        assert!(problem["type"].as_str().unwrap().ends_with(problem["code"].as_str().unwrap()), "{problem}");
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Http {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let connector = service_fn(move |_| async move { connect(address).await.map(TokioIo::new) });
        let client = Client::builder(TokioExecutor::new()).build(BoxCloneSyncService::new(connector));
        Self { base: format!("http://{address}"), client, headers: HeaderMap::new() }
    }

    /// The same client with one more header on every request.
    #[must_use]
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.insert(name, value.parse().unwrap());
        changed
    }

    /// The same client with one more header, beside what it has under that name.
    #[must_use]
    pub(crate) fn also(&self, name: &'static str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.append(name, value.parse().unwrap());
        changed
    }

    /// The same client with a header whose value is no text.
    #[must_use]
    pub(crate) fn with_bytes(&self, name: &'static str, value: &[u8]) -> Self {
        let mut changed = self.clone();
        changed.headers.insert(name, http::HeaderValue::from_bytes(value).unwrap());
        changed
    }

    /// A header that this client sends.
    pub(crate) fn header(&self, name: &'static str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    #[must_use]
    pub(crate) fn bearer(&self, credential: &str) -> Self {
        self.with("authorization", &format!("Bearer {credential}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub(crate) async fn options(&self, path: &str) -> Answer {
        self.send(Method::OPTIONS, path, Bytes::new()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Bytes::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Answer {
        let (status, headers, body) = self.begin(method.clone(), path, body.into()).await;
        let body = tokio::time::timeout(PATIENCE, body.collect()).await.expect("the answer ends").unwrap().to_bytes();
        let answer = Answer { status, headers, body };
        documented::check(&method, path, &answer);
        answer
    }

    /// Whether the answer ends before it is whole.
    pub(crate) async fn breaks_off(&self, method: Method, path: &str, body: impl Into<Bytes>) -> bool {
        let (_, _, body) = self.begin(method, path, body.into()).await;
        tokio::time::timeout(PATIENCE, body.collect()).await.expect("the answer ends").is_err()
    }

    /// Posts and reads the answer event by event.
    pub(crate) async fn stream(&self, path: &str, body: &Value) -> EventStream {
        let client = self.with("content-type", "application/json");
        let (status, headers, body) = client.begin(Method::POST, path, body.to_string().into()).await;
        EventStream::new(status, headers, body)
    }

    async fn begin(&self, method: Method, path: &str, body: Bytes) -> (StatusCode, HeaderMap, hyper::body::Incoming) {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        request.headers_mut().unwrap().extend(self.headers.clone());
        let request = request.body(Full::new(body)).unwrap();
        let response = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let (parts, body) = response.expect("an answer begins").unwrap().into_parts();
        (parts.status, parts.headers, body)
    }
}

/// A connection on which any bytes can be sent.
#[derive(Debug)]
pub(crate) struct RawConnection(pub TcpStream);

impl RawConnection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(connect(address).await.unwrap())
    }

    /// Has Pingora read all that follows.
    pub(crate) async fn go_over(&mut self) {
        self.send(FOR_PINGORA).await;
        let refused = self.read_answer().await;
        assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The other side may have refused already; what it said is what counts.
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Everything until the other side closes.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut all = Vec::new();
        let read = async {
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = self.0.read(&mut chunk).await {
                all.extend_from_slice(&chunk[..n]);
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the connection is closed");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// One whole answer that has a `Content-Length`.
    pub(crate) async fn read_answer(&mut self) -> String {
        let mut all = self.read_until("\r\n\r\n").await;
        let (head, body) = all.split_once("\r\n\r\n").expect("an answer");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        let mut missing = length.expect("a length") - body.len();
        while missing > 0 {
            let mut rest = vec![0; missing];
            let read = tokio::time::timeout(PATIENCE, self.0.read(&mut rest)).await.unwrap().unwrap();
            assert!(read > 0, "the answer breaks off: {all}");
            all.push_str(&String::from_utf8_lossy(&rest[..read]));
            missing -= read;
        }
        all
    }

    /// Until `end` has been read.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut all = Vec::new();
        let read = async {
            let mut chunk = [0; 4096];
            while !String::from_utf8_lossy(&all).contains(end) {
                match self.0.read(&mut chunk).await {
                    Ok(n @ 1..) => all.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the bytes arrive");
        String::from_utf8_lossy(&all).into_owned()
    }
}
