//! What is recorded of usage, and its form in the spool: protobuf, so that replicas of the version before and of the
//! one after read each other's records. A field that is new is optional; a new kind of record, which a version that
//! does not know it would pass over, is a new format of segments.

use crate::domain::exchange::Exchange;
use crate::domain::ids::{EventId, KeyId, RequestId, TenantId, WorkspaceId};
use crate::domain::quota::{Reservation, Settlement};
use crate::domain::usage::unfinished::{Correction, UnfinishedAnswer};
use crate::domain::usage::{CacheUse, TokenUsage, UsageEvent};
use crate::domain::user::UserId;
use crate::storage::ConversationId;
use crate::storage::usage::exchange::StoredExchange;
use crate::storage::usage::unfinished::{StoredCorrection, StoredUnfinished};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use prost::Message as _;
use std::time::Duration;
use uuid::Uuid;

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) tenant: TenantId,
    pub(super) conversation: ConversationId,
    pub(super) at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    Event(Box<UsageEvent>),
    Exchange(Box<Exchange>),
    Message(Message),
    Settlement(Settlement),
    /// Not for the database: for whoever takes over what a process has left.
    Unfinished(Box<UnfinishedAnswer>),
    Correction(Correction),
}

impl Entry {
    pub(super) fn tenant(&self) -> TenantId {
        match self {
            Self::Event(event) => event.tenant,
            Self::Exchange(exchange) => exchange.tenant,
            Self::Message(message) => message.tenant,
            Self::Settlement(settlement) => settlement.reservation.tenant,
            Self::Unfinished(answer) => answer.tenant,
            Self::Correction(correction) => correction.tenant,
        }
    }

    /// Appends its stored form. Memory is all that could fail.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let kind = match self {
            Self::Event(event) => Kind::Event(Box::new(StoredEvent::of(event))),
            Self::Exchange(exchange) => Kind::Exchange(Box::new(StoredExchange::of(exchange))),
            Self::Message(message) => Kind::Message(StoredMessage::of(message)),
            Self::Settlement(settlement) => Kind::Settlement(StoredSettlement::of(settlement)),
            Self::Unfinished(answer) => Kind::Unfinished(Box::new(StoredUnfinished::of(answer))),
            Self::Correction(correction) => Kind::Correction(StoredCorrection::of(correction)),
        };
        let _ = Stored { kind: Some(kind) }.encode(out);
    }

    /// None if it is not one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        Some(match Stored::decode(bytes).ok()?.kind? {
            Kind::Event(event) => Self::Event(Box::new(event.read()?)),
            Kind::Exchange(exchange) => Self::Exchange(Box::new(exchange.read()?)),
            Kind::Message(message) => Self::Message(message.read()?),
            Kind::Settlement(settlement) => Self::Settlement(settlement.read()?),
            Kind::Unfinished(answer) => Self::Unfinished(Box::new(answer.read()?)),
            Kind::Correction(correction) => Self::Correction(correction.read()?),
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct Stored {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    Event(Box<StoredEvent>),
    #[prost(message, tag = "2")]
    Message(StoredMessage),
    #[prost(message, tag = "3")]
    Settlement(StoredSettlement),
    #[prost(message, tag = "4")]
    Exchange(Box<StoredExchange>),
    #[prost(message, tag = "5")]
    Unfinished(Box<StoredUnfinished>),
    #[prost(message, tag = "6")]
    Correction(StoredCorrection),
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredEvent {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(bytes = "vec", tag = "3")]
    tenant: Vec<u8>,
    #[prost(string, tag = "4")]
    request_id: String,
    #[prost(bytes = "vec", optional, tag = "5")]
    workspace: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    key: Option<Vec<u8>>,
    #[prost(int64, optional, tag = "7")]
    user: Option<i64>,
    #[prost(string, optional, tag = "8")]
    visitor: Option<String>,
    #[prost(string, optional, tag = "9")]
    origin: Option<String>,
    #[prost(string, optional, tag = "10")]
    cache: Option<String>,
    #[prost(string, tag = "11")]
    route: String,
    #[prost(string, tag = "12")]
    outcome: String,
    #[prost(uint32, tag = "13")]
    http_status: u32,
    #[prost(message, optional, tag = "14")]
    tokens: Option<StoredTokens>,
    #[prost(uint64, optional, tag = "15")]
    first_byte: Option<u64>,
    #[prost(uint64, tag = "16")]
    total: u64,
    #[prost(uint64, tag = "17")]
    gateway: u64,
    #[prost(uint64, tag = "18")]
    bytes_out: u64,
    #[prost(bool, tag = "19")]
    unfinished: bool,
    #[prost(string, optional, tag = "20")]
    model: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredTokens {
    #[prost(uint32, tag = "1")]
    prompt: u32,
    #[prost(uint32, tag = "2")]
    completion: u32,
    #[prost(bool, tag = "3")]
    estimated: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredMessage {
    #[prost(bytes = "vec", tag = "1")]
    tenant: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    conversation: Vec<u8>,
    #[prost(int64, tag = "3")]
    at: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredSettlement {
    #[prost(bytes = "vec", tag = "1")]
    tenant: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    key: Vec<u8>,
    /// Days from the first of the common era.
    #[prost(int32, tag = "3")]
    day: i32,
    #[prost(uint64, tag = "4")]
    reserved: u64,
    #[prost(uint64, tag = "5")]
    messages: u64,
    #[prost(uint64, tag = "6")]
    tokens: u64,
}

impl StoredEvent {
    fn of(event: &UsageEvent) -> Self {
        Self {
            id: bytes(event.id.0),
            at: event.at.timestamp_micros(),
            tenant: bytes(event.tenant.0),
            request_id: event.request_id.as_str().to_owned(),
            workspace: event.workspace.map(|workspace| bytes(workspace.0)),
            key: event.key.map(|key| bytes(key.0)),
            user: event.user.map(|user| user.0),
            visitor: event.visitor.clone(),
            origin: event.origin.clone(),
            cache: event.cache.map(|cache| cache.as_str().to_owned()),
            route: event.route.to_string(),
            outcome: event.outcome.to_string(),
            http_status: event.http_status.into(),
            tokens: event.tokens.map(StoredTokens::of),
            unfinished: event.unfinished,
            first_byte: event.first_byte.map(micros),
            total: micros(event.total),
            gateway: micros(event.gateway),
            bytes_out: event.bytes_out,
            model: event.model.clone(),
        }
    }

    fn read(self) -> Option<UsageEvent> {
        Some(UsageEvent {
            id: EventId(uuid(&self.id)?),
            at: DateTime::from_timestamp_micros(self.at)?,
            tenant: TenantId(uuid(&self.tenant)?),
            request_id: RequestId::stored(self.request_id),
            workspace: self.workspace.map(|id| Uuid::from_slice(&id)).transpose().ok()?.map(WorkspaceId),
            key: self.key.map(|id| Uuid::from_slice(&id)).transpose().ok()?.map(KeyId),
            user: self.user.map(UserId),
            visitor: self.visitor,
            origin: self.origin,
            cache: self.cache.as_deref().and_then(CacheUse::from_word),
            route: self.route.into(),
            outcome: self.outcome.into(),
            http_status: u16::try_from(self.http_status).ok()?,
            tokens: self.tokens.map(StoredTokens::read),
            unfinished: self.unfinished,
            first_byte: self.first_byte.map(Duration::from_micros),
            total: Duration::from_micros(self.total),
            gateway: Duration::from_micros(self.gateway),
            bytes_out: self.bytes_out,
            model: self.model,
        })
    }
}

impl StoredTokens {
    pub(super) fn of(tokens: TokenUsage) -> Self {
        let TokenUsage { prompt, completion, estimated } = tokens;
        Self { prompt, completion, estimated }
    }

    pub(super) fn read(self) -> TokenUsage {
        TokenUsage { prompt: self.prompt, completion: self.completion, estimated: self.estimated }
    }
}

impl StoredMessage {
    fn of(message: &Message) -> Self {
        Self {
            tenant: bytes(message.tenant.0),
            conversation: bytes(message.conversation.0),
            at: message.at.timestamp_micros(),
        }
    }

    fn read(self) -> Option<Message> {
        Some(Message {
            tenant: TenantId(uuid(&self.tenant)?),
            conversation: ConversationId(uuid(&self.conversation)?),
            at: DateTime::from_timestamp_micros(self.at)?,
        })
    }
}

impl StoredSettlement {
    fn of(settlement: &Settlement) -> Self {
        let Reservation { tenant, key, day, tokens } = settlement.reservation;
        Self {
            tenant: bytes(tenant.0),
            key: bytes(key.0),
            day: day.num_days_from_ce(),
            reserved: tokens,
            messages: settlement.messages,
            tokens: settlement.tokens,
        }
    }

    fn read(self) -> Option<Settlement> {
        let reservation = Reservation {
            tenant: TenantId(uuid(&self.tenant)?),
            key: KeyId(uuid(&self.key)?),
            day: NaiveDate::from_num_days_from_ce_opt(self.day)?,
            tokens: self.reserved,
        };
        Some(Settlement { reservation, messages: self.messages, tokens: self.tokens })
    }
}

pub(super) fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(super) fn uuid(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
