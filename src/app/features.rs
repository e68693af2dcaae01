//! What the configuration leaves off, said at the start: whoever misses something reads here why, and how to get it.

use crate::config::Config;
use secrecy::ExposeSecret as _;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    pub feature: &'static str,
    /// Why it is off, and what that means.
    pub why: &'static str,
    pub how: &'static str,
    /// All of it in German, for the console.
    pub german: &'static str,
}

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { feature, why, how, german: _ } = self;
        write!(f, "off: {feature}: {why}; to switch it on: {how}")
    }
}

/// What the gateway needs and did not reach when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    pub service: &'static str,
    /// What follows from it until it is there.
    pub means: &'static str,
}

/// What was not reached of what this configuration names.
pub fn away(config: &Config, has_database: bool, has_upstream: bool, has_redis: bool) -> Vec<Away> {
    let services = [
        (
            !has_database,
            Away {
                service: "PostgreSQL (database.url)",
                means: "no key is known, so every request is refused with 503; usage waits in the spool; /readyz is 503",
            },
        ),
        (
            // Not asked, it is not known.
            config.upstream.models_seconds > 0 && !has_upstream,
            Away {
                service: "AnythingLLM (upstream.url)",
                means: "chats and everything else that needs it are answered with 502; /readyz does not depend on it",
            },
        ),
        (
            !has_redis,
            Away { service: "Redis (redis.url)", means: "each replica counts its share of the limits by itself" },
        ),
    ];
    services.into_iter().filter(|(away, _)| *away).map(|(_, away)| away).collect()
}

/// Every feature that this configuration leaves off, in the order of `default.toml`.
#[expect(clippy::too_many_lines, reason = "a list, an entry for each feature")]
pub fn off(config: &Config) -> Vec<Off> {
    let features = [
        (
            config.public.tls_certificate_file.as_os_str().is_empty(),
            Off {
                feature: "TLS on the public listener",
                why: "public.tls_certificate_file is not set, so a proxy in front has to end TLS",
                how: "set public.tls_certificate_file and public.tls_private_key_file",
                german: "TLS am öffentlichen Listener: public.tls_certificate_file ist nicht gesetzt, also muss \
                    ein Proxy davor TLS beenden. Einschalten: public.tls_certificate_file und \
                    public.tls_private_key_file setzen.",
            },
        ),
        (
            config.edge.trusted_proxies.is_empty(),
            Off {
                feature: "client addresses from proxies",
                why: "edge.trusted_proxies is empty, so limits per address count the address that connects",
                how: "name the networks of the proxies in front in edge.trusted_proxies",
                german: "Adressen von Clients hinter Proxys: edge.trusted_proxies ist leer, also zählt bei Limits \
                    je Adresse die, die sich verbindet. Einschalten: die Netze der Proxys davor in \
                    edge.trusted_proxies nennen.",
            },
        ),
        (
            !config.database.migrate_on_start,
            Off {
                feature: "migrations at the start",
                why: "database.migrate_on_start is false, so `vestibule migrate` has to run before a new version",
                how: "set database.migrate_on_start = true",
                german: "Migrationen beim Start: database.migrate_on_start ist false, also muss vor einer neuen \
                    Version vestibule migrate laufen. Einschalten: database.migrate_on_start = true.",
            },
        ),
        (
            config.redis.url.expose_secret().is_empty(),
            Off {
                feature: "Redis",
                why: "redis.url is not set, so limits are counted in this process: right for one replica",
                how: "set redis.url",
                german: "Redis: redis.url ist nicht gesetzt, also werden Limits in diesem Prozess gezählt; für \
                    eine Replik ist das richtig. Einschalten: redis.url setzen.",
            },
        ),
        (
            config.cache.redis_url.expose_secret().is_empty(),
            Off {
                feature: "answers that replicas keep together",
                why: "cache.redis_url is not set, so each process keeps its own",
                how: "set cache.redis_url to a Redis that is not the one of redis.url",
                german: "Gemeinsam aufbewahrte Antworten: cache.redis_url ist nicht gesetzt, also behält jeder \
                    Prozess seine eigenen. Einschalten: cache.redis_url auf ein anderes Redis setzen als \
                    redis.url.",
            },
        ),
        (
            !config.upstream.bootstrap,
            Off {
                feature: "setting AnythingLLM up",
                why: "upstream.bootstrap is false, so upstream.api_key is used as it is given",
                how: "set upstream.bootstrap = true",
                german: "Einrichten von AnythingLLM: upstream.bootstrap ist false, also gilt upstream.api_key, \
                    wie er ist. Einschalten: upstream.bootstrap = true.",
            },
        ),
        (
            config.outbound.allowed_networks.is_empty(),
            Off {
                feature: "shops and feeds in private networks",
                why: "outbound.allowed_networks is empty, so only https to the public internet is called",
                how: "name their networks in outbound.allowed_networks",
                german: "Shops und Feeds in privaten Netzen: outbound.allowed_networks ist leer, also wird nur \
                    https im öffentlichen Internet aufgerufen. Einschalten: ihre Netze in \
                    outbound.allowed_networks nennen.",
            },
        ),
        (
            !config.widget.legacy_embeds,
            Off {
                feature: "AnythingLLM's own embed ids",
                why: "widget.legacy_embeds is false, so widgets need a publishable key",
                how: "set widget.legacy_embeds = true while pages are moved over",
                german: "Die eigenen Embed-Kennungen von AnythingLLM: widget.legacy_embeds ist false, also \
                    brauchen Widgets einen öffentlichen Schlüssel. Einschalten: widget.legacy_embeds = true, \
                    solange Seiten umgestellt werden.",
            },
        ),
        (
            config.catalog.workers == 0,
            Off {
                feature: "catalogue syncs in this process",
                why: "catalog.workers is 0, so they wait for another replica or for `vestibule catalog sync`",
                how: "set catalog.workers to 1 or more",
                german: "Katalogläufe in diesem Prozess: catalog.workers ist 0, also warten sie auf eine andere \
                    Replik oder auf vestibule catalog sync. Einschalten: catalog.workers auf 1 oder mehr \
                    setzen.",
            },
        ),
        (
            config.usage.spool_dir.as_os_str().is_empty(),
            Off {
                feature: "the spool of usage",
                why: "usage.spool_dir is empty, so usage waits in memory and is lost when the process is killed",
                how: "name a folder on a local disk in usage.spool_dir",
                german: "Zwischenspeicher der Nutzung: usage.spool_dir ist leer, also wartet Nutzung im \
                    Arbeitsspeicher und ist verloren, wenn der Prozess abgebrochen wird. Einschalten: einen \
                    Ordner einer lokalen Platte in usage.spool_dir nennen.",
            },
        ),
        (
            config.telemetry.otlp_endpoint.is_empty(),
            Off {
                feature: "traces",
                why: "telemetry.otlp_endpoint is not set",
                how: "set telemetry.otlp_endpoint to an OTLP collector",
                german: "Traces: telemetry.otlp_endpoint ist nicht gesetzt. Einschalten: telemetry.otlp_endpoint \
                    auf einen OTLP-Collector setzen.",
            },
        ),
        (
            !config.telemetry.otlp_endpoint.is_empty() && config.telemetry.sample_ratio <= 0.0,
            Off {
                feature: "traces",
                why: "telemetry.sample_ratio is 0, so no request is traced",
                how: "set telemetry.sample_ratio to more than 0",
                german: "Traces: telemetry.sample_ratio ist 0, also wird keine Anfrage verfolgt. Einschalten: \
                    telemetry.sample_ratio auf mehr als 0 setzen.",
            },
        ),
        (
            !config.demo.enabled,
            Off {
                feature: "the demo page",
                why: "demo.enabled is false",
                how: "set demo.enabled = true",
                german: "Die Demoseite: demo.enabled ist false. Einschalten: demo.enabled = true.",
            },
        ),
    ];
    features.into_iter().filter_map(|(is_off, feature)| is_off.then_some(feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Sources};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    #[derive(Debug)]
    struct Variables(BTreeMap<String, String>);

    impl Environment for Variables {
        fn variables(&self) -> BTreeMap<String, String> {
            self.0.clone()
        }

        fn read(&self, _path: &Path) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }

    fn features_off(settings: &[(&str, &str)]) -> Vec<&'static str> {
        let variables = settings.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), (*value).to_owned()));
        let environment = Variables(variables.collect());
        let config = Config::load_for(&Sources { file: None, environment: &environment }, &[]).unwrap();
        off(&config).into_iter().map(|off| off.feature).collect()
    }

    const BY_DEFAULT: [&str; 9] = [
        "TLS on the public listener",
        "client addresses from proxies",
        "Redis",
        "answers that replicas keep together",
        "setting AnythingLLM up",
        "shops and feeds in private networks",
        "AnythingLLM's own embed ids",
        "traces",
        "the demo page",
    ];

    #[test]
    fn by_default_what_needs_a_decision_is_off() {
        assert_eq!(features_off(&[]), BY_DEFAULT);
    }

    #[test]
    fn each_setting_switches_its_feature_and_no_other() {
        for (settings, feature) in [
            (
                &[("PUBLIC_TLS_CERTIFICATE_FILE", "a.pem"), ("PUBLIC_TLS_PRIVATE_KEY_FILE", "b.pem")][..],
                "TLS on the public listener",
            ),
            (&[("EDGE_TRUSTED_PROXIES", "10.0.0.0/8")], "client addresses from proxies"),
            (&[("REDIS_URL", "redis://x/0")], "Redis"),
            (&[("CACHE_REDIS_URL", "redis://x/0")], "answers that replicas keep together"),
            (&[("UPSTREAM_BOOTSTRAP", "true")], "setting AnythingLLM up"),
            (&[("OUTBOUND_ALLOWED_NETWORKS", "10.0.0.0/8")], "shops and feeds in private networks"),
            (&[("WIDGET_LEGACY_EMBEDS", "true")], "AnythingLLM's own embed ids"),
            (&[("TELEMETRY_OTLP_ENDPOINT", "http://x:4317")], "traces"),
            (&[("DEMO_ENABLED", "true")], "the demo page"),
        ] {
            let expected: Vec<_> = BY_DEFAULT.into_iter().filter(|one| *one != feature).collect();
            assert_eq!(features_off(settings), expected, "{settings:?}");
        }
        for (settings, feature) in [
            (&[("DATABASE_MIGRATE_ON_START", "false")][..], "migrations at the start"),
            (&[("CATALOG_WORKERS", "0")], "catalogue syncs in this process"),
        ] {
            let found = features_off(settings);
            assert!(found.contains(&feature) && found.len() == BY_DEFAULT.len() + 1, "{found:?}");
        }
        let environment = Variables(BTreeMap::new());
        let mut config = Config::load_for(&Sources { file: None, environment: &environment }, &[]).unwrap();
        config.usage.spool_dir = PathBuf::new();
        assert!(off(&config).iter().any(|off| off.feature == "the spool of usage"));
        let untraced = features_off(&[("TELEMETRY_OTLP_ENDPOINT", "http://x:4317"), ("TELEMETRY_SAMPLE_RATIO", "0")]);
        assert_eq!(untraced, BY_DEFAULT);
    }

    #[test]
    fn a_line_says_what_why_and_how() {
        let line = Off { feature: "traces", why: "x is not set", how: "set x", german: "" }.to_string();
        assert_eq!(line, "off: traces: x is not set; to switch it on: set x");
    }
}
