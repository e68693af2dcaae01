//! One keep-alive connection, and the requests to send on it.

use ::http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use clap::Args;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What to send.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// `http://HOST:PORT/PATH`
    #[arg(long)]
    url: Uri,
    /// A header, `Name: value`.
    #[arg(long = "header", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; `{n}` becomes the number of the connection, in four digits. Without one, the request is a GET.
    #[arg(long)]
    body: Option<String>,
}

fn parse_header(text: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':').ok_or_else(|| anyhow!("a header is `Name: value`"))?;
    Ok((name.trim().parse()?, value.trim().parse()?))
}

impl Target {
    /// The request of the connection with this number.
    pub(crate) fn request(&self, connection: usize) -> anyhow::Result<Request<Full<Bytes>>> {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let method = if self.body.is_some() { Method::POST } else { Method::GET };
        let body = self.body.as_ref().map(|body| body.replace("{n}", &format!("{connection:04}"))).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).body(Full::new(Bytes::from(body)))?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_str(self.authority()?)?);
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.extend(self.headers.iter().cloned());
        Ok(request)
    }

    /// The same headers, sent to another address.
    pub(crate) fn elsewhere(&self, url: Uri, body: Option<String>) -> Self {
        Self { url, headers: self.headers.clone(), body }
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        Connection::to(self.authority()?).await
    }

    fn authority(&self) -> anyhow::Result<&str> {
        Ok(self.url.authority().ok_or_else(|| anyhow!("the address has no host"))?.as_str())
    }
}

/// An open connection.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    /// To `HOST:PORT`.
    pub(crate) async fn to(authority: &str) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(authority).await.context("connecting")?;
        socket.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(socket)).await?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self(sender))
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        self.0.ready().await.context("the connection was closed")?;
        self.0.send_request(request).await.context("no answer")
    }

    /// Whether the other side has closed it.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}
