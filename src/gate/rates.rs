//! Which limits a key has: its own, or the configured ones where it has none.

use crate::domain::key::KeyKind;
use crate::domain::key::KeyLimits;
use crate::limits::{Policy, Rate, Subject, Want};

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
    pub user: Rate,
    /// Streams of a user at the same time.
    pub user_max_streams: u32,
    /// Logins to AnythingLLM of an IP address.
    pub logins_per_ip_per_minute: u32,
}

/// The limits in force for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    pub key: Rate,
    /// Of an IP address. A shop's back end speaks for all its customers from one, so a secret key has none of its own
    /// accord.
    pub per_ip_per_minute: Option<u32>,
    pub per_visitor_per_minute: u32,
    pub max_streams: u32,
}

impl Rates {
    /// The limits of a key of this kind with these limits of its own.
    pub fn of_key(&self, kind: KeyKind, own: &KeyLimits) -> InForce {
        InForce {
            key: Rate {
                per_minute: own.per_minute.unwrap_or(self.key.per_minute),
                burst: own.burst.or(own.per_minute).unwrap_or(self.key.burst),
            },
            per_ip_per_minute: match kind {
                KeyKind::Publishable => Some(own.per_ip_per_minute.unwrap_or(self.ip_per_minute)),
                KeyKind::Secret => own.per_ip_per_minute,
            },
            per_visitor_per_minute: own.per_visitor_per_minute.unwrap_or(self.visitor_per_minute),
            max_streams: own.max_streams.unwrap_or(self.max_streams),
        }
    }
}

impl InForce {
    /// One request of the key of this id.
    pub fn of_key(&self, id: u128) -> Want {
        Want { policy: Policy::KeyMinute, subject: Subject(id, 0), rate: self.key }
    }
}
