//! Certificates of an authority of one's own: of AnythingLLM, of shops, of PostgreSQL and of Redis; and what the doctor
//! says of a certificate, theirs and ours.

use crate::harness::{Authority, Http, Leaf, Reply, Shop, TlsFront, Told, World, configured, environment, run};
use chrono::TimeDelta;
use serde_json::{Value, json};
use url::Url;
use vestibule::app;
use vestibule::domain::clock::Ambient;
use vestibule::outbound::{Ask, Outbound, OutboundError};
use vestibule::storage::Database;

const HOST: &str = "127.0.0.1";
const NAME: &str = "The shop's own authority";

/// An authority, and a certificate of it for this machine.
fn authority() -> (Authority, Leaf) {
    let authority = Authority::named(NAME);
    let leaf = authority.leaf(HOST);
    (authority, leaf)
}

/// TLS before a world's AnythingLLM.
async fn front(world: &World, leaf: &Leaf) -> TlsFront {
    let url: Url = world.upstream.url().parse().unwrap();
    TlsFront::before(HOST, url.port().unwrap(), leaf).await
}

async fn doctor(world: &World, settings: &[(&str, &str)]) -> Told {
    let mut variables = environment(world);
    variables.extend(settings.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), (*value).to_owned())));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    run(&["doctor", "--json"], &variables).await
}

/// What the doctor found in a part, with how to mend it, in one text each.
fn found(told: &Told, part: &str, level: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let wanted = findings.filter(|finding| finding["part"] == part && finding["level"] == level);
    wanted.map(|f| format!("{} -> {}", f["what"].as_str().unwrap(), f["mend"].as_str().unwrap_or(""))).collect()
}

fn has(told: &Told, part: &str, level: &str, words: &[&str]) {
    let found = found(told, part, level);
    let fits = |text: &String| words.iter().all(|word| text.contains(word));
    assert!(found.iter().any(fits), "no {level} of {part} with {words:?}: {found:?}\n{}", told.stdout);
}

async fn chat(client: &Http) -> u16 {
    client.post("/api/v1/chat", &json!({"message": "What does the drill cost?"})).await.status.as_u16()
}

#[tokio::test]
async fn anythingllm_with_a_certificate_of_ones_own_authority_is_reached_on_both_ways() {
    let world = World::start().await;
    let (authority, leaf) = authority();
    let front = front(&world, &leaf).await;
    let url = format!("https://{HOST}:{}", front.port);
    let (own, stranger) = (authority.file(&leaf), Authority::new().file(&leaf));
    for (ca_file, status) in [(own.as_str(), 200), (&stranger, 502), ("", 502)] {
        let replica = world.replica_with(&[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", ca_file)]).await;
        let before = front.encrypted();
        assert_eq!(chat(&replica.server().await).await, status, "what we ask ourselves, {ca_file:?}");
        let passed = replica.admin().get("/api/ping").await;
        assert_eq!(passed.status.as_u16(), status, "what is passed through, {ca_file:?}: {}", passed.text());
        let widget = replica.public().get("/embed/anythingllm-chat-widget.min.js").await;
        assert_eq!(widget.status.as_u16(), status, "{ca_file:?}");
        assert_eq!(front.encrypted() > before, status == 200, "{ca_file:?}");
    }
    // The right authority and another name.
    let elsewhere = authority.leaf("anythingllm.internal");
    let front = self::front(&world, &elsewhere).await;
    let url = format!("https://{HOST}:{}", front.port);
    let replica = world.replica_with(&[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", &own)]).await;
    assert_eq!(chat(&replica.server().await).await, 502);
    assert_eq!(replica.admin().get("/api/ping").await.status, 502);
    assert_eq!(front.encrypted(), 0);
}

#[tokio::test]
async fn the_doctor_names_the_certificate_that_anythingllm_shows() {
    let world = World::start().await;
    let (authority, leaf) = authority();
    let front = front(&world, &leaf).await;
    let url = format!("https://{HOST}:{}", front.port);
    let told = doctor(&world, &[("UPSTREAM_URL", &url)]).await;
    assert_eq!(told.code, Some(1));
    let until = (world.ambient.now() + TimeDelta::days(365)).format("%Y-%m-%d").to_string();
    has(&told, "upstream", "fail", &[NAME, HOST, &until, "upstream.ca_file"]);
    assert!(!told.stdout.contains("check upstream.url"), "the address is right: {}", told.stdout);

    let own = authority.file(&leaf);
    let told = doctor(&world, &[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", &own)]).await;
    has(&told, "upstream", "ok", &[NAME, HOST, &until]);
    has(&told, "upstream", "ok", &["AnythingLLM answers at"]);

    let now = world.ambient.now();
    let expired = authority.leaf_within(HOST, now - TimeDelta::days(60), now - TimeDelta::days(30));
    let front = self::front(&world, &expired).await;
    let url = format!("https://{HOST}:{}", front.port);
    let told = doctor(&world, &[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", &own)]).await;
    has(&told, "upstream", "fail", &["expired", "renew it"]);

    let elsewhere = authority.leaf("anythingllm.internal");
    let front = self::front(&world, &elsewhere).await;
    let url = format!("https://{HOST}:{}", front.port);
    let told = doctor(&world, &[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", &own)]).await;
    has(&told, "upstream", "fail", &["anythingllm.internal", "upstream.url"]);
}

#[tokio::test]
async fn a_certificate_of_ours_that_clients_will_not_take_is_told() {
    let world = World::start().await;
    let authority = Authority::named(NAME);
    let (now, days) = (world.ambient.now(), TimeDelta::days);
    let cases = [
        ("chat.shop.example", -2, 365, "ok", "valid for chat.shop.example"),
        ("chat.shop.example", -2, 365, "ok", NAME),
        ("chat.shop.example", -60, -30, "fail", "has expired"),
        ("chat.shop.example", 30, 60, "fail", "not valid yet"),
        ("chat.shop.example", -60, 7, "warn", "ends soon"),
        ("other.example", -2, 365, "fail", "not valid for chat.shop.example"),
        ("*.shop.example", -2, 365, "ok", "valid for chat.shop.example"),
        ("*.chat.shop.example", -2, 365, "fail", "not valid for chat.shop.example"),
    ];
    for (host, begins, ends, level, words) in cases {
        let leaf = authority.leaf_within(host, now + days(begins), now + days(ends));
        let (certificate, key) = leaf.files();
        let settings = [
            ("PUBLIC_URL", "https://chat.shop.example"),
            ("PUBLIC_TLS_CERTIFICATE_FILE", certificate.as_str()),
            ("PUBLIC_TLS_PRIVATE_KEY_FILE", &key),
        ];
        has(&doctor(&world, &settings).await, "tls", level, &[words]);
        // A proxy in front shows a certificate of its own.
        if words.starts_with("not valid for") {
            let behind = [&settings[..], &[("EDGE_TRUSTED_PROXIES", "10.0.0.7")]].concat();
            has(&doctor(&world, &behind).await, "tls", "warn", &[words]);
        }
    }
}

#[tokio::test]
async fn a_shop_with_a_certificate_of_ones_own_authority_is_called() {
    let (authority, leaf) = authority();
    let shop = Shop::start_tls(&authority, HOST, |_| Reply::new(200, "in stock")).await;
    let url: Url = format!("https://{}/feed", shop.address).parse().unwrap();
    for (ca_file, called) in [(authority.file(&leaf), true), (String::new(), false)] {
        let set = |name: &str, value: &str| (format!("VESTIBULE_OUTBOUND_{name}"), value.to_owned());
        let config = configured([set("ALLOWED_NETWORKS", "127.0.0.0/8"), set("CA_FILE", &ca_file)].into());
        let answer = Outbound::new(&config.outbound).unwrap().send(Ask::get(url.clone())).await;
        match answer {
            Ok(answer) => assert!(called && answer.status == 200),
            Err(error) => assert_eq!((called, error), (false, OutboundError::Tls)),
        }
    }
}

#[tokio::test]
async fn postgresql_with_a_certificate_of_ones_own_authority_is_used_encrypted_or_not_at_all() {
    let world = World::start().await;
    let (authority, leaf) = authority();
    let plain: Url = world.database_url().parse().unwrap();
    let (host, port) = (plain.host_str().unwrap(), plain.port().unwrap_or(5432));
    let front = TlsFront::before_postgres(host, port, &leaf).await;
    let mut encrypted = plain.clone();
    encrypted.set_host(Some(HOST)).unwrap();
    encrypted.set_port(Some(front.port)).unwrap();
    let own = authority.file(&leaf);
    let stranger = Authority::new().file(&leaf);
    for (url, ca_file, works) in [
        (&encrypted, own.as_str(), true),
        (&encrypted, &stranger, false),
        // Without a file of authorities it is encrypted where the server offers it, and nothing is checked.
        (&encrypted, "", true),
        (&plain, "", true),
    ] {
        let mut variables = std::collections::BTreeMap::from([("DATABASE_URL".to_owned(), url.to_string())]);
        variables.insert("VESTIBULE_DATABASE_CA_FILE".into(), ca_file.into());
        variables.insert("VESTIBULE_DATABASE_ACQUIRE_MILLIS".into(), "2000".into());
        let database = Database::connect(&configured(variables).database).unwrap();
        let pinged = database.ping().await;
        assert_eq!(pinged.is_ok(), works, "{ca_file:?}: {pinged:?}");
    }
    assert!(front.encrypted() >= 2);
    let settings = [("DATABASE_URL", encrypted.as_str()), ("DATABASE_CA_FILE", &own)];
    let told = doctor(&world, &settings).await;
    has(&told, "database", "ok", &[NAME, HOST]);
    let replica = world.replica_with(&settings).await;
    assert_eq!(chat(&replica.server().await).await, 200, "and changes are heard over it");
    let told = doctor(&world, &[("DATABASE_URL", encrypted.as_str()), ("DATABASE_CA_FILE", &stranger)]).await;
    has(&told, "database", "fail", &[NAME, "database.ca_file"]);
}

#[tokio::test]
async fn redis_with_a_certificate_of_ones_own_authority_is_looked_at() {
    let Ok(redis) = std::env::var("TEST_REDIS_URL") else { return };
    let world = World::start().await;
    let (authority, leaf) = authority();
    let plain: Url = redis.parse().unwrap();
    let front = TlsFront::before(plain.host_str().unwrap(), plain.port().unwrap_or(6379), &leaf).await;
    let url = format!("rediss://:{}@{HOST}:{}/0", plain.password().unwrap_or_default(), front.port);
    let told = doctor(&world, &[("REDIS_URL", &url), ("REDIS_CA_FILE", &authority.file(&leaf))]).await;
    has(&told, "redis", "ok", &[NAME, HOST]);
    has(&told, "redis", "ok", &["answers, version"]);
    for ca_file in [Authority::new().file(&leaf), String::new()] {
        let told = doctor(&world, &[("REDIS_URL", &url), ("REDIS_CA_FILE", &ca_file)]).await;
        has(&told, "redis", "fail", &[NAME, "redis.ca_file"]);
    }
}

#[tokio::test]
async fn a_file_without_certificates_stops_the_start_and_is_named() {
    let world = World::start().await;
    let (_, leaf) = authority();
    let (_, key) = leaf.files();
    for (setting, name) in [
        ("VESTIBULE_UPSTREAM_CA_FILE", "upstream.ca_file"),
        ("VESTIBULE_DATABASE_CA_FILE", "database.ca_file"),
        ("VESTIBULE_OUTBOUND_CA_FILE", "outbound.ca_file"),
    ] {
        for file in [key.as_str(), "/nowhere/ca.pem"] {
            let mut variables: std::collections::BTreeMap<_, _> = environment(&world).into_iter().collect();
            variables.insert(setting.to_owned(), file.to_owned());
            let started = app::start(configured(variables), Ambient::system()).await;
            let error = format!("{:#}", started.unwrap_err());
            assert!(error.contains(name) && error.contains(file), "{error}");
            let part = if name.starts_with("upstream") { "upstream" } else { "tls" };
            let told = doctor(&world, &[(setting.trim_start_matches("VESTIBULE_"), file)]).await;
            has(&told, part, "fail", &[name, file]);
        }
    }
}
