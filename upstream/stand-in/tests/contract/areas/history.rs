//! Histories, with their limits, sessions and resets.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, skipped};
use crate::client::Connection;
use crate::recording::Recording;

const READS: &[&str] = &[
    "history/all",
    "history/limit0",
    "history/limit1",
    "history/limit2_desc",
    "history/limit_nan",
    "history/limit_negative",
    "history/missing_ws",
    "history/no_key",
    "history/orderby_bad",
    "history/session",
    "history/session_array",
    "history/session_number",
    "history/session_unknown",
    "history/session_after_reset_all",
    "history/ui_chats_admin",
    "history/ui_chats_user",
];

const CLIENT_LEAVES: &[&str] = &["chat/stream_client_abort", "history/after_client_abort"];

const CLIENT_LEAVES_PLAIN: &[&str] = &["chat/chat_client_abort", "history/after_client_abort_nonstream"];

pub(crate) const REPLAYED: &[&[&str]] = &[READS, CLIENT_LEAVES, CLIENT_LEAVES_PLAIN];

async fn say(bench: &Bench, body: serde_json::Value) {
    let path = format!("/api/v1/workspace/{}/chat", bench.names.get("contract-docs"));
    bench.api("POST", &path, &body).await;
}

#[rstest]
#[tokio::test]
async fn histories_are_read_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.members().await;
    for message in ["What does the gateway forward?", "And the tomatoes?", "Which birds are fast?"] {
        say(&bench, json!({ "message": message, "mode": "chat" })).await;
    }
    for session in [json!("sess-A"), json!(42)] {
        say(&bench, json!({ "message": "tomatoes", "mode": "chat", "sessionId": session })).await;
        // Hidden, yet still listed under its session.
        say(&bench, json!({ "reset": true, "sessionId": session })).await;
    }
    bench.replay(READS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn oldest_pairs_come_first_and_the_limit_keeps_them(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    for message in ["one", "two", "three"] {
        say(&bench, json!({ "message": message, "mode": "chat" })).await;
    }
    let slug = bench.names.get("contract-docs");
    let path = format!("/api/v1/workspace/{slug}/chats?limit=1");
    let oldest = bench.api("GET", &path, &json!(null)).await;
    assert_eq!(oldest["history"][0]["content"], "one");
    assert_eq!(oldest["history"].as_array().map(Vec::len), Some(2));
    let newest = bench.api("GET", &format!("{path}&orderBy=desc"), &json!(null)).await;
    assert_eq!(newest["history"][0]["content"], "three");
    say(&bench, json!({ "reset": true })).await;
    let path = format!("/api/v1/workspace/{slug}/chats");
    let hidden = bench.api("GET", &path, &json!(null)).await;
    assert_eq!(hidden["history"], json!([]));
}

#[rstest]
#[tokio::test]
async fn answer_of_a_client_that_left_is_stored_as_far_as_it_got(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("leaving clients", "a real server does not tell when it has noticed");
        return;
    };
    control.set_token_delay(Duration::from_millis(1));
    control.set_tokens(Some(100_000));
    let recording = Recording::load(CLIENT_LEAVES[0], &bench.names);
    let mut connection = Connection::open(bench.addr()).await;
    connection.send(&recording.request()).await;
    connection.head().await.expect("a head");
    for _ in 0..5 {
        connection.chunk().await.expect("a frame");
    }
    drop(connection);
    let noticed = control.until(|control| control.aborted_streams() == 1, Duration::from_secs(10)).await;
    assert!(noticed);
    assert_eq!(control.open_streams(), 0);
    bench.replay(&CLIENT_LEAVES[1..]).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn plain_answer_is_finished_although_the_client_left(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("leaving clients", "a real server does not tell when it has noticed");
        return;
    };
    control.set_token_delay(Duration::from_millis(2));
    control.set_tokens(Some(50));
    let recording = Recording::load(CLIENT_LEAVES_PLAIN[0], &bench.names);
    let mut connection = Connection::open(bench.addr()).await;
    connection.send(&recording.request()).await;
    let begun =
        |control: &vestibule_stand_in::Control| control.requests().last().is_some_and(|request| request.body_len > 0);
    assert!(control.until(begun, Duration::from_secs(10)).await);
    drop(connection);
    let slug = bench.names.get("contract-docs");
    let stored = control.until(|control| control.stored_chats(&slug) == 1, Duration::from_secs(10)).await;
    assert!(stored);
    bench.replay(&CLIENT_LEAVES_PLAIN[1..]).await;
    bench.finish().await;
}
