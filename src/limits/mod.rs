//! Rate limits behind one interface; they are counted in this process.
//!
//! All limits of a request are taken together or not at all, so that a refused client never uses up what others share.

mod flood;
mod in_process;

pub use flood::Flood;
pub use in_process::InProcess;

use async_trait::async_trait;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// What is limited. The name is the policy name of the `RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    KeyMinute,
    /// Requests of an IP address with a key.
    IpMinute,
    UserMinute,
    /// Chats of a visitor or session with a key.
    VisitorMinute,
    /// Requests for visitor tokens of an IP address with a key.
    VisitorSessionMinute,
    LoginMinute,
}

impl Policy {
    /// The policy's name (draft-ietf-httpapi-ratelimit-headers).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMinute => "key-minute",
            Self::IpMinute => "ip-minute",
            Self::UserMinute => "user-minute",
            Self::VisitorMinute => "visitor-minute",
            Self::VisitorSessionMinute => "visitor-session-minute",
            Self::LoginMinute => "login-minute",
        }
    }
}

/// Whose allowance it is: a pair of 128-bit names, the second one within the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject(pub u128, pub u128);

impl Subject {
    /// An address: IPv6 by its /64, because one customer commonly has all of it.
    pub fn of_ip(ip: IpAddr) -> u128 {
        match ip.to_canonical() {
            IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
            IpAddr::V6(v6) => u128::from(v6) & (u128::MAX << 64),
        }
    }
}

/// A rate: so many a minute, so many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    pub per_minute: u32,
    pub burst: u32,
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
}

impl LimitState {
    /// Where the limit stands once a unit has been given back.
    #[must_use]
    pub fn given_back(self) -> Self {
        let unit = Duration::from_secs(60) / self.rate.per_minute.max(1);
        let remaining = (self.remaining + 1).min(self.rate.burst);
        Self { remaining, reset: self.reset.saturating_sub(unit), ..self }
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

/// A limiter. Implementations never answer "unlimited" because they are in trouble.
#[async_trait]
pub trait Limiter: fmt::Debug + Send + Sync {
    /// Takes one unit of every allowance, or of none.
    async fn take(&self, wants: &[Want]) -> Result<Vec<LimitState>, Exceeded>;

    /// Gives back what [`Self::take`] took, because the request was refused later on.
    async fn give_back(&self, wants: &[Want]);

    /// Where the allowances stand, without taking anything.
    async fn look(&self, wants: &[Want]) -> Vec<LimitState>;

    /// How many streams of `holder` are running.
    fn open_streams(&self, holder: u128) -> u32;

    /// Takes one of `max` places for a running stream of `holder`; it is free again when the slot is dropped.
    fn open_stream(&self, holder: u128, max: u32) -> Option<StreamSlot>;
}

/// A place for a running stream.
pub struct StreamSlot(#[expect(dead_code, reason = "held for its Drop")] Box<dyn Send + Sync>);

impl StreamSlot {
    /// Wraps what must be dropped to free the place.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for StreamSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamSlot")
    }
}
