//! Workspaces and their settings.

use super::fixture::{Fixture, Replica, workspace};
use std::sync::Arc;
use vestibule::domain::ids::TenantId;
use vestibule::domain::workspace::{ChatMode, ChatSettings, WorkspaceStatus};
use vestibule::storage::{InsertWorkspaceError, StorageError};

#[tokio::test]
async fn a_workspace_comes_back_as_it_was_stored() {
    let fixture = Fixture::new().await;
    let mut stored = workspace(TenantId::DEFAULT, "other", &fixture.ambient);
    stored.status = WorkspaceStatus::Draft;
    stored.settings = ChatSettings {
        chat_mode: ChatMode::Chat,
        top_n: Some(20),
        score_threshold: Some(0.25),
        max_message_chars: 100,
        max_stream_secs: 900,
    };
    let workspaces = fixture.database.workspaces();
    workspaces.insert(&stored).await.unwrap();
    assert_eq!(workspaces.find_by_slug(TenantId::DEFAULT, "other").await.unwrap(), Some(stored.clone()));
    assert_eq!(workspaces.find_by_slug(TenantId::DEFAULT, "none").await.unwrap(), None);

    let listed = workspaces.list(TenantId::DEFAULT, None, 1).await.unwrap();
    assert_eq!(listed.len(), 1);
    let rest = workspaces.list(TenantId::DEFAULT, Some(listed[0].id), 10).await.unwrap();
    let mut both = [listed, rest].concat();
    both.sort_by(|a, b| a.slug.cmp(&b.slug));
    assert_eq!(both, [stored, fixture.workspace.clone()]);
}

#[tokio::test]
async fn the_defaults_are_those_of_the_table() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let mut bare = fixture.workspace.clone();
    sqlx::query("DELETE FROM vestibule.workspace_settings").execute(&mut app).await.unwrap();
    sqlx::query(
        r"
        INSERT INTO vestibule.workspace_settings (workspace_id, tenant_id)
        SELECT id, tenant_id FROM vestibule.workspaces
        ",
    )
    .execute(&mut app)
    .await
    .unwrap();
    bare.settings = ChatSettings::default();
    assert_eq!(fixture.database.workspaces().find_by_slug(TenantId::DEFAULT, "shop").await.unwrap(), Some(bare));
}

#[tokio::test]
async fn what_is_taken_is_said() {
    let fixture = Fixture::new().await;
    let second = fixture.second_tenant().await;
    let workspaces = fixture.database.workspaces();
    let mut new = workspace(TenantId::DEFAULT, "shop", &fixture.ambient);
    new.upstream_slug = "free".to_owned();
    assert_eq!(workspaces.insert(&new).await, Err(InsertWorkspaceError::SlugTaken));
    new.slug = "free".to_owned();
    new.upstream_slug.clone_from(&second.upstream_slug);
    assert_eq!(workspaces.insert(&new).await, Err(InsertWorkspaceError::UpstreamSlugTaken), "also another tenant's");
    new.upstream_slug = "free".to_owned();
    new.tenant = TenantId(uuid::Uuid::nil());
    assert_eq!(workspaces.insert(&new).await, Err(InsertWorkspaceError::NoTenant));
    new.tenant = TenantId::DEFAULT;
    new.settings.max_stream_secs = 1;
    let refused = InsertWorkspaceError::Storage(StorageError::Conflict {
        constraint: "workspace_settings_max_stream_secs_range".to_owned(),
    });
    assert_eq!(workspaces.insert(&new).await, Err(refused));
    assert_eq!(workspaces.find_by_slug(TenantId::DEFAULT, "free").await.unwrap(), None, "all or nothing");
}

#[tokio::test]
async fn a_renamed_workspace_is_known_by_its_new_name_only() {
    let fixture = Fixture::new().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    let find = async |slug: &str| replica.workspaces.find(TenantId::DEFAULT, slug).await.unwrap();
    let found = find("shop").await.unwrap();
    assert!(Arc::ptr_eq(&found, &find("shop").await.unwrap()), "from memory");
    assert_eq!(find("store").await, None);
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let rename = sqlx::query("UPDATE vestibule.workspaces SET slug = 'store'");
    let mut changes = replica.keys.changes();
    let before = *changes.borrow_and_update();
    rename.execute(&mut app).await.unwrap();
    super::fixture::within(changes.wait_for(|count| *count >= before + 2)).await.unwrap();
    assert_eq!(find("shop").await, None);
    assert_eq!(find("store").await.unwrap().id, fixture.workspace.id);
}
