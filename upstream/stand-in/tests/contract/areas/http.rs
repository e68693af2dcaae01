//! The HTTP level: CORS, caching, methods, unknown paths, request forms.

use rstest::rstest;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::Bench;
use crate::client::{Connection, exchange, request};
use crate::recording::{Names, Recording};

const ALL: &[&str] = &[
    "http/absolute_form",
    "http/accept_encoding",
    "http/chunked_request",
    "http/chunked_request_trailers",
    "http/connection_close",
    "http/content_length_zero",
    "http/delete_ping",
    "http/expect_100",
    "http/expect_other",
    "http/get_v1_vector_search",
    "http/get_with_bad_json_body",
    "http/get_with_body",
    "http/get_with_origin",
    "http/get_with_origin_403",
    "http/h2c_upgrade",
    "http/head_ping",
    "http/head_post_only",
    "http/head_root",
    "http/head_v1_auth",
    "http/header_high_bytes",
    "http/header_size_15000",
    "http/header_size_16000",
    "http/header_size_17000",
    "http/header_size_40000",
    "http/header_size_8000",
    "http/headers_2500",
    "http/http10",
    "http/http10_keepalive",
    "http/if_none_match_304",
    "http/if_none_match_v1_auth",
    "http/missing_asset",
    "http/no_cache_request",
    "http/no_host",
    "http/options_no_origin",
    "http/options_origin",
    "http/options_star",
    "http/options_unknown",
    "http/patch_workspace",
    "http/post_ping",
    "http/put_v1_auth",
    "http/robots",
    "http/root",
    "http/spa_route",
    "http/te_identity_chunked",
    "http/trace",
    "http/two_hosts",
    "http/unknown_api_path",
    "http/unknown_v1_path",
    "http/url_15000",
    "http/url_20000",
];

/// Texts differ on purpose, types do not.
const PAGES: &[&str] = &["http/manifest", "http/docs"];

/// About connections, not single requests.
const CONNECTIONS: &[&str] = &["http/pipelining", "http/keepalive_after_sse", "http/keepalive_idle_close"];

/// Refused by the parser, which has no more to say than a status.
const UNREADABLE: &[&str] = &[
    "http/bad_content_length",
    "http/bad_version",
    "http/chunked_bad_size",
    "http/garbage",
    "http/header_ctrl_char",
    "http/obs_fold",
    "http/space_before_colon",
    "http/te_gzip",
    "http/bad_method",
];

pub(crate) const REPLAYED: &[&[&str]] = &[ALL, PAGES, CONNECTIONS, UNREADABLE];

#[rstest]
#[tokio::test]
async fn http_is_spoken_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(ALL).await;
    bench.replay(PAGES).await;
    bench.finish().await;
}

/// What was observed on a recorded connection.
fn observed(name: &str) -> serde_json::Value {
    Recording::load(name, &Names::default()).value["observed"].clone()
}

#[rstest]
#[tokio::test]
async fn pipelined_requests_are_answered_in_order(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let key = format!("Bearer {}", bench.names.get("<API_KEY>"));
    let ping = request("GET", "/api/ping", &[], b"");
    let auth = request("GET", "/api/v1/auth", &[("Authorization", key.as_str())], b"");
    let mut connection = Connection::open(bench.addr()).await;
    connection.send(&[ping.clone(), ping.clone(), ping, auth].concat()).await;
    for expected in observed(CONNECTIONS[0])["answers"].as_array().expect("answers") {
        let answer = connection.answer("GET", 0).await.expect("an answer");
        assert_eq!(serde_json::json!([answer.status, answer.text()]), *expected);
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn connection_is_reusable_after_a_stream(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let recording = Recording::load("chat/stream_query_mode_empty_ws", &bench.names);
    let mut connection = Connection::open(bench.addr()).await;
    connection.send(&recording.request()).await;
    let stream = connection.answer("POST", usize::MAX).await.expect("a stream");
    assert!(stream.complete);
    let expected = observed(CONNECTIONS[1]);
    assert_eq!(serde_json::json!(stream.header("keep-alive")), expected["sse_keepalive_header"]);
    connection.send(&request("GET", "/api/ping", &[], b"")).await;
    let second = connection.answer("GET", 0).await.expect("an answer");
    assert_eq!(serde_json::json!(second.status), expected["second_request_status"]);
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn idle_connection_is_closed(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let mut connection = Connection::open(bench.addr()).await;
    for status in observed(CONNECTIONS[2])["statuses"].as_array().expect("statuses") {
        connection.send(&request("GET", "/api/ping", &[], b"")).await;
        let answer = connection.answer("GET", 0).await.expect("an answer");
        assert_eq!(serde_json::json!(answer.status), *status);
    }
    let idle = tokio::time::Instant::now();
    assert!(connection.rest().await.is_empty());
    assert!(idle.elapsed().as_secs_f64() > 4.5, "{:?}", idle.elapsed());
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn unreadable_requests_are_refused(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let mut accepted = Vec::new();
    for name in UNREADABLE {
        let recording = Recording::load(name, &bench.names);
        let answer = exchange(bench.addr(), "GET", &recording.request()).await;
        let status = answer.map(|answer| answer.status);
        if status != Some(400) {
            accepted.push((name, status));
        }
    }
    assert!(accepted.is_empty(), "{accepted:?}");
    bench.finish().await;
}
