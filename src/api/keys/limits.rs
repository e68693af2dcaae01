//! Which limits a key has, and how much of them is left.

use super::managed;
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::key::{KeyKind, PublicId, StoredKey};
use crate::domain::quota::Quota;
use crate::gate::Admitted;
use crate::limits::{Policy, Rate, Subject};
use crate::rejection::{Code, Rejection};
use crate::storage::Spent;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// The limits in force for a key.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyLimitsInForce)]
pub(crate) struct LimitsView {
    /// The part of the key that names it.
    #[schema(value_type = String, example = "4fK9sQ2mZx01")]
    public_id: PublicId,
    /// Rates, each with the name it has in the `RateLimit` headers.
    pub(in crate::api) rates: Vec<RateView>,
    /// Streams at the same time.
    pub(in crate::api) streams: StreamsView,
    /// Quotas that the key has; all replicas count together.
    pub(in crate::api) quotas: Vec<QuotaView>,
}

/// A quota.
#[derive(Serialize, ToSchema)]
#[schema(as = QuotaInForce)]
pub(in crate::api) struct QuotaView {
    /// `messages-day`, `messages-month`, `tokens-day` or `tokens-month`.
    #[schema(example = "messages-day")]
    pub(in crate::api) policy: &'static str,
    /// At most.
    pub(in crate::api) limit: u64,
    /// Used, with what is reserved for answers that are still running.
    pub(in crate::api) used: u64,
    /// Left.
    pub(in crate::api) remaining: u64,
    /// When it begins anew.
    pub(in crate::api) resets_at: DateTime<Utc>,
}

/// A rate.
#[derive(Serialize, ToSchema)]
#[schema(as = RateInForce)]
pub(in crate::api) struct RateView {
    /// `key-minute`, `ip-minute`, `visitor-minute`, `ip-visitors-minute` or `visitor-request-minute`.
    #[schema(example = "key-minute")]
    pub(in crate::api) policy: &'static str,
    /// Requests a minute.
    pub(in crate::api) per_minute: u32,
    /// At once.
    pub(in crate::api) burst: u32,
    /// Left at this moment, over all replicas where they share Redis; null for limits of each address or visitor.
    pub(in crate::api) remaining: Option<u32>,
    /// Seconds until all of it is there again; null as above.
    reset_seconds: Option<u64>,
}

/// Streams at the same time.
#[derive(Serialize, ToSchema)]
#[schema(as = StreamsInForce)]
pub(in crate::api) struct StreamsView {
    /// At most.
    pub(in crate::api) limit: u32,
    /// At most from one address, and as many of visitors with a token there; null for a secret key, and where there are
    /// too few to be divided.
    per_ip: Option<u32>,
    /// At most for one visitor: one with a token, or whom a secret key names; null where there are too few.
    per_visitor: Option<u32>,
    /// Running at this moment, over all replicas where they share Redis.
    pub(in crate::api) open: u32,
}

/// Shows a key's limits.
///
/// Its own, or the configured ones where it has none, and what is left of them.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}/limits",
    tag = "Keys",
    summary = "Show a key's limits and what is left",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    responses((status = 200, description = "The limits in force.", body = LimitsView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let key = managed(&state, &admitted).await?;
    response::json(StatusCode::OK, &of(&state, &admitted, &key).await?)
}

/// What is in force for a key, and left.
///
/// # Errors
/// Of the database.
pub(in crate::api) async fn of(
    state: &ApiState,
    admitted: &Admitted,
    key: &StoredKey,
) -> Result<LimitsView, Rejection> {
    let in_force = state.rates.of_key(key.kind, &key.content.limits);
    let states = state.limiter.look(&[in_force.of_key(key.id)]).await;
    let mut rates: Vec<_> = states
        .into_iter()
        .map(|state| RateView {
            policy: state.policy.as_str(),
            per_minute: state.rate.units,
            burst: state.rate.burst,
            remaining: Some(state.remaining),
            reset_seconds: Some(state.reset.as_secs()),
        })
        .collect();
    let each = |policy: Policy, rate: Rate| RateView {
        policy: policy.as_str(),
        per_minute: rate.units,
        burst: rate.burst,
        remaining: None,
        reset_seconds: None,
    };
    rates.extend(in_force.per_ip.map(|rate| each(Policy::IpMinute, rate)));
    let chats = in_force.per_visitor_per_minute;
    rates.push(each(Policy::VisitorMinute, Rate::per_minute(chats, chats)));
    if key.kind == KeyKind::Publishable {
        rates.extend(in_force.visitors_per_ip.map(|rate| each(Policy::IpVisitorsMinute, rate)));
        rates.extend(in_force.visitor_requests.map(|rate| each(Policy::VisitorRequestMinute, rate)));
    }
    let open = state.limiter.open_streams(Subject::Key(key.id)).await;
    let per_ip = in_force.streams.per_ip.filter(|_| key.kind == KeyKind::Publishable);
    let streams = StreamsView { limit: in_force.streams.all, per_ip, per_visitor: in_force.streams.per_visitor, open };
    let limits = &key.content.limits;
    let Spent { used, at } = state.keys.quota_use(key).await.or_reject(admitted)?;
    let in_force = |quota: Quota| {
        let limit = quota.limit(limits)?;
        let used = used.of(quota);
        let remaining = limit.saturating_sub(used);
        Some(QuotaView { policy: quota.as_str(), limit, used, remaining, resets_at: quota.resets_at(at) })
    };
    let quotas = Quota::ALL.into_iter().filter_map(in_force).collect();
    Ok(LimitsView { public_id: key.public_id, rates, streams, quotas })
}
