use super::*;
use proptest::prelude::*;

fn locale(text: &str) -> Locale {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_locale_has_one_spelling() {
    for (text, spelling) in [
        ("de", "de"),
        ("DE", "de"),
        ("de-at", "de-AT"),
        ("DE-AT", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ZH-HANT", "zh-Hant"),
        ("es-419", "es-419"),
        ("gsw-CH", "gsw-CH"),
    ] {
        assert_eq!(locale(text).as_str(), spelling);
        assert_eq!(serde_json::to_value(locale(text)).expect("JSON"), spelling);
    }
}

#[test]
fn what_is_no_locale_is_refused() {
    for text in [
        "",
        "d",
        "deutsch",
        "de_DE",
        "de-",
        "-de",
        "de--DE",
        "de-DE-x",
        "de-A",
        "de-D1",
        "de-41",
        "12",
        "dé",
        "de DE",
        "*",
        "de-Latn-DE-1996",
    ] {
        assert!(text.parse::<Locale>().is_err(), "{text}");
    }
}

#[test]
fn the_most_wanted_locale_that_is_offered_is_chosen() {
    let (default, others) = (locale("en"), ["de-DE", "fr", "pt-BR", "zh-Hant", "zh-Hans"].map(locale));
    let offered = Offered { default: &default, others: &others };
    for (header, chosen) in [
        ("", "en"),
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("fr-CH", "fr"),
        // A language finds its only region, and a region its neighbour.
        ("de", "de-DE"),
        ("de-AT", "de-DE"),
        ("pt-PT", "pt-BR"),
        // But not another script.
        ("zh-Hans-CN", "zh-Hans"),
        ("zh-Hant-TW", "zh-Hant"),
        ("sr-Latn, fr;q=0.1", "fr"),
        // Weights count, not the order.
        ("fr;q=0.2, de;q=0.9", "de-DE"),
        ("fr;q=0.5, de;q=0.5", "fr"),
        ("it, es;q=0.9, *;q=0.1", "en"),
        ("*", "en"),
        ("*, en;q=0", "de-DE"),
        ("de;q=0, de-DE", "en"),
        // Rubbish is skipped.
        ("de;q=2, fr;q=0.1", "fr"),
        ("de;q=0.1234, fr;q=0.1", "fr"),
        ("de;level=1, fr;q=0.1", "fr"),
        (";;;,,, q=1, fr", "fr"),
        ("de-DE-1996", "de-DE"),
        ("\u{7f}\u{e9}", "en"),
    ] {
        assert_eq!(offered.negotiate(None, Some(header)).as_str(), chosen, "{header}");
    }
}

#[test]
fn what_the_page_asks_for_goes_before_the_browsers_header() {
    let (default, others) = (locale("en"), ["de", "fr"].map(locale));
    let offered = Offered { default: &default, others: &others };
    for (explicit, header, chosen) in [
        (Some("fr"), Some("de"), "fr"),
        (Some("FR-ca"), Some("de"), "fr"),
        (Some("it"), Some("de"), "de"),
        (Some("nonsense!"), Some("de"), "de"),
        (Some("it"), None, "en"),
        (None, None, "en"),
    ] {
        assert_eq!(offered.negotiate(explicit, header).as_str(), chosen, "{explicit:?} {header:?}");
    }
}

#[test]
fn a_header_is_read_up_to_its_bounds() {
    let (default, others) = (locale("en"), ["fr".parse().expect("a locale")]);
    let offered = Offered { default: &default, others: &others };
    let many = "it,".repeat(Wishes::MAX_RANGES - 1);
    assert_eq!(offered.negotiate(None, Some(&format!("{many}fr"))).as_str(), "fr");
    assert_eq!(offered.negotiate(None, Some(&format!("{many}it,fr"))).as_str(), "en");
    let long = format!("x{},fr", "-abcdefgh".repeat(200));
    assert_eq!(offered.negotiate(None, Some(&long)).as_str(), "en");
    let cut = format!("{:width$},fr-FR", "it", width = Wishes::MAX_BYTES - 4);
    assert_eq!(Wishes::parse(&cut).ranges, [Some(locale("it"))], "half a range is no range");
}

fn some_locale() -> impl Strategy<Value = Locale> {
    proptest::sample::select(vec![
        "en",
        "en-GB",
        "de",
        "de-AT",
        "de-DE",
        "fr",
        "zh-Hant",
        "zh-Hans-CN",
        "es-419",
        "pt-BR",
    ])
    .prop_map(locale)
}

proptest! {
    #[test]
    fn spelling_does_not_change_a_second_time(text in "[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-([a-zA-Z]{2}|[0-9]{3}))?") {
        let once = locale(&text);
        prop_assert!(once.as_str().eq_ignore_ascii_case(&text));
        prop_assert_eq!(locale(once.as_str()), once.clone());
        prop_assert_eq!(locale(&text.to_ascii_uppercase()), once);
    }

    #[test]
    fn any_header_gives_an_offered_locale(
        header in "\\PC{0,80}|([a-z*-]{0,8}(;q=[0-9.]{0,5})?,){0,40}",
        explicit in proptest::option::of("\\PC{0,10}"),
        default in some_locale(),
        others in proptest::collection::vec(some_locale(), 0..5),
    ) {
        let offered = Offered { default: &default, others: &others };
        let chosen = offered.negotiate(explicit.as_deref(), Some(&header));
        prop_assert!(chosen == &default || others.contains(chosen));
        let nothing_wanted = offered.negotiate(None, None);
        prop_assert_eq!(nothing_wanted, &default);
    }

    #[test]
    fn a_locale_that_is_offered_is_given_to_who_wants_it_most(
        wanted in some_locale(),
        rest in proptest::collection::vec((some_locale(), 1_u16..1000), 0..5),
        default in some_locale(),
        mut others in proptest::collection::vec(some_locale(), 0..5),
        place in 0_usize..5,
    ) {
        others.insert(place.min(others.len()), wanted.clone());
        let mut items: Vec<String> = rest.iter().map(|(locale, q)| format!("{locale};q=0.{q:03}")).collect();
        items.insert(place.min(items.len()), wanted.to_string());
        let offered = Offered { default: &default, others: &others };
        prop_assert_eq!(offered.negotiate(None, Some(&items.join(", "))), &wanted);
        prop_assert_eq!(offered.negotiate(Some(wanted.as_str()), Some("fr, *;q=0.5")), &wanted);
    }

    #[test]
    fn a_refused_locale_is_given_only_as_the_default(
        refused in some_locale(),
        default in some_locale(),
        others in proptest::collection::vec(some_locale(), 0..5),
    ) {
        let offered = Offered { default: &default, others: &others };
        let header = format!("{refused};q=0, {refused}, *;q=0.5");
        let chosen = offered.negotiate(None, Some(&header));
        prop_assert!(chosen != &refused || chosen == &default);
    }
}
