//! Quotas of a key: so many messages and tokens a calendar day and month, UTC.
//!
//! A chat takes one message and reserves the most that an answer of its workspace may take before AnythingLLM is asked;
//! what it really used is settled when it ends. An answer that never came gives both back.

use crate::domain::ids::{KeyId, TenantId};
use crate::domain::key::KeyLimits;
use crate::domain::usage::TokenUsage;
use crate::domain::usage::unfinished::Charged;
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, Utc};
use std::time::Duration;

/// The tokens of a prompt at least, before a workspace's answers have shown more: instructions, passages, some history.
pub const LEAST_PROMPT: u64 = 1_000;
/// The tokens of a completion at least, likewise.
pub const LEAST_COMPLETION: u64 = 500;
/// An answer that goes on beyond what was expected reserves so many at least at a time.
const LEAST_MORE: u64 = 256;
/// What is reserved for running answers may be free again after this.
const RUNNING: Duration = Duration::from_secs(5);

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
    /// Tokens of today that are reserved for answers that still run.
    pub reserved_day: u64,
    /// Likewise of this month.
    pub reserved_month: u64,
    /// What must be left for one more answer; 0 = anything will do.
    pub wanted: u64,
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

    /// The quotas that let no other message or answer pass.
    pub fn used_up(&self, limits: &KeyLimits) -> Vec<Quota> {
        let full =
            |quota: &Quota| quota.limit(limits).is_some_and(|limit| self.of(*quota) + self.needs(*quota) > limit);
        Quota::ALL.into_iter().filter(full).collect()
    }

    fn needs(&self, quota: Quota) -> u64 {
        match quota {
            Quota::MessagesDay | Quota::MessagesMonth => 1,
            Quota::TokensDay | Quota::TokensMonth => self.wanted.max(1),
        }
    }

    /// When there may be something left of these: soon, where running answers hold what is missing, else when the last
    /// of them begins anew.
    pub fn wait(&self, quotas: &[Quota], limits: &KeyLimits, now: DateTime<Utc>) -> Duration {
        let wait = |quota: &Quota| {
            let reserved = match quota {
                Quota::MessagesDay | Quota::MessagesMonth => 0,
                Quota::TokensDay => self.reserved_day,
                Quota::TokensMonth => self.reserved_month,
            };
            let settled = self.of(*quota).saturating_sub(reserved) + self.needs(*quota);
            if quota.limit(limits).is_some_and(|limit| settled <= limit) {
                return RUNNING;
            }
            (quota.resets_at(now) - now).to_std().unwrap_or_default()
        };
        quotas.iter().map(wait).max().unwrap_or_default()
    }
}

/// What was taken for an answer that may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub reservation: Reservation,
    /// Tokens of the completion that are reserved.
    pub completion: u64,
}

/// Counts the tokens of an answer on its way, as far as they can be seen in a stream: a piece is one at least, and four
/// bytes of text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meter {
    pieces: u64,
    bytes: u64,
    reserved: u64,
}

impl Meter {
    /// Nothing has come, and so many tokens are reserved.
    pub const fn new(reserved: u64) -> Self {
        Self { pieces: 0, bytes: 0, reserved }
    }

    /// A piece of the answer has come. Says how many tokens to reserve before the next one, if it needs any.
    pub fn count(&mut self, text: &str) -> Option<u64> {
        self.pieces += 1;
        self.bytes += text.len() as u64;
        let seen = self.pieces.max(self.bytes / 4);
        (seen >= self.reserved).then(|| (self.reserved / 4).max(LEAST_MORE))
    }

    /// So many more were reserved.
    pub fn reserved(&mut self, more: u64) {
        self.reserved += more;
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

/// What an answer really took, of which a quota was charged with an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recharge {
    pub charged: Charged,
    pub tokens: u64,
}

impl Reservation {
    /// The chat has ended. An answer whose tokens nobody counted, because the client left, is charged what was
    /// reserved: the model had begun. One that never came or failed is not charged.
    ///
    /// An estimate is charged up to what was reserved: so a correction of it finds as much in the quota, also one that
    /// comes before this.
    pub fn settled(self, answered: bool, tokens: Option<TokenUsage>) -> Settlement {
        let (messages, tokens) = match tokens {
            _ if !answered => (0, 0),
            Some(used) => {
                let tokens = u64::from(used.prompt) + u64::from(used.completion);
                (1, if used.estimated { tokens.min(self.tokens) } else { tokens })
            }
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

    pub fn has_token_quota(&self) -> bool {
        self.tokens_per_day.is_some() || self.tokens_per_month.is_some()
    }
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
    }

    #[test]
    fn the_wait_is_short_where_running_answers_hold_what_is_missing() {
        let limits = KeyLimits { tokens_per_day: Some(1000), messages_per_month: Some(7), ..KeyLimits::default() };
        let now = at("2026-11-30T23:00:00Z");
        let used = QuotaUse { tokens_day: 1000, tokens_month: 1000, reserved_day: 1, ..QuotaUse::default() };
        assert_eq!(used.used_up(&limits), [Quota::TokensDay]);
        assert_eq!(used.wait(&[Quota::TokensDay], &limits, now), RUNNING);
        let settled = QuotaUse { reserved_day: 0, ..used };
        assert_eq!(settled.wait(&[Quota::TokensDay], &limits, now), Duration::from_secs(3600));
        // With a longest completion the whole of it must be left.
        let wanting = QuotaUse { tokens_day: 900, wanted: 200, reserved_day: 100, ..used };
        assert_eq!(wanting.used_up(&limits), [Quota::TokensDay]);
        assert_eq!(wanting.wait(&[Quota::TokensDay], &limits, now), RUNNING);
        let too_much = QuotaUse { reserved_day: 99, ..wanting };
        assert_eq!(too_much.wait(&[Quota::TokensDay], &limits, now), Duration::from_secs(3600));
        let messages = QuotaUse { messages_month: 7, ..QuotaUse::default() };
        assert_eq!(messages.used_up(&limits), [Quota::MessagesMonth]);
    }

    #[test]
    fn an_answer_asks_for_more_before_it_takes_more_than_is_reserved() {
        let mut meter = Meter::new(3);
        assert_eq!([meter.count("a"), meter.count("b"), meter.count("c")], [None, None, Some(256)]);
        meter.reserved(2);
        assert_eq!(meter.count("one"), None);
        // Pieces of several words are several tokens.
        assert_eq!(meter.count("several words in one piece"), Some(256));
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
        let estimate = TokenUsage { prompt: 1_000, completion: 3, estimated: true };
        assert_eq!(charged(taken.settled(true, Some(estimate))), (1, 700));
        assert_eq!(charged(taken.settled(true, Some(TokenUsage { prompt: 500, ..estimate }))), (1, 503));
        assert_eq!(charged(taken.settled(false, Some(used))), (0, 0));
        assert_eq!(charged(taken.settled(false, None)), (0, 0));
    }
}
