//! A shop that serves its feed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves one body; ends with this value.
pub(crate) struct FeedServer {
    address: SocketAddr,
    reads: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl FeedServer {
    pub(crate) async fn serve(body: String) -> Self {
        Self::serve_as("text/csv", body.as_bytes()).await
    }

    /// With this content type.
    pub(crate) async fn serve_as(content_type: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::send([head.as_bytes(), body].concat()).await
    }

    /// Answers with these bytes, whatever is asked.
    pub(crate) async fn answer(answer: String) -> Self {
        Self::send(answer.into_bytes()).await
    }

    async fn send(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => request.push(byte),
                        Err(_) => break,
                    }
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, reads, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/feed.csv", self.address)
    }

    /// How often it was read.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
