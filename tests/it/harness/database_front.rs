//! A TCP proxy before PostgreSQL, or any other server with a URL, that can be away: one that takes nobody in, one from
//! which nothing comes any more, and one that is slow.

use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

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

/// Where a gateway is told that its database is.
#[derive(Debug)]
pub(crate) struct DatabaseFront {
    url: String,
    mode: Arc<watch::Sender<Mode>>,
    connections: watch::Receiver<u32>,
    accepting: JoinHandle<()>,
}

impl DatabaseFront {
    /// Before the server of this address.
    pub(crate) async fn before(database_url: &str) -> Self {
        let mut url: Url = database_url.parse().unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let mode = Arc::new(watch::Sender::new(Mode::Open));
        let (counted, connections) = watch::channel(0);
        let accepting = tokio::spawn({
            let mode = Arc::clone(&mode);
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    counted.send_modify(|count| *count += 1);
                    tokio::spawn(pass(client, server.clone(), mode.subscribe()));
                }
            }
        });
        Self { url: url.into(), mode, connections, accepting }
    }

    /// The database's address here.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
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
}

impl Drop for DatabaseFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(client: TcpStream, server: (String, u16), mut mode: watch::Receiver<Mode>) {
    let (one_way, other_way) = (mode.clone(), mode.clone());
    let passed = async move {
        let mut is_open = one_way.clone();
        if is_open.wait_for(|mode| mode.passes()).await.is_err() {
            return;
        }
        let Ok(server) = TcpStream::connect(server).await else { return };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::select! {
            () = copy(from_client, to_server, one_way) => {}
            () = copy(from_server, to_client, other_way) => {}
        }
    };
    tokio::select! {
        biased;
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
        () = passed => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
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
