//! What the console says, in each of its languages side by side: a text that one of them lacks does not compile; a test
//! compares the names in braces, which stand for what is put in.

mod pages;
mod sentences;

use super::locale::Language;
pub(crate) use pages::{
    AssistantTexts, AuditTexts, CatalogueTexts, CommonTexts, Done, DoneTexts, FaultTexts, HoursTexts, InboxTexts,
    KeyFormTexts, KeysTexts, LayoutTexts, LoginTexts, NewWorkspaceTexts, OverviewTexts, PeopleTexts, PlaygroundTexts,
    PrivacyTexts, ReachTexts, StoreTexts, SystemTexts, UsageTexts, WebhooksTexts, WordTexts,
};
pub(super) use pages::{choice_word, put, scope_word};
pub(super) use sentences::german_fault;

/// All texts of a language: a group for each area, and `each` of them.
macro_rules! areas {
    ($($area:ident: $group:ident),* $(,)?) => {
        #[derive(Debug)]
        pub(crate) struct Texts {
            $(pub(crate) $area: $group,)*
            /// Of each setting of a workspace: its path, its label and its help.
            pub(crate) settings: &'static [(&'static str, &'static str, &'static str)],
        }

        static ENGLISH: Texts = Texts { $($area: $group::EN,)* settings: pages::SETTINGS_EN };
        static GERMAN: Texts = Texts { $($area: $group::DE,)* settings: pages::SETTINGS_DE };

        #[cfg(test)]
        impl Texts {
            fn each(&self) -> Vec<(&'static str, &'static str)> {
                [$(self.$area.each()),*].concat()
            }
        }
    };
}

areas! {
    layout: LayoutTexts,
    login: LoginTexts,
    common: CommonTexts,
    faults: FaultTexts,
    done: DoneTexts,
    keys: KeysTexts,
    key_form: KeyFormTexts,
    overview: OverviewTexts,
    assistant: AssistantTexts,
    hours: HoursTexts,
    new_workspace: NewWorkspaceTexts,
    audit: AuditTexts,
    catalogue: CatalogueTexts,
    inbox: InboxTexts,
    reach: ReachTexts,
    store: StoreTexts,
    people: PeopleTexts,
    playground: PlaygroundTexts,
    system: SystemTexts,
    privacy: PrivacyTexts,
    webhooks: WebhooksTexts,
    usage: UsageTexts,
    words: WordTexts,
}

impl Texts {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

/// A text with what belongs in it: `{name}` by its value.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(values.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(n, _)| n).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_text_says_something_in_both_languages_with_the_same_names() {
        let (en, de) = (ENGLISH.each(), GERMAN.each());
        assert!(en.len() > 50, "they were found");
        for ((name, english), (_, german)) in en.into_iter().zip(de) {
            assert!(!english.trim().is_empty() && !german.trim().is_empty(), "{name}");
            assert_eq!(names(english), names(german), "{name}");
        }
    }

    #[test]
    fn names_are_filled_in_once() {
        assert_eq!(fill("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
        assert_eq!(fill("open { and {none}", &[("none", "1")]), "open ");
        assert_eq!(fill("{gone}.", &[]), ".");
    }
}
