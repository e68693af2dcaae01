//! What a connection must be like, field by field: everything the schema demands, said before it and all at once.

use super::{
    CatalogSource, CredentialInput, DecimalSeparator, FeedEncoding, FeedFormat, GivenCredentials, Platform, Schedule,
    ScheduleInput,
};
use crate::domain::faults::Faults;
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::timezone::Zone;
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

/// Longest address, in bytes.
const LONGEST_URL: usize = 2048;

/// A store connection.
// As somebody has written it: the body of `PUT …/store`, and the file of `vestibule stores set`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Store)]
pub struct StoreInput {
    /// What the shop runs on: `shopify`, `woocommerce`, `magento`, `bigcommerce`, `feed` or `custom`.
    #[schema(value_type = String, example = "shopify")]
    pub platform: Platform,
    /// The shop as shoppers see it, https.
    #[schema(example = "https://shop.example", max_length = 2048)]
    pub store_url: String,
    /// Shopify: `x.myshopify.com`. BigCommerce: the store hash. Magento: the store view code. Others have none.
    #[schema(example = "alpine-store.myshopify.com")]
    pub store_ref: Option<String>,
    /// Shopify: a quarter. WooCommerce: `wc/v3` or `wc/store/v1`. Magento: `V1`. BigCommerce: `v3`.
    #[schema(example = "2026-07")]
    pub api_version: Option<String>,
    /// Shopify: a sales channel. BigCommerce: the channel's number. Magento: the website code.
    pub channel_ref: Option<String>,
    /// Where products come from: `storefront_mcp`, `storefront_api`, `admin_api`, `rest_api`, `feed` or `manual`; the
    /// platform's usual one when absent.
    #[schema(value_type = Option<String>, example = "admin_api")]
    pub catalog_source: Option<CatalogSource>,
    /// With `catalog_source` `feed`: where it is.
    #[schema(max_length = 2048)]
    pub feed_url: Option<String>,
    /// With `catalog_source` `feed`: `google_xml`, `google_tsv`, `csv` or `jsonl`.
    #[schema(value_type = Option<String>)]
    pub feed_format: Option<FeedFormat>,
    /// Language of the texts.
    #[schema(example = "de-AT")]
    pub locale: Option<String>,
    /// Currency of prices that do not name one.
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// What the feed is encoded in, such as `windows-1252`; what the feed or its server says when absent.
    #[schema(example = "windows-1252", max_length = 40)]
    pub feed_encoding: Option<String>,
    /// What stands before the decimals of prices: `.` or `,`. When absent, prices that may be thousands are refused.
    #[schema(value_type = Option<String>, example = ",")]
    pub decimal_separator: Option<DecimalSeparator>,
    /// Time zone of dates in the feed that have none, as IANA names it; UTC when absent.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// Whether products that cannot be bought now are known, too; yes when absent.
    pub include_out_of_stock: Option<bool>,
    /// When the catalogue is read by itself.
    pub schedule: Option<ScheduleInput>,
    /// A sync with more failing products than that stops; 5 when absent.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100)]
    pub failure_threshold_percent: Option<i64>,
    /// A sync that would remove a larger share of the products removes none and says so; 10 when absent.
    #[schema(value_type = Option<u8>, minimum = 0, maximum = 100)]
    pub removal_threshold_percent: Option<i64>,
    /// With what products may be read. Absent: as stored. Null: none.
    #[serde(default)]
    #[schema(value_type = Option<CredentialInput>)]
    pub credentials: GivenCredentials,
}

impl StoreInput {
    /// Where products are to come from.
    pub fn source(&self) -> CatalogSource {
        self.catalog_source.unwrap_or(CatalogSource::usual(self.platform))
    }
}

/// What can be set of a connection, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    pub platform: Platform,
    /// The shop as shoppers see it; no query, no fragment.
    pub store_url: Url,
    /// Shopify: `x.myshopify.com`. BigCommerce: the store hash. Magento: the store view code.
    pub store_ref: Option<String>,
    /// The platform's interface; none = the platform's default.
    pub api_version: Option<String>,
    /// Shopify: a sales channel. BigCommerce: the channel id. Magento: the website code.
    pub channel_ref: Option<String>,
    pub catalog_source: CatalogSource,
    /// There exactly when products come from a feed.
    pub feed: Option<Feed>,
    pub locale: Option<Locale>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Whether products that cannot be bought now are known, too.
    pub include_out_of_stock: bool,
    /// When the catalogue is read by itself.
    pub schedule: Option<Schedule>,
    /// A sync with more failing products than that stops; 1 to 100.
    pub failure_threshold_percent: u8,
    /// A sync that would remove more than that withholds it; 0 to 100.
    pub removal_threshold_percent: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Where. May hold a token in its query: do not log it.
    pub url: Url,
    pub format: FeedFormat,
    /// None: what it says itself, or its server.
    pub encoding: Option<FeedEncoding>,
    /// Of its prices.
    pub decimal_separator: Option<DecimalSeparator>,
    /// Of its dates.
    pub timezone: Option<Zone>,
}

impl StoreSettings {
    /// Takes what somebody wrote.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its field.
    pub fn check(input: &StoreInput) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let source = input.source();
        let store_url = url(&mut faults, "store_url", &input.store_url);
        if store_url.as_ref().is_some_and(|url| url.query().is_some()) {
            faults.push("store_url", "format", "must not have a query");
        }
        let store_ref = store_ref(&mut faults, input.platform, input.store_ref.as_deref());
        api_version(&mut faults, input.platform, input.api_version.as_deref());
        channel_ref(&mut faults, input.platform, input.channel_ref.as_deref());
        if !CatalogSource::of(input.platform).contains(&source) {
            let known: Vec<_> = CatalogSource::of(input.platform).iter().map(|source| format!("`{source}`")).collect();
            let message = format!("must be {} for {}", known.join(" or "), input.platform);
            faults.push("catalog_source", "conflict", message);
        }
        let feed = feed(&mut faults, source, input);
        let given = input.locale.as_deref();
        // In the usual spelling only.
        let locale = given.and_then(|text| text.parse::<Locale>().ok().filter(|locale| locale.as_str() == text));
        if given.is_some() && locale.is_none() {
            faults.push("locale", "format", "must be a language tag such as `de` or `pt-BR`");
        }
        if input.currency.as_deref().is_some_and(|currency| !all(currency, 3..=3, |b| b.is_ascii_uppercase())) {
            faults.push("currency", "format", "must be the three capital letters of ISO 4217, such as `EUR`");
        }
        let schedule = input.schedule.as_ref().and_then(|schedule| match Schedule::wanted(schedule) {
            Ok(schedule) => Some(schedule),
            Err(part) => {
                faults.within("schedule", part);
                None
            }
        });
        if input.schedule.is_some() && source == CatalogSource::Manual {
            faults.push(
                "schedule",
                "conflict",
                "there is nothing to read by a schedule where documents are put in by hand",
            );
        }
        let percent = input.failure_threshold_percent.unwrap_or(5);
        faults.number("failure_threshold_percent", &percent, &(1..=100));
        let removal = input.removal_threshold_percent.unwrap_or(10);
        faults.number("removal_threshold_percent", &removal, &(0..=100));
        match (store_url, faults.is_empty()) {
            (Some(store_url), true) => Ok(Self {
                platform: input.platform,
                store_url,
                store_ref,
                api_version: input.api_version.clone(),
                channel_ref: input.channel_ref.clone(),
                catalog_source: source,
                feed,
                locale,
                currency: input.currency.clone(),
                include_out_of_stock: input.include_out_of_stock.unwrap_or(true),
                schedule,
                failure_threshold_percent: u8::try_from(percent).unwrap_or(100),
                removal_threshold_percent: u8::try_from(removal).unwrap_or(0),
            }),
            _ => Err(faults),
        }
    }

    /// Whether a sync can read products from there.
    pub const fn is_read(&self) -> bool {
        matches!(self.catalog_source, CatalogSource::Feed) || self.reads_changes()
    }

    /// Whether products are read from the platform itself, which can be asked for what has changed.
    pub const fn reads_changes(&self) -> bool {
        matches!(
            (self.platform, self.catalog_source),
            (Platform::Shopify, CatalogSource::AdminApi) | (Platform::WooCommerce, CatalogSource::RestApi)
        )
    }

    /// The one place that credentials may be sent to. Stored credentials stay with a connection only while this is the
    /// same, and are sealed for it.
    pub fn credential_audience(&self) -> String {
        if let Some(feed) = &self.feed {
            return feed.url.origin().ascii_serialization();
        }
        match (self.platform, self.store_ref.as_deref()) {
            (Platform::Shopify, Some(shop)) => format!("https://{shop}"),
            (Platform::BigCommerce, Some(hash)) => format!("https://api.bigcommerce.com/stores/{hash}"),
            _ => self.store_url.origin().ascii_serialization(),
        }
    }

    /// Whether both are asked in the same way at the same place, so that what a check found of one holds for the other.
    pub fn is_reached_as(&self, other: &Self) -> bool {
        let way = |settings: &Self| {
            (
                settings.platform,
                settings.store_url.clone(),
                settings.store_ref.clone(),
                settings.api_version.clone(),
                settings.channel_ref.clone(),
                settings.catalog_source,
                settings.feed.clone(),
            )
        };
        way(self) == way(other)
    }
}

/// An address of http or https without a user name or fragment. That it may be called is for `outbound` to say.
fn url(faults: &mut Faults, field: &str, text: &str) -> Option<Url> {
    if text.len() > LONGEST_URL {
        faults.push(field, "too_long", format!("must not have more than {LONGEST_URL} bytes"));
        return None;
    }
    // The parser drops line ends and tabs: what was looked at by people would not be what is called.
    let is_plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let parsed =
        Url::parse(text).ok().filter(|url| is_plain && matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = parsed else {
        faults.push(field, "format", "must be an address such as `https://shop.example`");
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() || has_at(text) {
        faults.push(field, "format", "must not hold a user name or password; give them as `credentials`");
    }
    if url.fragment().is_some() {
        faults.push(field, "format", "must not have a fragment");
    }
    // Escaping may have made it longer.
    if url.as_str().len() > LONGEST_URL {
        faults.push(field, "too_long", format!("must not have more than {LONGEST_URL} bytes"));
    }
    Some(url)
}

/// `https://@host` has no user name, and still is not what anybody means.
fn has_at(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

fn store_ref(faults: &mut Faults, platform: Platform, given: Option<&str>) -> Option<String> {
    const FIELD: &str = "store_ref";
    let (good, message): (fn(&str) -> bool, _) = match platform {
        Platform::Shopify => (is_myshopify, "must be the shop's own host, such as `alpine-store.myshopify.com`"),
        Platform::BigCommerce => (
            |text| all(text, 4..=20, |b| b.is_ascii_lowercase() || b.is_ascii_digit()),
            "must be the store hash: the `abc123` of `https://store-abc123.mybigcommerce.com`",
        ),
        Platform::Magento => (is_magento_code, "must be the code of a store view, such as `default`"),
        Platform::WooCommerce | Platform::Feed | Platform::Custom => {
            if given.is_some() {
                faults.push(FIELD, "conflict", format!("has no meaning for {platform}"));
            }
            return None;
        }
    };
    match given {
        None => faults.push(FIELD, "required", message),
        Some(text) if good(text) => return Some(text.to_owned()),
        Some(_) => faults.push(FIELD, "format", message),
    }
    None
}

fn is_myshopify(text: &str) -> bool {
    let name = text.strip_suffix(".myshopify.com").unwrap_or_default();
    text.len() <= 100
        && !name.starts_with('-')
        && all(name, 1..=86, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_magento_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && all(text, 1..=32, |b| b.is_ascii_alphanumeric() || b == b'_')
}

fn api_version(faults: &mut Faults, platform: Platform, given: Option<&str>) {
    let Some(text) = given else { return };
    let (good, message) = match platform {
        Platform::Shopify => (is_quarter(text), "must be one of Shopify's quarters, such as `2026-07`"),
        Platform::WooCommerce => (matches!(text, "wc/v3" | "wc/store/v1"), "must be `wc/v3` or `wc/store/v1`"),
        Platform::Magento => (text == "V1", "must be `V1`"),
        Platform::BigCommerce => (text == "v3", "must be `v3`"),
        Platform::Feed | Platform::Custom => {
            faults.push("api_version", "conflict", format!("has no meaning for {platform}"));
            return;
        }
    };
    if !good {
        faults.push("api_version", "format", message);
    }
}

fn is_quarter(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, month)| {
        year.starts_with("20") && all(year, 4..=4, |b| b.is_ascii_digit()) && matches!(month, "01" | "04" | "07" | "10")
    })
}

fn channel_ref(faults: &mut Faults, platform: Platform, given: Option<&str>) {
    let Some(text) = given else { return };
    let (good, message) = match platform {
        Platform::Shopify => (
            all(text, 1..=100, |b| b.is_ascii_alphanumeric() || b"_./:-".contains(&b)),
            "must be the id of a sales channel, such as `gid://shopify/Publication/1234`",
        ),
        Platform::Magento => (is_magento_code(text), "must be the code of a website, such as `base`"),
        Platform::BigCommerce => (all(text, 1..=10, |b| b.is_ascii_digit()), "must be the number of a channel"),
        Platform::WooCommerce | Platform::Feed | Platform::Custom => {
            faults.push("channel_ref", "conflict", format!("has no meaning for {platform}"));
            return;
        }
    };
    if !good {
        faults.push("channel_ref", "format", message);
    }
}

fn feed(faults: &mut Faults, source: CatalogSource, input: &StoreInput) -> Option<Feed> {
    if source != CatalogSource::Feed {
        let given = [
            ("feed_url", input.feed_url.is_some()),
            ("feed_format", input.feed_format.is_some()),
            ("feed_encoding", input.feed_encoding.is_some()),
            ("decimal_separator", input.decimal_separator.is_some()),
            ("timezone", input.timezone.is_some()),
        ];
        for (field, there) in given {
            if there {
                faults.push(field, "conflict", "is only for `catalog_source` `feed`");
            }
        }
        return None;
    }
    for (field, missing) in [("feed_url", input.feed_url.is_none()), ("feed_format", input.feed_format.is_none())] {
        if missing {
            faults.push(field, "required", "must be given for `catalog_source` `feed`");
        }
    }
    let encoding = input.feed_encoding.as_deref().map(str::parse::<FeedEncoding>);
    if matches!(encoding, Some(Err(_))) {
        faults.push("feed_encoding", "format", "must be the name of an encoding, such as `windows-1252`");
    }
    let timezone = input.timezone.as_deref().map(str::parse::<Zone>);
    if matches!(timezone, Some(Err(_))) {
        faults.push("timezone", "format", "must be the name of a time zone, such as `Europe/Berlin`");
    }
    let address = input.feed_url.as_ref().and_then(|text| url(faults, "feed_url", text));
    Some(Feed {
        url: address?,
        format: input.feed_format?,
        encoding: encoding.and_then(Result::ok),
        decimal_separator: input.decimal_separator,
        timezone: timezone.and_then(Result::ok),
    })
}

fn all(text: &str, length: std::ops::RangeInclusive<usize>, good: impl Fn(u8) -> bool) -> bool {
    length.contains(&text.len()) && text.bytes().all(good)
}
