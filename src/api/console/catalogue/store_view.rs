//! The form of a store connection.

use super::place;
use super::store::Told;
use super::store_form::{KEEP, NONE, OWN, SCHEDULES, Written};
use crate::api::console::parts::{Field, Kind, Tone, check, faults_summary, field, notice, select};
use crate::api::console::texts::{StoreTexts, Texts, put};
use crate::api::console::visit::Visit;
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::store::{CatalogSource, CredentialKind, DecimalSeparator, FeedFormat, Platform, StoreConnection};
use maud::{Markup, html};

pub(super) fn page(
    visit: &Visit,
    workspace: &Reached,
    written: &Written,
    stored: Option<&StoreConnection>,
    told: &Told<'_>,
) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().store);
    let fields = Fields { all, t, written, faults: told.faults };
    html! {
        p { a href=(place(workspace)) { (all.catalogue.back) } }
        h1 { (t.title) }
        p { (t.lead) }
        @if told.has_changed { (notice(Tone::Warn, html! { (t.changed) })) }
        (faults_summary(told.faults, all))
        (visit.form(&format!("{}/store", place(workspace)), html! {
            @if let Some(version) = written.version { input type="hidden" name="version" value=(version); }
            (fields.shop())
            (fields.feed())
            (fields.reading())
            (fields.credentials(stored))
            div.actions {
                button.primary { (t.save) }
                a.button href=(place(workspace)) { (t.cancel) }
            }
        }))
    }
}

struct Fields<'a> {
    all: &'static Texts,
    t: &'static StoreTexts,
    written: &'a Written,
    faults: &'a Faults,
}

impl Fields<'_> {
    fn text(&self, name: &str, label: &str, help: &str, value: &str) -> Markup {
        field(Field::text(name, label, help, value), self.faults, self.all)
    }

    fn choice(&self, name: &str, label: &str, value: &str, options: &[(&str, &str)]) -> Markup {
        select(Field::text(name, label, "", value), options, self.faults, self.all)
    }

    fn shop(&self) -> Markup {
        let Self { t, written, .. } = self;
        let platforms = Platform::ALL.map(|platform| {
            let name = match platform {
                Platform::Shopify => "Shopify",
                Platform::WooCommerce => "WooCommerce",
                Platform::Magento => "Magento",
                Platform::BigCommerce => "BigCommerce",
                Platform::Feed => t.platform_feed,
                Platform::Custom => t.platform_custom,
            };
            (platform.as_str(), name)
        });
        let mut sources = vec![("", t.usual)];
        sources.extend(CatalogSource::ALL.map(|source| {
            let name = match source {
                CatalogSource::StorefrontMcp => t.source_storefront_mcp,
                CatalogSource::StorefrontApi => t.source_storefront_api,
                CatalogSource::AdminApi => t.source_admin_api,
                CatalogSource::RestApi => t.source_rest_api,
                CatalogSource::Feed => t.source_feed,
                CatalogSource::Manual => t.source_manual,
            };
            (source.as_str(), name)
        }));
        html! {
            (self.choice("platform", t.platform, &written.platform, &platforms))
            (field(Field::text("store_url", t.store_url, t.store_url_help, &written.store_url).kind(Kind::Address)
                .required(), self.faults, self.all))
            div.for-platform {
                (self.text("store_ref", t.store_ref, t.store_ref_help, &written.store_ref))
                (self.text("api_version", t.api_version, t.api_version_help, &written.api_version))
                (self.text("channel_ref", t.channel_ref, t.channel_ref_help, &written.channel_ref))
            }
            (self.choice("catalog_source", t.catalog_source, &written.catalog_source, &sources))
        }
    }

    fn feed(&self) -> Markup {
        let Self { t, written, .. } = self;
        let mut formats = vec![("", t.none)];
        formats.extend(FeedFormat::ALL.map(|format| {
            let name = match format {
                FeedFormat::GoogleXml => t.format_google_xml,
                FeedFormat::GoogleTsv => t.format_google_tsv,
                FeedFormat::Csv => t.format_csv,
                FeedFormat::Jsonl => t.format_jsonl,
            };
            (format.as_str(), name)
        }));
        let mut signs = vec![("", t.decimal_unknown)];
        signs.extend(DecimalSeparator::ALL.map(|sign| {
            let name = match sign {
                DecimalSeparator::Point => t.point,
                DecimalSeparator::Comma => t.comma,
            };
            (sign.as_str(), name)
        }));
        html! {
            fieldset.for-feed {
                legend { (self.all.catalogue.feed) }
                (field(Field::text("feed_url", t.feed_url, t.feed_url_help, &written.feed_url).kind(Kind::Address),
                    self.faults, self.all))
                (self.choice("feed_format", t.feed_format, &written.feed_format, &formats))
                (self.text("feed_encoding", t.feed_encoding, t.feed_encoding_help, &written.feed_encoding))
                (self.choice("decimal_separator", t.decimal_separator, &written.decimal_separator, &signs))
                (self.text("timezone", t.timezone, t.timezone_help, &written.timezone))
            }
        }
    }

    fn reading(&self) -> Markup {
        let Self { t, written, faults, all } = self;
        let percent = |name, label, value, least| {
            let kind = Kind::Number { min: least, max: 100.0, step: "1" };
            field(Field::text(name, label, "", value).kind(kind), faults, all)
        };
        let stock = Field::text("include_out_of_stock", t.include_out_of_stock, "", "");
        html! {
            fieldset {
                legend { (all.catalogue.run) }
                (self.text("locale", t.locale, t.locale_help, &written.locale))
                (self.text("currency", t.currency, t.currency_help, &written.currency))
                (check(stock, written.include_out_of_stock, faults, all))
                @let [hour, night, week] = SCHEDULES;
                (select(Field::text("schedule.every", t.every, t.every_help, &written.every), &[
                    ("", t.by_hand), (hour, t.every_hour), (night, t.every_night), (week, t.every_week),
                    (OWN, t.own_times),
                ], faults, all))
                div.for-own-times { (self.text("schedule.cron", t.cron, t.cron_help, &written.cron)) }
                div.for-times { (self.text("schedule.timezone", t.cron_zone, t.timezone_help, &written.cron_zone)) }
                (percent("failure_threshold_percent", t.failure_threshold, &written.failure_threshold, 1.0))
                (percent("removal_threshold_percent", t.removal_threshold, &written.removal_threshold, 0.0))
            }
        }
    }

    fn credentials(&self, stored: Option<&StoreConnection>) -> Markup {
        let Self { t, written, faults, all } = self;
        let summary = stored.and_then(|stored| stored.credentials.as_ref());
        // What is not stored cannot be kept.
        let mut choices = if summary.is_some() { vec![(KEEP, t.keep)] } else { Vec::new() };
        choices.push((NONE, t.no_credentials));
        choices.extend(CredentialKind::ALL.map(|kind| {
            let name = match kind {
                CredentialKind::AccessToken => t.kind_access_token,
                CredentialKind::ConsumerKey => t.kind_consumer_key,
                CredentialKind::Bearer => t.kind_bearer,
                CredentialKind::Basic => t.kind_basic,
                CredentialKind::Header => t.kind_header,
            };
            (kind.as_str(), name)
        }));
        // Never with a value: what was typed is typed again.
        let secret = |name, label| field(Field::text(name, label, "", "").kind(Kind::Password), faults, all);
        html! {
            fieldset.credentials {
                legend { (t.credentials) }
                p.quiet {
                    @match summary {
                        None => { (t.nothing_stored) }
                        Some(summary) => {
                            (t.credentials_help) " "
                            code { (summary.kind) }
                            @if let Some(hint) = &summary.hint { " " (put(all.catalogue.ends_with, hint)) }
                        }
                    }
                }
                (self.choice("credentials", t.credentials_choice, &written.credentials, &choices))
                div.for-access_token { (secret("credentials.access_token", t.access_token)) }
                div.for-consumer_key {
                    (secret("credentials.consumer_key", t.consumer_key))
                    (secret("credentials.consumer_secret", t.consumer_secret))
                }
                div.for-bearer { (secret("credentials.token", t.token)) }
                div.for-basic {
                    (secret("credentials.username", t.username))
                    (secret("credentials.password", t.password))
                }
                div.for-header {
                    (field(Field::text("credentials.header_name", t.header_name, "", ""), faults, all))
                    (secret("credentials.header_value", t.header_value))
                }
                div.for-access_token.for-consumer_key { (secret("credentials.webhook_secret", t.webhook_secret)) }
            }
        }
    }
}
