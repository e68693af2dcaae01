//! What a widget needs to show itself: the public part of a shop's settings, in one of its languages. What is not taken
//! over here, such as the prompt, the webhook and AnythingLLM's name of the workspace, cannot be told to a widget.

use crate::domain::ids::TenantId;
use crate::domain::workspace::business_hours::{BusinessHours, HoursState};
use crate::domain::workspace::locale::{Locale, Offered};
use crate::domain::workspace::timezone::Zone;
use crate::domain::workspace::{
    AfterHours, CardField, HandoffMode, ManagedWorkspace, Position, PrechatField, SupportSettings, Theme, Translation,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// The texts of a widget, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetTexts {
    pub title: String,
    pub tagline: Option<String>,
    /// What the assistant says first.
    pub greeting: Option<String>,
    /// In the empty input.
    pub placeholder: Option<String>,
    /// Questions offered before the first one.
    pub suggested: Vec<String>,
    /// The words on a card's button.
    pub card_cta: String,
    /// The sentence that says that an AI answers (Regulation (EU) 2024/1689, article 50); none only where staff has
    /// written down why.
    pub ai_disclosure: Option<String>,
    pub offline_message: Option<String>,
}

impl WidgetTexts {
    /// With what another language has in place of it.
    fn overlaid(mut self, other: &Translation) -> Self {
        let over = |mine: &mut Option<String>, theirs: &Option<String>| {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        };
        over(&mut self.tagline, &other.tagline);
        over(&mut self.greeting, &other.greeting);
        over(&mut self.placeholder, &other.placeholder);
        over(&mut self.offline_message, &other.offline_message);
        for (mine, theirs) in [(&mut self.title, &other.title), (&mut self.card_cta, &other.card_cta)] {
            if let Some(theirs) = theirs {
                mine.clone_from(theirs);
            }
        }
        // A translation does not bring back what was waived.
        if self.ai_disclosure.is_some() {
            over(&mut self.ai_disclosure, &other.ai_disclosure);
        }
        if let Some(suggested) = &other.suggested {
            self.suggested.clone_from(suggested);
        }
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    pub avatar_url: Option<String>,
    pub logo_url: Option<String>,
    pub brand_color: String,
    pub text_color: String,
    pub theme: Theme,
    pub position: Position,
    pub auto_open_secs: Option<u32>,
    pub show_sources: bool,
    pub show_powered_by: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cards {
    pub fields: Vec<CardField>,
    pub max: u32,
    pub utm: BTreeMap<String, String>,
}

/// How a shopper reaches a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub handoff_mode: HandoffMode,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub url: Option<String>,
    pub prechat_fields: Vec<PrechatField>,
    pub after_refusals: Option<u32>,
    pub after_hours: AfterHours,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    pub currency: String,
    pub country: Option<String>,
    pub prices_include_tax: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WidgetConfig {
    pub tenant: TenantId,
    pub workspace: String,
    pub appearance: Appearance,
    pub cards: Cards,
    pub contact: Contact,
    pub market: Market,
    /// Whether the widget asks before the first message.
    pub consent_required: bool,
    pub privacy_url: Option<String>,
    /// Longest message, in characters.
    pub max_message_chars: u32,
    texts: WidgetTexts,
    translations: BTreeMap<String, Translation>,
    default_locale: Locale,
    locales: Vec<Locale>,
    hours: BusinessHours,
    zone: Zone,
}

impl WidgetConfig {
    /// The public part of `shop`. What was stored and cannot be read any more is left at its default: a widget without
    /// its opening hours is better than none.
    pub fn of(shop: ManagedWorkspace) -> Self {
        let ManagedWorkspace { tenant, slug, content, .. } = shop;
        let (settings, widget, support) = (content.settings, content.widget, content.support);
        let SupportSettings { business_hours, offline_message, .. } = support;
        let default_locale = settings.default_locale.parse().unwrap_or_else(|_| Locale::english());
        Self {
            tenant,
            workspace: slug,
            appearance: Appearance {
                avatar_url: widget.avatar_url,
                logo_url: widget.logo_url,
                brand_color: widget.brand_color,
                text_color: widget.text_color,
                theme: widget.theme,
                position: widget.position,
                auto_open_secs: widget.auto_open_secs,
                show_sources: widget.show_sources,
                show_powered_by: widget.show_powered_by,
            },
            cards: Cards { fields: widget.card_fields, max: widget.max_cards, utm: widget.utm },
            contact: Contact {
                handoff_mode: support.handoff_mode,
                email: support.contact_email,
                phone: support.contact_phone,
                url: support.contact_url,
                prechat_fields: support.prechat_fields,
                after_refusals: support.after_refusals,
                after_hours: support.after_hours,
            },
            market: Market {
                currency: settings.currency,
                country: settings.country,
                prices_include_tax: settings.prices_include_tax,
            },
            consent_required: settings.consent_required,
            privacy_url: settings.privacy_url,
            max_message_chars: settings.max_message_chars,
            texts: WidgetTexts {
                title: widget.title,
                tagline: widget.tagline,
                greeting: widget.greeting,
                placeholder: widget.placeholder,
                suggested: widget.suggested,
                card_cta: widget.card_cta,
                ai_disclosure: settings.ai_disclosure_waiver.is_none().then_some(settings.ai_disclosure),
                offline_message,
            },
            translations: widget.translations,
            locales: settings.locales.iter().filter_map(|locale| locale.parse().ok()).collect(),
            hours: BusinessHours::check(&business_hours).unwrap_or_default(),
            zone: settings.timezone.parse().unwrap_or_else(|_| Zone::utc()),
            default_locale,
        }
    }

    /// The languages offered, the default first.
    pub fn locales(&self) -> Vec<&Locale> {
        let others = self.locales.iter().filter(|locale| **locale != self.default_locale);
        std::iter::once(&self.default_locale).chain(others).collect()
    }

    /// The language to show: see [`Offered::negotiate`].
    pub fn negotiate(&self, explicit: Option<&str>, accept_language: Option<&str>) -> &Locale {
        Offered { default: &self.default_locale, others: &self.locales }.negotiate(explicit, accept_language)
    }

    /// The texts in a language. What is not translated into `de-AT` is taken from `de`, and else as it was written.
    pub fn texts(&self, locale: &Locale) -> WidgetTexts {
        let mut steps: Vec<_> = locale.fallbacks().filter_map(|name| self.translations.get(name)).collect();
        steps.reverse();
        steps.into_iter().fold(self.texts.clone(), WidgetTexts::overlaid)
    }

    /// Whether people are there at `now`.
    pub fn hours_at(&self, now: DateTime<Utc>) -> HoursState {
        self.hours.state_at(now, &self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::WorkspaceId;
    use crate::domain::store::Platform;
    use crate::domain::workspace::{UpstreamState, WorkspaceContent};
    use serde_json::json;
    use uuid::Uuid;

    fn config(content: serde_json::Value) -> WidgetConfig {
        let content: WorkspaceContent = serde_json::from_value(content).expect("a shop");
        let now = DateTime::UNIX_EPOCH;
        WidgetConfig::of(ManagedWorkspace {
            id: WorkspaceId(Uuid::nil()),
            tenant: TenantId::DEFAULT,
            slug: "shop".into(),
            upstream_slug: "secret-upstream".into(),
            platform: Platform::Custom,
            upstream_state: UpstreamState::Ready,
            content: content.checked().expect("a good shop"),
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    #[test]
    fn a_language_takes_what_it_lacks_from_the_one_it_is_a_kind_of() {
        let config = config(json!({
            "name": "Shop",
            "settings": {"default_locale": "en", "locales": ["de-AT", "de"]},
            "widget": {
                "title": "Chat", "greeting": "Hello", "tagline": "We help", "suggested": ["Where is my order?"],
                "translations": {
                    "de": {"title": "Beratung", "greeting": "Guten Tag", "ai_disclosure": "Hier antwortet eine KI."},
                    "de-AT": {"greeting": "Servus", "suggested": []}
                }
            }
        }));
        let texts = |wanted: &str| config.texts(config.negotiate(Some(wanted), None));
        let austrian = texts("de-AT");
        assert_eq!((austrian.title.as_str(), austrian.greeting.as_deref()), ("Beratung", Some("Servus")));
        assert_eq!(austrian.ai_disclosure.as_deref(), Some("Hier antwortet eine KI."));
        assert_eq!((austrian.tagline.as_deref(), austrian.suggested.len()), (Some("We help"), 0));
        assert_eq!(texts("de-CH").greeting.as_deref(), Some("Guten Tag"));
        let english = texts("fr");
        assert_eq!((english.title.as_str(), english.suggested.len()), ("Chat", 1));
        assert_eq!(english.ai_disclosure.as_deref(), Some("You are chatting with an AI assistant."));
        let offered: Vec<_> = config.locales().iter().map(ToString::to_string).collect();
        assert_eq!(offered, ["en", "de-AT", "de"]);
    }

    #[test]
    fn what_was_waived_comes_back_in_no_language() {
        let config = config(json!({
            "name": "Shop",
            "settings": {"ai_disclosure_waiver": "The page itself says so above the chat.", "locales": ["de"]},
            "widget": {"translations": {"de": {"ai_disclosure": "Hier antwortet eine KI."}}}
        }));
        for wanted in ["en", "de"] {
            assert_eq!(config.texts(config.negotiate(Some(wanted), None)).ai_disclosure, None, "{wanted}");
        }
    }

    #[test]
    fn nothing_private_is_taken_over() {
        let config = config(json!({
            "name": "Shop",
            "settings": {"prompt": "private-prompt", "refusal_message": "private-refusal"},
            "support": {
                "handoff_mode": "webhook", "webhook_url": "https://private-hook.example/", "trigger_phrases": ["private-phrase"]
            },
            "extra": {"note": "private-note"}
        }));
        let all = format!("{config:?}");
        assert!(!all.contains("private-") && !all.contains("secret-upstream"), "{all}");
    }

    #[test]
    fn hours_are_in_the_shops_time() {
        let config = config(json!({
            "name": "Shop",
            "settings": {"timezone": "Asia/Tokyo"},
            "support": {"business_hours": {"weekly": [{"day": "monday", "opens": "09:00", "closes": "18:00"}]}}
        }));
        let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let state = config.hours_at(now);
        assert!(state.open);
        assert_eq!(state.closes_at, Some("2026-06-01T09:00:00Z".parse().expect("an instant")));
    }
}
