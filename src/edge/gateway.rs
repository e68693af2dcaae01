//! What all requests of all listeners share: sizes, times, the gate and whom to ask, and the step from a head to an
//! admitted request. Decisions are the gate's.

use crate::cache::KnowledgeVersions;
use crate::domain::clock::Ambient;
use crate::edge::client::Client;
use crate::edge::connections::Connections;
use crate::edge::context::RequestContext;
use crate::edge::hsts::Hsts;
use crate::edge::hygiene::{self, TrustedProxies};
use crate::edge::pace::Pace;
use crate::edge::patience::Patiences;
use crate::edge::record::Recorder;
use crate::edge::service::{Answerer, BodyLimits};
use crate::edge::unbelieved::Unbelieved;
use crate::edge::upstream::{UpstreamPeer, UpstreamTimes};
use crate::endpoints::Listener;
use crate::gate::{Admitted, Arrival, Gate, Refused, Routed, Shares};
use crate::limits::{Flood, Places};
use crate::rejection::Rejection;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Sizes, times and addresses of the edge.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// The parsed sections of the configuration.
    pub edge: crate::config::Edge,
    /// See [`crate::config::Admin`].
    pub admin: crate::config::Admin,
    /// See [`crate::config::Limits`].
    pub limits: crate::config::Limits,
    /// See [`crate::config::Upstream`].
    pub upstream: crate::config::Upstream,
    pub upstream_url: url::Url,
    /// Those of `upstream.ca_file`.
    pub upstream_authorities: Vec<CertificateDer<'static>>,
    /// Address of the documentation, for problem types.
    pub docs: String,
}

#[derive(Debug)]
pub struct Edge {
    pub(super) gate: Gate,
    pub(super) answerer: Arc<dyn Answerer>,
    pub(super) recorder: Recorder,
    pub(super) knowledge: Arc<KnowledgeVersions>,
    pub(super) ambient: Ambient,
    pub(super) trusted: TrustedProxies,
    pub(super) unbelieved: Unbelieved,
    pub(super) connections: Arc<Connections>,
    public_flood: Flood,
    admin_flood: Flood,
    pub(super) bodies: BodyLimits,
    pub(super) pace: Pace,
    pub(super) patiences: Patiences,
    pub(super) upload_bytes: u64,
    pub(super) json_bytes: u64,
    pub(super) write_time: Duration,
    pub(super) keepalive_seconds: u64,
    pub(super) hsts: Hsts,
    pub(super) logins: Places,
    pub(super) upstream: UpstreamPeer,
    pub(super) docs: String,
}

impl Edge {
    /// The edge in front of `gate` and `answerer`. `knowledge` is told of what passes and changes documents.
    pub fn new(
        config: EdgeConfig,
        gate: Gate,
        answerer: Arc<dyn Answerer>,
        recorder: Recorder,
        knowledge: Arc<KnowledgeVersions>,
    ) -> Arc<Self> {
        let EdgeConfig { edge, admin, limits, upstream, upstream_url, upstream_authorities, docs } = config;
        let times = UpstreamTimes {
            connect: Duration::from_millis(upstream.connect_millis),
            pool_idle: Duration::from_millis(upstream.pool_idle_millis),
        };
        let metrics = Arc::clone(&recorder.metrics);
        let shares = Shares { address: limits.address_share_percent, visitor: limits.visitor_share_percent };
        Arc::new(Self {
            gate,
            answerer,
            ambient: recorder.ambient.clone(),
            recorder,
            knowledge,
            trusted: TrustedProxies::new(edge.trusted_proxies),
            unbelieved: Unbelieved::new(Arc::clone(&metrics)),
            connections: Arc::new(Connections::new(
                edge.max_connections,
                edge.max_connections_per_ip,
                // Over HTTP/1 each connection carries one, which whoever may have the connection may have, too.
                edge.max_requests_per_ip.max(edge.max_connections_per_ip),
                metrics,
            )),
            public_flood: Flood::new(limits.flood_per_ip_per_second, limits.flood_burst),
            admin_flood: Flood::new(limits.admin_flood_per_ip_per_second, limits.admin_flood_burst),
            bodies: BodyLimits {
                json: edge.json_body_bytes,
                chat: edge.chat_body_bytes,
                time: Duration::from_secs(edge.body_seconds),
            },
            pace: Pace { any: Duration::from_secs(edge.body_seconds), bytes_per_second: edge.body_bytes_per_second },
            patiences: Patiences {
                page: Duration::from_secs(upstream.passed_seconds),
                work: Duration::from_secs(upstream.passed_work_seconds),
                chat: Duration::from_secs(upstream.stream_idle_seconds),
                idle: Duration::from_secs(upstream.passed_idle_seconds),
            },
            upload_bytes: admin.upload_bytes,
            json_bytes: admin.json_body_bytes,
            write_time: Duration::from_secs(edge.write_seconds),
            keepalive_seconds: edge.keepalive_seconds,
            hsts: Hsts::new(edge.hsts_seconds),
            logins: Places::new(admin.max_parallel_logins, shares.of_places(admin.max_parallel_logins)),
            upstream: UpstreamPeer::new(&upstream_url, times, &upstream_authorities),
            docs,
        })
    }

    /// Keeps AnythingLLM's address fresh.
    pub async fn follow_upstream(self: Arc<Self>) {
        self.upstream.resolve().await;
        self.upstream.follow().await;
    }

    /// Forgets addresses that have not flooded us for a while.
    pub fn forget_idle_floods(&self) {
        self.public_flood.forget_idle();
        self.admin_flood.forget_idle();
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    pub(super) fn flood(&self, listener: Listener) -> &Flood {
        match listener {
            Listener::Public => &self.public_flood,
            Listener::Admin => &self.admin_flood,
        }
    }

    /// From the head to an admitted request, or to the answer that was given instead.
    pub(super) async fn admit<C: Client>(
        &self,
        client: &C,
        request: &RequestContext,
        routed: Routed,
    ) -> Result<Admitted, Refused> {
        let head = client.head();
        if std::str::from_utf8(client.target()).is_err() {
            return Err(Rejection::BadRequest("The path is not UTF-8.").into());
        }
        let arrival = Arrival {
            listener: request.connection.listener,
            client_ip: request.running.client_ip,
            request_id: request.running.request_id.clone(),
            own_origin: hygiene::own_origin(head, request.connection.tls, request.from_trusted),
            is_tls: hygiene::is_tls_outside(head, request.connection.tls, request.from_trusted),
        };
        self.gate.admit(arrival, head, routed).await
    }
}
