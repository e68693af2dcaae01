//! Widgets: their settings and their public endpoints.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::Failure;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, skipped};

const SETTINGS: &[&str] = &[
    "embed/new_allowlist",
    "embed/new_allowlist_array",
    "embed/new_bad_domains",
    "embed/new_bad_mode",
    "embed/new_daylimit",
    "embed/new_missing_ws",
    "embed/new_no_key",
    "embed/new_no_slug",
    "embed/new_open",
    "embed/new_query",
    "embed/list",
];

const CHATS: &[&str] = &[
    "embed/preflight_allowed",
    "embed/preflight_disallowed",
    "embed/chat_bad_uuid",
    "embed/chat_unknown_embed",
    "embed/chat_disallowed_origin",
    "embed/chat_no_origin",
    "embed/chat_origin_http",
    "embed/chat_origin_null",
    "embed/chat_origin_port",
    "embed/chat_origin_trailing_slash",
    "embed/chat_origin_upper",
    "embed/chat_allowed_origin",
    "embed/chat_other_allowed_origin",
    "embed/chat_overrides",
    "embed/chat_over_session_limit",
];

/// With widgets that have no allow-list of origins, and so answer everybody or, where lists are required, nobody.
const OPEN: &[&str] = &[
    "embed/chat_array_allowlist_evil_origin",
    "embed/chat_bad_session_id",
    "embed/chat_no_session_id",
    "embed/chat_no_body",
    "embed/chat_empty_message",
    "embed/chat_open_no_origin",
    "embed/chat_open_with_origin",
    "embed/chat_text_plain",
    "embed/chat_query_refusal",
    "embed/chat_day_1",
    "embed/chat_over_day_limit",
    "embed/v1_chats_session",
];

const HISTORY: &[&str] = &[
    "embed/history",
    "embed/history_disallowed_origin",
    "embed/history_non_uuid_session",
    "embed/history_unknown_embed",
    "embed/history_unknown_session",
    "embed/delete_history",
    "embed/history_after_delete",
    "embed/v1_chats",
    "embed/v1_chats_missing",
    "embed/v1_update_bad",
    "embed/v1_update_missing",
    "embed/v1_update",
    "embed/chat_disabled",
    "embed/history_disabled",
    "embed/v1_delete",
    "embed/v1_delete_missing",
];

const FAULTS: &[&str] = &["embed/chat_llm_500", "embed/chat_llm_drop"];

pub(crate) const REPLAYED: &[&[&str]] = &[SETTINGS, CHATS, OPEN, HISTORY, FAULTS];

/// Creates the recorded widgets.
async fn widgets(bench: &mut Bench) {
    let docs = bench.names.get("contract-docs");
    let empty = bench.names.get("single-mode-ws");
    for (recorded, settings) in [
        (
            "4277cca5-bab3-43de-bea4-450676b2486d",
            json!({ "workspace_slug": docs, "chat_mode": "chat", "allowlist_domains": ["https://good.example"] }),
        ),
        (
            "c8aa4bf5-31cb-4a4c-a67a-4679e1b0fd31",
            json!({
                "workspace_slug": docs,
                "chat_mode": "chat",
                "allowlist_domains": "https://good.example,https://other.example",
                "max_chats_per_session": 2,
            }),
        ),
        ("05eeb9d1-0db7-4025-84c4-27bef0215658", json!({ "workspace_slug": docs, "chat_mode": "chat" })),
        ("b8593d61-3ac6-40f7-834d-134ce250e8dd", json!({ "workspace_slug": empty, "chat_mode": "query" })),
        (
            "7fa19a5a-fbe4-482e-bf19-3302d2cf65c1",
            json!({ "workspace_slug": docs, "chat_mode": "chat", "max_chats_per_day": 1 }),
        ),
    ] {
        let created = bench.api("POST", "/api/v1/embed/new", &settings).await;
        let uuid = created["embed"]["uuid"].as_str().expect("a uuid").to_owned();
        bench.names.set(recorded, &uuid);
    }
}

/// Whether a widget without an allow-list looks at what it is asked.
async fn open_widgets_answer(bench: &Bench) -> bool {
    let path = format!("/api/embed/{}/stream-chat", bench.names.get("05eeb9d1-0db7-4025-84c4-27bef0215658"));
    bench.call("POST", &path, "", &json!({})).await.status != 401
}

#[rstest]
#[tokio::test]
async fn widgets_are_managed_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(SETTINGS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn widgets_answer_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    widgets(&mut bench).await;
    bench.replay(CHATS).await;
    if open_widgets_answer(&bench).await {
        bench.replay(OPEN).await;
    } else {
        skipped("widgets without an allow-list", "this server has EMBED_REQUIRE_ALLOWLIST set");
    }
    bench.replay(HISTORY).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn provider_faults_reach_the_widget_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("provider faults in widgets", "a real server's provider cannot be broken from here");
        return;
    };
    bench.documents().await;
    widgets(&mut bench).await;
    control.fail_times(Failure::AbortFrame { error: "500 stub upstream exploded".to_owned() }, 1);
    bench.replay(&FAULTS[..1]).await;
    control.fail(Failure::AbortThenFinalize);
    bench.replay(&FAULTS[1..]).await;
    bench.finish().await;
}
