//! Where AnythingLLM is, for the rows that pingora streams through: the address, resolved now and then, and the time
//! limits.

use crate::edge::patience::Patience;
use pingora::upstreams::peer::{H1UpgradePolicy, HttpPeer};
use pingora::utils::tls::{WrappedX509, parse_x509};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::CertificateDer;
use url::Url;

/// How the proxy talks to AnythingLLM.
#[derive(Debug, Clone)]
pub(super) struct UpstreamTimes {
    /// For two attempts to connect together.
    pub(super) connect: Duration,
    /// Idle connections are dropped after this; below AnythingLLM's 5 s.
    pub(super) pool_idle: Duration,
}

/// A container that was replaced has a new address.
const RESOLVE_EVERY: Duration = Duration::from_secs(10);

/// The resolved address of AnythingLLM.
#[derive(Debug)]
pub(super) struct UpstreamPeer {
    host: String,
    port: u16,
    tls: bool,
    times: UpstreamTimes,
    /// Whose certificates are believed; none: those that the machine trusts.
    authorities: Option<Arc<[WrappedX509]>>,
    peer: arc_swap::ArcSwapOption<HttpPeer>,
}

impl UpstreamPeer {
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// For a checked `http` or `https` address, with a certificate of one of these `authorities`; without any, of one
    /// that the machine trusts.
    pub(super) fn new(url: &Url, times: UpstreamTimes, authorities: &[CertificateDer<'static>]) -> Self {
        let wrapped = authorities.iter().map(|certificate| WrappedX509::new(certificate.to_vec(), parse_x509));
        Self {
            authorities: (!authorities.is_empty()).then(|| wrapped.collect()),
            host: url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().unwrap_or(80),
            tls: url.scheme() == "https",
            times,
            peer: arc_swap::ArcSwapOption::empty(),
        }
    }

    /// The peer to connect to; none while the name cannot be resolved. The first request may come before the first look
    /// of [`Self::follow`].
    pub(super) async fn find(&self) -> Option<Arc<HttpPeer>> {
        if let Some(peer) = self.peer.load_full() {
            return Some(peer);
        }
        // A name server that says nothing is no reason to keep the client waiting.
        let _ = tokio::time::timeout(self.times.connect, self.resolve()).await;
        self.peer.load_full()
    }

    /// The same peer for a request whose answer may take so long, and so long between its bytes.
    pub(super) fn waiting(mut peer: HttpPeer, patience: Patience) -> HttpPeer {
        peer.options.read_timeout = Some(patience.silence);
        peer
    }

    /// The same peer for the one request that may become a websocket.
    pub(super) fn upgrading(mut peer: HttpPeer) -> HttpPeer {
        peer.options.http_upstream_request_policy.h1_upgrade = H1UpgradePolicy::WebSocketOnly;
        peer
    }

    /// Resolves the name once; the last good address stays when that fails.
    pub(super) async fn resolve(&self) {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        match found.map(|mut addresses| addresses.next()) {
            Ok(Some(address)) => self.remember(address),
            Ok(None) => tracing::warn!(host = self.host, "the name of AnythingLLM has no address"),
            Err(error) => tracing::warn!(host = self.host, %error, "the name of AnythingLLM cannot be resolved"),
        }
    }

    fn remember(&self, address: SocketAddr) {
        let mut peer = HttpPeer::new(address, self.tls, self.host.clone());
        // Tried once more when it fails: see `edge::hooks`.
        peer.options.connection_timeout = Some(self.times.connect / 2);
        peer.options.total_connection_timeout = Some(self.times.connect / 2);
        peer.options.idle_timeout = Some(self.times.pool_idle);
        peer.options.write_timeout = Some(Duration::from_secs(60));
        peer.options.ca.clone_from(&self.authorities);
        peer.options.http_upstream_request_policy.h1_upgrade = H1UpgradePolicy::Deny;
        self.peer.store(Some(Arc::new(peer)));
    }

    /// Keeps the address fresh until the task is dropped; one that is no name stays as it is.
    pub(super) async fn follow(&self) {
        if self.host.parse::<std::net::IpAddr>().is_ok() {
            return;
        }
        loop {
            tokio::time::sleep(RESOLVE_EVERY).await;
            self.resolve().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_request_need_not_wait_for_the_next_look_at_the_address() {
        let second = Duration::from_secs(1);
        let times = UpstreamTimes { connect: second, pool_idle: second };
        let upstream = UpstreamPeer::new(&"http://127.0.0.1:3001".parse().unwrap(), times, &[]);
        assert!(upstream.find().await.is_some());
    }
}
