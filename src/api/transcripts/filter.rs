//! Which conversations are wanted, as a query says it.

use crate::api::ApiState;
use crate::api::query::Query;
use crate::api::response::OrReject as _;
use crate::domain::access::Reached;
use crate::domain::exchange::Thumb;
use crate::domain::ids::KeyId;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::storage::{ExchangeFilter, PersonFilter};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Longest text that is looked for, in characters.
pub(in crate::api) const MAX_CHARS: usize = 300;
/// Stands for a customer that a workspace without customers has.
const NOBODY: &str = "subject:nobody";

/// What a request asks for, before anybody is looked up.
#[derive(Debug)]
pub(in crate::api) struct Wanted {
    filter: ExchangeFilter,
    visitor: Option<String>,
    subject: Option<String>,
}

impl Wanted {
    /// Reads it; faults are noted in `query`.
    pub(in crate::api) fn of(query: &mut Query<'_>) -> Self {
        let feedback = query.text("feedback");
        let thumb = feedback.as_deref().and_then(|word| word.parse::<Thumb>().ok());
        if feedback.is_some() && thumb.is_none() {
            query.fault("feedback", "format", "must be up or down");
        }
        let key = query.text("key");
        let key_id = key.as_deref().and_then(|text| Uuid::try_parse(text).ok());
        if key.is_some() && key_id.is_none() {
            query.fault("key", "format", "must be the id of a key");
        }
        let (from, to) = (moment(query, "from"), moment(query, "to"));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            query.fault("from", "out_of_range", "must be before `to`");
        }
        let filter = ExchangeFilter {
            refused: query.flag("refused"),
            failed: query.flag("failed"),
            feedback: thumb,
            key: key_id.map(KeyId),
            origin: text(query, "origin"),
            locale: text(query, "locale"),
            visitor: None,
            subject: None,
            from,
            to,
            words: text(query, "q"),
            solved: query.flag("solved"),
            handed_over: query.flag("handed_over"),
            // Those of shoppers, if nobody asks for others.
            staff: query.flag("staff").or(Some(false)),
        };
        Self { filter, visitor: text(query, "visitor"), subject: text(query, "subject") }
    }

    /// With the names by which the visitor and the customer are stored.
    pub(in crate::api) async fn filter(
        self,
        state: &ApiState,
        admitted: &Admitted,
        workspace: &Reached,
    ) -> Result<ExchangeFilter, Rejection> {
        let visitor = self.visitor.map(|said| PersonFilter::Label(state.visitors.stored_visitor(workspace, &said)));
        let subject = match self.subject {
            Some(said) => {
                let stored = state.visitors.stored_customer(workspace, &said).await.or_reject(admitted)?;
                Some(PersonFilter::Owner(stored.unwrap_or_else(|| NOBODY.to_owned())))
            }
            None => None,
        };
        Ok(ExchangeFilter { visitor, subject, ..self.filter })
    }
}

fn text(query: &mut Query<'_>, name: &'static str) -> Option<String> {
    let text = query.text(name)?;
    if text.is_empty() || text.chars().count() > MAX_CHARS {
        query.fault(name, "format", format!("must be 1 to {MAX_CHARS} characters"));
    }
    Some(text)
}

/// A time; its faults are noted in `query`.
pub(super) fn moment(query: &mut Query<'_>, name: &'static str) -> Option<DateTime<Utc>> {
    let text = query.text(name)?;
    let moment = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.with_timezone(&Utc));
    if moment.is_none() {
        query.fault(name, "format", "must be a time as in 2026-11-23T09:00:00Z");
    }
    moment
}
