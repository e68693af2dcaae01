//! How a shopper reaches a person, and when people are there.

use super::rules::{self, Format};
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::domain::words::words;
use crate::domain::workspace::business_hours::{BusinessHours, BusinessHoursInput};
use crate::domain::workspace::market::PhoneNumber;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

words! {
    /// What happens when a shopper wants a person.
    #[derive(ToSchema)]
    HandoffMode {
        Off = "off",
        ContactForm = "contact_form",
        Email = "email",
        Webhook = "webhook",
        Url = "url",
    }
}

words! {
    /// What the widget does outside business hours.
    #[derive(ToSchema)]
    AfterHours {
        /// The assistant answers as always.
        Chat = "chat",
        /// A form only.
        ContactForm = "contact_form",
        /// Nothing is shown.
        Hide = "hide",
    }
}

words! {
    /// What is asked before the chat begins.
    #[derive(ToSchema)]
    PrechatField {
        Name = "name",
        Email = "email",
        Phone = "phone",
        OrderNumber = "order_number",
        Company = "company",
    }
}

/// The group `support`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = SupportSettings)]
pub struct SupportSettings {
    /// What happens when a shopper wants a person: a form whose messages are in the inbox (`contact_form`), and go to
    /// an address besides (`webhook`), a mail, a page, or nothing. Each but `off` and `contact_form` needs its own field.
    pub handoff_mode: HandoffMode,
    /// Needed for `email`.
    #[schema(max_length = 254, example = "help@shop.example")]
    pub contact_email: Option<String>,
    /// In international form.
    #[schema(value_type = Option<String>, example = "+4930123456")]
    pub contact_phone: Option<PhoneNumber>,
    /// Needed for `url`; https.
    #[schema(max_length = 2000)]
    pub contact_url: Option<String>,
    /// Needed for `webhook`, which is told each hand-over with contact and message; https. Never shown to shoppers.
    #[schema(max_length = 2000)]
    pub webhook_url: Option<String>,
    /// What is asked before the chat begins.
    pub prechat_fields: Vec<PrechatField>,
    /// Words that ask for a person; at most 50 of 1 to 100 characters.
    #[schema(max_items = 50)]
    pub trigger_phrases: Vec<String>,
    /// Hand-off is offered after this many refusals in a row; null = never by itself.
    #[schema(minimum = 1, maximum = 10)]
    pub after_refusals: Option<u32>,
    /// What the widget does outside business hours.
    pub after_hours: AfterHours,
    /// Said outside business hours.
    #[schema(min_length = 1, max_length = 1000)]
    pub offline_message: Option<String>,
    /// When people are there; without any hours, always.
    #[schema(value_type = BusinessHoursInput)]
    #[serde(deserialize_with = "json::object")]
    pub business_hours: BusinessHours,
}

impl Default for SupportSettings {
    fn default() -> Self {
        Self {
            handoff_mode: HandoffMode::Off,
            contact_email: None,
            contact_phone: None,
            contact_url: None,
            webhook_url: None,
            prechat_fields: Vec::new(),
            trigger_phrases: Vec::new(),
            after_refusals: None,
            after_hours: AfterHours::Chat,
            offline_message: None,
            business_hours: BusinessHours::default(),
        }
    }
}

impl HandoffMode {
    /// Whether shoppers fill in a form that Vestibule takes.
    pub const fn takes_form(self) -> bool {
        matches!(self, Self::ContactForm | Self::Webhook)
    }
}

impl SupportSettings {
    pub(super) const FORMATS: &[(&str, Format)] =
        &[("contact_phone", rules::text_of::<PhoneNumber>), ("business_hours", malformed_hours)];

    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::new();
        if let Some(email) = &self.contact_email {
            check_email(&mut faults, "contact_email", email);
        }
        rules::web_address(&mut faults, "contact_url", self.contact_url.as_deref());
        rules::web_address(&mut faults, "webhook_url", self.webhook_url.as_deref());
        let needed = match self.handoff_mode {
            HandoffMode::Off | HandoffMode::ContactForm => None,
            HandoffMode::Email => self.contact_email.is_none().then_some("contact_email"),
            HandoffMode::Webhook => self.webhook_url.is_none().then_some("webhook_url"),
            HandoffMode::Url => self.contact_url.is_none().then_some("contact_url"),
        };
        if let Some(field) = needed {
            faults.push(field, "required", "must be given for this handoff_mode");
        }
        rules::words(&mut faults, "prechat_fields", &self.prechat_fields);
        rules::texts(&mut faults, "trigger_phrases", &self.trigger_phrases, 50, 100);
        if let Some(count) = self.after_refusals {
            faults.number("after_refusals", &count, &(1..=10));
        }
        if let Some(message) = &self.offline_message {
            faults.text("offline_message", message, 1..=1000);
        }
        faults
    }
}

/// Hours are right or wrong as a whole; all that is wrong is told.
fn malformed_hours(group: &mut Map<String, Value>, name: &str) -> Faults {
    let mut faults = Faults::new();
    // Of another type, they are left for serde, which knows the place.
    if let Some(Ok(hours)) = group.get(name).map(BusinessHoursInput::deserialize)
        && let Err(broken) = BusinessHours::check(&hours)
    {
        faults.within(name, broken);
        group.remove(name);
    }
    faults
}

/// As much as can be said without sending one: one `@` with something on both sides, no space.
pub(crate) fn check_email(faults: &mut Faults, field: &str, email: &str) {
    let well_formed =
        email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
            && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !well_formed {
        faults.push(field, "format", "must be an e-mail address");
    } else if email.chars().count() > 254 {
        faults.push(field, "too_long", "must not have more than 254 characters");
    }
}
