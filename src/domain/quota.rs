//! Quotas of a key: so many messages and tokens a calendar day and month, UTC.
//!
//! A chat takes one message and reserves tokens before AnythingLLM is asked; what it really used is settled when it
//! ends. An answer that never came gives both back.

use crate::domain::ids::{KeyId, TenantId};
use crate::domain::key::KeyLimits;
use crate::domain::usage::TokenUsage;
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, Utc};
use std::time::Duration;

/// Tokens reserved for an answer that has not begun: about a question with passages and a short answer.
pub const RESERVED_TOKENS: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quota {
    MessagesDay,
    MessagesMonth,
    TokensDay,
    TokensMonth,
}

impl Quota {
    pub const ALL: [Self; 4] = [Self::MessagesDay, Self::MessagesMonth, Self::TokensDay, Self::TokensMonth];

    /// Its name in answers and documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessagesDay => "messages-day",
            Self::MessagesMonth => "messages-month",
            Self::TokensDay => "tokens-day",
            Self::TokensMonth => "tokens-month",
        }
    }

    /// How much there is; none = it is not limited.
    pub fn limit(self, limits: &KeyLimits) -> Option<u64> {
        match self {
            Self::MessagesDay => limits.messages_per_day.map(Into::into),
            Self::MessagesMonth => limits.messages_per_month.map(Into::into),
            Self::TokensDay => limits.tokens_per_day,
            Self::TokensMonth => limits.tokens_per_month,
        }
    }

    pub fn resets_at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.date_naive();
        let next = match self {
            Self::MessagesDay | Self::TokensDay => today.checked_add_days(Days::new(1)),
            Self::MessagesMonth | Self::TokensMonth => {
                today.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)))
            }
        };
        next.unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN).and_utc()
    }
}

/// What a key has used so far, today and this month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaUse {
    pub messages_day: u64,
    pub messages_month: u64,
    /// Tokens today, with those reserved.
    pub tokens_day: u64,
    /// Tokens this month, with those reserved.
    pub tokens_month: u64,
}

impl QuotaUse {
    pub fn of(&self, quota: Quota) -> u64 {
        match quota {
            Quota::MessagesDay => self.messages_day,
            Quota::MessagesMonth => self.messages_month,
            Quota::TokensDay => self.tokens_day,
            Quota::TokensMonth => self.tokens_month,
        }
    }

    pub fn used_up(&self, limits: &KeyLimits) -> Vec<Quota> {
        let full = |quota: &Quota| quota.limit(limits).is_some_and(|limit| self.of(*quota) >= limit);
        Quota::ALL.into_iter().filter(full).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    pub tenant: TenantId,
    pub key: KeyId,
    pub day: NaiveDate,
    pub tokens: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    pub reservation: Reservation,
    /// Messages that count: 1, or 0 for an answer that never came.
    pub messages: u64,
    pub tokens: u64,
}

impl Reservation {
    /// The chat has ended. An answer whose tokens nobody counted, because the client left, is charged what was
    /// reserved: the model had begun. One that never came or failed is not charged.
    pub fn settled(self, answered: bool, tokens: Option<TokenUsage>) -> Settlement {
        let (messages, tokens) = match tokens {
            _ if !answered => (0, 0),
            Some(used) => (1, u64::from(used.prompt) + u64::from(used.completion)),
            None => (1, self.tokens),
        };
        Settlement { reservation: self, messages, tokens }
    }
}

impl KeyLimits {
    /// Whether any quota is set: otherwise nothing is counted.
    pub fn has_quota(&self) -> bool {
        Quota::ALL.iter().any(|quota| quota.limit(self).is_some())
    }
}

/// When the last of these begins anew.
pub fn wait(quotas: &[Quota], now: DateTime<Utc>) -> Duration {
    let last = quotas.iter().map(|quota| quota.resets_at(now)).max();
    last.and_then(|at| (at - now).to_std().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn days_and_months_begin_at_midnight_utc() {
        for (now, day, month) in [
            ("2026-11-23T21:00:00Z", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            assert_eq!(Quota::MessagesDay.resets_at(at(now)), at(day));
            assert_eq!(Quota::TokensMonth.resets_at(at(now)), at(month));
        }
        let both = [Quota::TokensDay, Quota::MessagesMonth];
        assert_eq!(wait(&both, at("2026-11-30T00:00:00Z")), Duration::from_secs(86_400));
    }

    #[test]
    fn what_never_came_is_not_charged() {
        let taken = Reservation {
            tenant: TenantId::DEFAULT,
            key: KeyId(uuid::Uuid::nil()),
            day: NaiveDate::default(),
            tokens: 700,
        };
        let used = TokenUsage { prompt: 400, completion: 28, estimated: false };
        let charged = |settled: Settlement| (settled.messages, settled.tokens);
        assert_eq!(charged(taken.settled(true, Some(used))), (1, 428));
        assert_eq!(charged(taken.settled(true, None)), (1, 700));
        assert_eq!(charged(taken.settled(false, Some(used))), (0, 0));
        assert_eq!(charged(taken.settled(false, None)), (0, 0));
    }
}
