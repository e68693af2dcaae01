//! The fields of a store connection, between a form and what the service takes. Holds no secret: those go from the form
//! to the service and are not kept.

use crate::api::console::form::Form;
use crate::domain::faults::Faults;
use crate::domain::store::{
    CredentialInput, CredentialKind, DecimalSeparator, FeedEncoding, GivenCredentials, Schedule, ScheduleInput,
    StoreConnection, StoreInput,
};
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::timezone::Zone;
use secrecy::SecretString;
use std::str::FromStr;

/// What of the credentials is chosen besides a kind: those that are stored, or none.
pub(super) const KEEP: &str = "keep";
pub(super) const NONE: &str = "none";

/// A schedule that is none of those that are offered.
pub(super) const OWN: &str = "own";
/// The schedules that are offered: every hour, every night, every week.
pub(super) const SCHEDULES: [&str; 3] = ["15 * * * *", "30 4 * * *", "30 4 * * 1"];

/// The fields that hold a secret.
const SECRETS: [&str; 9] = [
    "credentials.access_token",
    "credentials.consumer_key",
    "credentials.consumer_secret",
    "credentials.token",
    "credentials.username",
    "credentials.password",
    "credentials.header_name",
    "credentials.header_value",
    "credentials.webhook_secret",
];

/// The fields as text, as they are shown again.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// Of the connection that was shown; none if there was none.
    pub(super) version: Option<i64>,
    pub(super) platform: String,
    pub(super) store_url: String,
    pub(super) store_ref: String,
    pub(super) api_version: String,
    pub(super) channel_ref: String,
    pub(super) catalog_source: String,
    pub(super) feed_url: String,
    pub(super) feed_format: String,
    pub(super) feed_encoding: String,
    pub(super) decimal_separator: String,
    pub(super) timezone: String,
    pub(super) locale: String,
    pub(super) currency: String,
    pub(super) include_out_of_stock: bool,
    /// How often it is read: one of [`SCHEDULES`], [`OWN`], or empty for by hand.
    pub(super) every: String,
    pub(super) cron: String,
    pub(super) cron_zone: String,
    pub(super) failure_threshold: String,
    pub(super) removal_threshold: String,
    /// [`KEEP`], [`NONE`] or a kind.
    pub(super) credentials: String,
}

impl Default for Written {
    fn default() -> Self {
        let text = String::new;
        Self {
            version: None,
            platform: "feed".into(),
            store_url: text(),
            store_ref: text(),
            api_version: text(),
            channel_ref: text(),
            catalog_source: text(),
            feed_url: text(),
            feed_format: text(),
            feed_encoding: text(),
            decimal_separator: text(),
            timezone: text(),
            locale: text(),
            currency: text(),
            include_out_of_stock: true,
            every: text(),
            cron: text(),
            cron_zone: text(),
            failure_threshold: "5".into(),
            removal_threshold: "10".into(),
            credentials: KEEP.into(),
        }
    }
}

impl Written {
    pub(super) fn of(stored: &StoreConnection) -> Self {
        let settings = &stored.settings;
        let feed = settings.feed.as_ref();
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Self {
            version: Some(stored.version),
            platform: settings.platform.as_str().into(),
            store_url: settings.store_url.as_str().into(),
            store_ref: text(settings.store_ref.as_deref()),
            api_version: text(settings.api_version.as_deref()),
            channel_ref: text(settings.channel_ref.as_deref()),
            catalog_source: settings.catalog_source.as_str().into(),
            feed_url: text(feed.map(|feed| feed.url.as_str())),
            feed_format: text(feed.map(|feed| feed.format.as_str())),
            feed_encoding: text(feed.and_then(|feed| feed.encoding).map(FeedEncoding::as_str)),
            decimal_separator: text(feed.and_then(|feed| feed.decimal_separator).map(DecimalSeparator::as_str)),
            timezone: text(feed.and_then(|feed| feed.timezone.as_ref()).map(Zone::as_str)),
            locale: text(settings.locale.as_ref().map(Locale::as_str)),
            currency: text(settings.currency.as_deref()),
            include_out_of_stock: settings.include_out_of_stock,
            every: match settings.schedule.as_ref().map(Schedule::cron) {
                None => String::new(),
                Some(cron) if SCHEDULES.contains(&cron) => cron.to_owned(),
                Some(_) => OWN.to_owned(),
            },
            cron: text(settings.schedule.as_ref().map(Schedule::cron).filter(|cron| !SCHEDULES.contains(cron))),
            cron_zone: text(settings.schedule.as_ref().map(Schedule::timezone)),
            failure_threshold: settings.failure_threshold_percent.to_string(),
            removal_threshold: settings.removal_threshold_percent.to_string(),
            credentials: KEEP.into(),
        }
    }

    pub(super) fn read(form: &Form) -> Self {
        let text = |name| form.text(name).unwrap_or_default().to_owned();
        let every = text("schedule.every");
        // What was typed counts, also where nobody has said that it is to.
        let every = if every.is_empty() && form.text("schedule.cron").is_some() { OWN.to_owned() } else { every };
        Self {
            version: form.text("version").and_then(|text| text.parse().ok()),
            platform: text("platform"),
            store_url: text("store_url"),
            store_ref: text("store_ref"),
            api_version: text("api_version"),
            channel_ref: text("channel_ref"),
            catalog_source: text("catalog_source"),
            feed_url: text("feed_url"),
            feed_format: text("feed_format"),
            feed_encoding: text("feed_encoding"),
            decimal_separator: text("decimal_separator"),
            timezone: text("timezone"),
            locale: text("locale"),
            currency: text("currency"),
            include_out_of_stock: form.flag("include_out_of_stock"),
            every,
            cron: text("schedule.cron"),
            cron_zone: text("schedule.timezone"),
            failure_threshold: text("failure_threshold_percent"),
            removal_threshold: text("removal_threshold_percent"),
            credentials: text("credentials"),
        }
    }

    /// What the service takes, with the secrets of the form. The rules are the service's; here only words and numbers
    /// are read.
    ///
    /// # Errors
    /// What is no such word or number.
    pub(super) fn input(&self, form: &Form) -> Result<StoreInput, Faults> {
        let mut faults = Faults::new();
        let text = |value: &String| Some(value.clone()).filter(|value| !value.is_empty());
        let platform = word("platform", &self.platform, &mut faults);
        let catalog_source = word("catalog_source", &self.catalog_source, &mut faults);
        let feed_format = word("feed_format", &self.feed_format, &mut faults);
        let decimal_separator = word("decimal_separator", &self.decimal_separator, &mut faults);
        let failure_threshold_percent = word("failure_threshold_percent", &self.failure_threshold, &mut faults);
        let removal_threshold_percent = word("removal_threshold_percent", &self.removal_threshold, &mut faults);
        let cron = if self.every == OWN { &self.cron } else { &self.every };
        if self.every == OWN && cron.is_empty() {
            faults.push("schedule.cron", "required", "must be given");
        }
        let schedule = text(cron).map(|cron| ScheduleInput { cron, timezone: text(&self.cron_zone) });
        let credentials = self.credentials(form, &mut faults);
        if platform.is_none() && !faults.has("platform") {
            faults.push("platform", "required", "must be given");
        }
        let Some(platform) = platform.filter(|_| faults.is_empty()) else { return Err(faults) };
        Ok(StoreInput {
            platform,
            store_url: self.store_url.clone(),
            store_ref: text(&self.store_ref),
            api_version: text(&self.api_version),
            channel_ref: text(&self.channel_ref),
            catalog_source,
            feed_url: text(&self.feed_url),
            feed_format,
            locale: text(&self.locale),
            currency: text(&self.currency),
            feed_encoding: text(&self.feed_encoding),
            decimal_separator,
            timezone: text(&self.timezone),
            include_out_of_stock: Some(self.include_out_of_stock),
            schedule,
            failure_threshold_percent,
            removal_threshold_percent,
            credentials,
        })
    }

    fn credentials(&self, form: &Form, faults: &mut Faults) -> GivenCredentials {
        // A secret that was typed is never left out without a word.
        let is_typed = SECRETS.iter().any(|name| form.text(name).is_some());
        if is_typed && matches!(self.credentials.as_str(), KEEP | NONE | "") {
            let message = "a secret was typed, but no kind of credentials is chosen for it; choose the kind and type it \
                           again";
            faults.push("credentials", "conflict", message);
            return GivenCredentials::Absent;
        }
        let secret = |name| form.sent(name).filter(|text| !text.is_empty()).map(SecretString::from);
        match self.credentials.as_str() {
            KEEP | "" => GivenCredentials::Absent,
            NONE => GivenCredentials::Null,
            kind => {
                let Ok(kind) = kind.parse::<CredentialKind>() else {
                    faults.push("credentials", "format", "must be one of the choices");
                    return GivenCredentials::Absent;
                };
                GivenCredentials::New(Box::new(CredentialInput {
                    kind,
                    access_token: secret("credentials.access_token"),
                    expires_at: None,
                    refresh_token: None,
                    refresh_expires_at: None,
                    consumer_key: secret("credentials.consumer_key"),
                    consumer_secret: secret("credentials.consumer_secret"),
                    token: secret("credentials.token"),
                    username: secret("credentials.username"),
                    password: secret("credentials.password"),
                    header_name: secret("credentials.header_name"),
                    header_value: secret("credentials.header_value"),
                    webhook_secret: secret("credentials.webhook_secret"),
                }))
            }
        }
    }
}

/// A word or number that may be left out.
fn word<T: FromStr>(name: &'static str, text: &str, faults: &mut Faults) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let word = text.parse().ok();
    if word.is_none() {
        faults.push(name, "format", "must be one of the choices, or a whole number");
    }
    word
}
