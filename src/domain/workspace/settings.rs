//! How a shop answers, where it sells, and what becomes of what was said.

use super::rules::{self, Format};
use crate::domain::faults::Faults;
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::market::{Country, Currency};
use crate::domain::workspace::timezone::Zone;
use crate::domain::workspace::{ChatMode, ChatSettings};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The group `settings`. The first seven are known to AnythingLLM too: they are written through to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WorkspaceSettings)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct WorkspaceSettings {
    /// `query` answers only from the documents, `chat` also from the model's own knowledge.
    pub chat_mode: ChatMode,
    /// Passages put before the model. Null leaves AnythingLLM's own setting.
    #[schema(minimum = 1, maximum = 20)]
    pub top_n: Option<u32>,
    /// Least similarity of a passage. Null leaves AnythingLLM's own setting.
    #[schema(minimum = 0, maximum = 1)]
    pub score_threshold: Option<f64>,
    /// The system prompt; never shown to a client with a publishable key. Null leaves AnythingLLM's own setting.
    #[schema(min_length = 1, max_length = 20000)]
    pub prompt: Option<String>,
    /// What query mode says when it finds nothing. Null leaves AnythingLLM's own setting.
    #[schema(min_length = 1, max_length = 2000)]
    pub refusal_message: Option<String>,
    /// Randomness of the model. Null leaves AnythingLLM's own setting.
    #[schema(minimum = 0, maximum = 2)]
    pub temperature: Option<f64>,
    /// Earlier pairs of question and answer that the model sees. Null leaves AnythingLLM's own setting.
    #[schema(minimum = 0, maximum = 100)]
    pub history_messages: Option<u32>,
    /// Longest message, in characters.
    #[schema(minimum = 1, maximum = 32000)]
    pub max_message_chars: u32,
    /// A stream is ended after this many seconds.
    #[schema(minimum = 5, maximum = 900)]
    pub max_stream_secs: u32,
    /// How long answers to knowledge queries may be kept, in seconds; 0 = not at all.
    #[schema(minimum = 0, maximum = 86400)]
    pub cache_ttl_secs: u32,
    /// How long the answer to the first question of a conversation may be given to others who ask the same, in query mode,
    /// in seconds; 0 = not at all.
    #[schema(minimum = 0, maximum = 86400)]
    pub answer_cache_ttl_secs: u32,
    /// The language of shoppers whose own is not offered (BCP 47).
    #[schema(value_type = String, example = "de-DE")]
    pub default_locale: Locale,
    /// The languages offered besides; at most 50.
    #[schema(value_type = Vec<String>, max_items = 50)]
    pub locales: Vec<Locale>,
    /// What prices are in (ISO 4217).
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Where the shop sells (ISO 3166-1 alpha-2).
    #[schema(value_type = Option<String>, example = "DE")]
    pub country: Option<Country>,
    /// The shop's time (IANA).
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub timezone: Zone,
    /// Whether prices are shown with tax.
    pub prices_include_tax: bool,
    /// Whether conversations may be read again, and their words are kept for those who run the shop to see.
    pub store_transcripts: bool,
    /// Days after which a conversation can no longer be read; null = never.
    #[schema(minimum = 1, maximum = 3650)]
    #[serde(default)] // so that null can be said in a merge patch
    pub retention_days: Option<u32>,
    /// Whether e-mail addresses and the like are kept out of logs. Vestibule logs no texts at all; what works behind it
    /// can follow this.
    pub redact_pii_in_logs: bool,
    /// Whether the widget asks before the first message.
    pub consent_required: bool,
    /// The page about privacy.
    #[schema(max_length = 2000)]
    pub privacy_url: Option<String>,
    /// The sentence that says that an AI answers; shown before the first message, unless `ai_disclosure_waiver` says why
    /// not.
    #[schema(min_length = 1, max_length = 500)]
    pub ai_disclosure: String,
    /// Why shoppers are not told here that an AI answers: a written reason, kept in the audit log. Null = they are told.
    #[schema(min_length = 20, max_length = 1000)]
    pub ai_disclosure_waiver: Option<String>,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self {
            chat_mode: ChatMode::Query,
            top_n: None,
            score_threshold: None,
            prompt: None,
            refusal_message: None,
            temperature: None,
            history_messages: None,
            max_message_chars: 4000,
            max_stream_secs: 180,
            cache_ttl_secs: 0,
            answer_cache_ttl_secs: 0,
            default_locale: Locale::english(),
            locales: Vec::new(),
            currency: Currency::euro(),
            country: None,
            timezone: Zone::utc(),
            prices_include_tax: true,
            store_transcripts: true,
            retention_days: Some(90),
            redact_pii_in_logs: true,
            consent_required: false,
            privacy_url: None,
            ai_disclosure: "You are chatting with an AI assistant.".into(),
            ai_disclosure_waiver: None,
        }
    }
}

impl WorkspaceSettings {
    pub(super) const FORMATS: &[(&str, Format)] = &[
        ("default_locale", rules::text_of::<Locale>),
        ("locales", malformed_locales),
        ("currency", rules::text_of::<Currency>),
        ("country", rules::text_of::<Country>),
        ("timezone", rules::text_of::<Zone>),
    ];

    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::new();
        let optional = |faults: &mut Faults, field: &str, number: Option<u32>, range| {
            if let Some(number) = number {
                faults.number(field, &number, &range);
            }
        };
        optional(&mut faults, "top_n", self.top_n, 1..=20);
        optional(&mut faults, "history_messages", self.history_messages, 0..=100);
        optional(&mut faults, "retention_days", self.retention_days, 1..=3650);
        for (field, number, most) in
            [("score_threshold", self.score_threshold, 1.0), ("temperature", self.temperature, 2.0)]
        {
            if let Some(number) = number {
                faults.number(field, &number, &(0.0..=most));
            }
        }
        faults.number("max_message_chars", &self.max_message_chars, &(1..=32_000));
        faults.number("max_stream_secs", &self.max_stream_secs, &(5..=900));
        faults.number("cache_ttl_secs", &self.cache_ttl_secs, &(0..=86_400));
        faults.number("answer_cache_ttl_secs", &self.answer_cache_ttl_secs, &(0..=86_400));
        if let Some(prompt) = &self.prompt {
            faults.text("prompt", prompt, 1..=20_000);
        }
        if let Some(message) = &self.refusal_message {
            faults.text("refusal_message", message, 1..=2000);
        }
        faults.text("ai_disclosure", &self.ai_disclosure, 1..=500);
        faults.legible("ai_disclosure", &self.ai_disclosure, 2);
        if let Some(reason) = &self.ai_disclosure_waiver {
            // Blanks are no reason.
            faults.text("ai_disclosure_waiver", reason.trim(), 20..=1000);
            faults.legible("ai_disclosure_waiver", reason, 10);
        }
        check_locales(&mut faults, &self.locales.iter().map(Locale::to_string).collect::<Vec<_>>());
        rules::web_address(&mut faults, "privacy_url", self.privacy_url.as_deref());
        faults
    }

    /// What each request needs of them.
    pub fn of_requests(&self) -> ChatSettings {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 1; the digits lost mean nothing")]
        let score_threshold = self.score_threshold.map(|threshold| threshold as f32);
        ChatSettings {
            chat_mode: self.chat_mode,
            top_n: self.top_n.and_then(|n| u8::try_from(n).ok()),
            score_threshold,
            max_message_chars: self.max_message_chars,
            max_stream_secs: self.max_stream_secs,
        }
    }
}

fn check_locales(faults: &mut Faults, locales: &[String]) {
    rules::texts(faults, "locales", locales, 50, 35);
}

/// With one that is malformed all are taken out, so that no other gets its place in the list.
fn malformed_locales(group: &mut Map<String, Value>, name: &str) -> Faults {
    let mut faults = Faults::new();
    let Some(Ok(mut locales)) = group.get(name).map(Vec::<String>::deserialize) else { return faults };
    for (index, text) in locales.iter_mut().enumerate().take(50) {
        match text.parse::<Locale>() {
            Ok(locale) => *text = locale.to_string(),
            Err(error) => faults.push(format!("{name}[{index}]"), "format", error.to_string()),
        }
    }
    if !faults.is_empty() || locales.len() > 50 {
        check_locales(&mut faults, &locales);
        group.remove(name);
    }
    faults
}
