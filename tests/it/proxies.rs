//! A proxy in front that is not believed: the operator learns of it.

use crate::harness::{Process, World};
use serde_json::Value;

const WARNING: &str = "a proxy in front names its clients";

#[tokio::test]
async fn an_unbelieved_proxy_is_told_once_and_counted() {
    let world = World::start().await;
    let process = Process::serve(&world, &[]).await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let named = process.public().with(header, "for=198.51.100.7");
        assert_eq!(named.get("/healthz").await.status, 200);
    }
    assert_eq!(process.public().get("/healthz").await.status, 200);
    let line = process.line(|line| line["message"].as_str().is_some_and(|text| text.contains(WARNING))).await;
    assert_eq!((&line["level"], &line["peer"]), (&Value::from("WARN"), &Value::from("127.0.0.1")), "{line}");
    assert_eq!(process.log().matches(WARNING).count(), 1, "{}", process.log());
    let metrics = process.ops().get("/metrics").await;
    let series = "vestibule_clients_unbelieved_total{peer=\"private\"} 3";
    assert!(metrics.text().contains(series), "{}", metrics.text());
}

#[tokio::test]
async fn a_proxy_that_is_trusted_is_nothing_to_tell_of() {
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").start().await;
    assert_eq!(world.public().with("x-forwarded-for", "198.51.100.7").get("/healthz").await.status, 200);
    let metrics = world.ops().get("/metrics").await;
    for peer in ["private", "public"] {
        let series = format!("vestibule_clients_unbelieved_total{{peer=\"{peer}\"}} 0\n");
        assert!(metrics.text().contains(&series), "{}", metrics.text());
    }
}
