//! Origins: their canonical form, and what is refused. Patterns have a file of their own.

mod patterns;
mod properties;

use super::OriginError::{
    BadCharacter, BadHost, BadPort, Empty, MissingHost, MissingScheme, NotBare, Several, TooLong, TrailingDot,
    UnsupportedScheme, UserInfo,
};
use super::*;

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn pattern(text: &str) -> OriginPattern {
    OriginPattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn an_origin_has_one_canonical_form() {
    for (text, canonical) in [
        ("https://shop.example", "https://shop.example"),
        ("http://shop.example", "http://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://shop.example:65535", "https://shop.example:65535"),
        ("https://shop.example:1", "https://shop.example:1"),
        ("HTTPS://SHOP.EXAMPLE", "https://shop.example"),
        ("hTTp://Shop.Example:80", "http://shop.example"),
        ("https://www.shop.co.uk", "https://www.shop.co.uk"),
        ("https://a.b.c.d.e.shop.example", "https://a.b.c.d.e.shop.example"),
        ("https://my-shop.example", "https://my-shop.example"),
        ("https://my_shop.example", "https://my_shop.example"),
        ("https://123.example", "https://123.example"),
        ("https://intranet", "https://intranet"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://LOCALHOST:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("http://[::1]", "http://[::1]"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://[2001:0db8:0:0:0:0:0:0001]:443", "https://[2001:db8::1]"),
        ("https://[2001:db8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]"),
        ("https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]"),
        // Host names that a browser takes for an IPv4 address are one.
        ("http://127.1", "http://127.0.0.1"),
        ("http://0x7f000001", "http://127.0.0.1"),
        ("http://2130706433:80", "http://127.0.0.1"),
        ("http://0300.0.2.1", "http://192.0.2.1"),
        // IDNA
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://bu\u{308}cher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("https://faß.example", "https://xn--fa-hia.example"),
        ("https://магазин.рф", "https://xn--80aairftm.xn--p1ai"),
        ("https://商店.example", "https://xn--czrs0t.example"),
        ("https://shop。example", "https://shop.example"),
        ("https://ｓｈｏｐ.example", "https://shop.example"),
        ("null", "null"),
    ] {
        assert_eq!(origin(text).as_str(), canonical, "{text}");
        assert_eq!(origin(canonical), origin(text));
    }
}

fn assert_refused(table: &[(&str, OriginError)]) {
    for (text, error) in table {
        assert_eq!(Origin::parse(text), Err(*error), "{text:?}");
    }
}

#[test]
fn apps_are_origins_and_no_patterns() {
    for text in ["capacitor://localhost", "ionic://localhost"] {
        assert_eq!((origin(text).as_str(), origin(text).is_app(), origin(text).is_loopback()), (text, true, false));
        assert_eq!(OriginPattern::parse(text), Err(OriginError::App));
    }
    assert!(origin("https://localhost").is_app() && origin("https://localhost:443").is_app());
    for text in ["https://localhost:8443", "http://localhost", "https://localhost.example", "null"] {
        assert!(!origin(text).is_app(), "{text}");
    }
}

#[test]
fn texts_of_impossible_length_are_refused() {
    let long = format!("https://{}.example", "a".repeat(1100));
    let long_name = format!("https://{}example", "abcdefg.".repeat(31));
    let long_label = format!("https://{}.example", "a".repeat(64));
    let long_idn = format!("https://{}.example", "ü".repeat(63));
    assert_refused(&[
        ("", Empty),
        (" ", BadCharacter),
        (long.as_str(), TooLong),
        (&long_name, BadHost),
        (&long_label, BadHost),
        (&long_idn, BadHost),
    ]);
}

#[test]
fn several_origins_in_one_are_refused() {
    assert_refused(&[
        ("https://a.example https://b.example", Several),
        ("https://a.example, https://b.example", Several),
        ("https://a.example,https://b.example", Several),
        ("https://a.example\thttps://b.example", Several),
        ("https://a.example null", BadCharacter),
        ("null, https://a.example", BadCharacter),
        ("null null", BadCharacter),
    ]);
}

#[test]
fn characters_that_no_origin_has_are_refused() {
    assert_refused(&[
        (" https://shop.example", BadCharacter),
        ("https://shop.example ", BadCharacter),
        ("https://shop.example\n", BadCharacter),
        ("https://shop.example\r\nX: y", BadCharacter),
        ("https://shop\0.example", BadCharacter),
        ("https://shop\t.example", BadCharacter),
        ("https:\\\\shop.example", BadCharacter),
        ("https://shop.example\\@evil.example", BadCharacter),
        ("https://shop.example,", BadCharacter),
    ]);
}

#[test]
fn other_schemes_are_refused() {
    assert_refused(&[
        ("shop.example", MissingScheme),
        ("shop.example:443", MissingScheme),
        ("//shop.example", MissingScheme),
        ("https:shop.example", MissingScheme),
        ("https:/shop.example", MissingScheme),
        ("data:text/html", MissingScheme),
        ("about:blank", MissingScheme),
        ("NULL", MissingScheme),
        ("Null", MissingScheme),
        ("undefined", MissingScheme),
        ("*", MissingScheme),
        ("://shop.example", UnsupportedScheme),
        ("file://", UnsupportedScheme),
        ("file:///home", UnsupportedScheme),
        ("ftp://shop.example", UnsupportedScheme),
        ("ws://shop.example", UnsupportedScheme),
        ("wss://shop.example", UnsupportedScheme),
        ("httpss://shop.example", UnsupportedScheme),
        ("chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", UnsupportedScheme),
        ("moz-extension://3f0c9c1e-2b1a-4d51-8c4f-0d0c1a2b3c4d", UnsupportedScheme),
        ("safari-web-extension://x", UnsupportedScheme),
        ("capacitor://shop.example", UnsupportedScheme),
        ("capacitor://localhost:80", UnsupportedScheme),
        ("Ionic://localhost", UnsupportedScheme),
        ("blob:https://shop.example", UnsupportedScheme),
    ]);
}

#[test]
fn more_than_an_origin_is_refused() {
    assert_refused(&[
        ("https://user@shop.example", UserInfo),
        ("https://user:pw@shop.example", UserInfo),
        ("https://shop.example@evil.example", UserInfo),
        ("https://@shop.example", UserInfo),
        ("https://shop.example/", NotBare),
        ("https://shop.example:443/", NotBare),
        ("https://shop.example/path", NotBare),
        ("https://shop.example?query", NotBare),
        ("https://shop.example#fragment", NotBare),
        ("https://shop.example/@evil.example", NotBare),
        ("https:///shop.example", NotBare),
    ]);
}

#[test]
fn what_is_no_host_is_refused() {
    assert_refused(&[
        ("https://", MissingHost),
        ("https://:443", MissingHost),
        ("https://.", TrailingDot),
        ("https://.shop.example", BadHost),
        ("https://shop..example", BadHost),
        ("https://shop.example.", TrailingDot),
        ("https://shop.example.:443", TrailingDot),
        ("https://shop.example。", TrailingDot),
        ("https://localhost.", TrailingDot),
        ("https://shop%2eexample", BadHost),
        ("https://%73hop.example", BadHost),
        ("https://shop$.example", BadHost),
        ("https://shop'.example", BadHost),
        ("https://*.shop.example", BadHost),
        ("https://shop<.example", BadHost),
        ("https://shop|.example", BadHost),
        ("https://shop^.example", BadHost),
        ("https://xn--a.example", BadHost),
        ("https://xn--.example", BadHost),
        ("https://1.2.3.256", BadHost),
        ("https://1.2.3.4.5", BadHost),
        ("https://::1", BadHost),
        ("https://2001:db8::1", BadHost),
        ("https://[::1", BadHost),
        ("https://::1]", BadHost),
        ("https://[]", BadHost),
        ("https://[::1]x", BadHost),
        ("https://[::1]x:80", BadHost),
        ("https://x[::1]", BadHost),
        ("https://[fe80::1%25eth0]", BadHost),
        ("https://[fe80::1%eth0]", BadHost),
        ("https://[127.0.0.1]", BadHost),
        ("https://[shop.example]", BadHost),
        ("https://shop.example:80:90", BadHost),
    ]);
}

#[test]
fn what_is_no_port_is_refused() {
    assert_refused(&[
        ("https://shop.example:", BadPort),
        ("https://shop.example:0", BadPort),
        ("https://shop.example:0443", BadPort),
        ("https://shop.example:65536", BadPort),
        ("https://shop.example:99999999999999999999", BadPort),
        ("https://shop.example:https", BadPort),
        ("https://shop.example:+443", BadPort),
        ("https://shop.example:-1", BadPort),
        ("https://shop.example:8443x", BadPort),
        ("https://shop.example:٤٤٣", BadPort),
        ("https://shop.example:*", BadPort),
        ("https://[::1]:", BadPort),
    ]);
}

#[test]
fn loopback_and_cleartext_are_told() {
    for (text, loopback, cleartext) in [
        ("http://localhost:3000", true, true),
        ("https://localhost", true, false),
        ("http://shop.localhost", true, true),
        ("http://127.8.9.1", true, true),
        ("http://[::1]", true, true),
        ("http://localhost.example", false, true),
        ("http://notlocalhost", false, true),
        ("http://192.168.1.1", false, true),
        ("http://[::ffff:7f00:1]", false, true),
        ("https://shop.example", false, false),
        ("null", false, false),
    ] {
        let origin = origin(text);
        assert_eq!((origin.is_loopback(), origin.is_cleartext()), (loopback, cleartext), "{text}");
        if !origin.is_null() {
            let pattern = pattern(text);
            assert_eq!((pattern.needs_test_key(), pattern.is_cleartext()), (loopback, cleartext), "{text}");
        }
    }
    assert!(pattern("http://localhost:*").needs_test_key());
    assert!(pattern("http://*.shop.localhost").needs_test_key());
    assert!(!pattern("https://*.shop.example").needs_test_key());
}
