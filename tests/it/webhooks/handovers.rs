//! Hand-overs at receivers: ids for those who chose to be told, the words for the workspace's own address, and nothing
//! of them anywhere once they were erased.

use super::{HOOKS, Receiver, deliveries, hook, is_signed_with, newest_is, payload, world_of_receivers};
use crate::harness::{Asked, Authority, Http, Leaf, Reply, Shop, World, eventually};
use crate::stores::manager_of;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use vestibule::domain::scope::Scope;

const HANDOVER: &str = "/api/v1/widget/handover";

async fn manager(world: &World) -> Http {
    manager_of(world, &Scope::ALL).await
}

/// Sets the way to people, and waits until the gateway has heard of it.
async fn handoff(world: &World, support: &Value) {
    world.change_settings(&format!("support = support || '{support}'")).await;
    let shop = world.server().await;
    eventually(async || {
        let config = shop.get("/api/v1/widget/config").await.json();
        if config["support"]["handoff_mode"] == support["handoff_mode"] { Ok(()) } else { Err(config) }
    })
    .await;
}

fn letter(message: &str) -> Value {
    json!({"session_id": "s-1", "message": message, "name": "Mona", "email": "mona@example.com"})
}

async fn hand_over(shopper: &Http, message: &str) -> Value {
    let answer = shopper.post(HANDOVER, &letter(message)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// A help desk with a certificate: the address of a workspace for hand-overs is https.
struct Desk {
    receiver: Receiver,
    authority: Authority,
    leaf: Leaf,
}

impl Desk {
    async fn start() -> Self {
        let authority = Authority::new();
        let leaf = authority.leaf("127.0.0.1");
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        let handler = move |_: &Asked| Reply::new(answer.load(Ordering::SeqCst), "");
        let shop = Shop::start_tls(&authority, "127.0.0.1", handler).await;
        Self { receiver: Receiver { shop, status }, authority, leaf }
    }

    fn url(&self) -> String {
        format!("https://{}/in?token=of-the-desk", self.receiver.shop.address)
    }

    /// A world that believes its certificate.
    async fn world(&self) -> World {
        world_of_receivers().set("OUTBOUND_CA_FILE", self.authority.file(&self.leaf)).start().await
    }
}

#[tokio::test]
async fn whoever_chose_to_be_told_of_hand_overs_gets_ids_and_no_words() {
    let world = world_of_receivers().start().await;
    let (client, wants, does_not) = (manager(&world).await, Receiver::start().await, Receiver::start().await);
    let (_, secret) = hook(&client, &wants, &["conversation.handed_over"]).await;
    hook(&client, &does_not, &["key.expiring"]).await;
    handoff(&world, &json!({"handoff_mode": "contact_form"})).await;
    let shopper = world.server().await;
    let first = hand_over(&shopper, "Swordfish").await;
    let got = wants.got_so_many(1).await;
    assert!(is_signed_with(&got[0], &secret));
    let told = payload(&got[0]);
    let conversation = told["data"]["conversation"].as_str().unwrap();
    assert_eq!((&told["type"], &told["timestamp"]), (&json!("conversation.handed_over"), &first["created_at"]));
    assert_eq!(
        told["data"],
        json!({"by": "form", "handover": first["id"], "conversation": conversation, "session_id": "s-1"})
    );
    let shown = client.get(&format!("/api/v1/workspaces/shop/conversations/{conversation}")).await.json();
    assert_eq!(shown["handovers_written"][0]["id"], first["id"], "the id is the inbox's");
    // The same form sent again is told to nobody; another one is.
    assert_eq!(shopper.post(HANDOVER, &letter("Swordfish")).await.status, 200);
    hand_over(&shopper, "Another").await;
    let got = wants.got_so_many(2).await;
    assert!(got.len() == 2 && got.iter().all(|got| !got.body.contains("Swordfish") && !got.body.contains("mona")));
    assert!(does_not.got().is_empty());
}

#[tokio::test]
async fn the_workspaces_own_address_becomes_a_webhook_that_is_told_the_words() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    let (client, other) = (manager(&world).await, Receiver::start().await);
    hook(&client, &other, &["conversation.handed_over"]).await;
    handoff(&world, &json!({"handoff_mode": "webhook", "webhook_url": desk.url()})).await;
    let second = world.replica().await;
    let (here, there) = (world.server().await, second.server().await);
    let letters = [letter("Number 1"), letter("Number 2"), letter("Number 3"), letter("Number 4")];
    let answers = tokio::join!(
        here.post(HANDOVER, &letters[0]),
        there.post(HANDOVER, &letters[1]),
        here.post(HANDOVER, &letters[2]),
        there.post(HANDOVER, &letters[3])
    );
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let mut messages: Vec<_> =
        desk.receiver.got_so_many(4).await.iter().map(|got| payload(got)["data"].clone()).collect();
    messages.sort_by_key(|data| data["message"].as_str().map(str::to_owned));
    assert_eq!(messages[0]["message"], "Number 1");
    assert_eq!(messages[0]["contact"]["email"], "mona@example.com");
    assert!(other.got_so_many(4).await.iter().all(|got| payload(got)["data"].get("message").is_none()));

    // One webhook, made by Vestibule, whose secret can be had.
    let listed = client.get(HOOKS).await.json();
    let made: Vec<_> = listed["data"].as_array().unwrap().iter().filter(|hook| hook["url"] == desk.url()).collect();
    let [made] = made[..] else { panic!("{listed}") };
    assert_eq!(made["events"], json!(["conversation.handed_over"]));
    let id = made["id"].as_str().unwrap();
    let log: Vec<String> =
        world.query("SELECT actor FROM vestibule.audit_log WHERE action = 'webhook.created' ORDER BY id").await;
    assert_eq!(log.last().map(String::as_str), Some("handovers"), "{log:?}");
    let rotated = client.post(&format!("{HOOKS}/{id}/rotate-secret"), &json!({"grace_seconds": 0})).await.json();
    hand_over(&here, "Signed?").await;
    let got = desk.receiver.got_so_many(5).await;
    assert!(is_signed_with(&got[4], rotated["secret"].as_str().unwrap()));
}

#[tokio::test]
async fn words_are_not_kept_with_messages_and_are_not_sent_once_they_were_erased() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    let client = manager(&world).await;
    desk.receiver.answers(503);
    handoff(&world, &json!({"handoff_mode": "webhook", "webhook_url": desk.url()})).await;
    hand_over(&world.server().await, "Swordfish").await;
    let got = desk.receiver.got_so_many(1).await;
    assert_eq!(payload(&got[0])["data"]["message"], "Swordfish");
    let kept = world.query::<String>("SELECT body FROM vestibule.webhook_deliveries").await;
    assert!(!kept[0].contains("Swordfish") && !kept[0].contains("mona"), "{kept:?}");
    let listed = client.get(HOOKS).await.json();
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let shown = deliveries(&client, &id).await;
    assert_eq!(
        (&shown[0]["payload"]["data"]["message"], &shown[0]["payload"]["data"]["contact"]),
        (&json!(null), &json!(null))
    );

    let conversation = payload(&got[0])["data"]["conversation"].clone();
    let ordered = client.post("/api/v1/privacy/erasures", &json!({"conversation_id": conversation})).await;
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    eventually(async || {
        let left = world.query::<i64>("SELECT count(*) FROM vestibule.handovers").await;
        if left == [0] { Ok(()) } else { Err(left) }
    })
    .await;
    desk.receiver.answers(204);
    let delivery = shown[0]["id"].as_str().unwrap();
    let again = client.post(&format!("{HOOKS}/{id}/deliveries/{delivery}/replay"), &json!({})).await;
    assert_eq!(again.status, 202, "{}", again.text());
    newest_is(&client, &id, "delivered").await;
    let last = desk.receiver.got().pop().unwrap();
    assert_eq!(payload(&last)["data"]["message"], Value::Null, "{}", last.body);
    assert!(!last.body.contains("Swordfish") && !last.body.contains("mona@"), "{}", last.body);
}

#[tokio::test]
async fn an_address_that_can_be_no_webhook_leaves_the_inbox() {
    let world = world_of_receivers().start().await;
    let client = manager(&world).await;
    // Nobody may be sent there, and a workspace has ten webhooks at most.
    handoff(&world, &json!({"handoff_mode": "webhook", "webhook_url": "https://10.0.0.1/in"})).await;
    let shopper = world.server().await;
    hand_over(&shopper, "Inside?").await;
    let shop = Receiver::start().await;
    for n in 0..10 {
        let url = format!("{}{n}", shop.url());
        let made = client.post(HOOKS, &json!({"url": url, "events": ["key.expiring"]})).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    // Another mode in between, so that the change is seen.
    handoff(&world, &json!({"handoff_mode": "off"})).await;
    handoff(&world, &json!({"handoff_mode": "webhook", "webhook_url": "https://desk.shop.example/in"})).await;
    hand_over(&shopper, "One too many?").await;
    let found = client.get("/api/v1/workspaces/shop/conversations?handed_over=true").await.json();
    assert_eq!(found["data"][0]["handovers"], 2, "{found}");
    assert!(shop.got().is_empty());
    assert_eq!(client.get(HOOKS).await.json()["data"].as_array().unwrap().len(), 10);
}
