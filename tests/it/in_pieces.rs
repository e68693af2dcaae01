//! `vestibule doctor --key-file` asks through `public.url` and sees whether a proxy in front holds answers back: real
//! ones, set up well and badly.

use crate::behind_haproxy::HaProxy;
use crate::behind_nginx::Nginx;
use crate::harness::{Server, TcpProxy, World, environment, run};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use vestibule::domain::key::KeyKind;

/// A file with a key; gone with this value.
struct KeyFile(PathBuf);

impl KeyFile {
    fn holding(key: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-key-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, format!("{key}\n")).unwrap();
        Self(path)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Each piece takes a moment, as with a model.
async fn world() -> (World, String) {
    let world = World::start().await;
    world.upstream.control().set_token_delay(Duration::from_millis(40));
    world.upstream.control().set_tokens(Some(25));
    let key = world.key(world.spec(KeyKind::Secret)).await;
    (world, key)
}

/// What the doctor says of the public listener behind a proxy.
async fn told(world: &World, proxy: Server, key: &str) -> Vec<Value> {
    let way = TcpProxy::before(proxy).await;
    let file = KeyFile::holding(key);
    let mut variables = environment(world);
    variables.push(("VESTIBULE_PUBLIC_URL".into(), format!("http://127.0.0.1:{}", way.port())));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(&["doctor", "--json", "--key-file", file.0.to_str().unwrap()], &variables).await;
    assert!(!format!("{told:?}").contains(key), "{told:?}");
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["part"] == "public").cloned().collect()
}

fn last(found: &[Value]) -> (&str, String) {
    let last = found.last().unwrap();
    (last["level"].as_str().unwrap(), last.to_string())
}

#[tokio::test]
async fn an_nginx_that_holds_answers_back_is_found() {
    let (world, key) = world().await;
    let public = world.running().public;
    // As docs/operations.md has it.
    let Some(good) = Nginx::before(public, "", "proxy_buffering off;") else { return };
    let found = told(&world, good.server().await, &key).await;
    assert!(found[0].to_string().contains("leads to a gateway"), "{found:?}");
    let (level, said) = last(&found);
    assert!(level == "ok" && said.contains("an answer came in") && said.contains("pieces"), "{found:?}");

    // It compresses what it should not, and passes each event on all the same, because we say `X-Accel-Buffering: no`.
    let gzip = "gzip on; gzip_proxied any; gzip_min_length 0; gzip_types text/event-stream;";
    let compressing = Nginx::before(public, gzip, "").unwrap();
    assert_eq!(last(&told(&world, compressing.server().await, &key).await).0, "ok");

    let bad = Nginx::before(public, gzip, "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;").unwrap();
    let found = told(&world, bad.server().await, &key).await;
    let (level, said) = last(&found);
    assert!(level == "fail" && said.contains("holds it back") && said.contains("docs/proxies.md"), "{found:?}");
}

#[tokio::test]
async fn an_haproxy_that_holds_answers_back_is_found() {
    let (world, key) = world().await;
    let public = world.running().public;
    let Some(good) = HaProxy::before(public, "") else { return };
    let found = told(&world, good.server().await, &key).await;
    assert_eq!(last(&found).0, "ok", "{found:?}");
    let bad = HaProxy::before(public, "  http-response wait-for-body time 30s\n").unwrap();
    let found = told(&world, bad.server().await, &key).await;
    assert_eq!(last(&found).0, "fail", "{found:?}");
}

#[tokio::test]
async fn a_key_that_is_refused_or_a_file_that_is_not_there_is_a_failure() {
    let (world, _) = world().await;
    let Some(nginx) = Nginx::before(world.running().public, "", "") else { return };
    let found = told(&world, nginx.server().await, "vst_sk_live_nobodys").await;
    assert!(last(&found).0 == "fail" && last(&found).1.contains("HTTP 401"), "{found:?}");
}
