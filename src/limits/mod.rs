//! Rate limits and places for streams behind one interface: counted in Redis over all replicas, or in this process where
//! there is no Redis.
//!
//! All limits of a request are taken together or not at all, so that a refused client never uses up what others share.

mod flood;
mod in_process;
mod places;
mod shared;
mod streams;
mod subject;

pub use flood::Flood;
pub use in_process::InProcess;
pub use places::{Place, Places};
pub use shared::{Counted, FailedLogins, Growth, ROLE, Shared};
pub use streams::{StreamPlace, StreamPolicy, StreamSlot, StreamsFull};
pub use subject::{Label, Subject};

pub use crate::redis_client::Away;

use async_trait::async_trait;
use std::fmt;
use std::time::Duration;

/// What is limited. The name is the policy name of the `RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    KeyMinute,
    /// Requests of an IP address with a key.
    IpMinute,
    /// Requests of all visitors with a token of a key at an IP address.
    IpVisitorsMinute,
    /// Requests of a visitor with a token of a key.
    VisitorRequestMinute,
    UserMinute,
    /// Chats of a visitor or session with a key.
    VisitorMinute,
    /// Requests for visitor tokens of an IP address with a key.
    VisitorSessionMinute,
    /// An address's share of the chats that a key has a day.
    IpMessagesDay,
    /// A visitor's share of the chats that a key has a day.
    VisitorMessagesDay,
    /// An address's share of the chats that a key has a month.
    IpMessagesMonth,
    /// A visitor's share of the chats that a key has a month.
    VisitorMessagesMonth,
    /// Hand-overs of an IP address with a key a day.
    IpHandoversDay,
    /// Hand-overs of a visitor with a key a day.
    VisitorHandoversDay,
    LoginMinute,
    /// Deliveries of shops' webhooks from an IP address.
    WebhookMinute,
}

impl Policy {
    /// The policy's name (draft-ietf-httpapi-ratelimit-headers).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMinute => "key-minute",
            Self::IpMinute => "ip-minute",
            Self::IpVisitorsMinute => "ip-visitors-minute",
            Self::VisitorRequestMinute => "visitor-request-minute",
            Self::UserMinute => "user-minute",
            Self::VisitorMinute => "visitor-minute",
            Self::VisitorSessionMinute => "visitor-session-minute",
            Self::IpMessagesDay => "ip-messages-day",
            Self::VisitorMessagesDay => "visitor-messages-day",
            Self::IpMessagesMonth => "ip-messages-month",
            Self::VisitorMessagesMonth => "visitor-messages-month",
            Self::IpHandoversDay => "ip-handovers-day",
            Self::VisitorHandoversDay => "visitor-handovers-day",
            Self::LoginMinute => "login-minute",
            Self::WebhookMinute => "webhook-minute",
        }
    }
}

/// The time that a rate is told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    Minute,
    Day,
    /// Of 30 days.
    Month,
}

impl Window {
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Day => 86_400,
            Self::Month => 2_592_000,
        }
    }
}

/// A rate: so many in a window, so many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    pub units: u32,
    pub window: Window,
    pub burst: u32,
}

impl Rate {
    pub const fn per_minute(units: u32, burst: u32) -> Self {
        Self { units, window: Window::Minute, burst }
    }

    /// All of them at once, if somebody likes.
    pub const fn per_day(units: u32) -> Self {
        Self { units, window: Window::Day, burst: units }
    }

    /// All of them at once, if somebody likes.
    pub const fn per_month(units: u32) -> Self {
        Self { units, window: Window::Month, burst: units }
    }

    /// The time after which one more unit is there.
    pub fn unit(self) -> Duration {
        Duration::from_secs(self.window.seconds().into()) / self.units.max(1)
    }

    /// The share of one of so many replicas, at least one unit.
    #[must_use]
    pub fn share(self, replicas: u32) -> Self {
        let of = |all: u32| (all / replicas.max(1)).max(1);
        Self { units: of(self.units), burst: of(self.burst), ..self }
    }
}

/// Who has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// This process, which is alone.
    InProcess,
    /// All replicas together.
    Shared,
    /// This replica, which goes on with its share as one of so many because Redis is away.
    Share(u32),
}

/// One allowance that a request wants one unit of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub policy: Policy,
    pub subject: Subject,
    pub rate: Rate,
}

/// Where a limit stands after a request was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitState {
    pub policy: Policy,
    pub rate: Rate,
    pub remaining: u32,
    /// Time until all of it is there again.
    pub reset: Duration,
    pub counting: Counting,
}

impl LimitState {
    /// Where the limit stands once a unit has been given back.
    #[must_use]
    pub fn given_back(self) -> Self {
        let remaining = (self.remaining + 1).min(self.rate.burst);
        Self { remaining, reset: self.reset.saturating_sub(self.rate.unit()), ..self }
    }

    /// Time until a unit is there, if none is.
    pub fn wait(self) -> Option<Duration> {
        let all_but_one = self.rate.unit() * self.rate.burst.saturating_sub(1);
        (self.remaining == 0).then(|| self.reset.saturating_sub(all_but_one))
    }
}

/// Limits that refuse a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceeded {
    /// When one more request would be let through.
    pub retry_after: Duration,
    pub policies: Vec<&'static str>,
    /// Where all the limits stand that were asked.
    pub states: Vec<LimitState>,
}

impl Exceeded {
    /// The refusal by those of these limits of which nothing is left.
    fn of(states: Vec<LimitState>) -> Self {
        let mut exceeded = Self { states, ..Self::default() };
        for state in &exceeded.states {
            if let Some(wait) = state.wait() {
                exceeded.retry_after = exceeded.retry_after.max(wait);
                exceeded.policies.push(state.policy.as_str());
            }
        }
        exceeded
    }
}

/// A limiter. Implementations never answer "unlimited" because they are in trouble.
#[async_trait]
pub trait Limiter: fmt::Debug + Send + Sync {
    /// Takes one unit of every allowance, or of none. They come in the order from what most share to what is one's own:
    /// what others share is not touched, not even for a moment, for a request that its own allowance refuses.
    async fn take(&self, wants: &[Want]) -> Result<Vec<LimitState>, Exceeded>;

    /// Gives back what [`Self::take`] took, because the request was refused later on.
    async fn give_back(&self, wants: &[Want]);

    /// Where the allowances stand, without taking anything.
    async fn look(&self, wants: &[Want]) -> Vec<LimitState>;

    /// How many streams of `holder` are running.
    async fn open_streams(&self, holder: Subject) -> u32;

    /// Takes a place for a running stream with each of its holders, or with none; they are free again when the slot is
    /// dropped. In the same order as [`Self::take`].
    async fn open_stream(&self, places: &[StreamPlace]) -> Result<StreamSlot, StreamsFull>;

    /// Drops the state of subjects whose allowance is full; to be called now and then, or memory grows with the number
    /// of addresses ever seen.
    fn forget_idle(&self);
}
