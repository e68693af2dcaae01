//! What administrators, managers and others may do in the web interface.

use rstest::rstest;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::Bench;

const STRANGERS: &[&str] = &[
    "roles/ui_admin_api_keys_admin",
    "roles/ui_admin_api_keys_default",
    "roles/ui_admin_api_keys_manager",
    "roles/ui_admin_users_admin",
    "roles/ui_admin_users_default",
    "roles/ui_admin_users_manager",
    "roles/ui_embeds_default",
    "roles/ui_embeds_manager",
    "roles/ui_system_api_keys_admin",
    "roles/ui_system_api_keys_default",
    "roles/ui_system_api_keys_manager",
    "roles/ui_system_event_logs_default",
    "roles/ui_system_event_logs_manager",
    "roles/ui_system_local_files_default",
    "roles/ui_system_vectors_admin",
    "roles/ui_system_vectors_default",
    "roles/ui_system_vectors_manager",
    "roles/ui_update_env_admin",
    "roles/ui_update_env_default",
    "roles/ui_update_env_manager",
    "roles/ui_workspace_new_admin",
    "roles/ui_workspace_new_default",
    "roles/ui_workspace_new_manager",
    "roles/ui_workspaces_admin",
    "roles/ui_workspaces_default",
    "roles/ui_workspaces_manager",
    "roles/ui_workspace_get_not_member",
    "roles/ui_workspace_chats_not_member",
    "malformed/ui_workspaces_no_token",
    "malformed/ui_workspaces_garbage_token",
    "malformed/ui_workspaces_api_key",
    "malformed/jwt_in_cookie",
    "malformed/jwt_other_scheme",
];

/// Need a server without any document or widget.
const EMPTY_SERVER: &[&str] =
    &["roles/ui_embeds_admin", "roles/ui_system_local_files_admin", "roles/ui_system_local_files_manager"];

const MEMBER: &[&str] = &["roles/ui_workspaces_default_member", "roles/ui_workspace_get_member"];

pub(crate) const REPLAYED: &[&[&str]] = &[STRANGERS, EMPTY_SERVER, MEMBER];

#[rstest]
#[tokio::test]
async fn roles_open_the_recorded_doors(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(STRANGERS).await;
    if bench.control().is_some() {
        bench.replay(EMPTY_SERVER).await;
    } else {
        crate::bench::skipped("listings of an empty server", "a real one may hold anything");
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn members_see_their_workspaces(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.members().await;
    bench.replay(MEMBER).await;
    bench.finish().await;
}
