//! An exchange in the spool. Words of shoppers stand in it where the workspace keeps them; the spool's files are
//! readable to the process alone and are removed once everything of them is written.

use super::entry::{bytes, uuid};
use crate::domain::exchange::{Exchange, Words};
use crate::domain::ids::{ExchangeId, KeyId, TenantId, WorkspaceId};
use crate::domain::user::UserId;
use chrono::DateTime;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredExchange {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    tenant: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    workspace: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    conversation: Vec<u8>,
    #[prost(int64, tag = "5")]
    at: i64,
    #[prost(string, tag = "6")]
    outcome: String,
    #[prost(string, optional, tag = "7")]
    code: Option<String>,
    #[prost(bytes = "vec", optional, tag = "8")]
    key: Option<Vec<u8>>,
    #[prost(int64, optional, tag = "9")]
    user: Option<i64>,
    #[prost(string, optional, tag = "10")]
    origin: Option<String>,
    #[prost(string, optional, tag = "11")]
    locale: Option<String>,
    #[prost(bool, tag = "12")]
    cached: bool,
    #[prost(uint32, optional, tag = "13")]
    prompt_tokens: Option<u32>,
    #[prost(uint32, optional, tag = "14")]
    completion_tokens: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "15")]
    history_tail: Option<Vec<u8>>,
    #[prost(message, optional, tag = "16")]
    words: Option<StoredWords>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredWords {
    #[prost(string, tag = "1")]
    question: String,
    #[prost(bool, tag = "2")]
    question_cut: bool,
    #[prost(string, tag = "3")]
    answer: String,
    #[prost(bool, tag = "4")]
    answer_cut: bool,
    /// As JSON, as the database has them.
    #[prost(bytes = "vec", tag = "5")]
    sources: Vec<u8>,
}

impl StoredExchange {
    pub(super) fn of(exchange: &Exchange) -> Self {
        Self {
            id: bytes(exchange.id.0),
            tenant: bytes(exchange.tenant.0),
            workspace: bytes(exchange.workspace.0),
            conversation: bytes(exchange.conversation),
            at: exchange.at.timestamp_micros(),
            outcome: exchange.outcome.as_str().to_owned(),
            code: exchange.code.clone(),
            key: exchange.key.map(|key| bytes(key.0)),
            user: exchange.user.map(|user| user.0),
            origin: exchange.origin.clone(),
            locale: exchange.locale.clone(),
            cached: exchange.cached,
            prompt_tokens: exchange.prompt_tokens,
            completion_tokens: exchange.completion_tokens,
            history_tail: exchange.history_tail.map(|tail| tail.to_vec()),
            words: exchange.words.as_ref().map(|words| StoredWords {
                question: words.question.clone(),
                question_cut: words.question_cut,
                answer: words.answer.clone(),
                answer_cut: words.answer_cut,
                sources: serde_json::to_vec(&words.sources).unwrap_or_default(),
            }),
        }
    }

    pub(super) fn read(self) -> Option<Exchange> {
        Some(Exchange {
            id: ExchangeId(uuid(&self.id)?),
            tenant: TenantId(uuid(&self.tenant)?),
            workspace: WorkspaceId(uuid(&self.workspace)?),
            conversation: uuid(&self.conversation)?,
            at: DateTime::from_timestamp_micros(self.at)?,
            outcome: self.outcome.parse().ok()?,
            code: self.code,
            key: match self.key {
                Some(key) => Some(KeyId(uuid(&key)?)),
                None => None,
            },
            user: self.user.map(UserId),
            origin: self.origin,
            locale: self.locale,
            cached: self.cached,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            history_tail: self.history_tail.and_then(|tail| tail.try_into().ok()),
            words: self.words.map(|words| Words {
                question: words.question,
                question_cut: words.question_cut,
                answer: words.answer,
                answer_cut: words.answer_cut,
                sources: serde_json::from_slice(&words.sources).unwrap_or_default(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Entry;
    use super::super::spool::frame;
    use super::*;
    use crate::domain::exchange::{ANSWER_BYTES, ExchangeOutcome, ExchangeSource};
    use uuid::Uuid;

    /// With everything as long as it may be, in characters that JSON writes in six.
    fn longest() -> Exchange {
        let mut words = Words::asked(&"q".repeat(100_000));
        words.say(&"a".repeat(100_000));
        let text = "\u{1}".repeat(5_000);
        let source = ExchangeSource::of(Some(&text), Some(&text[..400]), Some(&text), Some(0.5));
        words.rest_on(std::iter::repeat_n(source, 100));
        assert!(!words.sources.is_empty());
        Exchange {
            id: ExchangeId(Uuid::from_u128(1)),
            tenant: TenantId::DEFAULT,
            workspace: WorkspaceId(Uuid::from_u128(2)),
            conversation: Uuid::from_u128(3),
            at: DateTime::from_timestamp(1_796_001_713, 0).unwrap(),
            outcome: ExchangeOutcome::Failed,
            code: Some("upstream_error".into()),
            key: Some(KeyId(Uuid::from_u128(4))),
            user: Some(UserId(7)),
            origin: Some("https://shop.example".repeat(15)),
            locale: Some("de-AT".into()),
            cached: true,
            prompt_tokens: Some(u32::MAX),
            completion_tokens: Some(u32::MAX),
            history_tail: Some([7; 10]),
            words: Some(words),
        }
    }

    #[test]
    fn the_longest_is_read_as_it_was_written_and_fits_into_a_record() {
        let exchange = longest();
        assert_eq!(exchange.words.as_ref().unwrap().answer.len(), ANSWER_BYTES);
        let mut written = Vec::new();
        let entry = Entry::Exchange(Box::new(exchange));
        entry.encode(&mut written);
        assert!(written.len() < frame::MOST, "{} bytes", written.len());
        assert_eq!(Entry::decode(&written), Some(entry));
    }

    #[test]
    fn without_words_it_is_small() {
        let entry = Entry::Exchange(Box::new(Exchange { words: None, origin: None, ..longest() }));
        let mut written = Vec::new();
        entry.encode(&mut written);
        assert!(written.len() < 200, "{} bytes", written.len());
        assert_eq!(Entry::decode(&written), Some(entry));
    }
}
