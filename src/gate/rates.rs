//! Which limits a key has: its own, or the configured ones where it has none; and how they are shared.
//!
//! A publishable key is everybody's, so that no address and no visitor may have all of what it has. An address's share
//! is for those who send the key itself, and as much for the visitors there who have a token; a customer whom the shop
//! has named has a share of their own wherever they are, because an office has one address. What is too little to be
//! divided is not: it bounds what a key costs, and who is alone should get it.

use crate::domain::key::KeyKind;
use crate::domain::key::KeyLimits;
use crate::limits::Rate;

/// The limits in force where a key has none of its own.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    pub key: Rate,
    /// Of an IP address with a publishable key.
    pub ip_per_minute: u32,
    pub visitor_per_minute: u32,
    /// Requests for visitor tokens of an IP address with a publishable key.
    pub visitor_sessions_per_ip_per_minute: u32,
    pub max_streams: u32,
    pub shares: Shares,
    pub user: Rate,
    /// Streams of a user at the same time.
    pub user_max_streams: u32,
    /// Logins to AnythingLLM of an IP address.
    pub logins_per_ip_per_minute: u32,
    /// Deliveries of shops' webhooks from an IP address.
    pub webhooks_per_ip_per_minute: u32,
    /// Hand-overs of an IP address with a publishable key.
    pub handovers_per_ip_per_day: u32,
    /// Hand-overs of a visitor who has a token.
    pub handovers_per_visitor_per_day: u32,
}

/// What part of something that many share one of them may have, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    pub address: u32,
    pub visitor: u32,
}

/// What is not more than this is not divided.
mod undivided {
    pub(super) const REQUESTS: u32 = 10;
    pub(super) const STREAMS: u32 = 5;
    pub(super) const MESSAGES: u32 = 50;
}

/// The limits in force for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    pub key: Rate,
    /// Of an IP address. A shop's back end speaks for all its customers from one, so a secret key has none of its own
    /// accord.
    pub per_ip: Option<Rate>,
    /// Of all visitors with a token at one IP address; none where requests are not divided.
    pub visitors_per_ip: Option<Rate>,
    /// Requests of a visitor with a token; none where they are not divided.
    pub visitor_requests: Option<Rate>,
    /// Chats of a visitor.
    pub per_visitor_per_minute: u32,
    /// Requests for visitor tokens of an IP address.
    pub visitor_sessions: Rate,
    pub streams: Streams,
    /// Of the chats a day, for a key that has a quota of them.
    pub a_day: Option<Messages>,
    /// Of the chats a month, likewise.
    pub a_month: Option<Messages>,
}

/// Streams of a key at the same time, and of whoever shares them, where they are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    pub all: u32,
    pub per_ip: Option<u32>,
    pub per_visitor: Option<u32>,
}

/// Shares of the chats that a publishable key has a day or a month, where they are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Messages {
    pub per_ip: Option<Rate>,
    pub per_visitor: Option<Rate>,
}

/// So many percent of it, and not less than what is not divided.
fn share(of: u32, percent: u32, undivided: u32) -> u32 {
    let part = (u64::from(of) * u64::from(percent)).div_ceil(100);
    u32::try_from(part).unwrap_or(of).max(undivided).min(of)
}

/// A share that is less than all: what is all would only be a second name for the same limit.
fn divided(of: u32, percent: u32, undivided: u32) -> Option<u32> {
    Some(share(of, percent, undivided)).filter(|part| *part < of)
}

/// A share of a rate, if that is less than all.
fn divided_rate(rate: Rate, percent: u32) -> Option<Rate> {
    let part = |of| share(of, percent, undivided::REQUESTS);
    Some(Rate { units: part(rate.units), burst: part(rate.burst), ..rate }).filter(|part| *part != rate)
}

impl Shares {
    /// An address's share of places of which there are few, at least one.
    pub fn of_places(self, all: u32) -> u32 {
        share(all, self.address, 1)
    }
}

impl Rates {
    /// The limits of a key of this kind with these limits of its own.
    pub fn of_key(&self, kind: KeyKind, own: &KeyLimits) -> InForce {
        let key = Rate::per_minute(
            own.per_minute.unwrap_or(self.key.units),
            own.burst.or(own.per_minute).unwrap_or(self.key.burst),
        );
        let Shares { address, visitor } = self.shares;
        // What the key itself says of addresses holds as it is.
        let own_per_ip = own.per_ip_per_minute.map(|n| Rate::per_minute(n, n));
        let of_ip = divided_rate(key, address);
        let most = self.ip_per_minute;
        let configured = of_ip.map_or(Rate::per_minute(most, most), |share| {
            Rate::per_minute(most.min(share.units), most.min(share.burst))
        });
        let streams = own.max_streams.unwrap_or(self.max_streams);
        let sessions = self.visitor_sessions_per_ip_per_minute;
        let messages = |quota: Option<u32>, rate: fn(u32) -> Rate| {
            let quota = quota.filter(|_| kind == KeyKind::Publishable)?;
            let part = |percent| divided(quota, percent, undivided::MESSAGES).map(rate);
            Some(Messages { per_ip: part(address), per_visitor: part(visitor) })
        };
        InForce {
            key,
            per_ip: match kind {
                KeyKind::Publishable => Some(own_per_ip.unwrap_or(configured)),
                KeyKind::Secret => own_per_ip,
            },
            visitors_per_ip: own_per_ip.or(of_ip),
            visitor_requests: divided_rate(key, visitor),
            per_visitor_per_minute: own.per_visitor_per_minute.unwrap_or(self.visitor_per_minute),
            visitor_sessions: Rate::per_minute(sessions, sessions),
            streams: Streams {
                all: streams,
                per_ip: divided(streams, address, undivided::STREAMS),
                per_visitor: divided(streams, visitor, undivided::STREAMS),
            },
            a_day: messages(own.messages_per_day, Rate::per_day),
            a_month: messages(own.messages_per_month, Rate::per_month),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATES: Rates = Rates {
        key: Rate::per_minute(600, 150),
        ip_per_minute: 60,
        visitor_per_minute: 20,
        visitor_sessions_per_ip_per_minute: 30,
        max_streams: 50,
        shares: Shares { address: 40, visitor: 10 },
        user: Rate::per_minute(120, 60),
        user_max_streams: 5,
        logins_per_ip_per_minute: 10,
        webhooks_per_ip_per_minute: 1200,
        handovers_per_ip_per_day: 100,
        handovers_per_visitor_per_day: 10,
    };

    #[test]
    fn nobody_has_all_that_a_publishable_key_has() {
        let key = RATES.of_key(KeyKind::Publishable, &KeyLimits::default());
        assert_eq!(key.per_ip, Some(Rate::per_minute(60, 60)));
        assert_eq!(key.visitors_per_ip, Some(Rate::per_minute(240, 60)));
        assert_eq!(key.visitor_requests, Some(Rate::per_minute(60, 15)));
        assert_eq!(key.streams, Streams { all: 50, per_ip: Some(20), per_visitor: Some(5) });
        assert_eq!((key.a_day, key.a_month), (None, None));
        let own = KeyLimits { messages_per_day: Some(1000), ..KeyLimits::default() };
        let key = RATES.of_key(KeyKind::Publishable, &own);
        let day = |units| Some(Rate::per_day(units));
        assert_eq!((key.a_day, key.a_month), (Some(Messages { per_ip: day(400), per_visitor: day(100) }), None));
        let own = KeyLimits { messages_per_month: Some(1000), ..KeyLimits::default() };
        let key = RATES.of_key(KeyKind::Publishable, &own);
        let month = |units| Some(Rate::per_month(units));
        assert_eq!((key.a_day, key.a_month), (None, Some(Messages { per_ip: month(400), per_visitor: month(100) })));
    }

    #[test]
    fn what_is_little_is_not_divided_and_what_the_key_says_holds() {
        let own =
            KeyLimits { per_minute: Some(5), max_streams: Some(3), messages_per_day: Some(9), ..KeyLimits::default() };
        let key = RATES.of_key(KeyKind::Publishable, &own);
        assert_eq!(key.per_ip, Some(Rate::per_minute(60, 60)), "as configured, for whoever is alone");
        assert_eq!((key.visitors_per_ip, key.visitor_requests), (None, None));
        assert_eq!(key.streams, Streams { all: 3, per_ip: None, per_visitor: None });
        assert_eq!(key.a_day, Some(Messages { per_ip: None, per_visitor: None }));
        let own = KeyLimits { per_ip_per_minute: Some(500), ..KeyLimits::default() };
        let key = RATES.of_key(KeyKind::Publishable, &own);
        let each = Some(Rate::per_minute(500, 500));
        assert_eq!((key.per_ip, key.visitors_per_ip), (each, each));
    }

    #[test]
    fn a_back_end_speaks_for_all_its_customers_from_one_address() {
        let own = KeyLimits { messages_per_day: Some(1000), messages_per_month: Some(9000), ..KeyLimits::default() };
        let key = RATES.of_key(KeyKind::Secret, &own);
        assert_eq!((key.per_ip, key.a_day, key.a_month), (None, None, None));
    }

    proptest! {
        #[test]
        fn a_share_is_something_and_not_more_than_all(of in 1..u32::MAX, percent in 1..=100_u32, least in 1..99_u32) {
            let part = share(of, percent, least);
            prop_assert!(part >= 1 && part <= of);
            prop_assert!(part >= least.min(of));
            prop_assert!(u64::from(part) * 100 >= u64::from(of) * u64::from(percent));
        }
    }
}
