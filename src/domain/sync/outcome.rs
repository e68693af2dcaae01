//! What became of each product of a feed, and why some were not removed.

use crate::domain::words::words;
use serde::Serialize;
use utoipa::ToSchema;

words! {
    OutcomeKind {
        Added = "added",
        Updated = "updated",
        /// It was right already.
        Unchanged = "unchanged",
        /// AnythingLLM did not take it.
        Failed = "failed",
        /// The record is of no use; what is known of its product stays.
        Refused = "refused",
        /// Something was not taken as the feed has it.
        Noted = "noted",
        /// It is in the feed, and settings say that it is not wanted.
        LeftOut = "left_out",
        /// It is no longer in the feed.
        Removed = "removed",
        /// It is no longer in the feed, and stays all the same.
        Withheld = "withheld",
    }
}

/// What became of a record or a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncOutcome)]
pub struct SyncOutcome {
    /// What the product is known by, where this is about the product and not about a record.
    #[serde(skip)]
    pub key: Option<String>,
    /// `added`, `updated`, `unchanged`, `failed`, `refused`, `noted`, `left_out`, `removed` or `withheld`.
    #[schema(value_type = String, example = "refused")]
    pub outcome: OutcomeKind,
    /// The shop's id of the product or of its group; null when nobody can tell.
    pub product: Option<String>,
    /// Its place in the feed, from 1.
    #[serde(rename = "record")]
    pub record_number: Option<u64>,
    /// The line it begins on, from 1.
    pub line: Option<u64>,
    /// The byte it begins with, from 0, once the feed is unpacked and UTF-8.
    pub byte: Option<u64>,
    /// Why; stable.
    #[schema(example = "bad_price")]
    pub code: Option<String>,
    /// Why, for people.
    pub message: Option<String>,
}

words! {
    /// Why products that are no longer in the feed were not removed.
    WithheldReason {
        /// Some records could not be read and may be theirs.
        UnreadRecords = "unread_records",
        /// They are more than the connection's share.
        TooMany = "too_many",
    }
}

/// Products that are no longer in the feed and were not removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncWithheld)]
pub struct Withheld {
    /// How many.
    pub count: u32,
    /// `unread_records` or `too_many`.
    #[schema(value_type = String, example = "unread_records")]
    pub reason: WithheldReason,
    /// The first hundred.
    pub products: Vec<String>,
}

impl WithheldReason {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnreadRecords => "records that cannot be read may be theirs",
            Self::TooMany => "they are more than the set share; allow it if it is meant",
        }
    }
}

/// Products that are named where removals are withheld.
pub const MAX_WITHHELD_NAMED: usize = 100;
