//! Documents: raw texts, uploads, folders, embedding.

use rstest::rstest;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, random};

const ALL: &[&str] = &[
    "documents/accepted_types",
    "documents/metadata_schema",
    "documents/raw_text",
    "documents/raw_text_add_to_workspaces",
    "documents/raw_text_add_to_missing_workspace",
    "documents/raw_text_add_to_workspaces_bad_type",
    "documents/raw_text_empty_body",
    "documents/raw_text_metadata_string",
    "documents/raw_text_no_content",
    "documents/raw_text_no_metadata",
    "documents/raw_text_no_title",
    "documents/update_embeddings_add",
    "documents/update_embeddings_bad_type",
    "documents/update_embeddings_missing_file",
    "documents/update_embeddings_missing_ws",
    "documents/list",
    "documents/list_folder",
    "documents/folder",
    "documents/folder_missing",
    "documents/get_doc",
    "documents/get_doc_missing",
    "documents/update_pin",
    "documents/update_pin_missing_doc",
    "documents/update_pin_missing_ws",
    "documents/update_unpin",
    "documents/upload_txt",
    "documents/upload_txt_add",
    "documents/upload_bad_ext",
    "documents/upload_empty_file",
    "documents/upload_link_unreachable",
    "documents/upload_no_file",
    "documents/upload_no_key",
    "documents/upload_not_multipart",
    "documents/upload_truncated_multipart",
    "documents/upload_wrong_field",
    "documents/create_folder",
    "documents/create_folder_exists",
    "documents/upload_folder",
    "documents/remove_documents",
    "documents/remove_documents_no_body",
    "documents/remove_folder",
];

pub(crate) const REPLAYED: &[&[&str]] = &[ALL];

#[rstest]
#[tokio::test]
async fn documents_are_kept_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    let folder = format!("contract-folder-{}", random());
    bench.names.set("contract-folder", &folder);
    bench.replay(ALL).await;
    bench.finish().await;
}
