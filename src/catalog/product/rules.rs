//! What is said beside a feed about how it is meant.

use crate::domain::store::{DecimalSeparator, StoreSettings};
use crate::domain::workspace::timezone::Zone;

/// How a feed is meant where it does not say it itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Of prices without one, ISO 4217.
    pub currency: Option<String>,
    /// None: found out, where only one is possible.
    pub decimal_separator: Option<DecimalSeparator>,
    /// Of dates without a difference from UTC.
    pub zone: Zone,
}

impl Default for Rules {
    fn default() -> Self {
        Self { currency: None, decimal_separator: None, zone: Zone::utc() }
    }
}

impl Rules {
    /// Those of a connection.
    pub fn of(settings: &StoreSettings) -> Self {
        let feed = settings.feed.as_ref();
        Self {
            currency: settings.currency.clone(),
            decimal_separator: feed.and_then(|feed| feed.decimal_separator),
            zone: feed.and_then(|feed| feed.timezone.clone()).unwrap_or_else(Zone::utc),
        }
    }
}
