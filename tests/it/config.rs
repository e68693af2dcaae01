//! Configuration: layers, names, and what is said about mistakes.

use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use vestibule::config::{Config, ConfigError, DEFAULT_TOML, Environment, LogFormat, Need, Sources};

/// Variables and files that exist only in the test.
#[derive(Debug, Default, Clone)]
struct Given {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl Given {
    /// What serving needs and nothing else.
    fn minimal() -> Self {
        Self::default()
            .variable("VESTIBULE_SECRET_KEY", SECRET_KEY)
            .variable("VESTIBULE_DATABASE_URL", "postgres://u:p@db/vestibule")
            .variable("VESTIBULE_UPSTREAM_API_KEY", "UPSTREAM-KEY")
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.into(), text.into());
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&Sources { file: None, environment: self })
    }

    /// With `text` as the file of `--config`.
    fn load_file(&self, text: &str) -> Result<Config, ConfigError> {
        let given = self.clone().file("v.toml", text);
        Config::load(&Sources { file: Some("v.toml".into()), environment: &given })
    }
}

impl Environment for Given {
    fn variables(&self) -> BTreeMap<String, String> {
        self.variables.clone()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let text = path.to_str().and_then(|path| self.files.get(path));
        text.cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }
}

const SECRET_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn lines(result: Result<Config, ConfigError>) -> Vec<String> {
    result.unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// Each leaf of `default.toml`: its path, the comment lines right above it, and the line itself.
fn documented() -> Vec<(String, Vec<&'static str>, &'static str)> {
    let (mut section, mut comment, mut leaves) = (String::new(), Vec::new(), Vec::new());
    for line in DEFAULT_TOML.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned() + ".";
        } else if line.starts_with('#') {
            comment.push(line.trim_start_matches('#').trim());
            continue;
        } else if let Some((key, _)) = line.split_once(" = ") {
            leaves.push((format!("{section}{key}"), comment.clone(), line));
        }
        comment.clear();
    }
    leaves
}

fn variable_of(path: &str) -> String {
    format!("VESTIBULE_{}", path.replace('.', "_").to_uppercase())
}

#[test]
fn every_key_of_the_default_file_is_explained_and_names_its_variable() {
    let leaves = documented();
    assert_eq!(leaves.len(), 153);
    for (path, comment, _) in leaves {
        let (variable, explanation) = comment.split_last().unwrap_or_else(|| panic!("{path} has no comment"));
        assert_eq!(variable.split(',').next().unwrap(), variable_of(&path), "{path}");
        assert!(explanation.iter().any(|line| line.len() > 5), "{path} is not explained");
    }
}

#[test]
fn the_default_file_holds_every_field_and_the_structs_every_key() {
    // Serde refuses a missing field as well as an unknown one, so loading the file alone shows both.
    let whole: Result<Config, _> = toml::from_str(DEFAULT_TOML);
    assert!(whole.is_ok(), "{}", whole.unwrap_err());
    for (path, _, line) in documented() {
        let without: String =
            DEFAULT_TOML.lines().filter(|other| *other != line).flat_map(|line| [line, "\n"]).collect();
        assert!(toml::from_str::<Config>(&without).is_err(), "{path} could be left out");
    }
}

#[test]
fn every_key_can_be_set_in_the_file_by_variable_and_by_file() {
    let set = |path: &str| -> &str {
        match path {
            "secret_key" => SECRET_KEY,
            "previous_secret_key" => "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            "public.listen" => "127.0.0.1:1",
            "admin.listen" => "127.0.0.1:2",
            "ops.listen" => "127.0.0.1:3",
            "edge.trusted_proxies" | "outbound.allowed_networks" => "10.0.0.0/8",
            "database.url" => "postgres://x/y",
            "redis.url" => "redis://x/0",
            "redis.cluster" | "chat.check_passages" | "outbound.sign_requests" => "false",
            "cache.redis_url" => "redis://y/0",
            "public.url" | "admin.url" | "upstream.url" | "telemetry.otlp_endpoint" => "http://x",
            "database.migrate_on_start"
            | "upstream.bootstrap"
            | "widget.legacy_embeds"
            | "demo.enabled"
            | "console.public" => "true",
            "demo.publishable_key" => "vst_pk_test_x",
            "security_txt.contact" => "mailto:security@shop.example",
            "security_txt.expires" => "2027-06-30T00:00:00Z",
            "prices.currency" => "EUR",
            "prices.models" => "gpt-4o-mini=0.15/0.60",
            "log.format" => "pretty",
            "log.level" => "debug",
            "telemetry.sample_ratio" => "0.5",
            "telemetry.otlp_protocol" => "http/protobuf",
            "public.tls_certificate_file" | "public.tls_private_key_file" | "workspaces.defaults_file" => "x.pem",
            "upstream.api_key"
            | "upstream.admin_username"
            | "upstream.admin_password"
            | "upstream.instance_password"
            | "auth.issuer"
            | "auth.audience" => "x",
            "chat.heartbeat_seconds" | "limits.address_share_percent" | "limits.visitor_share_percent" => "9",
            "admin.max_parallel_logins" => "3",
            "admin.upload_bytes" | "admin.json_body_bytes" | "usage.spool_bytes" => "1048577",
            "edge.max_header_bytes"
            | "edge.json_body_bytes"
            | "edge.chat_body_bytes"
            | "upstream.max_frame_bytes"
            | "upstream.max_body_bytes"
            | "outbound.max_body_bytes" => "1025",
            "shutdown.drain_seconds" | "edge.header_seconds" | "edge.body_seconds" | "auth.refresh_reuse_seconds" => {
                "31"
            }
            _ => "300",
        }
    };
    // All at once, or keys that must fit together would not.
    let (mut by_variable, mut by_file, mut text) = (Given::default(), Given::default(), String::new());
    let mut section = String::new();
    for (path, _, line) in documented() {
        let value = set(&path);
        by_variable = by_variable.variable(&variable_of(&path), value);
        by_file = by_file.variable(&(variable_of(&path) + "_FILE"), &path).file(&path, &format!("\u{feff}{value}\r\n"));
        let quoted = match line.split_once(" = ").unwrap().1.chars().next() {
            Some('"') => format!("\"{value}\""),
            Some('[') => format!("[\"{value}\"]"),
            _ => value.to_owned(),
        };
        let (this, key) = path.split_once('.').unwrap_or(("", &path));
        if this != section {
            text.extend(["[", this, "]\n"]);
            section = this.to_owned();
        }
        text.extend([key, " = ", &quoted, "\n"]);
    }
    let configs = [by_variable.load(), by_file.load(), Given::default().load_file(&text)].map(shown);
    assert_eq!(configs[0], configs[1]);
    assert_eq!(configs[0], configs[2]);
    assert_ne!(configs[0], shown(Given::minimal().load()));
}

/// The settings, without where each of them is from.
fn shown(config: Result<Config, ConfigError>) -> String {
    let mut config = config.unwrap();
    config.told = Vec::new().into();
    format!("{config:?}")
}

#[test]
fn the_default_with_what_is_required_can_be_used_without_warnings() {
    let config = Given::minimal().load().unwrap();
    assert_eq!(config.public.listen, "0.0.0.0:8080".parse().unwrap());
    assert_eq!(config.public_url(), "http://localhost:8080");
    assert_eq!(config.warnings(), Vec::<String>::new());
    assert!(config.redis.url.expose_secret().is_empty());
}

#[test]
fn what_is_required_is_asked_for_by_name_and_only_where_it_is_needed() {
    let given = Given::default();
    let said = lines(given.load());
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("secret_key: missing; make one with `openssl rand -base64 32`"), "{said:?}");
    assert!(said[1].starts_with("database.url: missing; set VESTIBULE_DATABASE_URL or DATABASE_URL"), "{said:?}");
    assert!(said[2].starts_with("upstream.api_key: missing"), "{said:?}");
    let sources = Sources { file: None, environment: &given };
    assert!(Config::load_for(&sources, &[]).is_ok());
    assert_eq!(Config::load_for(&sources, &[Need::Database]).unwrap_err().problems.len(), 1);
}

#[test]
fn later_layers_win() {
    let file = "[database]\nurl = \"postgres://from/file\"\n[log]\nlevel = \"warn\"\nformat = \"pretty\"\n";
    let url = |given: &Given| given.load_file(file).unwrap().database.url.expose_secret().to_owned();
    let given = Given::minimal().without("VESTIBULE_DATABASE_URL").variable("VESTIBULE_LOG_LEVEL", "debug");
    assert_eq!(url(&given), "postgres://from/file");
    let given = given.variable("DATABASE_URL", "postgres://from/alias");
    assert_eq!(url(&given), "postgres://from/alias");
    let given = given.variable("VESTIBULE_DATABASE_URL", "postgres://from/variable");
    assert_eq!(url(&given), "postgres://from/variable");
    let config = given.load_file(file).unwrap();
    assert_eq!((config.log.level.as_str(), config.log.format), ("debug", LogFormat::Pretty));
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let given =
        Given::minimal().variable("VESTIBULE_CONFIG", "named.toml").file("named.toml", "[ops]\nlisten = \"[::1]:1\"\n");
    assert_eq!(given.load().unwrap().ops.listen, "[::1]:1".parse().unwrap());
    let said = lines(Given::minimal().variable("VESTIBULE_CONFIG", "gone.toml").load());
    assert_eq!(said, ["gone.toml: cannot be read: no such file"]);
}

#[test]
fn empty_variables_count_as_not_set() {
    let given = Given::minimal().variable("VESTIBULE_EDGE_BODY_SECONDS", "").variable("VESTIBULE_SECRET_KEY_FILE", "");
    assert_eq!(given.load().unwrap().edge.body_seconds, 30);
}

#[test]
fn a_value_and_its_file_together_are_refused() {
    let given = Given::minimal().variable("VESTIBULE_SECRET_KEY_FILE", "key").file("key", SECRET_KEY);
    assert_eq!(
        lines(given.load()),
        ["VESTIBULE_SECRET_KEY: secret_key: set together with VESTIBULE_SECRET_KEY_FILE; only one of them may be"]
    );
}

#[test]
fn a_service_named_like_us_does_not_stop_a_pod() {
    let mut given = Given::minimal();
    for name in ["PORT", "PORT_8080_TCP", "PORT_8080_TCP_ADDR", "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP"] {
        given = given.variable(&format!("VESTIBULE_{name}"), "tcp://10.0.0.1:8080");
    }
    given.load().unwrap();
}

#[test]
fn mistakes_name_key_place_and_what_is_expected() {
    for (file, expected) in [
        (
            "[edge]\nheader_seconds = \"ten\"",
            "v.toml:2: edge.header_seconds: expected a whole number from 1 to 300, found \"ten\"",
        ),
        (
            "[edge]\n\nheader_seconds = 301",
            "v.toml:3: edge.header_seconds: expected a whole number from 1 to 300, found 301",
        ),
        (
            "[edge]\nheader_seconds = -1",
            "v.toml:2: edge.header_seconds: expected a whole number from 1 to 300, found -1",
        ),
        ("[edge]\nheader_second = 1", "v.toml:2: edge.header_second: no such key; did you mean `edge.header_seconds`?"),
        (
            "[public]\nlisten = 8080",
            "v.toml:2: public.listen: expected an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080, found 8080",
        ),
        (
            "[edge]\ntrusted_proxies = [\"10.0.0.0/33\"]",
            "v.toml:2: edge.trusted_proxies: expected a list of networks, such as 10.0.0.0/8 or 192.0.2.7, found \"10.0.0.0/33\" in it",
        ),
        (
            "[database]\nmigrate_on_start = \"yes\"",
            "v.toml:2: database.migrate_on_start: expected true or false, found \"yes\"",
        ),
        (
            "[telemetry]\nsample_ratio = 1.5",
            "v.toml:2: telemetry.sample_ratio: expected a number from 0 to 1, found 1.5",
        ),
        ("[log]\nformat = \"xml\"", "v.toml:2: log.format: expected one of json, pretty, found \"xml\""),
        ("[log]\nlevel = \"info,=,\"", "v.toml:2: log.level: not a log filter"),
        ("[databse]\nurl = \"x\"", "v.toml:1: databse: no such section; did you mean `database`?"),
        ("log = \"info\"", "v.toml:1: log: expected a section, written as [log]"),
        ("[upstream]\nurl = \"http://x/api\"", "v.toml:2: upstream.url: must not have a path, query or fragment"),
        (
            "[upstream]\nurl = \"x:3001\"",
            "v.toml:2: upstream.url: expected http:// or https://, a host and perhaps a port",
        ),
        (
            "[public]\ntls_certificate_file = \"x\"",
            "v.toml:2: public.tls_private_key_file: missing: a certificate is given; set both or none",
        ),
        (
            "[ops]\nlisten = \"127.0.0.1:8080\"",
            "v.toml:2: ops.listen: 127.0.0.1:8080 is taken by public.listen (0.0.0.0:8080); give it a port of its own",
        ),
        ("[usage]\nbatch = 500\nqueue = 100", "v.toml:2: usage.batch: must not be more than usage.queue (100)"),
        (
            "[usage]\nretention_days = 500",
            "v.toml:2: usage.retention_days: must not be more than usage.rollup_retention_days (400)",
        ),
        (
            "[demo]\npublishable_key = \"vst_sk_live_x\"",
            "v.toml:2: demo.publishable_key: must be a publishable key, which begins with vst_pk_",
        ),
        ("[redis]\nurl = \"redi://x\"", "v.toml:2: redis.url: expected redis://"),
        ("[ops]\nlisten = \"", "v.toml:2: not valid TOML: "),
        ("a = 1\na = 2", "v.toml:2: not valid TOML: duplicate key"),
    ] {
        let said = lines(
            Given::minimal()
                .without("VESTIBULE_DATABASE_URL")
                .variable("DATABASE_URL", "postgres://x/y")
                .load_file(file),
        );
        assert_eq!(said.len(), 1, "{file}: {said:?}");
        assert!(said[0].starts_with(expected), "{file}:\n  {}\n  {expected}", said[0]);
    }
}

#[test]
fn mistakes_in_variables_name_the_variable() {
    for (name, value, expected) in [
        (
            "VESTIBULE_PUBLIC_LISTEN",
            "8080",
            "VESTIBULE_PUBLIC_LISTEN: public.listen: expected an IP address and a port",
        ),
        (
            "VESTIBULE_OPS_LISTEN_FILE",
            "gone",
            "VESTIBULE_OPS_LISTEN_FILE: ops.listen: the file gone cannot be read: no such file",
        ),
        ("REDIS_URL", "localhost:6379", "REDIS_URL: redis.url: expected redis://"),
        (
            "VESTIBULE_SECRET_KEY",
            "c2hvcnQ=",
            "VESTIBULE_SECRET_KEY: secret_key: holds 5 bytes and must hold exactly 32; make one with `openssl rand -base64 32`",
        ),
    ] {
        let said = lines(Given::minimal().variable(name, value).load());
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with(expected), "{}", said[0]);
    }
}

/// They may be the next version's, which is not there yet or was taken back.
#[test]
fn variables_that_are_not_known_are_told_and_left_alone() {
    let given = Given::minimal()
        .variable("VESTIBULE_PUBLC_LISTEN", "x")
        .variable("VESTIBULE_UPSTREAM_APIKEY", "x")
        .variable("VESTIBULE_SOMETHING_TO_COME", "x")
        .variable("VESTIBULE_PORT_8080_TCP", "tcp://10.0.0.1:8080");
    given.load().unwrap();
    let unknown = Config::unknown_variables(&Sources { file: None, environment: &given });
    assert_eq!(
        unknown,
        [
            "VESTIBULE_PUBLC_LISTEN: no such variable; did you mean `VESTIBULE_PUBLIC_LISTEN`?",
            "VESTIBULE_SOMETHING_TO_COME: no such variable",
            "VESTIBULE_UPSTREAM_APIKEY: no such variable; did you mean `VESTIBULE_UPSTREAM_API_KEY`?",
        ]
    );
    // What a slip of the finger leaves out is asked for all the same.
    let said = lines(given.without("VESTIBULE_UPSTREAM_API_KEY").load());
    assert!(said.len() == 1 && said[0].starts_with("upstream.api_key: missing"), "{said:?}");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let given = Given::default().variable("VESTIBULE_LOG_FORMAT", "xml");
    let said = lines(given.load_file("[edge]\nbody_seconds = 0\n[nonsense]\n[upstream]\nurl = \"ftp://x\"\n"));
    let starts = ["v.toml:2: edge.body_seconds", "v.toml:3: nonsense", "VESTIBULE_LOG_FORMAT"];
    let rest = ["secret_key", "database.url", "upstream.api_key", "v.toml:5: upstream.url"];
    assert_eq!(said.len(), 7, "{said:#?}");
    for (line, start) in said.iter().zip(starts.iter().chain(&rest)) {
        assert!(line.starts_with(start), "{said:#?}");
    }
}

#[test]
fn a_key_that_could_not_be_read_is_complained_about_once() {
    let said = lines(Given::minimal().without("VESTIBULE_SECRET_KEY").load_file("secret_key = 5\n"));
    assert_eq!(said, ["v.toml:1: secret_key: expected text"]);
}

#[test]
fn what_works_but_looks_like_a_mistake_is_a_warning() {
    let config = Given::minimal()
        .variable("VESTIBULE_UPSTREAM_POOL_IDLE_MILLIS", "5000")
        .variable("VESTIBULE_EDGE_TRUSTED_PROXIES", "10.1.2.3, 0.0.0.0/0")
        .load()
        .unwrap();
    let warned: Vec<_> = config.warnings().iter().map(|w| w.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(warned, ["edge.trusted_proxies", "upstream.pool_idle_millis"]);
    assert_eq!(config.edge.trusted_proxies[0], "10.1.2.3/32".parse().unwrap());
    let config = Given::minimal()
        .variable("VESTIBULE_UPSTREAM_CA_FILE", "ca.pem")
        .variable("VESTIBULE_REDIS_CA_FILE", "ca.pem")
        .variable("VESTIBULE_REDIS_URL", "redis://x/0")
        .load()
        .unwrap();
    let warned: Vec<_> = config.warnings().iter().map(|w| w.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(warned, ["upstream.ca_file", "redis.ca_file"], "nothing there shows a certificate");
}

#[test]
fn addresses_lose_their_trailing_slash() {
    let given = Given::minimal()
        .variable("VESTIBULE_UPSTREAM_URL", "http://x:3001/")
        .variable("VESTIBULE_PUBLIC_URL", "https://y/");
    let config = given.load().unwrap();
    assert_eq!((config.upstream.url.as_str(), config.public_url().as_str()), ("http://x:3001", "https://y"));
}

#[test]
fn free_ports_may_be_asked_for_on_all_listeners() {
    let mut given = Given::minimal();
    for name in ["PUBLIC", "ADMIN", "OPS"] {
        given = given.variable(&format!("VESTIBULE_{name}_LISTEN"), "127.0.0.1:0");
    }
    given.load().unwrap();
}

#[test]
fn the_pepper_depends_on_the_secret_key_alone() {
    let root = Given::minimal().load().unwrap().root_key().unwrap();
    assert_eq!(
        root.derive("x"),
        Given::minimal().variable("VESTIBULE_LOG_LEVEL", "warn").load().unwrap().root_key().unwrap().derive("x")
    );
    let other = Given::minimal().variable("VESTIBULE_SECRET_KEY", &SECRET_KEY.replace("MDEy", "MDEz")).load().unwrap();
    assert_ne!(root.derive("x"), other.root_key().unwrap().derive("x"));
}

const SECRETS: [&str; 7] = [
    "secret_key",
    "database.url",
    "redis.url",
    "redis.sentinel_password",
    "upstream.api_key",
    "upstream.admin_password",
    "upstream.instance_password",
];

proptest! {
    /// Whatever is written wherever a secret belongs, nothing says it again.
    #[test]
    fn secrets_are_never_repeated(
        key in prop::sample::select(&SECRETS[..]),
        secret in "[A-Za-z0-9+/]{12}[ -~&&[^\"\\\\]]{0,30}",
        way in 0..5_u8,
    ) {
        let given = Given::minimal().without(&variable_of(key));
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        let head = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let result = match way {
            0 => given.variable(&variable_of(key), &secret).load(),
            1 => given.variable(&(variable_of(key) + "_FILE"), "f").file("f", &secret).load(),
            2 => given.load_file(&format!("{head}{name} = \"{secret}\"\n")),
            3 => given.load_file(&format!("{head}{name} = [\"{secret}\"]\n")),
            _ => given.load_file(&format!("{head}{name} = \"{secret}\n")),
        };
        let said = match result {
            Ok(config) => format!("{config:?} {:?}", config.warnings()),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!said.contains(&secret) && !said.contains(&secret[..12]), "{said}");
    }

    /// No text makes reading fail in another way than by saying so.
    #[test]
    fn any_file_is_read_or_refused(text in "(\\[?[a-z_.]{1,12}\\]?( = )?[0-9a-z\"\\[{.,]{0,8}\n){0,6}") {
        if let Err(error) = Given::minimal().load_file(&text) {
            prop_assert!(!error.problems.is_empty());
        }
    }
}
