//! Answers that broke off, in the spool, and what was found out of them. No words of shoppers stand in either.

use super::entry::{StoredTokens, bytes, uuid};
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::{EventId, KeyId, RequestId, TenantId};
use crate::domain::usage::unfinished::{Charged, Correction, TextDigest, UnfinishedAnswer};
use chrono::{DateTime, Datelike as _, NaiveDate};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredUnfinished {
    #[prost(bytes = "vec", tag = "1")]
    event: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(bytes = "vec", tag = "3")]
    tenant: Vec<u8>,
    #[prost(string, tag = "4")]
    upstream_slug: String,
    #[prost(string, tag = "5")]
    session: String,
    #[prost(message, optional, tag = "6")]
    question: Option<StoredDigest>,
    #[prost(message, optional, tag = "7")]
    beginning: Option<StoredDigest>,
    #[prost(int64, tag = "8")]
    asked_at: i64,
    #[prost(string, tag = "9")]
    request_id: String,
    #[prost(message, optional, tag = "10")]
    charged: Option<StoredCharged>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredCorrection {
    #[prost(bytes = "vec", tag = "1")]
    event: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(bytes = "vec", tag = "3")]
    tenant: Vec<u8>,
    #[prost(message, optional, tag = "4")]
    tokens: Option<StoredTokens>,
    #[prost(message, optional, tag = "5")]
    charged: Option<StoredCharged>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredDigest {
    #[prost(uint32, tag = "1")]
    bytes: u32,
    #[prost(bytes = "vec", tag = "2")]
    sha256: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredCharged {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    /// Days from the first of the common era.
    #[prost(int32, tag = "2")]
    day: i32,
    #[prost(uint64, tag = "3")]
    tokens: u64,
}

impl StoredUnfinished {
    pub(super) fn of(answer: &UnfinishedAnswer) -> Self {
        Self {
            event: bytes(answer.event.0),
            at: answer.at.timestamp_micros(),
            tenant: bytes(answer.tenant.0),
            upstream_slug: answer.upstream_slug.clone(),
            session: answer.session.expose().to_owned(),
            question: Some(StoredDigest::of(answer.question)),
            beginning: Some(StoredDigest::of(answer.beginning)),
            asked_at: answer.asked_at.timestamp_micros(),
            request_id: answer.request_id.as_str().to_owned(),
            charged: answer.charged.map(StoredCharged::of),
        }
    }

    pub(super) fn read(self) -> Option<UnfinishedAnswer> {
        Some(UnfinishedAnswer {
            event: EventId(uuid(&self.event)?),
            at: DateTime::from_timestamp_micros(self.at)?,
            tenant: TenantId(uuid(&self.tenant)?),
            upstream_slug: self.upstream_slug,
            session: UpstreamSession::new(&self.session),
            question: self.question?.read()?,
            beginning: self.beginning?.read()?,
            asked_at: DateTime::from_timestamp_micros(self.asked_at)?,
            request_id: RequestId::stored(self.request_id),
            charged: match self.charged {
                Some(charged) => Some(charged.read()?),
                None => None,
            },
        })
    }
}

impl StoredCorrection {
    pub(super) fn of(correction: &Correction) -> Self {
        Self {
            event: bytes(correction.event.0),
            at: correction.at.timestamp_micros(),
            tenant: bytes(correction.tenant.0),
            tokens: Some(StoredTokens::of(correction.tokens)),
            charged: correction.charged.map(StoredCharged::of),
        }
    }

    pub(super) fn read(self) -> Option<Correction> {
        Some(Correction {
            event: EventId(uuid(&self.event)?),
            at: DateTime::from_timestamp_micros(self.at)?,
            tenant: TenantId(uuid(&self.tenant)?),
            tokens: self.tokens?.read(),
            charged: match self.charged {
                Some(charged) => Some(charged.read()?),
                None => None,
            },
        })
    }
}

impl StoredDigest {
    fn of(digest: TextDigest) -> Self {
        Self { bytes: digest.bytes, sha256: digest.sha256.to_vec() }
    }

    fn read(self) -> Option<TextDigest> {
        Some(TextDigest { bytes: self.bytes, sha256: self.sha256.try_into().ok()? })
    }
}

impl StoredCharged {
    fn of(charged: Charged) -> Self {
        Self { key: bytes(charged.key.0), day: charged.day.num_days_from_ce(), tokens: charged.tokens }
    }

    fn read(self) -> Option<Charged> {
        let day = NaiveDate::from_num_days_from_ce_opt(self.day)?;
        Some(Charged { key: KeyId(uuid(&self.key)?), day, tokens: self.tokens })
    }
}
