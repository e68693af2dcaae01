//! What the pages say, in every language side by side: a text that one of them lacks does not compile.

/// A group of texts with one constant for each language: `name: "English" | "Deutsch",`.
macro_rules! pairs {
    ($(#[$doc:meta])* $group:ident { $($name:ident: $en:literal | $de:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $group {
            $(pub(crate) $name: &'static str,)+
        }

        impl $group {
            pub(in crate::api::console::texts) const EN: Self = Self { $($name: $en,)+ };
            pub(in crate::api::console::texts) const DE: Self = Self { $($name: $de,)+ };

            #[cfg(test)]
            pub(crate) fn each(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((concat!(stringify!($group), ".", stringify!($name)), self.$name)),+]
            }
        }
    };
}

mod assistant;
mod audit;
mod catalogue;
mod done;
mod frame;
mod inbox;
mod keys;
mod overview;
mod people;
mod playground;
mod privacy;
mod settings;
mod system;
mod usage;
mod webhooks;
mod words;

pub(crate) use assistant::{AssistantTexts, HoursTexts, NewWorkspaceTexts};
pub(crate) use audit::AuditTexts;
pub(crate) use catalogue::{CatalogueTexts, StoreTexts};
pub(crate) use done::{Done, DoneTexts};
pub(crate) use frame::{CommonTexts, FaultTexts, LayoutTexts, LoginTexts};
pub(crate) use inbox::InboxTexts;
pub(crate) use keys::{KeyFormTexts, KeysTexts};
pub(crate) use overview::OverviewTexts;
pub(crate) use people::PeopleTexts;
pub(crate) use playground::PlaygroundTexts;
pub(crate) use privacy::{PrivacyTexts, ReachTexts};
pub(in crate::api::console::texts) use settings::{DE as SETTINGS_DE, EN as SETTINGS_EN};
pub(crate) use system::SystemTexts;
pub(crate) use usage::UsageTexts;
pub(crate) use webhooks::WebhooksTexts;
pub(crate) use words::WordTexts;
pub(in crate::api::console) use words::{choice_word, scope_word};

/// A text with the one value that belongs in it, at `{}`.
pub(in crate::api::console) fn put(text: &str, value: &str) -> String {
    super::fill(text, &[("", value)])
}
