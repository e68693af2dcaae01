//! Workspaces through the developer API.

use rstest::rstest;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::Bench;

const CRUD: &[&str] = &[
    "workspaces/get",
    "workspaces/get_case",
    "workspaces/get_dot_segments",
    "workspaces/get_double_slash",
    "workspaces/get_missing",
    "workspaces/get_percent_encoded",
    "workspaces/get_trailing_slash",
    "workspaces/get_uppercase_path",
    "workspaces/get_bad_percent",
    "workspaces/list",
    "workspaces/new_empty",
    "workspaces/new_name_number",
    "workspaces/new_no_key",
    "workspaces/new_options",
    "workspaces/new_unicode_name",
    "workspaces/new_weird_name",
    "workspaces/new_bad_option_type",
    "workspaces/update",
    "workspaces/update_bad_field",
    "workspaces/update_bad_type",
    "workspaces/update_empty",
    "workspaces/update_missing",
    "workspaces/update_chatmode_chat",
];

const DUPLICATE: &[&str] = &["workspaces/new", "workspaces/new_duplicate_name"];

const DELETE: &[&str] = &["workspaces/delete_no_key", "workspaces/delete", "workspaces/delete_again"];

pub(crate) const REPLAYED: &[&[&str]] = &[CRUD, DUPLICATE, DELETE];

#[rstest]
#[tokio::test]
async fn workspaces_are_managed_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    // The recorded key of the percent-encoded path.
    let encoded = bench.names.get("contract-docs").replacen('-', "%2D", 1);
    bench.names.set("contract%2Ddocs", &encoded);
    bench.replay(CRUD).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn second_workspace_of_a_name_gets_digits(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(&DUPLICATE[..1]).await;
    let answer = bench.replay_one(DUPLICATE[1], usize::MAX).await.expect("an answer").json();
    let slug = answer["workspace"]["slug"].as_str().expect("a slug");
    let digits = slug.rsplit('-').next().expect("digits");
    assert!(slug.starts_with("contract-docs-"), "{slug}");
    assert!(digits.len() == 8 && digits.chars().all(|c| c.is_ascii_digit()), "{slug}");
    bench.names.set("contract-docs-24483462", slug);
    bench.replay(DELETE).await;
    bench.finish().await;
}
