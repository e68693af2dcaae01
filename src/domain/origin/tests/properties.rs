//! Origins that nobody thought of.

use super::*;
use proptest::prelude::*;

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9_]([a-z0-9-]{0,6}[a-z0-9])?(\\.[a-z]{2,8}){0,3}",
        1 => any::<std::net::Ipv4Addr>().prop_map(|a| a.to_string()),
        1 => any::<std::net::Ipv6Addr>().prop_map(|a| format!("[{a}]")),
        1 => "[a-zäöüßéи商]{1,5}\\.example",
        1 => Just("localhost".to_owned()),
    ]
}

fn originlike() -> impl Strategy<Value = String> {
    ("https?", host(), prop::option::of(1_u16..)).prop_map(|(scheme, host, port)| {
        format!("{scheme}://{host}{}", port.map_or(String::new(), |p| format!(":{p}")))
    })
}

proptest! {
    #[test]
    fn a_name_that_is_told_to_be_canonical_is(text in "(xn--|0x)?[a-z0-9.-]{0,12}(localhost|[0-9]{0,3})") {
        if is_canonical_domain(&text) {
            prop_assert_eq!(canonical_host(&text), Ok(url::Host::Domain(text)));
        }
    }

    #[test]
    fn canonical_means_canonical(text in originlike()) {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(Origin::parse(origin.as_str()), Ok(origin.clone()));
            prop_assert!(origin.as_str().is_ascii());
            prop_assert_eq!(origin.as_str().to_ascii_lowercase(), origin.as_str());
            // The same as the URL parser that browsers are specified by would say.
            prop_assert_eq!(url::Url::parse(&text).unwrap().origin().ascii_serialization(), origin.as_str());
        }
    }

    #[test]
    fn case_makes_no_difference(text in originlike()) {
        prop_assert_eq!(Origin::parse(&text.to_ascii_uppercase()), Origin::parse(&text));
    }

    #[test]
    fn an_origin_as_pattern_matches_itself_alone(one in originlike(), other in originlike()) {
        if let (Ok(one), Ok(other)) = (Origin::parse(&one), Origin::parse(&other)) {
            let pattern = pattern(one.as_str());
            prop_assert_eq!(pattern.as_str(), one.as_str());
            prop_assert!(pattern.matches(&one));
            prop_assert_eq!(pattern.matches(&other), one == other);
        }
    }

    #[test]
    fn a_wildcard_matches_whole_labels_only(prefix in "[a-z0-9-]{0,5}[a-z0-9]", labels in "([a-z0-9]{1,5}\\.){1,4}") {
        let pattern = pattern("https://*.shop.example");
        if let Ok(origin) = Origin::parse(&format!("https://{labels}shop.example")) {
            prop_assert!(pattern.matches(&origin));
        }
        if let Ok(origin) = Origin::parse(&format!("https://{prefix}shop.example")) {
            prop_assert!(!pattern.matches(&origin));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*", scheme in "(https?://)?(\\*\\.)?") {
        let text = format!("{scheme}{text}");
        let _ = Origin::parse(&text);
        if let Ok(pattern) = OriginPattern::parse(&text) {
            prop_assert_eq!(OriginPattern::parse(pattern.as_str()), Ok(pattern.clone()));
        }
    }
}
