//! Traces: what a collector is sent of a request, and what AnythingLLM is told of its trace.

mod collector;

use crate::harness::{OwnRedis, Process, World, eventually};
use collector::{Collector, attribute, hex};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;
use std::collections::BTreeSet;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const CHAT: &str = "POST /api/v1/chat";
const ASKED: &str = "POST /api/v1/workspace/{slug}/stream-chat";

/// The program beside a world's gateway, sending its traces to a collector.
async fn traced(world: &World, collector: &Collector, settings: &[(&str, &str)]) -> Process {
    let endpoint = collector.endpoint();
    let always = [
        ("VESTIBULE_TELEMETRY_OTLP_ENDPOINT", endpoint.as_str()),
        ("VESTIBULE_TELEMETRY_OTLP_PROTOCOL", "http/protobuf"),
        ("VESTIBULE_TELEMETRY_SAMPLE_RATIO", "1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ];
    Process::serve(world, &[&always[..], settings].concat()).await
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {names:?}"))
}

/// The `traceparent` that AnythingLLM was sent with a call whose path ends so.
fn told(world: &World, path: &str) -> String {
    let requests = world.upstream.control().requests();
    let asked = requests.iter().find(|request| request.path_and_query.ends_with(path)).unwrap();
    asked.headers.get("traceparent").expect("a traceparent").to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_chat_is_one_trace_with_gate_database_and_anythingllm_below_it() {
    let (world, collector) = (World::start().await, Collector::answering(200).await);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let process = traced(&world, &collector, &[]).await;
    let client = process.public().bearer(&key).with("x-request-id", "traced-chat");
    let answer = client.post("/api/v1/chat", &json!({"message": QUESTION})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let spans = collector.trace_of(CHAT).await;

    let root = named(&spans, CHAT);
    assert_eq!((root.kind(), root.parent_span_id.len()), (SpanKind::Server, 0), "{root:?}");
    for (name, expected) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/v1/chat"),
        ("http.response.status_code", "200"),
        ("url.path", "/api/v1/chat"),
        ("url.scheme", "http"),
        ("network.protocol.version", "1.1"),
        ("client.address", "127.0.0.1"),
        ("vestibule.route", "chat.create"),
        ("vestibule.outcome", "ok"),
        ("vestibule.workspace", "shop"),
        ("vestibule.listener", "public"),
        ("vestibule.request_id", "traced-chat"),
    ] {
        assert_eq!(attribute(root, name).as_deref(), Some(expected), "{name}");
    }

    let gate = named(&spans, "gate");
    assert_eq!(gate.parent_span_id, root.span_id);
    let key_lookup = named(&spans, "db.api_keys.find");
    assert_eq!((key_lookup.kind(), &key_lookup.parent_span_id), (SpanKind::Client, &gate.span_id), "{key_lookup:?}");
    assert_eq!(attribute(key_lookup, "db.system.name").as_deref(), Some("postgresql"));
    assert_eq!(attribute(key_lookup, "db.operation.name").as_deref(), Some("api_keys.find"));

    let chat = spans.iter().find(|span| span.name.starts_with("chat")).unwrap();
    assert_eq!((chat.kind(), &chat.parent_span_id), (SpanKind::Client, &root.span_id));
    assert_eq!(attribute(chat, "gen_ai.operation.name").as_deref(), Some("chat"));
    let model = attribute(chat, "gen_ai.response.model").unwrap();
    assert_eq!(chat.name, format!("chat {model}"));
    let usage = &answer.json()["usage"];
    for (name, told) in [("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")] {
        let tokens = attribute(chat, &format!("gen_ai.usage.{name}")).unwrap();
        assert_eq!(tokens, usage[told].to_string(), "{name} {usage}");
    }
    let first: f64 = attribute(chat, "gen_ai.response.time_to_first_chunk").unwrap().parse().unwrap();
    assert!(first > 0.0 && first < 20.0, "{first}");

    let asked = named(&spans, ASKED);
    assert_eq!((asked.kind(), &asked.parent_span_id), (SpanKind::Client, &chat.span_id));
    assert_eq!(attribute(asked, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(asked, "server.address").as_deref(), Some("127.0.0.1"));
    let sent = format!("00-{}-{}-01", hex(&asked.trace_id), hex(&asked.span_id));
    assert_eq!(told(&world, "/stream-chat"), sent, "AnythingLLM goes on below the call");

    // Nothing stands alone, and nothing tells what was said or with which key.
    let ids: BTreeSet<_> = spans.iter().map(|span| span.span_id.clone()).collect();
    for span in spans.iter().filter(|span| span.name != CHAT) {
        assert!(ids.contains(&span.parent_span_id), "{} has no parent here", span.name);
    }
    let everything = format!("{:?}", collector.spans());
    for secret in [QUESTION, "NW-18", "189 euros", &key, world.upstream.api_key(), &world.workspace.upstream_slug] {
        assert!(!everything.contains(secret), "{secret}");
    }
    let line = process.line(|line| line["request_id"] == "traced-chat" && line["message"] == "request").await;
    assert_eq!(line["trace_id"], hex(&root.trace_id));
}

#[tokio::test]
async fn nothing_but_requests_begins_a_trace() {
    let (world, collector) = (World::start().await, Collector::answering(200).await);
    // Background tasks look into the database all the time.
    let settings = [("VESTIBULE_USAGE_ROLLUP_MILLIS", "100"), ("VESTIBULE_CATALOG_POLL_MILLIS", "10")];
    let process = traced(&world, &collector, &settings).await;
    let spool = "vestibule_usage_rollup_lag_seconds";
    eventually(async || {
        let page = process.ops().get("/metrics").await;
        if page.text().contains(spool) { Ok(()) } else { Err(page.text().to_owned()) }
    })
    .await;
    let client = process.public().with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    client.get("/nothing").await;
    let spans = collector.trace_of("GET").await;
    let root = named(&spans, "GET");
    assert_eq!(attribute(root, "url.path").as_deref(), Some("REDACTED"));
    assert_ne!(hex(&root.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736", "a stranger's trace is not gone on with");
    assert_eq!(hex(&root.links[0].span_id), "00f067aa0ba902b7", "but linked");
    let others: Vec<_> = collector.spans().into_iter().filter(|span| span.trace_id != root.trace_id).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn a_trusted_proxy_decides_what_is_recorded_and_goes_on_in_anythingllm() {
    let (world, collector) = (World::start().await, Collector::answering(200).await);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let settings = [("VESTIBULE_EDGE_TRUSTED_PROXIES", "127.0.0.1/32"), ("VESTIBULE_TELEMETRY_SAMPLE_RATIO", "0")];
    let process = traced(&world, &collector, &settings).await;
    let client = process.public().bearer(&key);
    let ask = async |traceparent: &str| {
        let answer = client.with("traceparent", traceparent).post("/api/v1/chat", &json!({"message": QUESTION})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    ask("00-11111111111111111111111111111111-00f067aa0ba902b7-00").await;
    assert!(told(&world, "/stream-chat").starts_with("00-11111111111111111111111111111111-"), "also when unrecorded");
    assert!(told(&world, "/stream-chat").ends_with("-00"));
    ask("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").await;
    let spans = collector.trace_of(CHAT).await;
    let root = named(&spans, CHAT);
    assert_eq!(hex(&root.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex(&root.parent_span_id), "00f067aa0ba902b7");
    assert!(collector.spans().iter().all(|span| span.trace_id == root.trace_id), "the ratio is 0");
}

#[tokio::test]
async fn a_request_that_passes_through_has_its_call_below_it() {
    let (world, collector) = (World::start().await, Collector::answering(200).await);
    let process = traced(&world, &collector, &[]).await;
    assert_eq!(process.admin().get("/api/ping").await.status, 200);
    let spans = collector.trace_of("GET /{*rest}").await;
    let of_kind = |kind| spans.iter().find(|span| span.kind() == kind).unwrap();
    let call = of_kind(SpanKind::Client);
    assert_eq!(call.parent_span_id, of_kind(SpanKind::Server).span_id);
    assert_eq!(attribute(call, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(told(&world, "/api/ping"), format!("00-{}-{}-01", hex(&call.trace_id), hex(&call.span_id)));
}

#[tokio::test]
async fn a_failure_of_anythingllm_is_an_error_in_its_call_and_in_the_request() {
    let (world, collector) = (World::start().await, Collector::answering(200).await);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let process = traced(&world, &collector, &[]).await;
    world.upstream.control().fail(Failure::Status500);
    let answer = process.public().bearer(&key).post("/api/v1/chat", &json!({"message": QUESTION})).await;
    assert_eq!(answer.status, 502);
    let spans = collector.trace_of(CHAT).await;
    let root = spans.iter().find(|span| span.kind() == SpanKind::Server).unwrap();
    assert_eq!(attribute(root, "error.type").as_deref(), Some("upstream_error"));
    assert_eq!(root.status.as_ref().unwrap().code, 2, "an error");
    let asked = named(&spans, ASKED);
    assert_eq!(attribute(asked, "error.type").as_deref(), Some("500"));
}

#[tokio::test]
async fn calls_of_redis_stand_below_the_gate() {
    let (world, collector, redis) = (World::start().await, Collector::answering(200).await, OwnRedis::start().await);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let url = redis.url();
    let process = traced(&world, &collector, &[("VESTIBULE_REDIS_URL", url.as_str())]).await;
    eventually(async || {
        let page = process.ops().get("/metrics").await;
        if page.text().contains("vestibule_limits_shared 1") { Ok(()) } else { Err(page.text().to_owned()) }
    })
    .await;
    let answer = process.public().bearer(&key).post("/api/v1/chat", &json!({"message": QUESTION})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let spans = collector.trace_of(CHAT).await;
    let call = named(&spans, "redis.evalsha");
    assert_eq!(call.parent_span_id, named(&spans, "gate").span_id);
    assert_eq!(attribute(call, "db.system.name").as_deref(), Some("redis"));
    assert_eq!(attribute(call, "vestibule.redis").as_deref(), Some("limits"));
}

#[tokio::test]
async fn a_collector_that_refuses_costs_spans_and_no_request() {
    let (world, collector) = (World::start().await, Collector::answering(503).await);
    let process = traced(&world, &collector, &[]).await;
    process.public().get("/nothing").await;
    eventually(async || {
        let page = process.ops().get("/metrics").await;
        let line =
            |name: &str| page.text().lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let counted = ["exported_total", "lost_total"].map(|name| line(&format!("vestibule_trace_spans_{name}")));
        let failures = line("vestibule_trace_export_failures_total");
        match (counted, failures) {
            ([Some(0), Some(1..)], Some(1..)) => Ok(()),
            seen => Err(seen),
        }
    })
    .await;
    assert!(process.log().contains("HTTP 503"), "{}", process.log());
}

#[tokio::test]
async fn without_a_collector_anythingllm_is_told_of_traces_that_others_have_begun() {
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.1/32").start().await;
    let client = world.server().await;
    let begun = client.with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(begun.post("/api/v1/chat", &json!({"message": QUESTION})).await.status, 200);
    let told = told(&world, "/stream-chat");
    assert!(told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told.ends_with("-01"), "{told}");
    assert!(!told.contains("00f067aa0ba902b7"), "below us, not beside us");
}
