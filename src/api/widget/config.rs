//! `GET /api/v1/widget/config`: what a widget needs to show itself. Public settings only; from memory; the same for
//! everybody who asks in the same language, so that browsers and caches on the way may keep it for a while.

use crate::api::admitted::Gated;
use crate::api::precondition::{all, body_tag, is_known};
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiBody, Shared};
use crate::cache::KnownWorkspace;
use crate::domain::access::Principal;
use crate::domain::key::KeyKind;
use crate::domain::workspace::business_hours::{HoursReason, HoursState};
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::widget_config::{WidgetConfig, WidgetTexts};
use crate::domain::workspace::{AfterHours, CardField, HandoffMode, Position, PrechatField, Theme};
use crate::gate::{Admitted, RESOLVING};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Seconds that an answer may be kept.
const MAX_AGE: i64 = 60;
/// What an answer depends on, besides `Origin`, which the edge adds.
const VARY: &str = "Accept-Language, Authorization, X-Widget-Key";

/// What a widget needs.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetConfig)]
pub(crate) struct ConfigView<'a> {
    /// Slug of the workspace.
    #[schema(example = "demo-shop")]
    workspace: &'a str,
    /// The language of the texts.
    #[schema(example = "de-AT")]
    locale: &'a str,
    /// All languages there are; the first is the default.
    locales: Vec<&'a str>,
    /// The chat's heading.
    title: &'a str,
    /// Under the heading.
    tagline: Option<&'a str>,
    /// What the assistant says first.
    greeting: Option<&'a str>,
    /// In the empty input.
    placeholder: Option<&'a str>,
    /// Questions offered before the first one.
    suggested: &'a [String],
    /// Says that an AI answers. Must be shown before the first message. Null only where staff has written down why.
    #[schema(example = "You are chatting with an AI assistant.")]
    ai_disclosure: Option<&'a str>,
    /// Longest message, in characters.
    #[schema(example = 4000)]
    max_message_chars: u32,
    /// How it looks.
    appearance: AppearanceView<'a>,
    /// How products are shown.
    cards: CardsView<'a>,
    /// What shoppers are to know and agree to.
    privacy: PrivacyView<'a>,
    /// How a person is reached.
    support: SupportView<'a>,
    /// Whether people are there.
    business_hours: HoursView,
    /// Where the shop sells.
    market: MarketView<'a>,
}

/// How a widget looks.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetAppearance)]
struct AppearanceView<'a> {
    /// The assistant's picture.
    avatar_url: Option<&'a str>,
    /// The shop's logo.
    logo_url: Option<&'a str>,
    /// Background of the heading and of buttons.
    #[schema(example = "#1F6FEB")]
    brand_color: &'a str,
    /// Text on it.
    #[schema(example = "#FFFFFF")]
    text_color: &'a str,
    /// Light, dark, or as the device.
    theme: Theme,
    /// Where the chat opens.
    position: Position,
    /// Opens by itself after this many seconds; null = never.
    auto_open_secs: Option<u32>,
    /// Whether sources are shown under answers.
    show_sources: bool,
    /// Whether the chat says what it runs on.
    show_powered_by: bool,
}

/// How products are shown.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetCards)]
struct CardsView<'a> {
    /// What a card shows, in this order.
    fields: &'a [CardField],
    /// Cards under one answer; 0 = none.
    max: u32,
    /// The words on a card's button.
    cta: &'a str,
    /// Parameters to be added to product links.
    utm: &'a BTreeMap<String, String>,
}

/// What shoppers are to know and agree to.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetPrivacy)]
struct PrivacyView<'a> {
    /// Whether the widget asks before the first message.
    consent_required: bool,
    /// The page about privacy.
    privacy_url: Option<&'a str>,
}

/// How a person is reached.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetSupport)]
struct SupportView<'a> {
    /// What happens when a shopper wants a person.
    handoff_mode: HandoffMode,
    /// An address to write to.
    email: Option<&'a str>,
    /// A number to call.
    phone: Option<&'a str>,
    /// A page to go to.
    url: Option<&'a str>,
    /// What is asked before the chat begins.
    prechat_fields: &'a [PrechatField],
    /// A person is offered after this many refusals in a row; null = never by itself.
    after_refusals: Option<u32>,
    /// What the widget does outside business hours.
    after_hours: AfterHours,
    /// Said outside business hours.
    offline_message: Option<&'a str>,
}

/// Whether people are there.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetBusinessHours)]
struct HoursView {
    /// Now.
    open: bool,
    /// `not_configured` (then always open), `weekly` or `exception`.
    #[schema(value_type = String, example = "weekly")]
    reason: HoursReason,
    /// Why today is an exception.
    #[schema(example = "Christmas Eve")]
    label: Option<String>,
    /// When it opens next; null when it is open, or does not open within a year.
    opens_at: Option<DateTime<Utc>>,
    /// When it closes; null when it is closed, or does not close within a year.
    closes_at: Option<DateTime<Utc>>,
}

/// Where the shop sells.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetMarket)]
struct MarketView<'a> {
    /// What prices are in (ISO 4217).
    #[schema(example = "EUR")]
    currency: &'a str,
    /// Where it sells (ISO 3166-1 alpha-2).
    #[schema(example = "DE")]
    country: Option<&'a str>,
    /// Whether prices are shown with tax.
    prices_include_tax: bool,
}

impl<'a> ConfigView<'a> {
    fn of(config: &'a WidgetConfig, locale: &'a Locale, texts: &'a WidgetTexts, hours: &HoursState) -> Self {
        let (look, contact) = (&config.appearance, &config.contact);
        Self {
            workspace: &config.workspace,
            locale: locale.as_str(),
            locales: config.locales().into_iter().map(Locale::as_str).collect(),
            title: &texts.title,
            tagline: texts.tagline.as_deref(),
            greeting: texts.greeting.as_deref(),
            placeholder: texts.placeholder.as_deref(),
            suggested: &texts.suggested,
            ai_disclosure: texts.ai_disclosure.as_deref(),
            max_message_chars: config.max_message_chars,
            appearance: AppearanceView {
                avatar_url: look.avatar_url.as_deref(),
                logo_url: look.logo_url.as_deref(),
                brand_color: &look.brand_color,
                text_color: &look.text_color,
                theme: look.theme,
                position: look.position,
                auto_open_secs: look.auto_open_secs,
                show_sources: look.show_sources,
                show_powered_by: look.show_powered_by,
            },
            cards: CardsView {
                fields: &config.cards.fields,
                max: config.cards.max,
                cta: &texts.card_cta,
                utm: &config.cards.utm,
            },
            privacy: PrivacyView {
                consent_required: config.consent_required,
                privacy_url: config.privacy_url.as_deref(),
            },
            support: SupportView {
                handoff_mode: contact.handoff_mode,
                email: contact.email.as_deref(),
                phone: contact.phone.as_deref(),
                url: contact.url.as_deref(),
                prechat_fields: &contact.prechat_fields,
                after_refusals: contact.after_refusals,
                after_hours: contact.after_hours,
                offline_message: texts.offline_message.as_deref(),
            },
            business_hours: HoursView {
                open: hours.open,
                reason: hours.reason,
                label: hours.label.clone(),
                opens_at: hours.opens_at,
                closes_at: hours.closes_at,
            },
            market: MarketView {
                currency: &config.market.currency,
                country: config.market.country.as_deref(),
                prices_include_tax: config.market.prices_include_tax,
            },
        }
    }
}

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
    let shown = LocalizedConfig::of(&known, wanted.as_deref(), &headers, now);
    let age = max_age(&shown.hours, now);
    let body = serde_json::to_vec(&shown.view()).map_err(|_| Rejection::Internal)?;
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
    if let Ok(language) = HeaderValue::from_str(shown.locale.as_str()) {
        answer.insert(header::CONTENT_LANGUAGE, language);
    }
    Ok(response)
}

/// What is shown to somebody who asks now.
pub(super) struct LocalizedConfig<'a> {
    config: &'a WidgetConfig,
    locale: &'a Locale,
    texts: WidgetTexts,
    hours: HoursState,
}

impl<'a> LocalizedConfig<'a> {
    /// In the language that is wanted, or that the browser prefers.
    pub(super) fn of(known: &'a KnownWorkspace, wanted: Option<&str>, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let config = &known.widget;
        let languages = all(headers, &header::ACCEPT_LANGUAGE);
        let locale = config.negotiate(wanted, languages.as_deref());
        Self { config, locale, texts: config.texts(locale), hours: config.hours_at(now) }
    }

    /// What the assistant says before anybody has asked: that it is one, and the shop's greeting. None where the
    /// disclosure was waived.
    pub(super) fn opening(&self) -> Option<String> {
        let disclosure = self.texts.ai_disclosure.as_deref()?;
        Some(match self.texts.greeting.as_deref() {
            Some(greeting) => format!("{disclosure}\n\n{greeting}"),
            None => disclosure.to_owned(),
        })
    }

    /// As it is sent.
    pub(super) fn view(&self) -> ConfigView<'_> {
        ConfigView::of(self.config, self.locale, &self.texts, &self.hours)
    }
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
