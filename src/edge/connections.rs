//! How many connections are open, over all listeners together: the process has one budget of file descriptors. And how
//! many requests of an address run at the same time: over HTTP/2 one connection carries many, and each holds memory for
//! as long as its answer is not read.

use crate::domain::address::Address;
use crate::edge::hygiene::TrustedProxies;
use crate::endpoints::Listener;
use crate::telemetry::metrics::Metrics;
use dashmap::DashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Connections open, in all and by address, and requests that run.
#[derive(Debug)]
pub(super) struct Connections {
    open: AtomicU32,
    max: u32,
    by_address: ByAddress,
    requests: ByAddress,
    metrics: Arc<Metrics>,
}

/// Something counted by address, up to a number for each.
#[derive(Debug)]
struct ByAddress {
    counts: DashMap<Address, u32>,
    max: u32,
}

impl ByAddress {
    fn take(&self, address: Address) -> bool {
        let mut mine = self.counts.entry(address).or_insert(0);
        if *mine >= self.max {
            return false;
        }
        *mine += 1;
        true
    }

    fn give(&self, address: Address) {
        self.counts.remove_if_mut(&address, |_, count| {
            *count = count.saturating_sub(1);
            *count == 0
        });
    }
}

/// One counted connection; counted until it is dropped.
#[derive(Debug)]
#[must_use = "it counts only while it lives"]
pub(super) struct Place {
    connections: Arc<Connections>,
    address: Option<Address>,
    listener: Listener,
}

/// One counted request; counted until it is dropped.
#[derive(Debug)]
#[must_use = "it counts only while it lives"]
pub(super) struct RequestPlace {
    connections: Arc<Connections>,
    address: Option<Address>,
}

impl Connections {
    pub(super) fn new(max: u32, max_per_ip: u32, max_requests_per_ip: u32, metrics: Arc<Metrics>) -> Self {
        let by_address = |max| ByAddress { counts: DashMap::new(), max };
        let (by_address, requests) = (by_address(max_per_ip), by_address(max_requests_per_ip));
        Self { open: AtomicU32::new(0), max, by_address, requests, metrics }
    }

    /// # Errors
    /// The reason, for the metric.
    pub(super) fn admit(
        self: &Arc<Self>,
        ip: IpAddr,
        trusted: &TrustedProxies,
        listener: Listener,
    ) -> Result<Place, &'static str> {
        let address = limited(ip, trusted);
        if self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < self.max).then_some(n + 1)).is_err() {
            return Err("full");
        }
        if address.is_some_and(|address| !self.by_address.take(address)) {
            self.open.fetch_sub(1, Ordering::AcqRel);
            return Err("address_full");
        }
        self.metrics.connection_opened(listener.as_str());
        Ok(Place { connections: Arc::clone(self), address, listener })
    }

    /// A place for one more request of a client; none when it has too many already.
    pub(super) fn begin(self: &Arc<Self>, ip: IpAddr, trusted: &TrustedProxies) -> Option<RequestPlace> {
        let address = limited(ip, trusted);
        let has_room = address.is_none_or(|address| self.requests.take(address));
        has_room.then(|| RequestPlace { connections: Arc::clone(self), address })
    }
}

/// Behind a trusted proxy all clients share its address.
fn limited(ip: IpAddr, trusted: &TrustedProxies) -> Option<Address> {
    (!trusted.contains(ip)).then(|| Address::of(ip))
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::AcqRel);
        if let Some(address) = self.address {
            self.connections.by_address.give(address);
        }
        self.connections.metrics.connection_closed(self.listener.as_str());
    }
}

impl Drop for RequestPlace {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.connections.requests.give(address);
        }
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
        let connections = Arc::new(Connections::new(3, 2, 1, Arc::new(Metrics::new())));
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

    #[test]
    fn requests_are_counted_while_they_run() {
        let connections = Arc::new(Connections::new(9, 9, 2, Arc::new(Metrics::new())));
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let begin = |ip: &str| connections.begin(ip.parse().unwrap(), &trusted);
        let (first, _second) = (begin("192.0.2.1").unwrap(), begin("192.0.2.1").unwrap());
        assert!(begin("192.0.2.1").is_none());
        let _others = [begin("192.0.2.2").unwrap(), begin("10.0.0.1").unwrap(), begin("10.0.0.1").unwrap()];
        assert!(begin("10.0.0.1").is_some(), "a proxy that names nobody");
        drop(first);
        assert!(begin("192.0.2.1").is_some());
    }
}
