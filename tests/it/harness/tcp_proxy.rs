//! A TCP proxy before PostgreSQL, Redis or AnythingLLM, that can be away: one that takes nobody in, one from which nothing
//! comes any more, and one that is slow.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// What stands behind a proxy.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    Tcp(String, u16),
    Socket(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Everything passes.
    Open,
    /// Whoever is in is put out, and nobody is let in.
    Cut,
    /// Connections stand, and nothing passes: a server that was stopped, a network that swallows.
    Silent,
    /// Everything passes, each piece after so long.
    Late(Duration),
}

impl Mode {
    fn passes(self) -> bool {
        matches!(self, Self::Open | Self::Late(_))
    }
}

/// Passes bytes on, both ways; ends with this value.
#[derive(Debug)]
pub(crate) struct TcpProxy {
    port: u16,
    server: Arc<watch::Sender<Server>>,
    mode: Arc<watch::Sender<Mode>>,
    connections: watch::Receiver<u32>,
    refused: watch::Receiver<u32>,
    accepting: JoinHandle<()>,
}

impl TcpProxy {
    pub(crate) async fn before(server: Server) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(watch::Sender::new(Mode::Open));
        let server = Arc::new(watch::Sender::new(server));
        let (counted, connections) = watch::channel(0);
        let (refusals, refused) = watch::channel(0);
        let accepting = tokio::spawn({
            let (mode, server) = (Arc::clone(&mode), Arc::clone(&server));
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    counted.send_modify(|count| *count += 1);
                    if *mode.borrow() == Mode::Cut {
                        refusals.send_modify(|count| *count += 1);
                        continue;
                    }
                    tokio::spawn(pass(client, server.borrow().clone(), mode.subscribe()));
                }
            }
        });
        Self { port, server, mode, connections, refused, accepting }
    }

    /// Before the server of this URL.
    pub(crate) async fn before_url(url: &str) -> Self {
        let url: Url = url.parse().unwrap();
        Self::before(Server::Tcp(url.host_str().unwrap().to_owned(), url.port().unwrap())).await
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the server, by way of this proxy.
    pub(crate) fn url(&self, server: &str) -> String {
        let mut url: Url = server.parse().unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    /// Ends all connections and lets none begin.
    pub(crate) fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    /// Connections to come lead to another server.
    pub(crate) fn lead_to(&self, server: Server) {
        self.server.send_replace(server);
    }

    pub(crate) fn silence(&self) {
        self.mode.send_replace(Mode::Silent);
    }

    pub(crate) fn delay(&self, each: Duration) {
        self.mode.send_replace(Mode::Late(each));
    }

    pub(crate) fn open(&self) {
        self.mode.send_replace(Mode::Open);
    }

    /// How many connections were tried so far.
    pub(crate) fn connections(&self) -> u32 {
        *self.connections.borrow()
    }

    /// Waits until one more than at the last call was tried in vain.
    pub(crate) async fn has_refused(&mut self) {
        self.refused.changed().await.unwrap();
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(client: TcpStream, server: Server, mut mode: watch::Receiver<Mode>) {
    let ways = mode.clone();
    let passed = async move {
        let mut is_open = ways.clone();
        if is_open.wait_for(|mode| mode.passes()).await.is_err() {
            return;
        }
        match server {
            Server::Tcp(host, port) => {
                let Ok(server) = TcpStream::connect((host, port)).await else { return };
                let (from_server, to_server) = server.into_split();
                both_ways(client, from_server, to_server, ways).await;
            }
            Server::Socket(path) => {
                let Ok(server) = UnixStream::connect(path).await else { return };
                let (from_server, to_server) = server.into_split();
                both_ways(client, from_server, to_server, ways).await;
            }
        }
    };
    tokio::select! {
        biased;
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
        () = passed => {}
    }
}

async fn both_ways(
    client: TcpStream,
    from_server: impl AsyncRead + Unpin,
    to_server: impl AsyncWrite + Unpin,
    mode: watch::Receiver<Mode>,
) {
    let (from_client, to_client) = client.into_split();
    tokio::select! {
        () = copy(from_client, to_server, mode.clone()) => {}
        () = copy(from_server, to_client, mode) => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut mode: watch::Receiver<Mode>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let passes = match mode.wait_for(|mode| mode.passes()).await {
            Ok(mode) => *mode,
            Err(_) => return,
        };
        if let Mode::Late(each) = passes {
            tokio::time::sleep(each).await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
