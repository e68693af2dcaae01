//! How many connections are open, over all listeners together: the process has one budget of file descriptors.

use crate::domain::address::Address;
use crate::edge::hygiene::TrustedProxies;
use crate::endpoints::Listener;
use crate::telemetry::metrics::Metrics;
use dashmap::DashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Connections open, in all and by address.
#[derive(Debug)]
pub(super) struct Connections {
    open: AtomicU32,
    by_ip: DashMap<Address, u32>,
    max: u32,
    max_per_ip: u32,
    metrics: Arc<Metrics>,
}

/// One counted connection; counted until it is dropped.
#[derive(Debug)]
#[must_use = "it counts only while it lives"]
pub(super) struct Place {
    connections: Arc<Connections>,
    ip: Option<Address>,
    listener: Listener,
}

impl Connections {
    pub(super) fn new(max: u32, max_per_ip: u32, metrics: Arc<Metrics>) -> Self {
        Self { open: AtomicU32::new(0), by_ip: DashMap::new(), max, max_per_ip, metrics }
    }

    /// # Errors
    /// The reason, for the metric.
    pub(super) fn admit(
        self: &Arc<Self>,
        ip: IpAddr,
        trusted: &TrustedProxies,
        listener: Listener,
    ) -> Result<Place, &'static str> {
        // Behind a trusted proxy all clients share its address.
        let ip = (!trusted.contains(ip)).then(|| Address::of(ip));
        if self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < self.max).then_some(n + 1)).is_err() {
            return Err("full");
        }
        if let Some(ip) = ip {
            let mut mine = self.by_ip.entry(ip).or_insert(0);
            if *mine >= self.max_per_ip {
                self.open.fetch_sub(1, Ordering::AcqRel);
                return Err("address_full");
            }
            *mine += 1;
        }
        self.metrics.connection_opened(listener.as_str());
        Ok(Place { connections: Arc::clone(self), ip, listener })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::AcqRel);
        if let Some(ip) = self.ip {
            self.connections.by_ip.remove_if_mut(&ip, |_, open| {
                *open = open.saturating_sub(1);
                *open == 0
            });
        }
        self.connections.metrics.connection_closed(self.listener.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(admitted: Result<Place, &'static str>) -> &'static str {
        admitted.err().unwrap_or("admitted")
    }

    #[test]
    fn all_listeners_share_one_count() {
        let connections = Arc::new(Connections::new(3, 2, Arc::new(Metrics::new())));
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let admit = |ip: &str, listener| connections.admit(ip.parse().unwrap(), &trusted, listener);
        let public = admit("192.0.2.1", Listener::Public).unwrap();
        let _admin = admit("192.0.2.1", Listener::Admin).unwrap();
        assert_eq!(refusal(admit("192.0.2.1", Listener::Admin)), "address_full");
        // A trusted proxy has no limit of its own, but is counted.
        let _proxy = admit("10.0.0.1", Listener::Public).unwrap();
        assert_eq!(refusal(admit("192.0.2.2", Listener::Admin)), "full");
        drop(public);
        let _another = admit("192.0.2.1", Listener::Admin).unwrap();
    }
}
