//! Chats through the developer API and the web interface, plain and streamed.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::Failure;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, skipped};

const CHECKS: &[&str] = &[
    "chat/chat_bad_mode",
    "chat/chat_empty_message",
    "chat/chat_message_number",
    "chat/chat_missing_message",
    "chat/chat_no_key",
    "chat/chat_null_body",
    "chat/chat_slug_wrong_case",
    "chat/chat_unknown_workspace",
    "chat/chat_message_array",
    "chat/chat_message_object",
    "chat/chat_attachment_null_item",
    "chat/stream_bad_mode",
    "chat/stream_empty_message",
    "chat/stream_message_number",
    "chat/stream_missing_message",
    "chat/stream_no_key",
    "chat/stream_null_body",
    "chat/stream_slug_wrong_case",
    "chat/stream_unknown_workspace",
    "chat/stream_message_array",
    "chat/stream_message_object",
    "chat/stream_attachment_null_item",
    "chat/stream_with_session_jwt",
    "chat/stream_get_method",
];

const PLAIN: &[&str] = &[
    "chat/chat_chat_mode",
    "chat/chat_chat_session",
    "chat/chat_chat_session_2",
    "chat/chat_chat_session_number",
    "chat/chat_query_mode_hit",
    "chat/chat_query_mode_no_hit",
    "chat/chat_query_mode_empty_ws",
    "chat/chat_no_mode_field",
    "chat/chat_no_mode_field_query_ws",
    "chat/chat_automatic_mode",
    "chat/chat_agent_prefix",
    "chat/chat_message_spaces",
    "chat/chat_attachment_image",
    "chat/chat_attachment_document",
    "chat/chat_attachment_bad",
    "chat/chat_attachment_bad_item",
    "chat/chat_reset_only",
    "chat/chat_reset_with_message",
    "chat/chat_slash_reset",
    "chat/chat_extra_fields",
    "chat/chat_unicode",
    "chat/chat_long_message",
];

const STREAMED: &[&str] = &[
    "chat/stream_chat_mode",
    "chat/stream_chat_session",
    "chat/stream_chat_session_2",
    "chat/stream_chat_session_number",
    "chat/stream_query_mode_hit",
    "chat/stream_query_mode_no_hit",
    "chat/stream_query_mode_empty_ws",
    "chat/stream_no_mode_field",
    "chat/stream_no_mode_field_query_ws",
    "chat/stream_automatic_mode",
    "chat/stream_agent_prefix",
    "chat/stream_message_spaces",
    "chat/stream_attachment_image",
    "chat/stream_attachment_document",
    "chat/stream_attachment_bad",
    "chat/stream_attachment_bad_item",
    "chat/stream_reset_only",
    "chat/stream_reset_with_message",
    "chat/stream_slash_reset",
    "chat/stream_extra_fields",
    "chat/stream_unicode",
    "chat/stream_long_message",
    "chat/stream_accept_gzip",
    "chat/stream_with_origin",
    "chat/stream_fast_burst_400",
];

/// While the workspace is in automatic mode.
const INTERFACE_AGENT: &[&str] = &[
    "chat/ui_stream_chat_admin",
    "chat/ui_stream_chat_agent",
    "websocket/ui_agent_start",
    "chat/ui_stream_chat_api_key",
    "chat/ui_stream_chat_empty",
    "chat/ui_stream_chat_no_token",
    "chat/ui_stream_chat_not_member",
];

const INTERFACE_CHAT: &[&str] = &["chat/ui_stream_chat_user", "chat/ui_stream_chat_limited_1"];

/// Never ends: one frame is read.
const OVER_QUOTA: &[&str] = &["chat/ui_stream_chat_limited_over", "chat/ui_stream_chat_limited_over_330s"];

/// The provider says an error before any token.
const REFUSED_BY_PROVIDER: &[&str] = &[
    "chat/chat_llm_error401",
    "chat/chat_llm_error429",
    "chat/chat_llm_error500",
    "chat/chat_llm_down_docs",
    "chat/chat_llm_down_no_docs",
    "chat/chat_llm_down_query_empty_ws",
    "chat/stream_llm_error401",
    "chat/stream_llm_error429",
    "chat/stream_llm_error500",
    "chat/stream_llm_down_docs",
    "chat/stream_llm_down_no_docs",
    "chat/stream_llm_down_query_empty_ws",
];

const EMBEDDER: &[&str] = &["chat/chat_embedder_error500", "chat/stream_embedder_error500"];

const DROPPED_BY_PROVIDER: &[&str] = &["chat/chat_llm_drop", "chat/stream_llm_drop"];

const SILENT_PROVIDER: &[&str] = &["chat/chat_llm_empty", "chat/stream_llm_empty"];

const SLOW_PROVIDER: &[&str] = &["chat/stream_slow_first_token"];

pub(crate) const REPLAYED: &[&[&str]] = &[
    CHECKS,
    PLAIN,
    STREAMED,
    INTERFACE_AGENT,
    INTERFACE_CHAT,
    OVER_QUOTA,
    REFUSED_BY_PROVIDER,
    EMBEDDER,
    DROPPED_BY_PROVIDER,
    SILENT_PROVIDER,
    SLOW_PROVIDER,
];

#[rstest]
#[tokio::test]
async fn bad_chats_are_refused_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(CHECKS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn plain_chats_answer_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(PLAIN).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn streams_have_the_recorded_frames(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(STREAMED).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn chats_in_the_web_interface_are_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.members().await;
    bench.replay(INTERFACE_AGENT).await;
    let path = format!("/api/v1/workspace/{}/update", bench.names.get("contract-docs"));
    bench.api("POST", &path, &json!({ "chatMode": "chat" })).await;
    bench.replay(INTERFACE_CHAT).await;
    for name in OVER_QUOTA {
        let answer = bench.replay_one(name, 1).await.expect("an answer");
        assert!(!answer.complete);
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn provider_faults_reach_the_client_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("provider faults", "a real server's provider cannot be broken from here");
        return;
    };
    bench.documents().await;
    for name in REFUSED_BY_PROVIDER {
        let error = match name.rsplit("_llm_").next() {
            Some("error401") => "401 Incorrect API key provided",
            Some("error429") => "429 Rate limit reached",
            Some("error500") => "500 stub upstream exploded",
            Some("down_docs") => "GenericOpenAI Failed to embed: Connection error.",
            _ => "Connection error.",
        };
        control.fail(Failure::AbortFrame { error: error.to_owned() });
        bench.replay(&[name]).await;
        control.heal();
    }
    control.fail(Failure::EmbedderError);
    bench.replay(EMBEDDER).await;
    control.heal();
    control.fail(Failure::AbortThenFinalize);
    bench.replay(DROPPED_BY_PROVIDER).await;
    control.heal();
    control.fail(Failure::Slow { first_token_ms: 30, token_ms: 0 });
    bench.replay(SLOW_PROVIDER).await;
    control.heal();
    control.set_tokens(Some(0));
    bench.replay(SILENT_PROVIDER).await;
    bench.finish().await;
}
