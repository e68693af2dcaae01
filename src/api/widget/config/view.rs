//! What a widget is shown of a workspace, in one language. What is not named here, such as the prompt, cannot be told.

use crate::api::precondition::all;
use crate::domain::access::Principal;
use crate::domain::scope::Scope;
use crate::domain::workspace::business_hours::HoursState;
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::market::{Color, Country, Currency, PhoneNumber};
use crate::domain::workspace::{
    AfterHours, CardField, HandoffMode, ManagedWorkspace, Position, PrechatField, Theme, Translation, WidgetSettings,
    WorkspaceContent, WorkspaceSettings,
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a widget needs.
#[derive(Serialize, ToSchema)]
#[schema(as = WidgetConfig)]
pub(crate) struct ConfigView<'a> {
    /// Slug of the workspace.
    #[schema(example = "demo-shop")]
    workspace: &'a str,
    /// The language of the texts.
    #[schema(value_type = String, example = "de-AT")]
    locale: &'a Locale,
    /// All languages there are; the first is the default.
    #[schema(value_type = Vec<String>)]
    locales: Vec<&'a Locale>,
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
    #[serde(serialize_with = "Appearance::serialize")]
    #[schema(value_type = Appearance)]
    appearance: &'a WidgetSettings,
    /// How products are shown.
    cards: CardsView<'a>,
    /// What shoppers are to know and agree to.
    #[serde(serialize_with = "Privacy::serialize")]
    #[schema(value_type = Privacy)]
    privacy: &'a WorkspaceSettings,
    /// How a person is reached.
    support: SupportView<'a>,
    /// Whether people are there.
    business_hours: HoursState,
    /// What a widget may do besides asking, with the credential that asks.
    capabilities: Capabilities,
    /// Where the shop sells.
    #[serde(serialize_with = "Market::serialize")]
    #[schema(value_type = Market)]
    market: &'a WorkspaceSettings,
}

/// How a widget looks.
#[derive(Serialize, ToSchema)]
#[serde(remote = "WidgetSettings")]
#[schema(as = WidgetAppearance)]
struct Appearance {
    /// The assistant's picture.
    avatar_url: Option<String>,
    /// The shop's logo.
    logo_url: Option<String>,
    /// Background of the heading and of buttons.
    #[schema(value_type = String, example = "#1F6FEB")]
    brand_color: Color,
    /// Text on it.
    #[schema(value_type = String, example = "#FFFFFF")]
    text_color: Color,
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
#[serde(remote = "WorkspaceSettings")]
#[schema(as = WidgetPrivacy)]
struct Privacy {
    /// Whether the widget asks before the first message.
    consent_required: bool,
    /// The page about privacy.
    privacy_url: Option<String>,
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
    #[schema(value_type = Option<String>)]
    phone: Option<&'a PhoneNumber>,
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

/// What a widget may do besides asking.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = WidgetCapabilities)]
pub(crate) struct Capabilities {
    /// Readers may say whether an answer was good: the credential has the scope `feedback:write`.
    feedback: bool,
    /// Readers may write to people: the credential has the scope `chat:write`, and `support.handoff_mode` is
    /// `contact_form` or `webhook`.
    handover: bool,
}

impl Capabilities {
    /// Those of a credential that may do everything.
    pub(in crate::api) const fn all() -> Self {
        Self { feedback: true, handover: true }
    }

    /// Those of whoever asks.
    pub(in crate::api::widget) fn of(principal: &Principal) -> Self {
        let may = |scope| match principal.key() {
            Some(key) => key.scopes.contains(scope),
            None => principal.user().is_some(),
        };
        Self { feedback: may(Scope::FeedbackWrite), handover: may(Scope::ChatWrite) }
    }
}

/// Where the shop sells.
#[derive(Serialize, ToSchema)]
#[serde(remote = "WorkspaceSettings")]
#[schema(as = WidgetMarket)]
struct Market {
    /// What prices are in (ISO 4217).
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    /// Where it sells (ISO 3166-1 alpha-2).
    #[schema(value_type = Option<String>, example = "DE")]
    country: Option<Country>,
    /// Whether prices are shown with tax.
    prices_include_tax: bool,
}

impl<'a> ConfigView<'a> {
    /// What is shown to somebody who asks now, in the language that is wanted, or that the browser prefers. What is not
    /// named here, such as the prompt, the webhook and AnythingLLM's name of the workspace, cannot be told to a widget.
    pub(in crate::api) fn of(
        workspace: &'a ManagedWorkspace,
        wanted: Option<&str>,
        headers: &HeaderMap,
        (capabilities, now): (Capabilities, DateTime<Utc>),
    ) -> Self {
        let content = &workspace.content;
        let WorkspaceContent { settings, widget, support, .. } = content;
        let languages = all(headers, &header::ACCEPT_LANGUAGE);
        let locale = content.negotiate(wanted, languages.as_deref());
        let translations = content.translations(locale);
        let said = |text: fn(&Translation) -> &Option<String>| {
            translations.iter().find_map(|translation| text(translation).as_deref())
        };
        let suggested = translations.iter().find_map(|translation| translation.suggested.as_deref());
        Self {
            workspace: &workspace.slug,
            locale,
            locales: content.locales(),
            title: said(|t| &t.title).unwrap_or(&widget.title),
            tagline: said(|t| &t.tagline).or(widget.tagline.as_deref()),
            greeting: said(|t| &t.greeting).or(widget.greeting.as_deref()),
            placeholder: said(|t| &t.placeholder).or(widget.placeholder.as_deref()),
            suggested: suggested.unwrap_or(&widget.suggested),
            // A translation does not bring back what was waived.
            ai_disclosure: (settings.ai_disclosure_waiver.is_none())
                .then(|| said(|t| &t.ai_disclosure).unwrap_or(&settings.ai_disclosure)),
            max_message_chars: settings.max_message_chars,
            appearance: widget,
            cards: CardsView {
                fields: &widget.card_fields,
                max: widget.max_cards,
                cta: said(|t| &t.card_cta).unwrap_or(&widget.card_cta),
                utm: &widget.utm,
            },
            privacy: settings,
            support: SupportView {
                handoff_mode: support.handoff_mode,
                email: support.contact_email.as_deref(),
                phone: support.contact_phone.as_ref(),
                url: support.contact_url.as_deref(),
                prechat_fields: &support.prechat_fields,
                after_refusals: support.after_refusals,
                after_hours: support.after_hours,
                offline_message: said(|t| &t.offline_message).or(support.offline_message.as_deref()),
            },
            business_hours: content.hours_at(now),
            capabilities: Capabilities {
                handover: capabilities.handover && support.handoff_mode.takes_form(),
                ..capabilities
            },
            market: settings,
        }
    }

    /// The language of its texts.
    pub(in crate::api::widget) const fn locale(&self) -> &Locale {
        self.locale
    }

    /// Whether people are there, and until when.
    pub(in crate::api::widget) const fn hours(&self) -> &HoursState {
        &self.business_hours
    }

    /// What the assistant says before anybody has asked: that it is one, and the shop's greeting. None where the
    /// disclosure was waived.
    pub(in crate::api::widget) fn opening(&self) -> Option<String> {
        let disclosure = self.ai_disclosure?;
        Some(match self.greeting {
            Some(greeting) => format!("{disclosure}\n\n{greeting}"),
            None => disclosure.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{TenantId, WorkspaceId};
    use crate::domain::store::Platform;
    use crate::domain::workspace::UpstreamState;
    use serde_json::{Value, json};
    use uuid::Uuid;

    /// What somebody is shown who wants this language.
    fn shown(content: Value, wanted: &str) -> Value {
        let now = DateTime::UNIX_EPOCH;
        let workspace = ManagedWorkspace {
            id: WorkspaceId(Uuid::nil()),
            tenant: TenantId::DEFAULT,
            slug: "shop".into(),
            upstream_slug: "secret-upstream".into(),
            platform: Platform::Custom,
            upstream_state: UpstreamState::Ready,
            content: WorkspaceContent::read(content).expect("a good shop"),
            version: 1,
            knowledge_version: 1,
            created_at: now,
            updated_at: now,
        };
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        serde_json::to_value(ConfigView::of(
            &workspace,
            Some(wanted),
            &HeaderMap::new(),
            (Capabilities::default(), now),
        ))
        .expect("JSON")
    }

    #[test]
    fn a_language_takes_what_it_lacks_from_the_one_it_is_a_kind_of() {
        let content = json!({
            "name": "Shop",
            "settings": {"default_locale": "en", "locales": ["de-AT", "de"]},
            "widget": {
                "title": "Chat", "greeting": "Hello", "tagline": "We help", "suggested": ["Where is my order?"],
                "translations": {
                    "de": {"title": "Beratung", "greeting": "Guten Tag", "ai_disclosure": "Hier antwortet eine KI.",
                        "card_cta": "Ansehen", "offline_message": "Wir sind ab 9 Uhr da."},
                    "de-AT": {"greeting": "Servus", "suggested": []}
                }
            },
            "support": {"offline_message": "We are back at 9."}
        });
        let austrian = shown(content.clone(), "de-AT");
        assert_eq!((&austrian["title"], &austrian["greeting"]), (&json!("Beratung"), &json!("Servus")));
        assert_eq!(austrian["ai_disclosure"], "Hier antwortet eine KI.");
        assert_eq!((&austrian["tagline"], &austrian["suggested"]), (&json!("We help"), &json!([])));
        assert_eq!(austrian["cards"]["cta"], "Ansehen");
        assert_eq!(austrian["support"]["offline_message"], "Wir sind ab 9 Uhr da.");
        assert_eq!(shown(content.clone(), "de-CH")["greeting"], "Guten Tag");
        let english = shown(content, "fr");
        assert_eq!((&english["title"], &english["suggested"]), (&json!("Chat"), &json!(["Where is my order?"])));
        assert_eq!(english["ai_disclosure"], "You are chatting with an AI assistant.");
        assert_eq!(english["cards"]["cta"], "View");
        assert_eq!(english["support"]["offline_message"], "We are back at 9.");
        assert_eq!(english["locales"], json!(["en", "de-AT", "de"]));
    }

    #[test]
    fn nothing_private_is_shown() {
        let config = shown(
            json!({
                "name": "Shop",
                "settings": {"prompt": "private-prompt", "refusal_message": "private-refusal"},
                "support": {
                    "handoff_mode": "webhook", "webhook_url": "https://private-hook.example/",
                    "trigger_phrases": ["private-phrase"]
                },
                "extra": {"note": "private-note"}
            }),
            "en",
        );
        let all = config.to_string();
        assert!(!all.contains("private-") && !all.contains("secret-upstream"), "{all}");
    }

    #[test]
    fn hours_are_in_the_shops_time() {
        let config = shown(
            json!({
                "name": "Shop",
                "settings": {"timezone": "Asia/Tokyo"},
                "support": {"business_hours": {"weekly": [{"day": "monday", "opens": "09:00", "closes": "18:00"}]}}
            }),
            "en",
        );
        assert_eq!(config["business_hours"]["open"], true);
        assert_eq!(config["business_hours"]["closes_at"], "2026-06-01T09:00:00Z");
    }
}
