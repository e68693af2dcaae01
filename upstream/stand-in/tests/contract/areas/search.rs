//! Searches in the documents of a workspace.

use rstest::rstest;
use vestibule_stand_in::Failure;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, skipped};

const SEARCHES: &[&str] = &[
    "vector-search/basic",
    "vector-search/empty_query",
    "vector-search/empty_ws",
    "vector-search/missing_ws",
    "vector-search/no_body",
    "vector-search/no_key",
    "vector-search/no_query",
    "vector-search/query_array",
    "vector-search/query_huge",
    "vector-search/query_number",
    "vector-search/threshold_high",
    "vector-search/threshold_out_of_range",
    "vector-search/threshold_zero",
    "vector-search/topn1",
    "vector-search/topn_big",
    "vector-search/topn_float",
    "vector-search/topn_negative",
    "vector-search/topn_string",
];

const FAULTS: &[&str] = &["vector-search/embedder_500", "vector-search/provider_down"];

pub(crate) const REPLAYED: &[&[&str]] = &[SEARCHES, FAULTS];

#[rstest]
#[tokio::test]
async fn searches_answer_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(SEARCHES).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn search_without_embedder_is_an_error(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let Some(control) = bench.control().cloned() else {
        skipped("searches without embedder", "they need a provider fault");
        return;
    };
    bench.documents().await;
    control.fail(Failure::EmbedderError);
    bench.replay(FAULTS).await;
    bench.finish().await;
}
