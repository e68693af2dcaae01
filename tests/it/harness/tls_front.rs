//! TLS before a server that speaks none.

use super::Leaf;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Ends TLS and passes what comes on; ends with this value.
pub(crate) struct TlsFront {
    pub(crate) port: u16,
    encrypted: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl TlsFront {
    pub(crate) async fn before(host: &str, port: u16, leaf: &Leaf) -> Self {
        Self::begin(host, port, leaf, false).await
    }

    /// Before PostgreSQL, where the client asks for TLS first.
    pub(crate) async fn before_postgres(host: &str, port: u16, leaf: &Leaf) -> Self {
        Self::begin(host, port, leaf, true).await
    }

    /// How many clients have agreed on TLS.
    pub(crate) fn encrypted(&self) -> usize {
        self.encrypted.load(Ordering::SeqCst)
    }

    async fn begin(host: &str, port: u16, leaf: &Leaf, postgres: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let (acceptor, server) = (leaf.acceptor(), (host.to_owned(), port));
        let encrypted = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&encrypted);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let (acceptor, server, counted) = (acceptor.clone(), server.clone(), Arc::clone(&counted));
                connections.spawn(async move {
                    if postgres {
                        let mut request = [0; 8];
                        client.read_exact(&mut request).await.ok()?;
                        client.write_all(b"S").await.ok()?;
                    }
                    let mut client = acceptor.accept(client).await.ok()?;
                    counted.fetch_add(1, Ordering::SeqCst);
                    let mut server = TcpStream::connect(server).await.ok()?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok()
                });
            }
        });
        Self { port: own_port, encrypted, _tasks: tasks }
    }
}
