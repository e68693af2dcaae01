//! What the pages of daily work say, in every language side by side: a text that one of them lacks does not compile.

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

mod audit;
mod catalogue;
mod inbox;
mod people;
mod playground;
mod system;
mod usage;
mod words;

pub(crate) use audit::AuditTexts;
pub(crate) use catalogue::{CatalogueTexts, StoreTexts};
pub(crate) use inbox::InboxTexts;
pub(crate) use people::PeopleTexts;
pub(crate) use playground::PlaygroundTexts;
pub(crate) use system::SystemTexts;
pub(crate) use usage::UsageTexts;
pub(crate) use words::WordTexts;
pub(in crate::api::console) use words::{choice_word, scope_word};

/// A text with the one value that belongs in it, at `{}`.
pub(in crate::api::console) fn put(text: &str, value: &str) -> String {
    super::fill(text, &[("", value)])
}
