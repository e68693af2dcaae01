//! The keys that access tokens are signed with, and which of them does what at a moment.

use crate::domain::sealed::Sealed;
use chrono::{DateTime, Utc};

/// An Ed25519 key pair (RFC 8032) as stored.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// Names it in tokens and in the key set.
    pub kid: String,
    /// 32 bytes.
    pub public_key: [u8; 32],
    /// Its seed, sealed for the row named `kid`.
    pub private_key: Sealed,
    pub created_at: DateTime<Utc>,
    /// Signs from then on, so that everyone who verifies knows it by then.
    pub signs_from: DateTime<Utc>,
    /// Nothing it signed is believed from then on; none while it has no successor.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// Whether what it signed is believed.
    pub fn verifies(&self, now: DateTime<Utc>) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }
}

/// The key to sign with: the newest whose time has come. If there is none, the next one: the replica that made the
/// first key has a clock a little ahead of ours.
pub fn signer(keys: &[SigningKey], now: DateTime<Utc>) -> Option<&SigningKey> {
    let believed = || keys.iter().filter(|key| key.verifies(now));
    let ready = believed().filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from);
    ready.or_else(|| believed().min_by_key(|key| key.signs_from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn key(kid: &str, signs_from: i64, verifies_until: Option<i64>) -> SigningKey {
        let at = |seconds| start() + TimeDelta::seconds(seconds);
        SigningKey {
            kid: kid.into(),
            public_key: [0; 32],
            private_key: Sealed { key_id: String::new(), bytes: Vec::new() },
            created_at: start(),
            signs_from: at(signs_from),
            verifies_until: verifies_until.map(at),
        }
    }

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_new_key_is_known_before_it_signs_and_the_old_one_believed_after_it_stopped() {
        let keys = [key("old", -100, Some(1530)), key("new", 600, None)];
        let at = |seconds| {
            let now = start() + TimeDelta::seconds(seconds);
            let signs = signer(&keys, now).map(|k| k.kid.as_str());
            (signs, keys.iter().filter(|k| k.verifies(now)).count())
        };
        assert_eq!(at(0), (Some("old"), 2));
        assert_eq!(at(599), (Some("old"), 2));
        assert_eq!(at(600), (Some("new"), 2));
        assert_eq!(at(1530), (Some("new"), 1));
        let only = signer(&keys[1..], start()).map(|k| k.kid.as_str());
        assert_eq!(only, Some("new"), "made by a clock that is ahead");
        assert!(signer(&keys[..1], start() + TimeDelta::seconds(1530)).is_none());
    }
}
