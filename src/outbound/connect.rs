//! One connection to one judged address, for one call. HTTP and TLS are hyper's and rustls's.

use super::OutboundError;
use super::resolve::Resolve;
use super::rules::{Rules, Target};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use tokio_util::task::AbortOnDropHandle;
use url::Host;

/// Addresses of one host that are tried.
const MOST_ADDRESSES: usize = 4;
/// Largest head of an answer, in bytes: more than any shop needs, less than hurts.
const MOST_HEAD: usize = 64 * 1024;

#[derive(Clone)]
pub(super) struct Connector {
    rules: Rules,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
    patience: Duration,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// A connection that is open; dropping it closes it.
pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortOnDropHandle<()>,
}

impl Connector {
    pub(super) fn new(
        rules: Rules,
        resolver: Arc<dyn Resolve>,
        authorities: &[CertificateDer<'static>],
        patience: Duration,
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for authority in authorities {
            roots.add(authority.clone())?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { rules, resolver, tls: TlsConnector::from(Arc::new(config)), patience })
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Resolves the host once, judges all of its addresses, and connects to one of them.
    pub(super) async fn connect(&self, target: &Target<'_>) -> Result<Link, OutboundError> {
        let addresses = self.addresses(target).await?;
        let tcp = self.tcp(&addresses).await?;
        if !target.tls {
            return Link::open(tcp).await;
        }
        let name = match &target.host {
            Host::Domain(name) => {
                ServerName::try_from((*name).trim_end_matches('.').to_owned()).map_err(|_| OutboundError::Tls)?
            }
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let shaking = timeout(self.patience, self.tls.connect(name, tcp));
        let tls = shaking.await.map_err(|_| OutboundError::Timeout)?.map_err(|_| OutboundError::Tls)?;
        Link::open(tls).await
    }

    async fn addresses(&self, target: &Target<'_>) -> Result<Vec<SocketAddr>, OutboundError> {
        let port = target.port;
        let addresses = match &target.host {
            Host::Ipv4(address) => vec![SocketAddr::new(IpAddr::V4(*address), port)],
            Host::Ipv6(address) => vec![SocketAddr::new(IpAddr::V6(*address), port)],
            Host::Domain(name) => {
                let resolving = timeout(self.patience, self.resolver.resolve(name, port));
                resolving.await.map_err(|_| OutboundError::NoPublicHost)??
            }
        };
        if addresses.is_empty() {
            return Err(OutboundError::NoPublicHost);
        }
        // All of them: a host with one private address among public ones is up to something.
        for address in &addresses {
            self.rules.judge(target, address.ip()).inspect_err(|_| {
                // For the operator, who may have meant to let it in; whoever named it is told no more than of no host.
                tracing::info!(host = %target.host, "what a customer has named leads to an address that is not called");
            })?;
        }
        Ok(addresses)
    }

    async fn tcp(&self, addresses: &[SocketAddr]) -> Result<TcpStream, OutboundError> {
        let mut last = OutboundError::Connect;
        for address in addresses.iter().take(MOST_ADDRESSES) {
            match timeout(self.patience, TcpStream::connect(*address)).await {
                Ok(Ok(stream)) => {
                    // A matter of speed only.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(_)) => last = OutboundError::Connect,
                Err(_) => last = OutboundError::Timeout,
            }
        }
        Err(last)
    }
}

impl Link {
    async fn open<S>(stream: S) -> Result<Self, OutboundError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = Builder::new();
        builder.max_buf_size(MOST_HEAD).max_headers(200);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|_| OutboundError::Connect)?;
        // How it ended is told to whoever waits for the answer.
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            let _ = connection.await;
        }));
        Ok(Self { sender, driver })
    }

    /// Sends one request and waits for the head of its answer. The connection lives as long as what is returned beside
    /// it.
    pub(super) async fn ask(
        mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, AbortOnDropHandle<()>), OutboundError> {
        let answer = self.sender.send_request(request).await.map_err(|error| {
            if error.is_parse() || error.is_parse_too_large() { OutboundError::NotHttp } else { OutboundError::Reset }
        })?;
        Ok((answer, self.driver))
    }
}
