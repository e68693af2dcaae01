//! Answers that say too much: more than was sent, or more than may be known.

use super::scene::Scene;
use super::{Attack, How};
use crate::harness::{Answer, Http};
use How::Steps;
use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "thousands of names that nobody knows",
        does: "in a query, in a body, in an object of a body, and one name of many thousand characters",
        how: Steps(|scene| thousands_of_names(scene).boxed()),
        expected: "422, small answers that count what they leave out -> nothing",
    },
    Attack {
        name: "names of hosts inside, by checks of a shop",
        does: "a shop at a name that leads to the gateway's own network, and at one that does not exist; the findings are compared",
        how: Steps(|scene| names_inside(scene).boxed()),
        expected: "one finding for both -> nothing",
    },
];

async fn thousands_of_names(scene: &Scene) -> String {
    let page = scene.page();
    let many: String = (0..5_000).map(|n| format!("&{n}")).collect();
    let object = |count: u32| (0..count).map(|n| (format!("f{n}"), Value::from(1))).collect::<Value>();
    let mut broken = Vec::new();
    let answers = [
        (page.get(&format!("/api/v1/messages?session_id=x{many}")).await, 5_000),
        (page.get(&format!("/api/v1/messages?session_id=x&{}", "n".repeat(30_000))).await, 1),
        (page.post("/api/v1/knowledge/query", &with(json!({"query": "drill"}), object(4_000))).await, 4_000),
        (page.post("/api/v1/chat", &json!({"message": "x", "visitor": object(4_000)})).await, 4_000),
        (scene.bearer("sk_all").post("/api/v1/keys", &object(4_000)).await, 4_001),
    ];
    for (answer, faults) in answers {
        if let Some(why) = not_small(&answer, faults) {
            broken.push(why);
        }
    }
    if broken.is_empty() { "422, small answers that count what they leave out".to_owned() } else { broken.join("; ") }
}

fn with(mut one: Value, other: Value) -> Value {
    for (name, value) in other.as_object().unwrap() {
        one[name] = value.clone();
    }
    one
}

/// What is wrong with an answer to so many faults.
fn not_small(answer: &Answer, faults: u64) -> Option<String> {
    let body = answer.json();
    let told = u64::try_from(body["errors"].as_array().map_or(0, Vec::len)).unwrap();
    let counted = told + body["more_errors"].as_u64().unwrap_or(0);
    let more = format!("and {} more", counted - told);
    let is_said = counted == told || body["detail"].as_str().unwrap().contains(&more);
    let fine = answer.status == 422 && told <= 20 && counted == faults && is_said && answer.body.len() < 4_000;
    (!fine).then(|| format!("{} with {told} of {counted} faults in {} bytes", answer.status, answer.body.len()))
}

async fn names_inside(scene: &Scene) -> String {
    let owner = scene.bearer("sk_all");
    let mut findings = Vec::new();
    // Two connections, because one cannot be checked twice in five seconds.
    for (workspace, host) in [("shop", "localhost"), ("other", "nowhere.invalid")] {
        findings.push(finding(&owner, workspace, host).await);
    }
    findings.dedup();
    if findings.len() == 1 { "one finding for both".to_owned() } else { format!("told apart: {findings:?}") }
}

/// What a check says of a shop at this host.
async fn finding(owner: &Http, workspace: &str, host: &str) -> (String, String, String) {
    let path = format!("/api/v1/workspaces/{workspace}/store");
    let shop = json!({"platform": "custom", "store_url": format!("https://{host}"), "catalog_source": "rest_api"});
    let put = owner.with("content-type", "application/json").send(Method::PUT, &path, shop.to_string()).await;
    assert_eq!(put.status, 201, "{}", put.text());
    let checked = owner.post(&format!("{path}/check"), &json!({})).await;
    let body = checked.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(owner.delete(&path).await.status, 204);
    (text("status"), text("code"), text("message"))
}
