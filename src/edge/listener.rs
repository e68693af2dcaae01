//! The accept loop of one listener, its connections encrypted or not; and the end, when running requests may finish and
//! nothing is cut.
//!
//! Pingora's own server sleeps a fixed time at shutdown and then truncates running streams, so its HTTP app is driven
//! from here, connection by connection.

use crate::config;
use crate::edge::certificate::{Certificate, TlsFiles};
use crate::edge::connection::Connection;
use crate::edge::direct::{self, Outcome};
use crate::edge::gateway::Edge;
use crate::edge::guard_settings::GuardSettings;
use crate::edge::guarded_stream::GuardedStream;
use crate::edge::hooks::Hooks;
use crate::edge::transport::Transport;
use crate::endpoints::Listener;
use parking_lot::Mutex;
use pingora::apps::{HttpServerOptions, ServerApp as _};
use pingora::protocols::http::v2::server::default_h2_options;
use pingora::proxy::{HttpProxy, http_proxy};
use pingora::server::configuration::ServerConf;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// At the end of the drain time clients get this long to read that their answer ends.
const CLOSING_TIME: Duration = Duration::from_secs(2);
/// What was cut gets this long to notice.
const CUT_TIME: Duration = Duration::from_secs(2);
/// More connections than this do not wait to be accepted (`net.core.somaxconn`), so who comes later came too late.
const BACKLOG: usize = 4096;

pub struct Listening {
    address: SocketAddr,
    /// None once it is closed.
    socket: Mutex<Option<Arc<TcpListener>>>,
    listener: Listener,
    tls: Option<Certificate>,
    proxy: Arc<HttpProxy<Hooks>>,
    edge: Arc<Edge>,
    guard: Arc<GuardSettings>,
    running: TaskTracker,
    /// No new request is wanted any more.
    quiet: CancellationToken,
    /// Running answers are to end with a word.
    closing: CancellationToken,
    cut: CancellationToken,
}

/// How long running requests may go on once the listener stops.
#[derive(Debug, Clone, Copy)]
pub struct DrainTimes {
    /// In all.
    pub drain: Duration,
    /// Of that: whoever is connected may still send a request.
    pub last_request: Duration,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listening")
            .field("listener", &self.listener)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Listening {
    /// Binds and gets ready; connections wait in the backlog until [`Self::run`].
    ///
    /// # Errors
    /// The address is taken or not ours, or the TLS files are no good.
    pub async fn bind(
        address: SocketAddr,
        listener: Listener,
        tls: Option<&TlsFiles>,
        config: &config::Edge,
        edge: Arc<Edge>,
        docs: &str,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let conf =
            ServerConf { threads: 1, upstream_keepalive_pool_size: 256, max_retries: 2, ..ServerConf::default() };
        let mut proxy = http_proxy(&Arc::new(conf), Hooks(Arc::clone(&edge)));
        let mut options = HttpServerOptions::default();
        options.h2c = true;
        // Refused by `edge::protocol`, with a problem; pingora's own refusal says nothing.
        options.allow_connect_method_proxying = true;
        options.h2_idle_timeout = Some(Duration::from_secs(config.keepalive_seconds));
        proxy.server_options = Some(options);
        let mut h2 = default_h2_options();
        h2.max_header_list_size(u32::try_from(config.max_header_bytes).unwrap_or(u32::MAX));
        h2.max_concurrent_streams(config.h2_max_streams);
        // For the same reason: without it, an extended `CONNECT` is a reset.
        h2.enable_connect_protocol();
        proxy.h2_options = Some(h2);
        let guard = GuardSettings {
            max_header_bytes: config.max_header_bytes,
            header_time: Duration::from_secs(config.header_seconds),
            idle_time: Duration::from_secs(config.keepalive_seconds),
            docs: docs.to_owned(),
            recorder: edge.recorder().clone(),
        };
        Ok(Self {
            address: socket.local_addr()?,
            socket: Mutex::new(Some(Arc::new(socket))),
            listener,
            tls: tls.map(Certificate::load).transpose()?,
            proxy: Arc::new(proxy),
            edge,
            guard: Arc::new(guard),
            running: TaskTracker::new(),
            quiet: CancellationToken::new(),
            closing: CancellationToken::new(),
            cut: CancellationToken::new(),
        })
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Uses a new certificate once its files have changed, for as long as it is polled. Connections that are there keep the
    /// one they began with.
    pub async fn follow_certificate(&self) {
        match &self.tls {
            Some(certificate) => certificate.follow().await,
            None => std::future::pending().await,
        }
    }

    /// Accepts until `stop` turns true, then waits for running requests for at most the drain time. May be called again
    /// after a panic: socket and connections live as long as this.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>, times: DrainTimes) {
        self.accept(&stop).await;
        let end = Instant::now() + times.drain;
        self.accept_the_rest(&stop);
        self.running.close();
        // A request that is on its way is answered, and its connection closed after that.
        let _ = timeout(times.last_request.min(times.drain), self.running.wait()).await;
        self.quiet.cancel();
        // Wakes idle keep-alive connections, which end at once; running requests go on.
        self.proxy.cleanup().await;
        if timeout_at(end, self.running.wait()).await.is_ok() {
            return;
        }
        let left = self.running.len();
        tracing::warn!(listener = self.listener.as_str(), left, "connections are ended at the end of the drain time");
        self.closing.cancel();
        if timeout(CLOSING_TIME, self.running.wait()).await.is_err() {
            self.cut.cancel();
            // They end by themselves then, each with its record.
            let _ = timeout(CUT_TIME, self.running.wait()).await;
        }
    }

    /// Takes who is connected already as the kernel sees it, and closes the socket: closing it would reset them. Whoever
    /// comes between the two is reset without having been read.
    fn accept_the_rest(&self, stop: &watch::Receiver<bool>) {
        let Some(socket) = self.socket.lock().take() else { return };
        // Asked itself: tokio knows of a connection only once it has looked.
        let Some(Ok(socket)) = Arc::into_inner(socket).map(TcpListener::into_std) else { return };
        for _ in 0..BACKLOG {
            match socket.accept() {
                Ok((tcp, peer)) => {
                    let tcp = tcp.set_nonblocking(true).and_then(|()| TcpStream::from_std(tcp));
                    match tcp {
                        Ok(tcp) => self.take(tcp, peer, stop),
                        Err(error) => tracing::warn!(%error, "a connection could not be set up"),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // It was given up meanwhile, or there are no more descriptors.
                Err(_) => {}
            }
        }
    }

    async fn accept(&self, stop: &watch::Receiver<bool>) {
        let Some(socket) = self.socket.lock().clone() else { return };
        let mut stopped = stop.clone();
        loop {
            tokio::select! {
                biased;
                () = until_true(&mut stopped) => return,
                accepted = socket.accept() => match accepted {
                    Ok((tcp, peer)) => self.take(tcp, peer, stop),
                    Err(error) => {
                        // Out of descriptors, most likely: waiting lets some close.
                        tracing::warn!(listener = self.listener.as_str(), %error, "cannot accept");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
    }

    fn take(&self, tcp: TcpStream, peer: SocketAddr, stop: &watch::Receiver<bool>) {
        let edge = &self.edge;
        let place = match edge.connections.admit(peer.ip().to_canonical(), &edge.trusted, self.listener) {
            Ok(place) => place,
            Err(reason) => {
                edge.recorder().metrics.connection_refused(reason);
                tracing::debug!(listener = self.listener.as_str(), reason, "a connection was refused");
                return;
            }
        };
        // Events are small and must not wait for an acknowledgement.
        let _ = tcp.set_nodelay(true);
        let (listener, tls) = (self.listener, self.tls.as_ref().map(Certificate::acceptor));
        let (guard, proxy) = (Arc::clone(&self.guard), Arc::clone(&self.proxy));
        let (stop, cut) = (stop.clone(), self.cut.clone());
        let (quiet, closing) = (self.quiet.clone(), self.closing.clone());
        let open = self.running.token();
        let edge = Arc::clone(edge);
        self.running.spawn(async move {
            let _place = place;
            let transport = match tls {
                None => Transport::Plain(tcp),
                Some(acceptor) => match Box::pin(timeout(guard.header_time, acceptor.accept(tcp))).await {
                    Ok(Ok(tls)) => Transport::Tls(Box::new(tls)),
                    Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
                    Err(_) => return tracing::debug!("TLS handshake timed out"),
                },
            };
            let connection = Arc::new(Connection::new(peer, listener, transport.is_tls(), open, closing));
            let stream = Box::new(GuardedStream::new(transport, Arc::clone(&connection), guard, quiet.clone()));
            let served = serve(&edge, stream, &connection, &proxy, &stop, &quiet);
            tokio::pin!(served);
            tokio::select! {
                biased;
                () = &mut served => return,
                () = cut.cancelled() => connection.cut(),
            }
            served.await;
        });
    }
}

/// Answers the requests of a connection: those that are for us and plain directly, until one comes that is not.
async fn serve(
    edge: &Edge,
    mut stream: Box<GuardedStream>,
    connection: &Arc<Connection>,
    proxy: &Arc<HttpProxy<Hooks>>,
    stop: &watch::Receiver<bool>,
    quiet: &CancellationToken,
) {
    if !stream.is_http2() && direct::serve(edge, &mut stream, connection, stop, quiet).await == Outcome::Ended {
        return;
    }
    match stream.for_pingora() {
        Ok(()) => drop(proxy.process_new(stream, stop).await),
        Err(error) => tracing::error!(%error, "a connection could not be handed over"),
    }
}

/// Returns when the value is true, or never will be.
async fn until_true(watched: &mut watch::Receiver<bool>) {
    // The guard must not live across an await.
    let _ = watched.wait_for(|value| *value).await.map(drop);
}
