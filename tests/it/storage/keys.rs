//! Keys: stored, found, revoked; and forgotten by those who remember them.

use super::fixture::{Fixture, Replica, set_tenant, within};
use std::sync::Arc;
use std::time::Duration;
use vestibule::domain::audit::Author;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};
use vestibule::domain::origin::Origin;
use vestibule::domain::scope::Scope;
use vestibule::storage::{Change, Heard, InsertKeyError, KeyFilter, KeyName, NewKey, StorageError};

#[tokio::test]
async fn a_key_comes_back_with_its_workspace() {
    let fixture = Fixture::new().await;
    let mut key = fixture.new_key();
    key.content.limits = KeyLimits { per_minute: Some(7), max_streams: Some(u32::MAX), ..KeyLimits::default() };
    key.content.expires_at = Some(fixture.ambient.now() + Duration::from_secs(60));
    fixture.insert(&key).await.unwrap();

    let found = fixture.database.api_keys().find(&key.public_id).await.unwrap().unwrap();
    assert_eq!((found.id, found.tenant, found.tenant_active), (key.id, key.tenant, true));
    assert_eq!((found.public_id, found.kind, found.env), (key.public_id, key.kind, key.env));
    assert!(found.hash.matches(&key.hash));
    assert_eq!(
        (found.name.as_str(), found.scopes, found.enabled),
        ("Widget", key.content.scopes.iter().copied().collect(), true)
    );
    assert!(found.origins.allows(&Origin::parse("https://shop.example").unwrap()));
    assert!(!found.origins.allows(&Origin::parse("https://other.example").unwrap()));
    assert_eq!(found.workspace.as_deref(), Some(&fixture.workspace));
    assert_eq!(found.limits.per_minute, Some(7));
    assert_eq!(found.limits.max_streams, Some(u32::try_from(i32::MAX).unwrap()), "the most the column holds");
    assert_eq!(found.limits.burst, None);
    let expiry = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.timestamp_micros());
    assert_eq!(expiry(found.expires_at), expiry(key.content.expires_at));
    assert_eq!(found.revoked_at, None);
}

#[tokio::test]
async fn a_key_of_the_whole_tenant_has_no_workspace() {
    let fixture = Fixture::new().await;
    let mut key = fixture.new_key();
    (key.kind, key.workspace) = (KeyKind::Secret, None);
    key.content.scopes = Scope::ALL.to_vec();
    key.content.allowed_origins.clear();
    fixture.insert(&key).await.unwrap();
    let found = fixture.database.api_keys().find(&key.public_id).await.unwrap().unwrap();
    assert_eq!(found.workspace, None);
    assert_eq!(found.scopes, key.content.scopes.into_iter().collect());
}

#[tokio::test]
async fn a_key_of_a_suspended_tenant_says_so() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let mut owner = fixture.owner(Some(key.tenant)).await;
    sqlx::query("UPDATE vestibule.tenants SET status = 'suspended'").execute(&mut owner).await.unwrap();
    assert!(!fixture.database.api_keys().find(&key.public_id).await.unwrap().unwrap().tenant_active);
}

#[tokio::test]
async fn what_must_not_be_a_key_is_refused() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    assert_eq!(fixture.insert(&key).await, Err(InsertKeyError::Taken));

    let with = |change: fn(&mut NewKey)| {
        let mut key = fixture.new_key();
        change(&mut key);
        key
    };
    let nowhere = with(|key| key.workspace = Some(vestibule::domain::ids::WorkspaceId(uuid::Uuid::nil())));
    assert_eq!(fixture.insert(&nowhere).await, Err(InsertKeyError::NoWorkspace));
    let typo = with(|key| key.content.allowed_origins.push("shop.example/".to_owned()));
    assert_eq!(fixture.insert(&typo).await, Err(InsertKeyError::BadOrigin("shop.example/".to_owned())));
    let local = with(|key| key.content.allowed_origins = vec!["http://localhost:*".to_owned()]);
    assert_eq!(fixture.insert(&local).await, Err(InsertKeyError::BadOrigin("http://localhost:*".to_owned())));
    let local = with(|key| {
        key.content.allowed_origins = vec!["http://localhost:*".to_owned()];
        key.env = KeyEnv::Test;
    });
    assert_eq!(fixture.insert(&local).await, Ok(()));
    let powerful = with(|key| key.content.scopes = vec![Scope::KeysWrite]);
    let conflict = StorageError::Conflict { constraint: "api_keys_publishable_scopes".to_owned() };
    assert!(conflict.violates("api_keys_publishable_scopes"));
    assert_eq!(fixture.insert(&powerful).await, Err(InsertKeyError::Storage(conflict)));
}

#[tokio::test]
async fn keys_are_listed_page_by_page_in_the_order_they_were_made() {
    let fixture = Fixture::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(fixture.insert_key().await.id);
    }
    made.sort_unstable(); // several within one millisecond have no order of their own
    let keys = fixture.database.api_keys();
    let first =
        keys.list(fixture.workspace.tenant, &KeyFilter::default(), fixture.ambient.now(), None, 3).await.unwrap();
    let rest = keys
        .list(fixture.workspace.tenant, &KeyFilter::default(), fixture.ambient.now(), Some(first[2].id), 3)
        .await
        .unwrap();
    let listed: Vec<_> = first.iter().chain(&rest).map(|key| key.id).collect();
    assert_eq!(listed, made);
    assert_eq!(first[0].workspace.as_ref().map(|(_, slug)| slug.as_str()), Some("shop"));
    assert_eq!(first[0].content.allowed_origins, ["https://shop.example"]);
    assert_eq!((first[0].revoked.clone(), first[0].last_used_at), (None, None));
}

#[tokio::test]
async fn the_first_revocation_stays() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let keys = fixture.database.api_keys();
    let author = Author::cli("operator");
    let first = keys.revoke(key.tenant, KeyName::Id(key.id), Some("leaked"), &author, &fixture.ambient).await.unwrap();
    assert_eq!(first, Some(true));
    let revoked = async || {
        let now = fixture.ambient.now();
        keys.get(key.tenant, KeyName::PublicId(key.public_id), now).await.unwrap().unwrap().revoked.unwrap()
    };
    let stands = revoked().await;
    assert_eq!((stands.reason.as_deref(), stands.by.as_str()), (Some("leaked"), "cli:operator"));
    assert_eq!(fixture.revoke(&key, KeyName::PublicId(key.public_id)).await, Some(false));
    assert_eq!(revoked().await, stands);
    assert_eq!(keys.find(&key.public_id).await.unwrap().unwrap().revoked_at, Some(stands.at));
    let unknown = ApiKey::generate(KeyKind::Secret, KeyEnv::Live, &*fixture.ambient.randomness).public_id();
    assert_eq!(fixture.revoke(&key, KeyName::PublicId(unknown)).await, None);
}

#[tokio::test]
async fn a_revoked_key_is_forgotten_on_every_replica() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let here = Replica::listening(&fixture.database, &fixture.ambient).await;
    let there = Replica::listening(&fixture.database, &fixture.ambient).await;
    for replica in [&here, &there] {
        let found = replica.keys.find(&key.public_id).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, None);
        let again = replica.keys.find(&key.public_id).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&found, &again), "from memory");
    }
    let revoke = fixture.revoke(&key, KeyName::PublicId(key.public_id));
    here.told(there.told(async { revoke.await.unwrap() })).await;
    for replica in [&here, &there] {
        assert!(replica.keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_some());
    }
}

#[tokio::test]
async fn a_key_that_was_missing_is_found_once_it_is_made() {
    let fixture = Fixture::new().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    let key = fixture.new_key();
    assert!(replica.keys.find(&key.public_id).await.unwrap().is_none());
    replica.told(async { fixture.insert(&key).await.unwrap() }).await;
    assert!(replica.keys.find(&key.public_id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_change_of_the_workspace_reaches_its_keys() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    let mut app = fixture.app(Some(key.tenant)).await;
    let workspace = async || replica.keys.find(&key.public_id).await.unwrap().unwrap().workspace.clone().unwrap();

    assert_eq!(workspace().await.settings.max_message_chars, 4000);
    let set = sqlx::query("UPDATE vestibule.workspace_settings SET max_message_chars = 10");
    replica.told(async { set.execute(&mut app).await.unwrap() }).await;
    assert_eq!(workspace().await.settings.max_message_chars, 10);

    let pause = sqlx::query("UPDATE vestibule.workspaces SET status = 'paused'");
    replica.told(async { pause.execute(&mut app).await.unwrap() }).await;
    assert!(!workspace().await.is_active());

    let delete = sqlx::query("DELETE FROM vestibule.workspaces");
    replica.told(async { delete.execute(&mut app).await.unwrap() }).await;
    within(async {
        let mut changes = replica.keys.changes();
        while replica.keys.find(&key.public_id).await.unwrap().is_some() {
            changes.changed().await.unwrap(); // the workspace and its keys are told one after the other
        }
    })
    .await;
}

#[tokio::test]
async fn a_suspended_tenant_reaches_its_keys() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    assert!(replica.keys.find(&key.public_id).await.unwrap().unwrap().tenant_active);
    let mut owner = fixture.owner(Some(key.tenant)).await;
    let suspend = sqlx::query("UPDATE vestibule.tenants SET status = 'suspended'");
    replica.told(async { suspend.execute(&mut owner).await.unwrap() }).await;
    assert!(!replica.keys.find(&key.public_id).await.unwrap().unwrap().tenant_active);
}

#[tokio::test]
async fn use_of_a_key_is_not_a_change() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let mut listener = fixture.database.listen();
    assert!(matches!(within(listener.next()).await, Heard::Connected(_)));
    let mut app = fixture.app(None).await;
    set_tenant(&mut app, key.tenant).await;
    for statement in [
        "UPDATE vestibule.api_keys SET last_used_at = now()",
        "UPDATE vestibule.api_keys SET name = name",
        "UPDATE vestibule.api_keys SET name = 'Renamed', last_used_at = NULL",
    ] {
        sqlx::query(statement).execute(&mut app).await.unwrap();
    }
    // Signs of life come in between.
    let mut change = async || loop {
        match within(listener.next()).await {
            Heard::Alive(_) => {}
            heard => return heard,
        }
    };
    // In the order of commits: had the first two been told, they would come before.
    let heard = change().await;
    assert!(matches!(heard, Heard::Change(Change::Key { id, at: Some(_) }) if id == key.public_id), "{heard:?}");
    sqlx::query("UPDATE vestibule.workspaces SET display_name = 'Renamed'").execute(&mut app).await.unwrap();
    assert!(matches!(change().await, Heard::Change(Change::Workspace { .. })));
}
