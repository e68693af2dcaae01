//! `vestibule stores`.

use super::with_local_shops;
use crate::harness::{Reply, Shop, Told, World, environment, run};
use serde_json::{Value, json};

const SECRET: &str = "canary-0123456789-token";

async fn stores(world: &World, arguments: &[&str]) -> Told {
    let mut variables = environment(world);
    variables.push(("VESTIBULE_OUTBOUND_ALLOWED_NETWORKS".into(), "127.0.0.0/8".into()));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(&[&["stores"], arguments].concat(), &variables).await;
    assert!(!told.stdout.contains("canary") && !told.stderr.contains("canary"), "{told:?}");
    told
}

#[tokio::test]
async fn a_shop_is_connected_checked_and_removed_on_the_command_line() {
    let world = with_local_shops().start().await;
    let shop = Shop::start(|asked| match asked.header("authorization") {
        Some(sent) if sent.ends_with(SECRET) => Reply::new(200, ""),
        _ => Reply::new(401, ""),
    })
    .await;
    let folder = std::env::temp_dir().join(format!("vestibule-stores-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("store.json");
    let write = |body: &Value| std::fs::write(&file, body.to_string()).unwrap();
    let path = file.to_str().unwrap().to_owned();
    let set = ["set", "--workspace", "shop", "--json", "--file", &path];
    let of = |command: &'static str| [command, "--workspace", "shop", "--json"];

    let none = stores(&world, &of("show")).await;
    assert!(none.code == Some(64) && none.stderr.contains("stores set"), "{none:?}");
    write(&json!({"platform": "custom", "store_url": shop.url(), "credentials": {"type": "bearer", "token": SECRET}}));
    let made = stores(&world, &set).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let shown: Value = serde_json::from_str(&stores(&world, &of("show")).await.stdout).unwrap();
    assert_eq!(shown["credentials"], json!({"type": "bearer", "hint": "oken", "expires_at": null}));
    let table = stores(&world, &["show", "--workspace", "shop"]).await.stdout;
    assert!(table.contains("bearer …oken") && table.contains("pending"), "{table}");

    let checked = stores(&world, &of("check")).await;
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert_eq!(serde_json::from_str::<Value>(&checked.stdout).unwrap()["status"], "healthy");
    assert_eq!(stores(&world, &of("check")).await.code, Some(69));
    write(&json!({"platform": "custom", "store_url": shop.url(), "credentials": null}));
    assert_eq!(stores(&world, &set).await.code, Some(0));
    let refused = stores(&world, &["check", "--workspace", "shop"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.contains("auth_failed (credentials_refused)"), "{refused:?}");

    // Wrong in form, wrong by the rules, and not there; what was given is not repeated.
    std::fs::write(&file, format!("{{\"platform\": \"{SECRET}\"}}")).unwrap();
    let malformed = stores(&world, &set).await;
    assert!(malformed.code == Some(64) && malformed.stderr.contains("line 1"), "{malformed:?}");
    write(&json!({"platform": "custom", "store_url": "https://10.0.0.1", "currency": "euro"}));
    let wrong = stores(&world, &set).await;
    assert_eq!(wrong.code, Some(64));
    assert!(wrong.stderr.contains("store_url: ") && wrong.stderr.contains("currency: "), "{wrong:?}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(stores(&world, &set).await.code, Some(64));
    assert_eq!(stores(&world, &["show", "--workspace", "nowhere"]).await.code, Some(64));

    assert_eq!(stores(&world, &of("remove")).await.code, Some(0));
    assert_eq!(stores(&world, &of("remove")).await.code, Some(64));
    let actors: Vec<String> =
        world.query("SELECT DISTINCT actor_kind FROM vestibule.audit_log WHERE action LIKE 'store.%'").await;
    assert_eq!(actors, ["cli"]);
}
