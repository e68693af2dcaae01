//! `GET /api/v1/widget/config`: what a widget needs to show itself. Public settings only; from memory; the same for
//! everybody who asks in the same language, so that browsers and caches on the way may keep it for a while.

mod view;

use crate::api::admitted::Gated;
use crate::api::precondition::{body_tag, is_known};
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiBody, Shared};
use crate::domain::access::Principal;
use crate::domain::key::KeyKind;
use crate::domain::workspace::business_hours::HoursState;
use crate::domain::workspace::locale::Locale;
use crate::gate::{Admitted, RESOLVING};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(in crate::api) use view::{Capabilities, ConfigView};

/// Seconds that an answer may be kept.
const MAX_AGE: i64 = 60;
/// What an answer depends on, besides `Origin`, which the edge adds.
const VARY: &str = "Accept-Language, Authorization, X-Widget-Key";

/// Shows what a widget needs.
///
/// Branding, greeting, disclosure, privacy, hours and hand-off, in the language that is asked for, that the browser
/// prefers, or else in the shop's own. May be kept for as long as `Cache-Control` says; `ETag` spares the rest.
#[utoipa::path(
    get,
    path = "/api/v1/widget/config",
    tag = "Widget",
    summary = "Show a widget's settings",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    params(
        ("locale" = Option<String>, Query, description = "The language wanted, before `Accept-Language`.", example = "de-AT"),
        ("workspace" = Option<String>, Query, description = "Slug of a workspace: required for users and for keys of a whole tenant, else the key's."),
        ("Accept-Language" = Option<String>, Header, description = "Languages wanted (RFC 9110, section 12.5.4)."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer before.")
    ),
    responses(
        (status = 200, description = "What the widget needs.", body = ConfigView<'static>),
        (status = 304, description = "Nothing has changed.")
    ),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING])))),
)]
pub(crate) async fn show(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let (wanted, named) = (wanted(&mut query), query.text("workspace"));
    query.end()?;
    let workspace = state.reach.resolve(&admitted, named.as_deref()).await?;
    let found = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.or_reject(&admitted)?;
    let known = found.ok_or(Rejection::NotFound("There is no such workspace."))?;
    let now = state.ambient.now();
    let asked = (Capabilities::of(admitted.principal()), now);
    let view = ConfigView::of(&known, wanted.as_deref(), &headers, asked);
    let age = max_age(view.hours(), now);
    let body = serde_json::to_vec(&view).map_err(|_| Rejection::Internal)?;
    let tag = body_tag(&body);
    let same = is_known(&headers, &tag);
    let mut response = Response::new(if same { ApiBody::empty() } else { ApiBody::from(body) });
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    if !same {
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    answer.insert(header::ETAG, HeaderValue::try_from(tag).map_err(|_| Rejection::Internal)?);
    let keepers = format!("{}, max-age={age}", keepers(&admitted));
    answer.insert(header::CACHE_CONTROL, HeaderValue::try_from(keepers).map_err(|_| Rejection::Internal)?);
    answer.insert(header::VARY, HeaderValue::from_static(VARY));
    if let Ok(language) = HeaderValue::from_str(view.locale().as_str()) {
        answer.insert(header::CONTENT_LANGUAGE, language);
    }
    Ok(response)
}

/// The `locale` of a request; its faults are noted in `query`.
pub(super) fn wanted(query: &mut Query<'_>) -> Option<String> {
    let wanted = query.text("locale");
    if wanted.as_deref().is_some_and(|text| text.parse::<Locale>().is_err()) {
        query.fault("locale", "format", "must be a language, as in de or de-AT");
    }
    wanted
}

/// Who may keep the answer. A publishable key stands in a page for everybody to read, and so does what it is answered:
/// `public` lets caches on the way keep it in spite of `Authorization` (RFC 9111, section 3.5).
fn keepers(admitted: &Admitted) -> &'static str {
    match admitted.principal() {
        Principal::Key(key) if key.kind == KeyKind::Publishable => "public",
        Principal::Key(_) | Principal::Visitor(_) | Principal::User(_) | Principal::Anonymous => "private",
    }
}

/// Never beyond the next opening or closing.
fn max_age(hours: &HoursState, now: DateTime<Utc>) -> i64 {
    let left = hours.changes_at().map_or(MAX_AGE, |change| (change - now).num_seconds());
    left.clamp(0, MAX_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workspace::business_hours::HoursReason;
    use chrono::TimeDelta;

    #[test]
    fn an_answer_is_not_kept_beyond_the_next_change() {
        let now: DateTime<Utc> = "2026-06-01T07:00:00Z".parse().expect("an instant");
        let state = |opens_at: Option<TimeDelta>| HoursState {
            open: opens_at.is_none(),
            reason: HoursReason::Weekly,
            label: None,
            opens_at: opens_at.map(|time| now + time),
            closes_at: None,
        };
        for (until, age) in [
            (None, 60),
            (Some(TimeDelta::hours(1)), 60),
            (Some(TimeDelta::seconds(60)), 60),
            (Some(TimeDelta::seconds(59)), 59),
            (Some(TimeDelta::milliseconds(1999)), 1),
            (Some(TimeDelta::milliseconds(999)), 0),
            (Some(TimeDelta::zero()), 0),
        ] {
            assert_eq!(max_age(&state(until), now), age, "{until:?}");
        }
    }
}
