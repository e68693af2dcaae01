//! What a proxy says of its clients while nobody believes it: then all shoppers are one address, with one address's
//! limits, and nothing else shows it. Told once in the log, counted in a metric, asked for by `vestibule doctor`.

use crate::domain::public_address;
use crate::telemetry::metrics::Metrics;
use http::HeaderMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Headers by which proxies name their clients. The first is the one that is read, from trusted proxies.
const NAMING: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

#[derive(Debug)]
pub(super) struct Unbelieved {
    /// An address of the operator's own network, and one of the public internet: the second may be anybody who makes
    /// it up, and must not use up the warning of the first.
    told: [AtomicBool; 2],
    metrics: Arc<Metrics>,
}

impl Unbelieved {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { told: [AtomicBool::new(false), AtomicBool::new(false)], metrics }
    }

    /// A request of `peer`, which is no trusted proxy.
    pub(super) fn look(&self, peer: IpAddr, headers: &HeaderMap) {
        let Some(header) = NAMING.into_iter().find(|name| headers.contains_key(*name)) else { return };
        let public = public_address::is_public(peer);
        self.metrics.client_unbelieved(if public { "public" } else { "private" });
        let [private_told, public_told] = &self.told;
        if (if public { public_told } else { private_told }).swap(true, Ordering::Relaxed) {
            return;
        }
        let peer = peer.to_canonical();
        if public {
            tracing::warn!(
                %peer,
                header,
                "a client's address was named by one that is not in edge.trusted_proxies: if it is a proxy or CDN of \
                 yours, all shoppers behind it share the limits of one address; else somebody made it up (told once)"
            );
        } else {
            tracing::warn!(
                %peer,
                header,
                "a proxy in front names its clients and is not in edge.trusted_proxies: all shoppers behind it share \
                 the limits of one address; name its network there (told once)"
            );
        }
    }
}
