//! Places that everybody shares and few can have at once, such as a login that AnythingLLM works on. One address has
//! only its share of them, so that a greedy one waits for itself and not everybody for it.

use crate::domain::address::Address;
use dashmap::DashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// So many places, of which an address has so many. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    by_address: Arc<DashMap<Address, Arc<Semaphore>>>,
    per_address: usize,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
#[must_use = "it is taken only while it lives"]
pub struct Place {
    _shared: OwnedSemaphorePermit,
    _own: OwnAddress,
}

/// What an address takes of its share; the last one to go forgets the address.
#[derive(Debug)]
struct OwnAddress {
    address: Address,
    share: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
    by_address: Arc<DashMap<Address, Arc<Semaphore>>>,
}

impl Places {
    /// At least one of each.
    pub fn new(all: u32, per_address: u32) -> Self {
        let at_least_one = |n: u32| n.max(1) as usize;
        Self {
            all: Arc::new(Semaphore::new(at_least_one(all))),
            by_address: Arc::default(),
            per_address: at_least_one(per_address),
        }
    }

    /// A place for `address`, once there is one; none if there is none within this time. First come, first served, and
    /// nobody stands in the common queue more often than they may have places.
    pub async fn take(&self, address: Address, within: Duration) -> Option<Place> {
        let share =
            Arc::clone(&self.by_address.entry(address).or_insert_with(|| Arc::new(Semaphore::new(self.per_address))));
        let mut own = OwnAddress {
            address,
            share: Some(Arc::clone(&share)),
            permit: None,
            by_address: Arc::clone(&self.by_address),
        };
        let both = async {
            own.permit = Some(share.acquire_owned().await.ok()?);
            Arc::clone(&self.all).acquire_owned().await.ok()
        };
        let shared = timeout(within, both).await.ok().flatten()?;
        Some(Place { _shared: shared, _own: own })
    }
}

impl Drop for OwnAddress {
    fn drop(&mut self) {
        // Both hold the semaphore.
        self.permit = None;
        self.share = None;
        self.by_address.remove_if(&self.address, |_, share| Arc::strong_count(share) == 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn address(number: u8) -> Address {
        Address::of([192, 0, 2, number].into())
    }

    #[tokio::test]
    async fn one_greedy_address_leaves_places_for_nine_fair_ones() {
        let places = Places::new(10, 1);
        let greedy = places.take(address(0), NOW).await;
        assert!(greedy.is_some());
        for _ in 0..50 {
            assert!(places.take(address(0), NOW).await.is_none());
        }
        let mut fair = Vec::new();
        for number in 1..10 {
            fair.push(places.take(address(number), NOW).await.expect("a place"));
        }
        assert!(places.take(address(10), NOW).await.is_none(), "all are taken");
        drop(fair);
        assert!(places.take(address(10), NOW).await.is_some());
    }

    #[tokio::test]
    async fn whoever_waits_is_let_in_when_a_place_is_free_and_is_forgotten_afterwards() {
        let places = Places::new(2, 1);
        let first = places.take(address(1), NOW).await.unwrap();
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take(address(1), Duration::from_secs(60)).await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
        assert!(places.by_address.is_empty());
    }

    #[tokio::test]
    async fn whoever_gives_up_leaves_nothing_taken() {
        let places = Places::new(1, 1);
        let held = places.take(address(1), NOW).await.unwrap();
        assert!(places.take(address(2), NOW).await.is_none(), "its own share is free, the place is not");
        drop(held);
        assert!(places.by_address.is_empty());
        assert!(places.take(address(2), NOW).await.is_some());
    }
}
