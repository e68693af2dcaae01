//! Every rule of a connection broken once, and what may not be shown.

use super::*;
use crate::domain::faults::Faults;
use chrono::TimeZone as _;
use proptest::prelude::*;
use secrecy::SecretString;

fn input(platform: Platform) -> StoreInput {
    let store_ref = match platform {
        Platform::Shopify => Some("alpine-store.myshopify.com"),
        Platform::BigCommerce => Some("abc123xyz"),
        Platform::Magento => Some("default"),
        Platform::WooCommerce | Platform::Feed | Platform::Custom => None,
    };
    StoreInput {
        platform,
        store_url: "https://shop.example".into(),
        store_ref: store_ref.map(str::to_owned),
        api_version: None,
        channel_ref: None,
        catalog_source: None,
        feed_url: (platform == Platform::Feed).then(|| "https://shop.example/feed.xml".into()),
        feed_format: (platform == Platform::Feed).then_some(FeedFormat::GoogleXml),
        locale: None,
        currency: None,
        feed_encoding: None,
        decimal_separator: None,
        timezone: None,
        include_out_of_stock: None,
        schedule: None,
        failure_threshold_percent: None,
        removal_threshold_percent: None,
        credentials: GivenCredentials::Absent,
    }
}

fn found(faults: Faults) -> Vec<(String, &'static str)> {
    faults.into_vec().into_iter().map(|fault| (fault.field, fault.code)).collect()
}

fn broken(change: impl FnOnce(&mut StoreInput), platform: Platform) -> Vec<(String, &'static str)> {
    let mut input = input(platform);
    change(&mut input);
    found(StoreSettings::check(&input).unwrap_err())
}

#[test]
fn the_least_of_every_platform_is_accepted() {
    for platform in Platform::ALL {
        let settings = StoreSettings::check(&input(platform)).unwrap_or_else(|faults| panic!("{platform}: {faults:?}"));
        assert!(settings.include_out_of_stock);
        assert_eq!(settings.failure_threshold_percent, 5);
    }
}

#[test]
fn all_that_belongs_to_a_platform_is_accepted() {
    use Platform::{BigCommerce, Custom, Feed, Magento, Shopify, WooCommerce};
    for (platform, version, channel) in [
        (Shopify, Some("2026-07"), Some("gid://shopify/Publication/1234")),
        (WooCommerce, Some("wc/v3"), None),
        (WooCommerce, Some("wc/store/v1"), None),
        (Magento, Some("V1"), Some("base")),
        (BigCommerce, Some("v3"), Some("1")),
        (Feed, None, None),
        (Custom, None, None),
    ] {
        for source in CatalogSource::of(platform) {
            let is_feed = *source == CatalogSource::Feed;
            let wanted = StoreInput {
                api_version: version.map(str::to_owned),
                channel_ref: channel.map(str::to_owned),
                catalog_source: Some(*source),
                feed_url: is_feed.then(|| "https://shop.example/f?x=1".into()),
                feed_format: is_feed.then_some(FeedFormat::Csv),
                locale: Some("zh-Hant-TW".into()),
                currency: Some("EUR".into()),
                schedule: (*source != CatalogSource::Manual)
                    .then(|| ScheduleInput { cron: "30 4 * * 1-5".into(), timezone: Some("Europe/Berlin".into()) }),
                ..input(platform)
            };
            StoreSettings::check(&wanted).unwrap_or_else(|faults| panic!("{platform} {source}: {faults:?}"));
        }
    }
}

#[test]
fn a_broken_rule_names_its_field() {
    use Platform::{BigCommerce, Custom, Feed, Magento, Shopify, WooCommerce};
    type Change = fn(&mut StoreInput);
    let cases: Vec<(Platform, &str, &str, Change)> = vec![
        (Custom, "store_url", "format", |i| i.store_url = "shop.example".into()),
        (Custom, "store_url", "format", |i| i.store_url = "ftp://shop.example".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://user@shop.example".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://:password@shop.example".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://@shop.example".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://shop.example?x=1".into()),
        (Custom, "store_url", "format", |i| i.store_url = "https://shop.example#x".into()),
        (Custom, "store_url", "too_long", |i| i.store_url = format!("https://shop.example/{}", "x".repeat(2048))),
        (Custom, "store_url", "too_long", |i| i.store_url = format!("https://shop.example/{}", "ä".repeat(500))),
        (Shopify, "store_ref", "required", |i| i.store_ref = None),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("shop.example".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("evil.example/.myshopify.com".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some(".myshopify.com".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("-a.myshopify.com".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("a.b.myshopify.com".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("Alpine.myshopify.com".into())),
        (Shopify, "store_ref", "format", |i| i.store_ref = Some("alpine.myshopify.com\n".into())),
        (BigCommerce, "store_ref", "required", |i| i.store_ref = None),
        (BigCommerce, "store_ref", "format", |i| i.store_ref = Some("abc".into())),
        (BigCommerce, "store_ref", "format", |i| i.store_ref = Some("ABC123".into())),
        (BigCommerce, "store_ref", "format", |i| i.store_ref = Some("../../x".into())),
        (Magento, "store_ref", "required", |i| i.store_ref = None),
        (Magento, "store_ref", "format", |i| i.store_ref = Some("1st".into())),
        (Magento, "store_ref", "format", |i| i.store_ref = Some("de-at".into())),
        (WooCommerce, "store_ref", "conflict", |i| i.store_ref = Some("x".into())),
        (Feed, "store_ref", "conflict", |i| i.store_ref = Some("x".into())),
        (Custom, "store_ref", "conflict", |i| i.store_ref = Some("x".into())),
        (Shopify, "api_version", "format", |i| i.api_version = Some("2026-08".into())),
        (Shopify, "api_version", "format", |i| i.api_version = Some("unstable".into())),
        (Shopify, "api_version", "format", |i| i.api_version = Some("1926-07".into())),
        (WooCommerce, "api_version", "format", |i| i.api_version = Some("wc/v2".into())),
        (Magento, "api_version", "format", |i| i.api_version = Some("V2".into())),
        (BigCommerce, "api_version", "format", |i| i.api_version = Some("v2".into())),
        (Feed, "api_version", "conflict", |i| i.api_version = Some("v1".into())),
        (Custom, "api_version", "conflict", |i| i.api_version = Some("v1".into())),
        (Shopify, "channel_ref", "format", |i| i.channel_ref = Some("a b".into())),
        (Magento, "channel_ref", "format", |i| i.channel_ref = Some("a-b".into())),
        (BigCommerce, "channel_ref", "format", |i| i.channel_ref = Some("one".into())),
        (WooCommerce, "channel_ref", "conflict", |i| i.channel_ref = Some("1".into())),
        (Feed, "channel_ref", "conflict", |i| i.channel_ref = Some("1".into())),
        (Custom, "channel_ref", "conflict", |i| i.channel_ref = Some("1".into())),
        (Shopify, "catalog_source", "conflict", |i| i.catalog_source = Some(CatalogSource::RestApi)),
        (WooCommerce, "catalog_source", "conflict", |i| i.catalog_source = Some(CatalogSource::AdminApi)),
        (Magento, "catalog_source", "conflict", |i| i.catalog_source = Some(CatalogSource::StorefrontMcp)),
        (BigCommerce, "catalog_source", "conflict", |i| i.catalog_source = Some(CatalogSource::StorefrontApi)),
        (Custom, "catalog_source", "conflict", |i| i.catalog_source = Some(CatalogSource::AdminApi)),
        (Feed, "feed_url", "required", |i| i.feed_url = None),
        (Feed, "feed_format", "required", |i| i.feed_format = None),
        (Feed, "feed_url", "format", |i| i.feed_url = Some("file:///etc/passwd".into())),
        (Feed, "feed_url", "format", |i| i.feed_url = Some("https://a:b@shop.example/feed".into())),
        (Feed, "feed_url", "format", |i| i.feed_url = Some("https://shop.example/feed#x".into())),
        (Feed, "feed_url", "too_long", |i| i.feed_url = Some(format!("https://shop.example/{}", "x".repeat(2048)))),
        (Custom, "feed_url", "conflict", |i| i.feed_url = Some("https://shop.example/feed".into())),
        (Custom, "feed_format", "conflict", |i| i.feed_format = Some(FeedFormat::Csv)),
        (Custom, "locale", "format", |i| i.locale = Some("german".into())),
        (Custom, "locale", "format", |i| i.locale = Some("de_AT".into())),
        (Custom, "locale", "format", |i| i.locale = Some("de-at".into())),
        (Custom, "currency", "format", |i| i.currency = Some("eur".into())),
        (Custom, "currency", "format", |i| i.currency = Some("EURO".into())),
        (Feed, "schedule.cron", "format", |i| {
            i.schedule = Some(ScheduleInput { cron: "daily".into(), timezone: None });
        }),
        (Feed, "schedule.cron", "format", |i| {
            i.schedule = Some(ScheduleInput { cron: "0 0 4 * * *".into(), timezone: None });
        }),
        (Feed, "schedule.cron", "format", |i| {
            i.schedule = Some(ScheduleInput { cron: "60 4 * * *".into(), timezone: None });
        }),
        (Feed, "schedule.timezone", "format", |i| {
            i.schedule = Some(ScheduleInput { cron: "0 4 * * *".into(), timezone: Some("Mars/Base".into()) });
        }),
        (Custom, "failure_threshold_percent", "out_of_range", |i| i.failure_threshold_percent = Some(0)),
        (Custom, "removal_threshold_percent", "out_of_range", |i| i.removal_threshold_percent = Some(-1)),
        (Custom, "removal_threshold_percent", "out_of_range", |i| i.removal_threshold_percent = Some(101)),
        (Custom, "feed_encoding", "conflict", |i| i.feed_encoding = Some("utf-8".into())),
        (Feed, "feed_encoding", "format", |i| i.feed_encoding = Some("klingon".into())),
        (Feed, "timezone", "format", |i| i.timezone = Some("Mars/Base".into())),
        (Custom, "failure_threshold_percent", "out_of_range", |i| i.failure_threshold_percent = Some(101)),
    ];
    for (at, (platform, field, code, change)) in cases.into_iter().enumerate() {
        assert_eq!(broken(change, platform), [(field.to_owned(), code)], "case {at}: {platform} {field}");
    }
    let manual = |i: &mut StoreInput| {
        i.catalog_source = Some(CatalogSource::Manual);
        i.schedule = Some(ScheduleInput { cron: "0 4 * * *".into(), timezone: None });
    };
    assert_eq!(broken(manual, Custom), [("schedule".to_owned(), "conflict")]);
    let feed = |i: &mut StoreInput| i.catalog_source = Some(CatalogSource::RestApi);
    let wanted = ["catalog_source", "feed_url", "feed_format"].map(|field| (field.to_owned(), "conflict"));
    assert_eq!(broken(feed, Feed), wanted);
}

#[test]
fn all_faults_are_told_at_once() {
    let all = broken(
        |i| {
            i.store_url = "nowhere".into();
            i.store_ref = None;
            i.api_version = Some("old".into());
            i.currency = Some("?".into());
            i.locale = Some("?".into());
            i.failure_threshold_percent = Some(1000);
            i.schedule = Some(ScheduleInput { cron: String::new(), timezone: Some(String::new()) });
        },
        Platform::Shopify,
    );
    let fields: Vec<_> = all.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "store_url",
            "store_ref",
            "api_version",
            "locale",
            "currency",
            "schedule.cron",
            "schedule.timezone",
            "failure_threshold_percent"
        ]
    );
}

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

    #[test]
    fn no_address_breaks_the_rules(text in "\\PC{0,60}") {
        let mut odd = input(Platform::Feed);
        odd.feed_url = Some(text.clone());
        odd.store_url = text;
        if let Ok(settings) = StoreSettings::check(&odd) {
            let url = &settings.store_url;
            prop_assert!(url.has_host() && url.username().is_empty() && url.password().is_none());
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none());
        }
    }

    #[test]
    fn a_schedule_only_ever_names_the_future(minute in 0_u32..60, hour in 0_u32..24, at in 1_700_000_000_i64..1_900_000_000) {
        let input = ScheduleInput { cron: format!("{minute} {hour} * * *"), timezone: Some("America/New_York".into()) };
        let after = chrono::DateTime::from_timestamp(at, 0).unwrap();
        let next = Schedule::check(&input).unwrap().next_after(after).unwrap();
        prop_assert!(next > after && next - after <= chrono::TimeDelta::hours(25) + chrono::TimeDelta::minutes(1));
    }
}

#[test]
fn a_schedule_keeps_to_the_clock_on_the_wall() {
    let next = |cron: &str, zone: &str, after: &str| {
        let input = ScheduleInput { cron: cron.into(), timezone: Some(zone.into()) };
        let next = Schedule::check(&input).unwrap().next_after(after.parse().unwrap()).unwrap();
        next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    // Winter and summer.
    assert_eq!(next("0 4 * * *", "Europe/Berlin", "2026-01-10T12:00:00Z"), "2026-01-11T03:00:00Z");
    assert_eq!(next("0 4 * * *", "Europe/Berlin", "2026-07-10T12:00:00Z"), "2026-07-11T02:00:00Z");
    // 2026-03-29 has no 02:30 in Berlin: as soon as there is a time again.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
    // 2026-10-25 has two: once is enough.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    assert_eq!(next("0 12 31 12 *", "UTC", "2026-06-01T00:00:00Z"), "2026-12-31T12:00:00Z");
}

#[test]
fn a_schedule_is_kept_in_one_spelling() {
    let input = ScheduleInput { cron: "  30\t4 *  * 1-5 ".into(), timezone: Some("europe/berlin".into()) };
    let schedule = Schedule::check(&input).unwrap();
    assert_eq!((schedule.cron(), schedule.timezone()), ("30 4 * * 1-5", "Europe/Berlin"));
    assert_eq!(Schedule::check(&ScheduleInput { cron: "0 4 * * *".into(), timezone: None }).unwrap().timezone(), "UTC");
}

#[test]
fn a_schedule_is_due_every_quarter_of_an_hour_at_most() {
    let wanted = |cron: &str| Schedule::wanted(&ScheduleInput { cron: cron.into(), timezone: None });
    for good in
        ["*/15 * * * *", "0 * * * *", "30 4 * * 1", "0,30 9-17 * * 1-5", "0 0 29 2 *", "0 0 31 2 *", "59 23 1 1 *"]
    {
        assert!(wanted(good).is_ok(), "{good}");
    }
    for bad in ["* * * * *", "*/14 * * * *", "0,5 4 * * *", "0,59 * * * *", "59,0 0,23 * * *", "*/10 4 29 2 *"] {
        let faults = wanted(bad).unwrap_err();
        assert!(faults.has("cron") && faults.told()[0].code == "out_of_range", "{bad}: {faults:?}");
        // One from before the rule goes on.
        assert!(Schedule::check(&ScheduleInput { cron: bad.into(), timezone: None }).is_ok(), "{bad}");
    }
}
