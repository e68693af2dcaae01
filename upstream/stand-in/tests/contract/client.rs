//! A plain HTTP/1.1 client that shows what came over the wire, chunk by chunk.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The HTTP chunks of a chunked body.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// Whether the body came to its proper end.
    pub(crate) complete: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON but {}: {}", self.status, self.text()))
    }
}

/// A connection kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.expect("upstream listens");
        Self { stream, buffer: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // A server may answer and close before it has read everything.
        let _ = self.stream.write_all(bytes).await;
    }

    /// More bytes, or false at the end of the connection.
    async fn fill(&mut self) -> bool {
        let mut piece = vec![0; 64 * 1024];
        match tokio::time::timeout(PATIENCE, self.stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => false,
            Ok(Ok(count)) => {
                self.buffer.extend_from_slice(&piece[..count]);
                true
            }
            Err(elapsed) => panic!("upstream said nothing for {PATIENCE:?}: {elapsed}"),
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            if !self.fill().await {
                return None;
            }
        }
        Some(self.buffer.drain(..count).collect())
    }

    /// Reads status and headers. `None` if the connection ended first.
    pub(crate) async fn head(&mut self) -> Option<Answer> {
        let status_line = self.line().await?;
        let status = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Some(Answer { status, headers, body: Vec::new(), chunks: Vec::new(), complete: false })
    }

    /// The next chunk of a chunked body: empty at its proper end, `None` if cut off.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.line().await?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let chunk = self.exactly(size).await?;
        self.exactly(2).await?;
        Some(chunk)
    }

    /// Reads a whole answer, or at most `chunks` chunks of it.
    pub(crate) async fn answer(&mut self, method: &str, chunks: usize) -> Option<Answer> {
        let mut answer = self.head().await?;
        while answer.status == 100 {
            answer = self.head().await?;
        }
        let bodiless = method == "HEAD" || matches!(answer.status, 101 | 204 | 304);
        if bodiless {
            answer.complete = true;
        } else if answer.header("transfer-encoding").is_some() {
            while answer.chunks.len() < chunks {
                match self.chunk().await {
                    None => break,
                    Some(chunk) if chunk.is_empty() => {
                        answer.complete = true;
                        break;
                    }
                    Some(chunk) => {
                        answer.body.extend_from_slice(&chunk);
                        answer.chunks.push(chunk);
                    }
                }
            }
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().expect("a length");
            if let Some(body) = self.exactly(length).await {
                answer.body = body;
                answer.complete = true;
            }
        } else {
            while self.fill().await {}
            answer.body = std::mem::take(&mut self.buffer);
            answer.complete = true;
        }
        Some(answer)
    }

    /// Everything until the other side closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.fill().await {}
        std::mem::take(&mut self.buffer)
    }

    /// The next `count` bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        self.exactly(count).await
    }
}

/// One request on a connection of its own.
pub(crate) async fn exchange(addr: SocketAddr, method: &str, request: &[u8]) -> Option<Answer> {
    let mut connection = Connection::open(addr).await;
    connection.send(request).await;
    connection.answer(method, usize::MAX).await
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    let mut lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        lines.push("Host: upstream.test\r\n".to_owned());
    }
    if !body.is_empty() {
        lines.push(format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str(&lines.concat());
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
