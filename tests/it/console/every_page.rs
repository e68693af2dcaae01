//! What holds for every page there is, as the endpoint table names them: an id stands once, and what others wrote turns
//! nothing around it. A page that is made later is missing here until it says where it is.

use super::{Staff, populated};
use crate::catalog::feed_server::FeedServer;
use crate::harness::{Http, ORIGIN, World, eventually};
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::endpoints::{Credential, endpoints};

/// Turns what follows it, until its paragraph or the element that isolates it ends.
const TURN: char = '\u{202e}';
const NAME: &str = "evil\u{202e}live";
const IN_VAIN: &str = "Is the xylophone\u{202e} made of quartz?";
const LIST: &str = "/console/workspaces/shop/conversations";

/// Elements without an end.
const VOID: [&str; 7] = ["br", "hr", "img", "input", "link", "meta", "!DOCTYPE"];
/// Within these nothing turns what stands around them.
const ISOLATED: [&str; 2] = ["bdi", "textarea"];
/// Attributes that nobody reads as text, or that browsers isolate.
const UNREAD: [&str; 6] = ["value", "href", "action", "content", "placeholder", "preview"];

/// Every attribute of a tag's text.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let name = before.rsplit([' ', '\n', '"']).next().unwrap();
        let (value, after) = after.split_once('"').unwrap();
        found.push((name, value));
        rest = after;
    }
    found
}

/// The faults of a page: ids that stand twice, and signs that turn what is around them.
fn faults(page: &str) -> Vec<String> {
    let (mut faults, mut ids, mut open) = (Vec::new(), BTreeSet::new(), Vec::<String>::new());
    for part in page.split('<').skip(1) {
        // Attributes are escaped, but a `>` may stand in them.
        let mut quoted = false;
        let end = part.find(|c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, text) = part.split_at(end.unwrap_or_else(|| panic!("<{part}")));
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{page}");
        } else {
            for (attribute, value) in attributes(tag) {
                if attribute == "id" && !ids.insert(value.to_owned()) {
                    faults.push(format!("the id {value} stands twice"));
                }
                if value.contains(TURN) && !UNREAD.contains(&attribute) && !attribute.starts_with("data-") {
                    faults.push(format!("{attribute} turns: {value}"));
                }
            }
            if !VOID.contains(&name) {
                open.push(name.to_owned());
            }
        }
        if text.contains(TURN) && !open.iter().any(|name| ISOLATED.contains(&name.as_str())) {
            faults.push(format!("in {open:?}: {text}"));
        }
    }
    faults
}

#[test]
fn faults_of_pages_are_found() {
    assert_eq!(faults("<p id=\"a\"><bdi dir=\"auto\">x\u{202e}y</bdi><br>ok</p>"), Vec::<String>::new());
    assert_eq!(faults("<p id=\"a\">x</p><p id=\"a\">y</p>").len(), 1);
    assert_eq!(faults("<p>x\u{202e}y</p>").len(), 1);
    assert_eq!(faults("<p title=\"x\u{202e}y\">ok</p>").len(), 1);
    assert_eq!(faults("<input value=\"x>\u{202e}y\">"), Vec::<String>::new());
}

async fn api(world: &World) -> Http {
    let login = json!({"username": "anna", "password": super::PASSWORD});
    let login = world.public().post("/api/v1/auth/login", &login).await.json();
    world.public().bearer(login["access_token"].as_str().unwrap())
}

async fn ok(api: &Http, path: &str, body: &Value) -> Value {
    let answer = api.post(path, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text());
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// The first address below `folder` that the page leads to, ending with an id.
fn place_of_first(page: &str, folder: &str) -> String {
    let is_one = |place: &&str| place.strip_prefix(folder).is_some_and(|id| id.len() == 37 && id.starts_with('/'));
    let mut places = page.split("href=\"").filter_map(|part| part.split('"').next());
    places.find(is_one).unwrap_or_else(|| panic!("{folder} in {page}")).to_owned()
}

/// Somebody has written a sign that turns wherever something can be written. Gives where each page is that there are
/// several of.
async fn turned(world: &World, anna: &mut Staff) -> BTreeMap<&'static str, String> {
    let api = api(world).await;
    let patch = json!({
        "name": NAME,
        "settings": {"prompt": NAME, "refusal_message": NAME},
        "widget": {"title": NAME, "tagline": NAME, "greeting": NAME, "suggested": [NAME], "placeholder": NAME},
        "support": {"handoff_mode": "contact_form"},
    });
    let change = api.with("if-match", "*").with("content-type", "application/merge-patch+json");
    let changed = change.send(Method::PATCH, "/api/v1/workspaces/shop", patch.to_string()).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let document = json!({"title": NAME, "text": format!("The wombat {NAME} costs 3 euros.")});
    ok(&api, "/api/v1/workspaces/shop/documents", &document).await;

    let key = world.publishable_key().await;
    world.change_key(&key, &format!("name = '{NAME}'")).await;
    let public_id = ApiKey::parse(&key).unwrap().public_id().to_string();
    let revoked = world.key(world.spec(KeyKind::Secret)).await;
    let revoked = ApiKey::parse(&revoked).unwrap().public_id().to_string();
    anna.get("/console/keys").await;
    anna.done(&format!("/console/keys/{revoked}/revoke"), &[("reason", NAME)]).await;

    let shop = world.public().bearer(&key).with("origin", ORIGIN);
    let answered =
        ok(&shop, "/api/v1/chat", &json!({"message": "What does the wombat cost?", "session_id": "s"})).await;
    ok(&shop, "/api/v1/chat", &json!({"message": IN_VAIN, "session_id": "s"})).await;
    let rated = format!("/api/v1/messages/{}/feedback", answered["id"].as_str().unwrap());
    ok(&shop, &rated, &json!({"value": "down", "reason": NAME})).await;
    let letter =
        json!({"session_id": "s", "message": NAME, "name": NAME, "email": "mona@example.com", "company": NAME});
    eventually(async || {
        let sent = shop.post("/api/v1/widget/handover", &letter).await;
        if sent.status == 201 || sent.status == 200 { Ok(()) } else { Err(sent.text().to_owned()) }
    })
    .await;
    eventually(async || {
        let page = anna.clone().page("/console/workspaces/shop/gaps").await;
        if page.contains("xylophone") { Ok(()) } else { Err(page) }
    })
    .await;
    let conversation = place_of_first(&anna.page(LIST).await, LIST);
    let version = anna.page(&conversation).await;
    let version = version.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    anna.done(&conversation, &[("note", NAME), ("version", &version)]).await;

    let row = format!("{NAME},{NAME} lamp,{NAME} about,https://shop.example/p,cheap,in_stock\n");
    let good = format!("P1,{NAME} lamp,{NAME} about it,https://shop.example/p/1,5.00 EUR,in_stock\n");
    let feed = FeedServer::serve(format!("id,title,description,link,price,availability\n{row}{good}")).await;
    let catalogue = "/console/workspaces/shop/catalogue";
    let url = feed.url();
    let fields = [
        ("platform", "feed"),
        ("store_url", "https://shop.example"),
        ("feed_url", url.as_str()),
        ("feed_format", "csv"),
        ("failure_threshold_percent", "100"),
        ("credentials", "none"),
    ];
    anna.done(&format!("{catalogue}/store"), &fields).await;
    let started = anna.post(&format!("{catalogue}/runs"), &[]).await;
    let run = started.header("location").unwrap().to_owned();
    anna.get(&format!("{run}/events")).await;

    let hook = [("url", "https://hooks.example/in"), ("description", NAME), ("events", "key.expiring")];
    let made = anna.post("/console/workspaces/shop/new-webhook", &hook).await;
    let webhook = made.header("location").unwrap().to_owned();
    anna.get(&webhook).await;
    anna.done(&format!("{webhook}/test"), &[]).await;

    let erasure = [("subject", NAME), ("sure", "yes")];
    let ordered = anna.post("/console/workspaces/shop/privacy/erasures", &erasure).await;
    assert_eq!(ordered.status, 303, "{}", ordered.text());
    let erasure = ordered.header("location").unwrap().to_owned();
    BTreeMap::from([
        ("console.inbox.show", conversation),
        ("console.key", format!("/console/keys/{public_id}")),
        ("console.catalogue.run", run),
        ("console.webhook", webhook.clone()),
        ("console.webhook.deliveries", format!("{webhook}/deliveries")),
        ("console.privacy.erasure", erasure.clone()),
        ("console.privacy.progress", format!("{erasure}/progress")),
    ])
}

/// What is no page: files and a stream.
const FILES: [&str; 4] =
    ["console.catalogue.events", "console.catalogue.report", "console.inbox.file", "console.usage.download"];

#[tokio::test]
async fn every_id_stands_once_and_what_others_wrote_turns_nothing() {
    let builder = World::builder()
        .set("CATALOG_WORKERS", 1)
        .set("CATALOG_POLL_MILLIS", 50)
        .set("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8");
    let world = populated(builder).await;
    world.upstream.control().add_user("otto\u{202e}", super::PASSWORD, "manager");
    let mut anna = Staff::log_in(&world, "anna").await;
    let places = turned(&world, &mut anna).await;
    let rows = endpoints().filter(|row| row.method == Method::GET && matches!(row.credential, Credential::Cookie(_)));
    let mut pages: Vec<(&str, String)> = Vec::new();
    for row in rows.filter(|row| !FILES.contains(&row.name)) {
        let own = places.get(row.name).cloned();
        let path = own.unwrap_or_else(|| row.path.replace("{slug}", "shop"));
        assert!(!path.contains('{'), "{} does not say where it is", row.name);
        pages.push((row.name, path));
    }
    assert!(pages.len() > 25, "they are found: {pages:?}");
    let look = anna.page(&places["console.inbox.show"]).await;
    let look = look.split("href=\"").filter_map(|part| part.split(['"', '#']).next());
    let look = look.filter(|href| href.contains("?look=")).last().unwrap().to_owned();
    pages.extend([
        ("looked", look),
        ("usage of keys", "/console/usage?workspace=shop&group=key".into()),
        ("usage of workspaces", "/console/usage?group=workspace".into()),
        ("keys of one", "/console/keys?workspace=shop".into()),
        ("members", "/console/people?workspace=shop".into()),
        ("found", format!("{LIST}?q=xylophone")),
    ]);
    let mut turned = BTreeSet::new();
    for (name, path) in pages {
        let answer = anna.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/html"), "{name} is {kind}");
        assert_eq!(faults(answer.text()), Vec::<String>::new(), "{name} at {path}: {}", answer.text());
        if answer.text().contains(TURN) {
            turned.insert(name);
        }
    }
    for name in [
        "console.home",
        "console.workspace",
        "console.keys",
        "console.key",
        "console.inbox",
        "console.inbox.show",
        "console.gaps",
        "console.assistant",
        "console.catalogue.run",
        "console.webhooks",
        "console.webhook",
        "console.people",
        "console.audit",
        "looked",
        "usage of keys",
        "found",
    ] {
        assert!(turned.contains(name), "{name} shows nothing that turns: {turned:?}");
    }
    // What forms answer.
    for (path, fields) in [
        ("/console/workspaces/shop/privacy/find", vec![("subject", NAME)]),
        ("/console/workspaces/shop/gaps", vec![("title", NAME), ("text", "")]),
        ("/console/new-key", vec![("kind", "publishable"), ("name", NAME), ("allowed_origins", NAME)]),
        ("/console/workspaces/shop/playground/ask", vec![("key", NAME), ("message", NAME)]),
    ] {
        let answer = anna.post(path, &fields).await;
        assert_eq!(faults(answer.text()), Vec::<String>::new(), "{path}: {}", answer.text());
    }
    let key = places["console.key"].rsplit('/').next().unwrap().to_owned();
    let asked = [("key", key.as_str()), ("message", "What does the wombat\u{202e} cost?")];
    let answer = anna.post("/console/workspaces/shop/playground/ask", &asked).await;
    assert!(answer.status == 200 && answer.text().contains(TURN), "{}", answer.text());
    assert_eq!(faults(answer.text()), Vec::<String>::new(), "{}", answer.text());
}
