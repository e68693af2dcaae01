//! How settings are declared: the structs that the program reads, and the lists of keys, from one text.

/// `name: type = what its value may be`: those that are in no section; then the sections.
macro_rules! config {
    (
        $(#[$doc:meta])*
        $config:ident { $($(#[$top_doc:meta])* $top:ident: $top_type:ty = $top_kind:expr,)+ }
        $($(#[$section_doc:meta])* $section:ident: $name:ident,)+
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $config {
            $($(#[$top_doc])* pub $top: $top_type,)+
            $($(#[$section_doc])* pub $section: $name,)+
            /// Every key with its value and where that was found, for people.
            #[serde(skip)]
            pub told: std::sync::Arc<[ToldSetting]>,
        }

        /// The keys that are in no section.
        const TOP: &[Key] = &[$(Key { path: stringify!($top), kind: $top_kind },)+];

        /// All sections.
        pub(crate) const SECTIONS: &[&str] = &[$(stringify!($section)),+];
    };
}

/// `name: type = what its value may be`, by section; the list of the keys is called as said first.
macro_rules! sections {
    (
        $list:ident:
        $($section:ident: $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty = $kind:expr,)+ })+
    ) => {
        $(
            #[doc = concat!("`[", stringify!($section), "]`")]
            #[derive(Debug, Clone, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$key_doc])* pub $key: $type,)+
            }
        )+

        /// The keys of these sections, in the order of `default.toml`.
        pub(super) const $list: &[Key] =
            &[$($(Key { path: concat!(stringify!($section), ".", stringify!($key)), kind: $kind },)+)+];
    };
}

pub(super) use {config, sections};
