//! Usage over the API: the numbers are those that the client itself counted, to the last request and token.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule::app::usage::UsageUpkeep;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::scope::Scope;
use vestibule::telemetry::metrics::Metrics;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

fn question(stream: bool) -> Value {
    json!({"message": QUESTION, "stream": stream})
}

fn public_id(key: &str) -> String {
    ApiKey::parse(key).unwrap().public_id().to_string()
}

/// A client that may read the usage of the whole tenant, through a replica of its own, so that reading is not what is
/// read.
async fn reader(world: &World) -> (Http, String) {
    let scopes = [Scope::UsageRead].into_iter().collect();
    let key = world.key(KeySpec { workspace: None, scopes, ..world.spec(KeyKind::Secret) }).await;
    (world.public().bearer(&key), key)
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

/// What a client counted itself.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Count {
    requests: u64,
    outcomes: BTreeMap<String, u64>,
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl Count {
    fn outcome(&mut self, outcome: &str) {
        self.requests += 1;
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
    }

    fn answered(&mut self, usage: &Value) {
        self.outcome("ok");
        self.prompt_tokens += usage["prompt_tokens"].as_u64().unwrap();
        self.completion_tokens += usage["completion_tokens"].as_u64().unwrap();
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += count;
        }
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
    }

    /// The same of an answer about usage.
    fn of(numbers: &Value) -> Self {
        let number = |name: &str| numbers[name].as_u64().unwrap_or_else(|| panic!("{name} of {numbers}"));
        let mut outcomes: BTreeMap<String, u64> = serde_json::from_value(numbers["outcomes"].clone()).unwrap();
        if number("ok") > 0 {
            outcomes.insert("ok".to_owned(), number("ok"));
        }
        assert_eq!(
            number("requests"),
            ["ok", "nothing_found", "refused", "left", "failed"].map(number).into_iter().sum::<u64>(),
            "{numbers}"
        );
        assert_eq!(number("total_tokens"), number("prompt_tokens") + number("completion_tokens"), "{numbers}");
        Self {
            requests: number("requests"),
            outcomes,
            prompt_tokens: number("prompt_tokens"),
            completion_tokens: number("completion_tokens"),
        }
    }
}

/// The answer's groups by their value; `-` for null.
fn groups(answer: &Value) -> BTreeMap<String, Count> {
    let groups = answer["groups"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    groups.map(|group| (group["group"]["value"].as_str().unwrap_or("-").to_owned(), Count::of(group))).collect()
}

async fn usage(client: &Http, query: &str) -> Value {
    let answer = client.get(&format!("/api/v1/usage?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Known requests of several keys.
struct Mix {
    /// By key's public id.
    keys: BTreeMap<String, Count>,
    server: String,
    browser: String,
    other: String,
}

async fn make(world: &World) -> Mix {
    let control = world.upstream.control();
    let other = world.add_workspace("other").await;
    let server = world.key(world.spec(KeyKind::Secret)).await;
    let browser = world.publishable_key().await;
    let poor = KeyLimits { per_minute: Some(1), burst: Some(1), ..KeyLimits::default() };
    let other = KeySpec { workspace: Some(other.id), limits: poor, ..world.spec(KeyKind::Secret) };
    let other = world.key(other).await;
    let revoked = world.key(world.spec(KeyKind::Secret)).await;
    world.revoke(&revoked).await;
    let mut keys = BTreeMap::new();

    let (client, mut count) = (world.public().bearer(&server), Count::default());
    for _ in 0..3 {
        let answer = client.post("/api/v1/chat", &question(false)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        count.answered(&answer.json()["usage"]);
    }
    let events = client.stream("/api/v1/chat", &question(true)).await.rest().await;
    count.answered(&events.last().unwrap().data["usage"]);
    assert_eq!(client.post("/api/v1/chat", &json!({"message": ""})).await.status, 422);
    count.outcome("validation_failed");
    assert_eq!(client.get("/api/v1/workspaces").await.status, 403);
    count.outcome("insufficient_scope");
    control.fail(Failure::Status500);
    assert_eq!(client.post("/api/v1/chat", &question(false)).await.status, 502);
    count.outcome("upstream_error");
    control.heal();
    assert_eq!(client.with("origin", ORIGIN).post("/api/v1/chat", &question(false)).await.status, 401);
    count.outcome("invalid_token");
    keys.insert(public_id(&server), count);

    let (page, mut count) = (world.public().bearer(&browser).with("origin", ORIGIN), Count::default());
    for _ in 0..2 {
        let answer = page.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        count.outcome("ok");
    }
    let events = page.stream("/api/v1/chat", &question(true)).await.rest().await;
    count.answered(&events.last().unwrap().data["usage"]);
    let stranger = world.public().bearer(&browser).with("origin", "https://evil.example");
    for _ in 0..4 {
        assert_eq!(stranger.post("/api/v1/chat", &question(false)).await.status, 403);
        count.outcome("forbidden_origin");
    }
    keys.insert(public_id(&browser), count);

    let (client, mut count) = (world.public().bearer(&other), Count::default());
    count.answered(&client.post("/api/v1/chat", &question(false)).await.json()["usage"]);
    for _ in 0..2 {
        assert_eq!(client.post("/api/v1/chat", &question(false)).await.status, 429);
        count.outcome("rate_limited");
    }
    keys.insert(public_id(&other), count);

    let mut count = Count::default();
    assert_eq!(world.public().bearer(&revoked).post("/api/v1/chat", &question(false)).await.status, 401);
    count.outcome("key_revoked");
    keys.insert(public_id(&revoked), count);

    // Nobody's: no key, a key that does not exist.
    assert_eq!(world.public().post("/api/v1/chat", &question(false)).await.status, 401);
    let stranger = ApiKey::generate(
        KeyKind::Secret,
        vestibule::domain::key::KeyEnv::Test,
        &vestibule::domain::clock::SystemRandomness,
    );
    assert_eq!(world.public().bearer(stranger.expose()).post("/api/v1/chat", &question(false)).await.status, 401);
    Mix { keys, server, browser, other }
}

fn upkeep(world: &World) -> UsageUpkeep {
    UsageUpkeep {
        database: world.database.clone(),
        settings: world.config.usage.clone(),
        metrics: Metrics::new().into(),
        ambient: world.ambient.clone(),
    }
}

#[tokio::test]
async fn the_numbers_are_those_the_client_counted() {
    let mut world = World::start().await;
    let mix = make(&world).await;
    let mut whole = Count::default();
    for count in mix.keys.values() {
        whole.add(count);
    }
    assert!(whole.requests > 15 && whole.completion_tokens > 0);
    // All is written once the gateway has stopped; another one answers.
    let replica = world.replica().await;
    world.stop().await;
    let (client, reading) = reader(&replica).await;
    for added in [false, true] {
        if added {
            upkeep(&replica).add_up().await;
            // What reads counts, too, by now or a little later; it is left out below.
            let [waiting]: [i64; 1] = replica.query("SELECT count(*) FROM vestibule.usage_pending WHERE api_key_id IN (SELECT id FROM vestibule.api_keys WHERE workspace_id IS NOT NULL)").await[..].try_into().unwrap();
            assert_eq!(waiting, 0);
        }
        let mut by_key = groups(&usage(&client, "group_by=key").await);
        by_key.remove(&public_id(&reading));
        assert_eq!(by_key, mix.keys, "added: {added}");

        let slugs = groups(&usage(&client, "group_by=workspace&granularity=day").await);
        let mut shop = whole.clone();
        let theirs = &mix.keys[&public_id(&mix.other)];
        shop.requests -= theirs.requests;
        assert_eq!((slugs["shop"].requests, &slugs["other"]), (shop.requests, theirs));

        let of_shop = usage(&client, "workspace=shop&group_by=outcome").await;
        assert_eq!(Count::of(&of_shop["totals"]).requests, shop.requests);
        assert_eq!(groups(&of_shop)["forbidden_origin"].requests, 4);
        assert_eq!(groups(&of_shop)["key_revoked"].requests, 1);
        assert!(!groups(&of_shop).contains_key("rate_limited"), "another workspace's");

        let page = format!("key={}&group_by=origin", public_id(&mix.browser));
        let origins = groups(&usage(&client, &page).await);
        assert_eq!((origins[ORIGIN].requests, origins["https://evil.example"].requests), (3, 4));
        assert_eq!(origins.len(), 2);

        let routes = groups(&usage(&client, &format!("key={}&group_by=route", public_id(&mix.browser))).await);
        assert_eq!((routes["knowledge.query"].requests, routes["chat.create"].requests), (2, 5));
        assert_eq!(routes["knowledge.query"].completion_tokens, 0);

        let path = format!("/api/v1/keys/{}/usage", public_id(&mix.server));
        let of_key = client.get(&path).await.json();
        assert_eq!(Count::of(&of_key["totals"]), mix.keys[&public_id(&mix.server)]);
        let lines = of_key["data"].as_array().unwrap();
        assert!((24..=26).contains(&lines.len()), "every hour of a day has its line: {}", lines.len());
        let mut sum = Count::default();
        for line in lines {
            sum.add(&Count::of(line));
        }
        assert_eq!(sum, mix.keys[&public_id(&mix.server)]);
        let totals = &of_key["totals"];
        for times in ["first_byte_ms", "total_ms", "gateway_ms"] {
            let percentile = |name: &str| totals[times][name].as_f64().unwrap_or_else(|| panic!("{totals}"));
            assert!(percentile("p50") > 0.0 && percentile("p50") <= percentile("p95"), "{totals}");
            assert!(percentile("p95") <= percentile("p99"), "{totals}");
        }
        assert!(totals["gateway_ms"]["p50"].as_f64() <= totals["total_ms"]["p99"].as_f64());
        assert_eq!((totals["tokens_estimated"].as_u64(), totals["cache_hits"].as_u64()), (Some(0), Some(0)));
    }
}

#[tokio::test]
async fn numbers_are_fresh_without_being_added_up() {
    let world = World::builder().set("USAGE_ROLLUP_MILLIS", 600_000).start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let (client, _) = reader(&world).await;
    for done in 1..=3_u64 {
        assert_eq!(world.public().bearer(&key).get("/api/v1/messages?session_id=x").await.status, 200);
        eventually(async || {
            let seen = usage(&client, &format!("key={}", public_id(&key))).await;
            let requests = seen["totals"]["requests"].as_u64().unwrap();
            assert!(requests <= done);
            if requests == done { Ok(()) } else { Err(seen) }
        })
        .await;
    }
    let seen = usage(&client, "").await;
    let complete: DateTime<Utc> = seen["complete_until"].as_str().unwrap().parse().unwrap();
    assert!((world.ambient.now() - complete).abs() < TimeDelta::minutes(1), "{seen}");
}

#[tokio::test]
async fn a_gateway_adds_up_and_makes_partitions_by_itself() {
    let world = World::builder().set("USAGE_ROLLUP_MILLIS", 100).start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    assert_eq!(world.public().bearer(&key).get("/api/v1/messages?session_id=x").await.status, 200);
    eventually(async || {
        let sums: Vec<i64> = world
            .query("SELECT requests FROM vestibule.usage_rollups WHERE (granularity, scope, dimension) = ('day', 'key', 'none')")
            .await;
        let partitions: Vec<String> =
            world.query("SELECT relname::text FROM pg_class WHERE relname ~ '^usage_events_p[0-9]{8}$'").await;
        if sums == [1] && partitions.len() == 4 { Ok(()) } else { Err((sums, partitions)) }
    })
    .await;
    let metrics = world.ops().get("/metrics").await;
    eventually(async || {
        let text = world.ops().get("/metrics").await.text().to_owned();
        let good = text.contains("vestibule_usage_events_rolled_up_total 1")
            && text.contains("vestibule_usage_rollup_lag_seconds 0");
        if good { Ok(()) } else { Err(text) }
    })
    .await;
    assert_eq!(metrics.status, 200);
}

#[tokio::test]
async fn a_hit_of_the_knowledge_cache_counts_as_one() {
    let mut world = World::start().await;
    world.change_settings(r#"settings = settings || '{"cache_ttl_secs": 60}'"#).await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let client = world.public().bearer(&key);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = client.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
        seen.push(answer.header("x-cache").unwrap().to_owned());
    }
    assert_eq!(seen, ["miss", "hit", "hit"]);
    let replica = world.replica().await;
    world.stop().await;
    let (client, _) = reader(&replica).await;
    let totals = usage(&client, &format!("key={}", public_id(&key))).await["totals"].clone();
    assert_eq!((totals["cache_hits"].as_u64(), totals["cache_misses"].as_u64()), (Some(2), Some(1)));
}

#[tokio::test]
async fn a_key_of_a_workspace_sees_that_one_only() {
    let mut world = World::start().await;
    let mix = make(&world).await;
    let replica = world.replica().await;
    world.stop().await;
    let scopes = [Scope::UsageRead].into_iter().collect();
    let key = replica.key(KeySpec { scopes, ..replica.spec(KeyKind::Secret) }).await;
    let client = replica.public().bearer(&key);
    let slugs = groups(&usage(&client, "group_by=workspace").await);
    assert_eq!(slugs.keys().collect::<Vec<_>>(), ["shop"]);
    let keys = groups(&usage(&client, "group_by=key&workspace=shop").await);
    assert!(keys.contains_key(&public_id(&mix.server)) && !keys.contains_key(&public_id(&mix.other)), "{keys:?}");
    let theirs = public_id(&mix.other);
    for path in [
        "/api/v1/usage?workspace=other".to_owned(),
        "/api/v1/usage?workspace=nothing".to_owned(),
        format!("/api/v1/usage?key={theirs}"),
        "/api/v1/usage?key=aaaaaaaaaaaa".to_owned(),
        format!("/api/v1/keys/{theirs}/usage"),
        format!("/api/v1/keys/{}/usage", uuid::Uuid::new_v4()),
        "/api/v1/keys/nonsense/usage".to_owned(),
    ] {
        assert_eq!(told(&client.get(&path).await), (404, "not_found".into()), "{path}");
    }
    // The tenant's own key finds them.
    let (whole, _) = reader(&replica).await;
    assert_eq!(whole.get(&format!("/api/v1/keys/{theirs}/usage")).await.status, 200);
    assert_eq!(told(&whole.get("/api/v1/usage?workspace=nothing").await), (404, "not_found".into()));
}

#[tokio::test]
async fn who_may_not_read_usage_is_told_so() {
    let world = World::start().await;
    let server = world.server().await;
    let browser = world.browser().await;
    for path in ["/api/v1/usage".to_owned(), format!("/api/v1/keys/{}/usage", uuid::Uuid::new_v4())] {
        assert_eq!(told(&world.public().get(&path).await), (401, "unauthenticated".into()), "{path}");
        assert_eq!(told(&server.get(&path).await), (403, "insufficient_scope".into()), "{path}");
        assert_eq!(told(&browser.get(&path).await), (403, "insufficient_scope".into()), "{path}");
        assert_eq!(world.public().send(Method::POST, &path, "{}").await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let world = World::start().await;
    let (client, _) = reader(&world).await;
    let faults = async |path: &str| -> Vec<(String, String)> {
        let answer = client.get(path).await;
        assert_eq!(told(&answer), (422, "validation_failed".into()), "{path}");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let said = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        errors.iter().map(|error| (said(error, "field"), said(error, "code"))).collect()
    };
    let fault = |field: &str, code: &str| (field.to_owned(), code.to_owned());
    assert_eq!(
        faults("/api/v1/usage?key=x&group_by=y&granularity=z&format=pdf&to=never&page=2").await,
        [
            fault("group_by", "format"),
            fault("key", "format"),
            fault("to", "format"),
            fault("granularity", "format"),
            fault("format", "format"),
            fault("page", "unknown"),
        ]
    );
    let id = uuid::Uuid::new_v4();
    let hours = "from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&granularity=hour";
    assert_eq!(faults(&format!("/api/v1/usage?{hours}")).await, [fault("from", "out_of_range")]);
    assert_eq!(faults(&format!("/api/v1/keys/{id}/usage?{hours}")).await, [fault("from", "out_of_range")]);
    assert_eq!(faults(&format!("/api/v1/keys/{id}/usage?group_by=key")).await, [fault("group_by", "unknown")]);
}

#[tokio::test]
async fn csv_has_the_same_lines_and_no_formulas() {
    let mut world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.change_key(&key, r#"name = '=HYPERLINK("https://evil.example","a, b")'"#).await;
    let client = world.public().bearer(&key);
    let answer = client.post("/api/v1/chat", &question(false)).await;
    let tokens = answer.json()["usage"]["total_tokens"].as_u64().unwrap();
    assert_eq!(client.post("/api/v1/chat", &json!({})).await.status, 422);
    let replica = world.replica().await;
    world.stop().await;
    let (client, _) = reader(&replica).await;
    let path = format!("/api/v1/usage?key={}&group_by=key&granularity=day", public_id(&key));
    let asked = client.with("accept", "text/csv").get(&path).await;
    let named = client.get(&format!("{path}&format=csv")).await;
    assert_eq!(asked.text(), named.text());
    assert_eq!(asked.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    let lines: Vec<&str> = asked.text().split("\r\n").collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("start,group,group_id,group_name,requests,ok,nothing_found,refused,left,failed,outcomes,")
    );
    let name = r#","'=HYPERLINK(""https://evil.example"",""a, b"")",2,1,0,1,0,0,validation_failed:1,"#;
    assert!(lines[1].contains(name), "{}", lines[1]);
    assert!(lines[1].contains(&format!(",{tokens},0,")), "{}", lines[1]);
    assert_eq!(lines[2], "");
    let series = client.get(&format!("/api/v1/keys/{}/usage?format=csv&granularity=day", public_id(&key))).await;
    assert!(series.text().starts_with("start,requests,"), "{}", series.text());
    assert_eq!(
        client.with("accept", "text/csv").get(&format!("{path}&format=json")).await.json()["groups"][0]["requests"],
        2
    );
}

#[tokio::test]
async fn without_the_database_usage_is_refused() {
    let world = World::start().await;
    let (client, _) = reader(&world).await;
    assert_eq!(usage(&client, "").await["group_by"], Value::Null);
    world.cut_off_the_database().await;
    let answer = client.get("/api/v1/usage").await;
    assert_eq!(told(&answer), (503, "service_unavailable".into()));
    world.restore_the_database().await;
}
