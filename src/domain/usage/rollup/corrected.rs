//! What changes of sums when the tokens of events that are in them turn out to be others.

use super::{Cell, Counted, Dimension, Granularity, KnownOrigins, LevelKind, OTHER, value_of};
use std::collections::BTreeMap;

/// By how much sums of tokens change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokensChange {
    pub prompt: i64,
    pub completion: i64,
    /// Requests whose tokens AnythingLLM did not report.
    pub estimated: i64,
}

/// The sums that events are in, each with its change; `known`: the origins that have sums of their own.
pub fn corrected(events: &[(Counted, TokensChange)], known: &KnownOrigins) -> BTreeMap<Cell, TokensChange> {
    let mut changes = BTreeMap::<Cell, TokensChange>::new();
    for (event, change) in events {
        for (kind, dimension) in LevelKind::ALL.into_iter().flat_map(|kind| Dimension::ALL.map(|d| (kind, d))) {
            let scope = kind.of(event.workspace, event.key);
            let has_sum = |origin: &str| {
                let named = known.get(&(Granularity::Day.floor(event.at), scope));
                named.is_some_and(|named| named.origins.contains(origin))
            };
            let value = match (dimension, event.origin.as_deref()) {
                (Dimension::Origin, Some(origin)) if !has_sum(origin) => Some(OTHER),
                _ => value_of(event, dimension),
            };
            let Some(value) = value else { continue };
            for granularity in Granularity::ALL {
                let starts_at = granularity.floor(event.at);
                let cell = Cell { granularity, scope, dimension, starts_at, value: value.to_owned() };
                changes.entry(cell).or_default().add(*change);
            }
        }
    }
    changes
}

impl TokensChange {
    fn add(&mut self, other: Self) {
        self.prompt += other.prompt;
        self.completion += other.completion;
        self.estimated += other.estimated;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Amounts, Measures, Named, add_up};
    use super::*;
    use crate::domain::ids::{KeyId, WorkspaceId};
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;
    use uuid::Uuid;

    type Tokens = (u32, u32, bool);

    fn event() -> impl Strategy<Value = (Counted, Tokens)> {
        let tokens = || (0..2_000_u32, 0..500_u32, any::<bool>());
        ((0..3_u128, 0..2_u128, 0..30_i64), "(https://[a-c]\\.example)?", "[ab]?", tokens(), tokens()).prop_map(
            |((key, workspace, hour), origin, model, before, after)| {
                let event = Counted {
                    at: DateTime::from_timestamp(1_796_001_713, 0).unwrap() + TimeDelta::hours(hour),
                    workspace: Some(WorkspaceId(Uuid::from_u128(workspace))),
                    key: Some(KeyId(Uuid::from_u128(key))),
                    route: "chat.create".to_owned(),
                    outcome: "client_left".to_owned(),
                    origin: Some(origin).filter(|origin| !origin.is_empty()),
                    model: Some(model).filter(|model| !model.is_empty()),
                    amounts: Amounts { http_status: 200, tokens: Some(before), ..Amounts::default() },
                };
                (event, after)
            },
        )
    }

    fn apply(sum: &mut Measures, change: TokensChange) {
        sum.prompt_tokens = sum.prompt_tokens.checked_add_signed(change.prompt).unwrap();
        sum.completion_tokens = sum.completion_tokens.checked_add_signed(change.completion).unwrap();
        sum.tokens_estimated = sum.tokens_estimated.checked_add_signed(change.estimated).unwrap();
    }

    proptest! {
        /// Whether their figures were known before or after they were added up: the sums are the same, also where
        /// origins are not told apart any more.
        #[test]
        fn sums_that_are_corrected_are_those_of_the_corrected_events(
            events in prop::collection::vec(event(), 1..8),
            full in any::<bool>(),
        ) {
            let known = || {
                let mut known = KnownOrigins::new();
                for (event, _) in events.iter().filter(|_| full) {
                    for kind in LevelKind::ALL {
                        let place = (Granularity::Day.floor(event.at), kind.of(event.workspace, event.key));
                        known.insert(place, Named { others: 1_000, ..Named::default() });
                    }
                }
                known
            };
            let (mut before, mut after, mut changes) = (Vec::new(), Vec::new(), Vec::new());
            for (event, tokens) in &events {
                let (prompt, completion, estimated) = event.amounts.tokens.unwrap();
                let change = TokensChange {
                    prompt: i64::from(tokens.0) - i64::from(prompt),
                    completion: i64::from(tokens.1) - i64::from(completion),
                    estimated: i64::from(tokens.2) - i64::from(estimated),
                };
                let amounts = Amounts { tokens: Some(*tokens), ..event.amounts };
                before.push(event.clone());
                after.push(Counted { amounts, ..event.clone() });
                changes.push((event.clone(), change));
            }
            let mut origins = known();
            let mut sums = add_up(&before, &mut origins);
            for (cell, change) in corrected(&changes, &origins) {
                apply(sums.get_mut(&cell).expect("a sum that there is"), change);
            }
            prop_assert_eq!(sums, add_up(&after, &mut known()));
        }
    }
}
