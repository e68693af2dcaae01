//! How settings are declared: the structs that the program reads, and the list of keys, from one text.

/// `name: type = what its value may be`, by section; first those that are in none.
macro_rules! settings {
    (
        $(#[$doc:meta])*
        $config:ident { $($(#[$top_doc:meta])* $top:ident: $top_type:ty = $top_kind:expr,)+ }
        $(
            $(#[$section_doc:meta])*
            $section:ident: $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty = $kind:expr,)+ }
        )+
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

        $(
            #[doc = concat!("`[", stringify!($section), "]`")]
            #[derive(Debug, Clone, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$key_doc])* pub $key: $type,)+
            }
        )+

        /// All keys, in the order of `default.toml`.
        pub(crate) const KEYS: &[Key] = &[
            $(key(stringify!($top), $top_kind),)+
            $($(key(concat!(stringify!($section), ".", stringify!($key)), $kind),)+)+
        ];

        /// All sections.
        pub(crate) const SECTIONS: &[&str] = &[$(stringify!($section)),+];
    };
}

pub(super) use settings;
