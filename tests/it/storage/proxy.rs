//! A TCP proxy before PostgreSQL that can fail: a database that goes away and comes back.

use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(super) struct Proxy {
    port: u16,
    up: Arc<watch::Sender<bool>>,
    refused: watch::Receiver<u32>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(super) async fn before(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = (host.to_owned(), port);
        let own_port = listener.local_addr().unwrap().port();
        let up = Arc::new(watch::Sender::new(true));
        let (refusals, refused) = watch::channel(0);
        let accepting = tokio::spawn({
            let up = Arc::clone(&up);
            async move {
                loop {
                    let (mut client, _) = listener.accept().await.unwrap();
                    let mut is_up = up.subscribe();
                    if !*is_up.borrow_and_update() {
                        refusals.send_modify(|count| *count += 1);
                        continue;
                    }
                    let server = server.clone();
                    tokio::spawn(async move {
                        let mut server = TcpStream::connect(server).await.unwrap();
                        tokio::select! {
                            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                            _ = is_up.wait_for(|up| !up) => {}
                        }
                    });
                }
            }
        });
        Self { port: own_port, up, refused, accepting }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Ends all connections and takes no more.
    pub(super) fn cut(&self) {
        self.up.send_replace(false);
    }

    pub(super) fn restore(&self) {
        self.up.send_replace(true);
    }

    /// Waits until somebody has tried in vain.
    pub(super) async fn has_refused(&mut self) {
        self.refused.changed().await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
