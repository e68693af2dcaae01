//! What a sum holds, and how it grows.

use super::{Amounts, LEFT, NOTHING_FOUND, OK};
use crate::domain::usage::histogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    pub requests: u64,
    /// Those refused with a status of 400 to 498.
    pub refused: u64,
    pub outcomes: BTreeMap<String, u64>,
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    /// Requests whose tokens AnythingLLM did not report.
    pub tokens_estimated: u64,
    pub cache_hits: u64,
    /// Answers that could have been in memory and were not.
    pub cache_misses: u64,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// Times to the first byte.
    pub first_byte: Histogram,
    pub total: Histogram,
    pub gateway: Histogram,
}

/// How requests ended; each in one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Endings {
    pub answered: u64,
    /// Questions that the documents hold nothing about.
    pub nothing_found: u64,
    /// The client left before the answer was complete, or its connection broke.
    pub left: u64,
    /// By the gateway, with a status of 400 to 498: nothing was asked.
    pub refused: u64,
    /// AnythingLLM or the gateway failed.
    pub failed: u64,
}

impl Endings {
    pub const fn all(self) -> u64 {
        self.asked() + self.refused
    }

    /// Those that were not refused.
    pub const fn asked(self) -> u64 {
        self.answered + self.nothing_found + self.left + self.failed
    }

    pub fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.nothing_found += other.nothing_found;
        self.left += other.left;
        self.refused += other.refused;
        self.failed += other.failed;
    }
}

impl Measures {
    pub fn count(&mut self, outcome: &str, amounts: &Amounts) {
        self.requests += 1;
        // 499 says that the client left: nobody refused it.
        self.refused += u64::from(
            ![OK, NOTHING_FOUND].contains(&outcome)
                && !LEFT.contains(&outcome)
                && (400..499).contains(&amounts.http_status),
        );
        match self.outcomes.get_mut(outcome) {
            Some(count) => *count += 1,
            None => drop(self.outcomes.insert(outcome.to_owned(), 1)),
        }
        if let Some((prompt, completion, estimated)) = amounts.tokens {
            self.prompt_tokens += u64::from(prompt);
            self.completion_tokens += u64::from(completion);
            self.tokens_estimated += u64::from(estimated);
        }
        self.cache_hits += u64::from(amounts.cache_hit == Some(true));
        self.cache_misses += u64::from(amounts.cache_hit == Some(false));
        self.bytes_out += amounts.bytes_out;
        if let Some(first_byte) = amounts.first_byte {
            self.first_byte.record(micros(first_byte));
        }
        self.total.record(micros(amounts.total));
        self.gateway.record(micros(amounts.gateway));
    }

    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        for (outcome, count) in &other.outcomes {
            match self.outcomes.get_mut(outcome) {
                Some(sum) => *sum += count,
                None => drop(self.outcomes.insert(outcome.clone(), *count)),
            }
        }
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.tokens_estimated += other.tokens_estimated;
        self.cache_hits += other.cache_hits;
        self.cache_misses += other.cache_misses;
        self.bytes_out += other.bytes_out;
        self.first_byte.add(&other.first_byte);
        self.total.add(&other.total);
        self.gateway.add(&other.gateway);
    }

    /// Takes away another sum, which is part of this one.
    pub fn remove(&mut self, part: &Self) {
        let take = |sum: &mut u64, part: u64| *sum = sum.saturating_sub(part);
        take(&mut self.requests, part.requests);
        take(&mut self.refused, part.refused);
        self.outcomes.retain(|outcome, count| {
            take(count, part.outcomes.get(outcome).copied().unwrap_or(0));
            *count > 0
        });
        take(&mut self.prompt_tokens, part.prompt_tokens);
        take(&mut self.completion_tokens, part.completion_tokens);
        take(&mut self.tokens_estimated, part.tokens_estimated);
        take(&mut self.cache_hits, part.cache_hits);
        take(&mut self.cache_misses, part.cache_misses);
        take(&mut self.bytes_out, part.bytes_out);
        self.first_byte.remove(&part.first_byte);
        self.total.remove(&part.total);
        self.gateway.remove(&part.gateway);
    }

    /// How the requests ended: the one way in which this is counted, wherever it is told.
    pub fn endings(&self) -> Endings {
        let of = |outcome: &str| self.outcomes.get(outcome).copied().unwrap_or(0);
        let (answered, nothing_found, left) = (of(OK), of(NOTHING_FOUND), LEFT.map(of).into_iter().sum());
        let others = self.requests.saturating_sub(answered).saturating_sub(nothing_found).saturating_sub(left);
        let refused = self.refused.min(others);
        Endings { answered, nothing_found, left, refused, failed: others - refused }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
