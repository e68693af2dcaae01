//! Lists page by page: the parameters `limit` and `cursor`, and how a page says whether there is more.
//!
//! A cursor is the id of the last entry of the page before.

use crate::api::query::Query;
use uuid::Uuid;

/// Entries of a page when the request does not say.
pub(super) const DEFAULT_LIMIT: usize = 20;
/// Entries of a page at most.
pub(super) const MAX_LIMIT: usize = 100;

/// The `limit` of a request; its faults are noted in `query`.
pub(super) fn limit(query: &mut Query<'_>) -> usize {
    query.number("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT)
}

/// Which page is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    limit: usize,
    /// The last entry of the page before.
    pub(super) after: Option<Uuid>,
}

/// What a page says besides its entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageEnd {
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<Uuid>,
}

/// The first page.
impl Default for Paging {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, after: None }
    }
}

impl Paging {
    /// What a request asks for; its faults are noted in `query`.
    pub(super) fn of(query: &mut Query<'_>) -> Self {
        let limit = limit(query);
        let cursor = query.text("cursor");
        let after = cursor.as_deref().and_then(|text| Uuid::try_parse(text).ok());
        if cursor.is_some() && after.is_none() {
            query.fault("cursor", "format", "is not a cursor of this list");
        }
        Self { limit, after }
    }

    /// How many entries to ask for: one more than wanted tells whether there are more.
    pub(super) fn wanted(self) -> u16 {
        u16::try_from(self.limit + 1).unwrap_or(u16::MAX)
    }

    /// Cuts what was found to the page, and says how it ends.
    pub(super) fn cut<T>(self, found: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> PageEnd {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        PageEnd { has_more, next_cursor: found.last().filter(|_| has_more).map(id) }
    }
}
