//! Credentials: every rule broken once, where they may go, and that they are never shown.

use super::*;
use chrono::TimeZone as _;
use proptest::prelude::*;
use secrecy::SecretString;

fn secret(text: &str) -> SecretString {
    text.into()
}

fn given(kind: CredentialKind) -> CredentialInput {
    CredentialInput {
        kind,
        access_token: None,
        expires_at: None,
        refresh_token: None,
        refresh_expires_at: None,
        consumer_key: None,
        consumer_secret: None,
        webhook_secret: None,
        token: None,
        username: None,
        password: None,
        header_name: None,
        header_value: None,
    }
}

fn access_token(token: &str) -> CredentialInput {
    CredentialInput { access_token: Some(secret(token)), ..given(CredentialKind::AccessToken) }
}

fn bearer(token: &str) -> CredentialInput {
    CredentialInput { token: Some(secret(token)), ..given(CredentialKind::Bearer) }
}

fn basic(username: &str, password: &str) -> CredentialInput {
    CredentialInput {
        username: Some(secret(username)),
        password: Some(secret(password)),
        ..given(CredentialKind::Basic)
    }
}

fn pair(key: &str, second: &str) -> CredentialInput {
    CredentialInput {
        consumer_key: Some(secret(key)),
        consumer_secret: Some(secret(second)),
        ..given(CredentialKind::ConsumerKey)
    }
}

fn header(name: &str, value: &str) -> CredentialInput {
    CredentialInput {
        header_name: Some(secret(name)),
        header_value: Some(secret(value)),
        ..given(CredentialKind::Header)
    }
}

fn kinds(platform: Platform) -> &'static [CredentialKind] {
    CredentialKind::of_use(platform, CatalogSource::usual(platform))
}

fn refused(credentials: &CredentialInput, platform: Platform) -> Vec<(String, &'static str)> {
    found(StoreCredentials::check(credentials, kinds(platform)).unwrap_err())
}

#[test]
fn a_broken_rule_of_credentials_names_its_field() {
    for (credentials, platform, field, code) in [
        (bearer("x"), Platform::Shopify, "type", "conflict"),
        (bearer("x"), Platform::WooCommerce, "type", "conflict"),
        (access_token("x"), Platform::Magento, "type", "conflict"),
        (pair("ck_1", "cs_1"), Platform::BigCommerce, "type", "conflict"),
        (access_token("x"), Platform::Feed, "type", "conflict"),
        (pair("ck_1", "cs_1"), Platform::Custom, "type", "conflict"),
        (access_token(""), Platform::Shopify, "access_token", "too_short"),
        (access_token("a b"), Platform::Shopify, "access_token", "format"),
        (access_token("a\r\nX-Evil: 1"), Platform::BigCommerce, "access_token", "format"),
        (access_token(&"x".repeat(4097)), Platform::Shopify, "access_token", "too_long"),
        (pair("cs_1", "cs_1"), Platform::WooCommerce, "consumer_key", "format"),
        (pair("ck_1", "ck_1"), Platform::WooCommerce, "consumer_secret", "format"),
        (bearer("ä"), Platform::Magento, "token", "format"),
        (basic("", "x"), Platform::Feed, "username", "too_short"),
        (basic("a:b", "x"), Platform::Feed, "username", "format"),
        (basic("a", ""), Platform::Feed, "password", "too_short"),
        (basic("a", "b\nc"), Platform::Custom, "password", "format"),
        (header("Host", "x"), Platform::Feed, "header_name", "format"),
        (header("Cookie", "x"), Platform::Feed, "header_name", "format"),
        (header("X-Api-Key\r\nHost", "x"), Platform::Feed, "header_name", "format"),
        (header("X-Api-Key", "a\r\nHost: b"), Platform::Feed, "header_value", "format"),
        (header("X-Api-Key", " a"), Platform::Custom, "header_value", "format"),
        (header("X-Api-Key", ""), Platform::Feed, "header_value", "too_short"),
        (header("X-Api-Key", "x"), Platform::Magento, "type", "conflict"),
    ] {
        let kind = credentials.kind;
        assert_eq!(refused(&credentials, platform), [(field.to_owned(), code)], "{platform} {kind}");
    }
    let moment = chrono::Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single();
    let lonely = CredentialInput { refresh_expires_at: moment, ..access_token("x") };
    assert_eq!(refused(&lonely, Platform::Shopify), [("refresh_expires_at".to_owned(), "conflict")]);
    let timed = CredentialInput { expires_at: moment, ..bearer("x") };
    assert_eq!(refused(&timed, Platform::Magento), [("expires_at".to_owned(), "conflict")]);
    for (kind, platform, fields) in [
        (CredentialKind::AccessToken, Platform::Shopify, &["access_token"][..]),
        (CredentialKind::ConsumerKey, Platform::WooCommerce, &["consumer_key", "consumer_secret"]),
        (CredentialKind::Bearer, Platform::Magento, &["token"]),
        (CredentialKind::Basic, Platform::Feed, &["username", "password"]),
        (CredentialKind::Header, Platform::Feed, &["header_name", "header_value"]),
    ] {
        let missing: Vec<_> = fields.iter().map(|field| ((*field).to_owned(), "required")).collect();
        assert_eq!(refused(&given(kind), platform), missing);
        let too_much = CredentialInput { access_token: Some(secret("x")), ..basic("a", "b") };
        assert_eq!(refused(&too_much, Platform::Feed), [("access_token".to_owned(), "conflict")]);
    }
}

#[test]
fn credentials_belong_to_the_place_they_are_sent_to() {
    let audience = |change: fn(&mut StoreInput), platform| {
        let mut input = input(platform);
        change(&mut input);
        StoreSettings::check(&input).unwrap().credential_audience()
    };
    assert_eq!(audience(|_| {}, Platform::Shopify), "https://alpine-store.myshopify.com");
    assert_eq!(audience(|_| {}, Platform::BigCommerce), "https://api.bigcommerce.com/stores/abc123xyz");
    assert_eq!(
        audience(|i| i.store_url = "https://Shop.example:443/de".into(), Platform::Magento),
        "https://shop.example"
    );
    assert_eq!(
        audience(|i| i.store_url = "https://shop.example:8443".into(), Platform::Magento),
        "https://shop.example:8443"
    );
    assert_eq!(audience(|i| i.store_url = "http://shop.example".into(), Platform::WooCommerce), "http://shop.example");
    let elsewhere: fn(&mut StoreInput) = |i| i.feed_url = Some("https://cdn.example/feed.xml?token=1".into());
    assert_eq!(audience(elsewhere, Platform::Feed), "https://cdn.example");
}

proptest! {
    #[test]
    fn sealed_credentials_come_back_as_they_were_and_are_never_printed(
        token in "[!-~]{1,80}", refresh in proptest::option::of("[!-~]{1,80}"), password in "[^\\p{Cc}]{1,60}",
    ) {
        let at = chrono::Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().unwrap();
        let shopify = CredentialInput {
            expires_at: Some(at),
            refresh_token: refresh.as_deref().map(secret),
            refresh_expires_at: refresh.as_ref().map(|_| at),
            ..access_token(&token)
        };
        for (input, platform) in [
            (shopify, Platform::Shopify),
            (bearer(&token), Platform::Magento),
            (basic("feed", &password), Platform::Feed),
            (header("X-Api-Key", &token), Platform::Feed),
            (pair(&format!("ck_{token}"), &format!("cs_{token}")), Platform::WooCommerce),
        ] {
            let printed = format!("{input:?}");
            let credentials = StoreCredentials::check(&input, kinds(platform)).unwrap();
            let summary = credentials.summary(at);
            let bundle = credentials.to_bundle().unwrap();
            let opened = StoreCredentials::from_bundle(secrecy::ExposeSecret::expose_secret(&bundle), &summary).unwrap();
            let again = opened.to_bundle().unwrap();
            prop_assert_eq!(
                secrecy::ExposeSecret::expose_secret(&bundle), secrecy::ExposeSecret::expose_secret(&again));
            prop_assert_eq!(opened.summary(at), summary.clone());
            prop_assert_eq!(printed, format!("CredentialInput({})", summary.kind));
            prop_assert_eq!(format!("{credentials:?}"), format!("StoreCredentials({})", summary.kind));
            prop_assert!(summary.hint.is_none_or(|hint| hint.len() == 4 && token.len() >= 13));
        }
    }
}
