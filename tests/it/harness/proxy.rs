//! A way to a server that can be cut.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Where a way leads to.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    Socket(PathBuf),
}

/// What a way does with what is sent on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections end, and none is made.
    Cut,
}

/// Passes bytes on, both ways; ends with this value.
#[derive(Debug)]
pub(crate) struct TcpProxy {
    pub(crate) port: u16,
    way: Arc<watch::Sender<Way>>,
    _tasks: JoinSet<()>,
}

impl TcpProxy {
    pub(crate) async fn before(server: Server) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::new(watch::Sender::new(Way::Open));
        let state = way.subscribe();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                if *state.borrow() != Way::Cut {
                    connections.spawn(pass(client, server.clone(), state.clone()));
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, way, _tasks: tasks }
    }

    /// Ends all connections and lets none begin.
    pub(crate) fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }

    pub(crate) fn open(&self) {
        self.way.send_replace(Way::Open);
    }
}

async fn pass(client: TcpStream, Server::Socket(path): Server, way: watch::Receiver<Way>) {
    let Ok(server) = UnixStream::connect(path).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = way;
    tokio::select! {
        () = copy(from_client, to_server) => {}
        () = copy(from_server, to_client) => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..read) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
