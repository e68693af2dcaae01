//! A workspace as a shopper sees it: in which of its languages, and whether people are there.

use super::business_hours::HoursState;
use super::locale::{Locale, Offered};
use super::{Translation, WorkspaceContent};
use chrono::{DateTime, Utc};

impl WorkspaceContent {
    /// The languages offered, the default first.
    pub fn locales(&self) -> Vec<&Locale> {
        let default = &self.settings.default_locale;
        let others = self.settings.locales.iter().filter(|locale| *locale != default);
        std::iter::once(default).chain(others).collect()
    }

    /// The language to show: see [`Offered::negotiate`].
    pub fn negotiate(&self, explicit: Option<&str>, accept_language: Option<&str>) -> &Locale {
        let offered = Offered { default: &self.settings.default_locale, others: &self.settings.locales };
        offered.negotiate(explicit, accept_language)
    }

    /// What is said in a language. What is not translated into `de-AT` is taken from `de`, and else as it was written: the
    /// first of these that has a text has the one to show.
    pub fn translations(&self, locale: &Locale) -> Vec<&Translation> {
        locale.fallbacks().filter_map(|name| self.widget.translations.get(name)).collect()
    }

    /// Whether people are there at `now`.
    pub fn hours_at(&self, now: DateTime<Utc>) -> HoursState {
        self.support.business_hours.state_at(now, &self.settings.timezone)
    }
}
