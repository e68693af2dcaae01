//! Every rule of a connection broken once. Credentials and schedules have files of their own.

mod credentials;
mod schedule;

use super::*;
use crate::domain::faults::Faults;
use proptest::prelude::*;

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

proptest! {
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
}
