//! What another list of origins would have done to the traffic of the last days.
//!
//! A list that is shortened by one entry too many closes a shop's chat, and nobody tells: so it can be tried before.

use super::managed;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::key;
use crate::domain::key::{KeyKind, StoredKey};
use crate::domain::origin::{Origin, OriginPattern, OriginRules};
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use crate::storage::Rollups;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How far back is looked when it is not said.
const DEFAULT_DAYS: u32 = 7;
/// How far back is looked at most.
const MOST_DAYS: u32 = 31;
/// Origins shown, those with the most requests.
const MOST_ORIGINS: usize = 200;

/// Another list of origins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// The list, as in the key.
    #[schema(max_items = 100)]
    allowed_origins: Vec<String>,
    /// Pages without an origin, too; as the key has it when absent.
    allow_null_origin: Option<bool>,
    /// How many days back; 7 when absent.
    #[schema(minimum = 1, maximum = 31)]
    days: Option<u32>,
}

/// What it would have done.
#[derive(Serialize, ToSchema)]
#[schema(as = OriginsPreview)]
pub(crate) struct PreviewView {
    /// How many days back was looked.
    pub(in crate::api) days: u32,
    /// Requests that named an origin.
    pub(in crate::api) requests: u64,
    /// Requests that pass now and would be refused.
    pub(in crate::api) newly_refused: u64,
    /// Requests that are refused now and would pass.
    pub(in crate::api) newly_allowed: u64,
    /// Each origin, that with the most requests first.
    pub(in crate::api) origins: Vec<OriginView>,
    /// There are more than are shown; the sums are of those shown.
    truncated: bool,
}

/// One origin.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewedOrigin)]
pub(in crate::api) struct OriginView {
    /// As browsers send it; `null` for pages without one.
    #[schema(example = "https://shop.example")]
    pub(in crate::api) origin: String,
    /// Requests from there.
    requests: u64,
    /// Whether the list that the key has lets it pass.
    pub(in crate::api) allowed_now: bool,
    /// Whether the other list would.
    pub(in crate::api) allowed_then: bool,
}

/// Tries another list of origins.
///
/// On the traffic of today and the days before; nothing is changed.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/origins/preview",
    tag = "Keys",
    summary = "Try another list of origins on the last days' traffic",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    request_body(content = PreviewBody, example = json!({"allowed_origins": ["https://shop.example"], "days": 7})),
    responses((status = 200, description = "What it would have done.", body = PreviewView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn show(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<PreviewBody>,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let key = managed(&state, &admitted).await?;
    let PreviewBody { allowed_origins, allow_null_origin, days } = body;
    let list = Tried { origins: allowed_origins, null: allow_null_origin, days: days.unwrap_or(DEFAULT_DAYS) };
    response::json(StatusCode::OK, &of(&state, &admitted, &key, &list).await?)
}

/// Another list of origins.
pub(in crate::api) struct Tried {
    pub(in crate::api) origins: Vec<String>,
    /// Pages without an origin, too; as the key has it when none.
    pub(in crate::api) null: Option<bool>,
    /// How many days back.
    pub(in crate::api) days: u32,
}

/// What the list would have done to the key's traffic.
///
/// # Errors
/// `conflict` for a secret key, `validation_failed`; of the database.
pub(in crate::api) async fn of(
    state: &ApiState,
    admitted: &Admitted,
    key: &StoredKey,
    list: &Tried,
) -> Result<PreviewView, Rejection> {
    if key.kind == KeyKind::Secret {
        return Err(Rejection::Conflict("A secret key has no origins."));
    }
    let days = list.days;
    let mut faults = Faults::new();
    faults.number("days", &days, &(1..=MOST_DAYS));
    let patterns = key::origins(&list.origins, key.env, &mut faults);
    let patterns = faults.or(patterns).map_err(Rejection::from)?;

    let allow_null = list.null.unwrap_or(key.content.allow_null_origin);
    let apps = key.content.allow_app_origins;
    let then = OriginRules::new(patterns, allow_null, key.allow_any_origin).with_apps(apps);
    let present = key.content.allowed_origins.iter().filter_map(|text| OriginPattern::parse(text).ok()).collect();
    let now = OriginRules::new(present, key.content.allow_null_origin, key.allow_any_origin).with_apps(apps);
    let found = state.reports.origins_of(key.tenant, key.id, days).await.or_reject(admitted)?;
    let mut seen = seen(&found);
    let truncated = seen.len() > MOST_ORIGINS;
    seen.truncate(MOST_ORIGINS);
    Ok(compared(&seen, &now, &then, days, truncated))
}

/// Requests from one origin.
struct OriginSeen {
    origin: String,
    requests: u64,
}

/// The origins with the most requests first.
fn seen(found: &Rollups) -> Vec<OriginSeen> {
    let mut sums = BTreeMap::<&str, u64>::new();
    for (cell, measures) in &found.parts {
        *sums.entry(cell.value.as_str()).or_default() += measures.requests;
    }
    let mut seen: Vec<_> =
        sums.into_iter().map(|(origin, requests)| OriginSeen { origin: origin.to_owned(), requests }).collect();
    seen.sort_by_key(|one| std::cmp::Reverse(one.requests));
    seen
}

fn compared(seen: &[OriginSeen], now: &OriginRules, then: &OriginRules, days: u32, truncated: bool) -> PreviewView {
    let mut view =
        PreviewView { days, requests: 0, newly_refused: 0, newly_allowed: 0, origins: Vec::new(), truncated };
    for OriginSeen { origin, requests } in seen {
        // What is no origin stands for many: `(other)`.
        let Ok(parsed) = Origin::parse(origin) else { continue };
        let (allowed_now, allowed_then) = (now.allows(&parsed), then.allows(&parsed));
        view.requests += requests;
        match (allowed_now, allowed_then) {
            (true, false) => view.newly_refused += requests,
            (false, true) => view.newly_allowed += requests,
            _ => {}
        }
        view.origins.push(OriginView { origin: origin.clone(), requests: *requests, allowed_now, allowed_then });
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_counted_by_its_requests() {
        let rules = |texts: &[&str]| {
            OriginRules::new(texts.iter().map(|text| text.parse().expect("a pattern")).collect(), false, false)
        };
        let seen = |origin: &str, requests| OriginSeen { origin: origin.into(), requests };
        let traffic = [
            seen("https://shop.example", 100),
            seen("https://old.shop.example", 7),
            seen("https://new.example", 3),
            seen("(other)", 50),
            seen("null", 2),
        ];
        let (now, then) = (
            rules(&["https://shop.example", "https://*.shop.example"]),
            rules(&["https://shop.example", "https://new.example"]),
        );
        let view = compared(&traffic, &now, &then, 7, false);
        assert_eq!((view.requests, view.newly_refused, view.newly_allowed), (112, 7, 3));
        let told: Vec<_> = view.origins.iter().map(|o| (o.origin.as_str(), o.allowed_now, o.allowed_then)).collect();
        assert_eq!(
            told,
            [
                ("https://shop.example", true, true),
                ("https://old.shop.example", true, false),
                ("https://new.example", false, true),
                ("null", false, false),
            ]
        );
    }
}
