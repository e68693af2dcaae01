//! What was recorded from the release with PostgreSQL and pgvector, on a shop of a few texts.

use serde_json::json;
use vestibule_stand_in::{Failure, VectorDatabase};

use crate::bench::{Bench, random, skipped};

const MADE: &[&str] = &["pg/workspace_new", "pg/vector_search_no_vectors", "pg/raw_text"];

const SEARCHES: &[&str] = &[
    "pg/update_embeddings_add",
    "pg/vector_search",
    "pg/vector_search_top1",
    "pg/vector_search_top_fraction",
    "pg/vector_search_threshold",
    "pg/vector_count",
];

const CHATS: &[&str] = &["pg/stream_query_sources", "pg/chats_session"];

const CHATS_REMOVED: &[&str] = &["pg/ui_workspace_chat_delete_missing", "pg/ui_workspace_chat_delete_with_api_key"];

/// The question lies further than a right angle away from every text.
const OPPOSITE: &[&str] = &["pg/vector_search_orthogonal", "pg/stream_orthogonal_query"];

const REMOVED: &[&str] = &["pg/remove_documents", "pg/workspace_delete", "pg/documents_after_workspace_delete"];

pub(crate) const REPLAYED: &[&[&str]] = &[MADE, SEARCHES, CHATS, CHATS_REMOVED, OPPOSITE, REMOVED];

const RETURNS: &str = "raw-returns-and-refunds-6805eadc-c55a-4c7e-af90-8f1deab281e5.json";

/// Stores a text and returns the name of its file.
async fn text(bench: &Bench, title: &str, text: &str) -> String {
    let body = json!({ "textContent": text, "metadata": { "title": title } });
    let stored = bench.api("POST", "/api/v1/document/raw-text", &body).await;
    let location = stored["documents"][0]["location"].as_str().expect("a location").to_owned();
    location.rsplit('/').next().expect("a file name").to_owned()
}

#[tokio::test]
async fn pgvector_answers_as_recorded() {
    let Some(mut bench) = Bench::multi_user(VectorDatabase::Pgvector).await else { return };
    // The recorded name is taken on a real server that was tested before.
    bench.names.set("PG Contract", &format!("PG Contract {}", random()));
    let made = bench.replay_one(MADE[0], usize::MAX).await.expect("an answer").json();
    bench.names.set("pg-contract", made["workspace"]["slug"].as_str().expect("a slug"));
    bench.replay(&MADE[1..2]).await;
    let stored = bench.replay_one(MADE[2], usize::MAX).await.expect("an answer").json();
    let hammer = stored["documents"][0]["location"].as_str().and_then(|path| path.rsplit('/').next());
    let hammer = hammer.expect("a file name").to_owned();
    bench.names.set("raw-hammer-hm-1003-01547269-1438-45b1-96ec-3dd9bcdbe5ab.json", &hammer);
    let returns =
        text(&bench, "Returns and refunds", "Returns are free within 30 days. Ask for a return number.").await;
    bench.names.set(RETURNS, &returns);
    bench.replay(SEARCHES).await;
    bench.replay(CHATS).await;
    bench.replay(CHATS_REMOVED).await;
    bench.replay(REMOVED).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_question_opposite_to_every_text_finds_them_all_with_the_best_score() {
    let Some(mut bench) = Bench::multi_user(VectorDatabase::Pgvector).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("questions opposite to every text", "they need an embedder whose vectors are known");
        return;
    };
    bench.api("POST", "/api/v1/workspace/new", &json!({ "name": "PG Opposite", "chatMode": "query" })).await;
    let mut adds = Vec::new();
    for word in ["alphaword", "betaword"] {
        adds.push(format!("custom-documents/{}", text(&bench, word, &format!("{word} {word} {word}")).await));
    }
    bench.api("POST", "/api/v1/workspace/pg-opposite/update-embeddings", &json!({ "adds": adds })).await;
    control.fail(Failure::OppositeEmbedder);
    for name in OPPOSITE {
        let answer = bench.replay_one(name, usize::MAX).await.expect("an answer").text();
        assert_eq!(answer.matches("\"score\":1.0").count(), 2, "{answer}");
    }
    bench.finish().await;
}
