//! What the console says, in each of its languages: one constant a language, in a file of its own. A text that is missing
//! in one of them does not compile; a test compares the names in braces, which stand for what is put in.

mod de;
mod en;
mod pages;

use super::locale::Language;
pub(super) use pages::put;
pub(crate) use pages::{AuditTexts, CatalogueTexts, PeopleTexts, PlaygroundTexts, StoreTexts, SystemTexts, UsageTexts};

/// A group of texts, and all of them by name.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $field: &'static str),* }

        #[cfg(test)]
        impl $name {
            pub(crate) fn each(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((concat!(stringify!($name), ".", stringify!($field)), self.$field)),*]
            }
        }
    };
}

/// What was done, told by the page after it: the words that stand for it in a cookie, and its texts.
macro_rules! done {
    ($($name:ident = $field:ident),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Done { $($name),* }

        texts! { DoneTexts { $($field),* } }

        impl Done {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($field)),* }
            }

            pub(crate) fn of(word: &str) -> Option<Self> {
                match word { $(stringify!($field) => Some(Self::$name),)* _ => None }
            }

            pub(crate) const fn text(self, texts: &Texts) -> &'static str {
                match self { $(Self::$name => texts.done.$field),* }
            }
        }
    };
}

/// All texts of a language: a group for each area, and `each` of them.
macro_rules! areas {
    ($($area:ident: $group:ident),* $(,)?) => {
        #[derive(Debug)]
        pub(crate) struct Texts { $(pub(crate) $area: $group),* }

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
    home: HomeTexts,
    keys: KeysTexts,
    audit: AuditTexts,
    catalogue: CatalogueTexts,
    store: StoreTexts,
    people: PeopleTexts,
    playground: PlaygroundTexts,
    system: SystemTexts,
    usage: UsageTexts,
}

texts! {
    LayoutTexts {
        skip, navigation, workspace, all_workspaces, role_default, role_manager, role_admin, other_language,
        other_language_tag, log_out,
    }
}

texts! {
    LoginTexts {
        title, hint, username, password, log_in, refused, suspended, throttled, unavailable, logged_out, recovery_title,
        recovery_codes, go_on,
    }
}

texts! {
    CommonTexts {
        search, show, save, cancel, copy, copied, yes, no, never, none, more, all, working, back,
    }
}

texts! {
    /// By the code of a field's fault.
    FaultTexts {
        summary, required, unknown, kind, too_long, too_short, out_of_range, format, conflict, exceeds,
    }
}

done! {
    KeyChanged = key_changed,
    KeyEnabled = key_enabled,
    KeyDisabled = key_disabled,
    KeyRevoked = key_revoked,
    StoreSaved = store_saved,
    StoreRemoved = store_removed,
    StoreWorks = store_works,
    StoreFaulty = store_faulty,
    StoreTooSoon = store_too_soon,
    NotConfirmed = not_confirmed,
    RunStarted = run_started,
    RunActive = run_active,
    NoFeed = no_feed,
    RunCancelled = run_cancelled,
    SessionEnded = session_ended,
    SessionsEnded = sessions_ended,
    MemberAdded = member_added,
    MemberRemoved = member_removed,
}

texts! {
    KeysTexts {
        title, make, name, workspace, kind, publishable, secret, live, test, status, active, disabled, expired, revoked,
        last_used, last_24_hours, requests_24_hours, search_hint, every_status, every_kind, empty_title, empty_what,
        none_found, all_workspaces, caption,
    }
}

texts! {
    HomeTexts { title, member_title, member_what }
}

impl Texts {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::TEXTS,
            Language::German => &de::TEXTS,
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
        let (en, de) = (en::TEXTS.each(), de::TEXTS.each());
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
