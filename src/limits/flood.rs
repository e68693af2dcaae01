//! The flood limit: so many requests of an IP address, counted in process before anything else is done with a request.

use crate::domain::address::Address;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Debug)]
pub struct Flood {
    limiter: DefaultKeyedRateLimiter<Address>,
    clock: DefaultClock,
}

impl Flood {
    /// `per_second` sustained and `burst` at once, at least 1 each.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(burst));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts one request of `ip`.
    ///
    /// # Errors
    /// The time after which one more is let through.
    pub fn check(&self, ip: IpAddr) -> Result<(), Duration> {
        self.limiter.check_key(&Address::of(ip)).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// Forgets addresses that are back at full allowance.
    pub fn forget_idle(&self) {
        self.limiter.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_subject_and_other_addresses_are_their_own() {
        let flood = Flood::new(1, 1);
        flood.check("2001:db8::1".parse().unwrap()).unwrap();
        flood.check("2001:db8::2".parse().unwrap()).unwrap_err();
        flood.check("2001:db8:0:1::1".parse().unwrap()).unwrap();
        flood.check("192.0.2.1".parse().unwrap()).unwrap();
        flood.check("::ffff:192.0.2.1".parse().unwrap()).unwrap_err();
    }
}
