//! Whether limits lie within others.
//!
//! A rate that a key does not set is the configured one of its kind; a quota that it does not set is none, and so is a
//! rate that is not configured either.

use super::EXCEEDS;
use crate::domain::faults::Faults;
use crate::domain::key::{KeyKind, KeyLimits};

/// What holds for keys that have no limits of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Configured {
    pub publishable: KeyLimits,
    pub secret: KeyLimits,
}

/// Less than any key can have.
pub(super) const NOTHING: KeyLimits = KeyLimits {
    per_minute: Some(0),
    burst: Some(0),
    per_ip_per_minute: Some(0),
    per_visitor_per_minute: Some(0),
    max_streams: Some(0),
    messages_per_day: Some(0),
    messages_per_month: Some(0),
    tokens_per_day: Some(0),
    tokens_per_month: Some(0),
};

/// Nothing in a short while, and everything in a long one.
pub(super) const NO_QUOTA: KeyLimits = KeyLimits {
    messages_per_day: None,
    messages_per_month: None,
    tokens_per_day: None,
    tokens_per_month: None,
    ..NOTHING
};

/// A limit and its field.
type Limit = (&'static str, fn(&KeyLimits) -> Option<u64>);

pub(super) const LIMITS: [Limit; 9] = [
    ("limits.per_minute", |limits| limits.per_minute.map(u64::from)),
    ("limits.burst", |limits| limits.burst.map(u64::from)),
    ("limits.per_ip_per_minute", |limits| limits.per_ip_per_minute.map(u64::from)),
    ("limits.per_visitor_per_minute", |limits| limits.per_visitor_per_minute.map(u64::from)),
    ("limits.max_streams", |limits| limits.max_streams.map(u64::from)),
    ("limits.messages_per_day", |limits| limits.messages_per_day.map(u64::from)),
    ("limits.messages_per_month", |limits| limits.messages_per_month.map(u64::from)),
    ("limits.tokens_per_day", |limits| limits.tokens_per_day),
    ("limits.tokens_per_month", |limits| limits.tokens_per_month),
];

impl Configured {
    /// What holds for a key of this kind with these limits of its own.
    pub(super) fn in_force(&self, kind: KeyKind, own: &KeyLimits) -> KeyLimits {
        let otherwise = match kind {
            KeyKind::Publishable => &self.publishable,
            KeyKind::Secret => &self.secret,
        };
        // All of them by name: a limit that is new has to be thought of here, and in `LIMITS`.
        KeyLimits {
            per_minute: own.per_minute.or(otherwise.per_minute),
            // A key that says only how many requests there are in a minute may send them at once. One that says nothing
            // can give as much, so that a smaller rate alone is never more.
            burst: own.burst.or(own.per_minute).or(otherwise.burst.max(otherwise.per_minute)),
            per_ip_per_minute: own.per_ip_per_minute.or(otherwise.per_ip_per_minute),
            per_visitor_per_minute: own.per_visitor_per_minute.or(otherwise.per_visitor_per_minute),
            max_streams: own.max_streams.or(otherwise.max_streams),
            messages_per_day: own.messages_per_day,
            messages_per_month: own.messages_per_month,
            tokens_per_day: own.tokens_per_day,
            tokens_per_month: own.tokens_per_month,
        }
    }
}

/// Tells each limit of `given` that lets through more than that of `own`.
pub(super) fn exceed(given: &KeyLimits, own: &KeyLimits, faults: &mut Faults) {
    for (field, of) in LIMITS {
        if let Some(most) = of(own)
            && of(given).is_none_or(|given| given > most)
        {
            faults.push(field, EXCEEDS, format!("must be at most {most}, as for whoever asks"));
        }
    }
}
