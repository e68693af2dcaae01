//! What an origin may be compared with, and whether it matches.

use super::OriginError::{Any, AnyPort, Null, PublicSuffix, Wildcard, WildcardAddress};
use super::*;

#[test]
fn a_pattern_has_one_canonical_form() {
    for (text, canonical) in [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("https://*.shop.example", "https://*.shop.example"),
        ("https://*.Shop.Example:443", "https://*.shop.example"),
        ("https://*.shop.example:8443", "https://*.shop.example:8443"),
        ("http://*.shop.example", "http://*.shop.example"),
        ("https://*.bücher.example", "https://*.xn--bcher-kva.example"),
        ("https://*.eu.shop.example", "https://*.eu.shop.example"),
        ("https://*.shop.co.uk", "https://*.shop.co.uk"),
        ("https://*.my-shop.myshopify.com", "https://*.my-shop.myshopify.com"),
        ("https://*.shop.internal", "https://*.shop.internal"),
        ("http://localhost:*", "http://localhost:*"),
        ("http://LocalHost:*", "http://localhost:*"),
        ("https://localhost:*", "https://localhost:*"),
        ("http://127.0.0.1:*", "http://127.0.0.1:*"),
        ("http://127.1:*", "http://127.0.0.1:*"),
        ("http://[::1]:*", "http://[::1]:*"),
        ("http://[0:0:0:0:0:0:0:1]:*", "http://[::1]:*"),
        ("http://shop.localhost:*", "http://shop.localhost:*"),
        ("http://*.shop.localhost:*", "http://*.shop.localhost:*"),
        ("http://localhost", "http://localhost"),
        ("https://192.0.2.1:8443", "https://192.0.2.1:8443"),
    ] {
        assert_eq!(pattern(text).as_str(), canonical, "{text}");
        assert_eq!(pattern(canonical), pattern(text));
    }
}

#[test]
fn what_is_no_pattern_is_refused_with_the_reason() {
    for (text, error) in [
        ("null", Null),
        ("*", Any),
        ("", Empty),
        ("shop.example", MissingScheme),
        ("*.shop.example", MissingScheme),
        ("*://shop.example", UnsupportedScheme),
        ("http*://shop.example", UnsupportedScheme),
        ("chrome-extension://aaaa", UnsupportedScheme),
        ("https://shop.example/", NotBare),
        ("https://*.shop.example/*", NotBare),
        ("https://*.shop.example.", TrailingDot),
        ("https://*", Wildcard),
        ("https://*:443", Wildcard),
        ("https://**.shop.example", Wildcard),
        ("https://*.*.shop.example", Wildcard),
        ("https://*shop.example", Wildcard),
        ("https://shop*.example", Wildcard),
        ("https://shop-*.example", Wildcard),
        ("https://www.*.example", Wildcard),
        ("https://shop.*", Wildcard),
        ("https://*.shop.*", Wildcard),
        ("https://*.", BadHost),
        ("https://*..shop.example", BadHost),
        ("https://*.192.0.2.1", WildcardAddress),
        ("https://*.1", WildcardAddress),
        ("https://*.[::1]", WildcardAddress),
        ("https://*.com", PublicSuffix),
        ("https://*.COM", PublicSuffix),
        ("https://*.example", PublicSuffix),
        ("https://*.co.uk", PublicSuffix),
        ("https://*.com.au", PublicSuffix),
        ("https://*.kawasaki.jp", PublicSuffix),
        ("https://*.xn--p1ai", PublicSuffix),
        ("https://*.рф", PublicSuffix),
        ("https://*.公司.cn", PublicSuffix),
        ("https://*.xn--55qx5d.cn", PublicSuffix),
        ("https://*.anything.ck", PublicSuffix),
        ("https://*.myshopify.com", PublicSuffix),
        ("https://*.github.io", PublicSuffix),
        ("https://*.vercel.app", PublicSuffix),
        ("https://*.netlify.app", PublicSuffix),
        ("https://*.s3.amazonaws.com", PublicSuffix),
        ("https://*.internal", PublicSuffix),
        ("http://*.localhost", PublicSuffix),
        ("https://shop.example:*", AnyPort),
        ("https://*.shop.example:*", AnyPort),
        ("http://192.0.2.1:*", AnyPort),
        ("http://localhost.shop.example:*", AnyPort),
        ("http://128.0.0.1:*", AnyPort),
        ("http://localhost:**", BadPort),
        ("http://localhost:3*", BadPort),
        ("http://localhost:", BadPort),
    ] {
        assert_eq!(OriginPattern::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_pattern_matches_what_it_says() {
    for (text, yes, no) in [
        (
            "https://shop.example",
            &["https://shop.example", "https://SHOP.example:443"][..],
            &[
                "http://shop.example",
                "https://shop.example:8443",
                "https://www.shop.example",
                "https://evilshop.example",
                "https://shop.example.evil.example",
                "https://shop.exampl",
                "null",
            ][..],
        ),
        (
            "https://*.shop.example",
            &[
                "https://www.shop.example",
                "https://a.b.shop.example",
                "https://WWW.SHOP.EXAMPLE:443",
                "https://xn--bcher-kva.shop.example",
                "https://bücher.shop.example",
            ],
            &[
                "https://shop.example",
                "https://evilshop.example",
                "https://x-shop.example",
                "http://www.shop.example",
                "https://www.shop.example:8443",
                "https://www.shop.example.evil.example",
                "https://shop.example.shop.exampl",
                "https://example",
                "https://192.0.2.1",
                "null",
            ],
        ),
        (
            "https://*.shop.example:8443",
            &["https://www.shop.example:8443"],
            &["https://www.shop.example", "https://www.shop.example:443"],
        ),
        (
            "http://localhost:*",
            &["http://localhost", "http://localhost:3000", "http://localhost:80", "http://LOCALHOST:65535"],
            &[
                "https://localhost:3000",
                "http://127.0.0.1:3000",
                "http://localhost.evil.example:3000",
                "http://x.localhost:3000",
                "http://[::1]:3000",
            ],
        ),
        (
            "https://*.amazonaws.com",
            &["https://console.amazonaws.com"],
            &["https://evil.s3.amazonaws.com", "https://s3.amazonaws.com", "https://amazonaws.com"],
        ),
        ("http://localhost", &["http://localhost", "http://localhost:80"], &["http://localhost:3000"]),
        ("http://[::1]:*", &["http://[::1]:5173", "http://[0:0::1]"], &["http://[::2]:5173", "http://localhost"]),
        ("http://127.0.0.1:*", &["http://127.0.0.1:5173", "http://2130706433"], &["http://127.0.0.2:5173"]),
        ("https://bücher.example", &["https://xn--bcher-kva.example"], &["https://bucher.example"]),
        ("https://192.0.2.1", &["https://192.0.2.1"], &["https://192.0.2.11", "https://1.192.0.2.1.example"]),
    ] {
        let pattern = pattern(text);
        for text in yes {
            assert!(pattern.matches(&origin(text)), "{pattern} should match {text}");
        }
        for text in no {
            assert!(!pattern.matches(&origin(text)), "{pattern} should not match {text}");
        }
    }
}

#[test]
fn a_lookalike_in_another_script_does_not_match() {
    // The second is written with a Cyrillic letter.
    assert!(!pattern("https://shop.example").matches(&origin("https://shоp.example")));
}

#[test]
fn rules_allow_what_any_pattern_means() {
    let rules =
        OriginRules::new(vec![pattern("https://shop.example"), pattern("https://*.shop.example")], false, false);
    assert!(rules.allows(&origin("https://shop.example")));
    assert!(rules.allows(&origin("https://www.shop.example")));
    assert!(!rules.allows(&origin("https://evil.example")));
    assert!(!rules.allows(&origin("null")));
    assert!(!rules.is_empty());
    assert_eq!(rules.patterns().len(), 2);
}

#[test]
fn null_needs_its_own_switch() {
    let (null, other) = (origin("null"), origin("https://evil.example"));
    for (allow_null, allow_any) in [(false, false), (false, true), (true, false), (true, true)] {
        let rules = OriginRules::new(vec![], allow_null, allow_any);
        assert_eq!((rules.allows(&null), rules.allows(&other)), (allow_null, allow_any));
        assert_eq!(rules.is_empty(), !allow_null && !allow_any);
    }
    assert!(OriginRules::default().is_empty());
}
