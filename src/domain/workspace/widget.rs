//! How the chat looks and what it says before anybody has asked anything. All of it is public.

use super::rules::{self, Format};
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::domain::words::words;
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::market::Color;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Bytes of all translations together as compact JSON, at most.
const MAX_TRANSLATIONS: usize = 64 * 1024;

words! {
    /// Light or dark.
    #[derive(ToSchema)]
    Theme {
        Light = "light",
        Dark = "dark",
        /// As the shopper's device has it.
        Auto = "auto",
    }
}

words! {
    /// Where the chat opens.
    #[derive(ToSchema)]
    Position {
        BottomRight = "bottom-right",
        BottomLeft = "bottom-left",
        /// Where the shop's page puts it.
        Inline = "inline",
    }
}

words! {
    /// What a product card shows.
    #[derive(ToSchema)]
    CardField {
        Title = "title",
        Image = "image",
        Price = "price",
        SalePrice = "sale_price",
        Availability = "availability",
        Rating = "rating",
        Brand = "brand",
        Variant = "variant",
        Sku = "sku",
        Url = "url",
    }
}

/// The widget's texts in another language; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WidgetTranslation)]
pub struct Translation {
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested: Option<Vec<String>>,
    /// As in the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_cta: Option<String>,
    /// As in the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_disclosure: Option<String>,
    /// As in the support settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline_message: Option<String>,
}

/// The group `widget`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WidgetSettings)]
pub struct WidgetSettings {
    /// The chat's heading.
    #[schema(min_length = 1, max_length = 60)]
    pub title: String,
    /// Under the heading.
    #[schema(min_length = 1, max_length = 120)]
    pub tagline: Option<String>,
    /// What the assistant says first.
    #[schema(min_length = 1, max_length = 1000)]
    pub greeting: Option<String>,
    /// In the empty input.
    #[schema(min_length = 1, max_length = 120)]
    pub placeholder: Option<String>,
    /// The assistant's picture; https.
    #[schema(max_length = 2000)]
    pub avatar_url: Option<String>,
    /// The shop's logo; https.
    #[schema(max_length = 2000)]
    pub logo_url: Option<String>,
    /// Background of the heading and of buttons, `#RRGGBB`.
    #[schema(value_type = String, example = "#1F6FEB")]
    pub brand_color: Color,
    /// Text on it, `#RRGGBB`.
    #[schema(value_type = String, example = "#FFFFFF")]
    pub text_color: Color,
    /// Light, dark, or as the device.
    pub theme: Theme,
    /// Where the chat opens.
    pub position: Position,
    /// Opens by itself after this many seconds; null = never.
    #[schema(minimum = 0, maximum = 600)]
    pub auto_open_secs: Option<u32>,
    /// Questions offered before the first one; at most 8 of 1 to 200 characters.
    #[schema(max_items = 8)]
    pub suggested: Vec<String>,
    /// Whether sources are shown under answers.
    pub show_sources: bool,
    /// Whether the chat says what it runs on.
    pub show_powered_by: bool,
    /// What a product card shows, in this order.
    pub card_fields: Vec<CardField>,
    /// Product cards under one answer; 0 = none.
    #[schema(minimum = 0, maximum = 10)]
    pub max_cards: u32,
    /// The words on a card's button.
    #[schema(min_length = 1, max_length = 30)]
    pub card_cta: String,
    /// Parameters added to product links; values are texts.
    pub utm: BTreeMap<String, String>,
    /// The texts in other languages, by locale.
    #[schema(value_type = BTreeMap<String, Translation>)]
    #[serde(deserialize_with = "json::objects_by_name")]
    pub translations: BTreeMap<Locale, Translation>,
}

impl Default for WidgetSettings {
    fn default() -> Self {
        use CardField::{Availability, Image, Price, Title, Url};
        Self {
            title: "Chat".into(),
            tagline: None,
            greeting: None,
            placeholder: None,
            avatar_url: None,
            logo_url: None,
            brand_color: Color::from_rgb([0x1F, 0x6F, 0xEB]),
            text_color: Color::from_rgb([0xFF; 3]),
            theme: Theme::Auto,
            position: Position::BottomRight,
            auto_open_secs: None,
            suggested: Vec::new(),
            show_sources: false,
            show_powered_by: true,
            card_fields: vec![Title, Image, Price, Availability, Url],
            max_cards: 3,
            card_cta: "View".into(),
            utm: BTreeMap::new(),
            translations: BTreeMap::new(),
        }
    }
}

impl WidgetSettings {
    pub(super) const FORMATS: &[(&str, Format)] = &[
        ("brand_color", rules::text_of::<Color>),
        ("text_color", rules::text_of::<Color>),
        ("translations", malformed_translations),
    ];

    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::new();
        faults.text("title", &self.title, 1..=60);
        faults.text("card_cta", &self.card_cta, 1..=30);
        for (field, text, most) in [
            ("tagline", &self.tagline, 120),
            ("greeting", &self.greeting, 1000),
            ("placeholder", &self.placeholder, 120),
        ] {
            if let Some(text) = text {
                faults.text(field, text, 1..=most);
            }
        }
        rules::web_address(&mut faults, "avatar_url", self.avatar_url.as_deref());
        rules::web_address(&mut faults, "logo_url", self.logo_url.as_deref());
        if let Some(seconds) = self.auto_open_secs {
            faults.number("auto_open_secs", &seconds, &(0..=600));
        }
        rules::texts(&mut faults, "suggested", &self.suggested, 8, 200);
        rules::words(&mut faults, "card_fields", &self.card_fields);
        faults.number("max_cards", &self.max_cards, &(0..=10));
        self.check_utm(&mut faults);
        faults.within("translations", self.check_translations());
        faults
    }

    fn check_utm(&self, faults: &mut Faults) {
        if self.utm.len() > 10 {
            faults.push("utm", "too_long", "must not have more than 10 members");
        }
        for (name, value) in &self.utm {
            let known = name.len() <= 64
                && name.starts_with("utm_")
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if known {
                faults.text(&format!("utm.{name}"), value, 1..=200);
            } else {
                faults.push("utm", "format", "has names of the form utm_word");
            }
        }
    }

    fn check_translations(&self) -> Faults {
        let mut faults = Faults::new();
        for (locale, translation) in &self.translations {
            faults.within(locale.as_str(), translation.check());
        }
        let size = serde_json::to_vec(&self.translations).map_or(usize::MAX, |json| json.len());
        if size > MAX_TRANSLATIONS {
            faults.push("", "too_long", format!("must not have more than {MAX_TRANSLATIONS} bytes of JSON"));
        }
        faults
    }
}

/// Translations into no language, and second ones into the same.
fn malformed_translations(group: &mut Map<String, Value>, name: &str) -> Faults {
    let mut faults = Faults::new();
    let mut known = BTreeSet::new();
    if let Some(Value::Object(translations)) = group.get_mut(name) {
        translations.retain(|locale, _| {
            let Ok(locale) = locale.parse::<Locale>() else {
                faults.push(name, "format", "has locales as names, as in de or pt-BR");
                return false;
            };
            let first = known.insert(locale.clone());
            if !first {
                faults.push(format!("{name}.{locale}"), "conflict", "stands there twice");
            }
            first
        });
    }
    faults
}

impl Translation {
    fn check(&self) -> Faults {
        let mut faults = Faults::new();
        for (field, text, most) in [
            ("title", &self.title, 60),
            ("tagline", &self.tagline, 120),
            ("greeting", &self.greeting, 1000),
            ("placeholder", &self.placeholder, 120),
            ("card_cta", &self.card_cta, 30),
            ("ai_disclosure", &self.ai_disclosure, 500),
            ("offline_message", &self.offline_message, 1000),
        ] {
            if let Some(text) = text {
                faults.text(field, text, 1..=most);
            }
        }
        if let Some(disclosure) = &self.ai_disclosure {
            faults.legible("ai_disclosure", disclosure, 2);
        }
        if let Some(suggested) = &self.suggested {
            rules::texts(&mut faults, "suggested", suggested, 8, 200);
        }
        faults
    }
}
