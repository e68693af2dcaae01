//! Webhooks: what receivers are told, signed, again until they take it, and by one replica only.

mod alerts;
mod api;
mod handovers;
mod sending;

use crate::harness::{Asked, Http, Reply, Shop, WorldBuilder, eventually};
use crate::stores::with_local_shops;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

const HOOKS: &str = "/api/v1/workspaces/shop/webhooks";

/// A world whose receivers are on this machine, and that looks often what there is to tell.
fn world_of_receivers() -> WorldBuilder {
    // Tests look often what became of a message.
    let world = with_local_shops().set("WEBHOOKS_LOOK_SECONDS", 1);
    world.set("LIMITS_KEY_PER_MINUTE", 60_000).set("LIMITS_KEY_BURST", 60_000)
}

/// Something that takes messages, and answers what it is told to.
struct Receiver {
    shop: Shop,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        let shop = Shop::start(move |_| Reply::new(answer.load(Ordering::SeqCst), "")).await;
        Self { shop, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn url(&self) -> String {
        format!("http://{}/in?token=of-the-shop", self.shop.address)
    }

    fn got(&self) -> Vec<Asked> {
        self.shop.asked()
    }

    /// Waits until it got so many, and gives them.
    async fn got_so_many(&self, many: usize) -> Vec<Asked> {
        eventually(async || {
            let got = self.got().len();
            if got >= many { Ok(()) } else { Err(got) }
        })
        .await;
        self.got()
    }

    /// The events it got, in their order.
    fn events(&self) -> Vec<String> {
        self.got().iter().map(|asked| payload(asked)["type"].as_str().unwrap().to_owned()).collect()
    }
}

fn payload(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

/// A webhook of the workspace, and its secret.
async fn hook(client: &Http, receiver: &Receiver, events: &[&str]) -> (String, String) {
    let made = client.post(HOOKS, &json!({"url": receiver.url(), "events": events})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// Whether a message is signed with this secret, as a receiver checks it.
fn is_signed_with(asked: &Asked, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, at) = (asked.header("webhook-id").unwrap(), asked.header("webhook-timestamp").unwrap());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.{}", asked.body).as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    asked.header("webhook-signature").unwrap().split(' ').any(|one| one == wanted)
}

async fn deliveries(client: &Http, id: &str) -> Vec<Value> {
    let page = client.get(&format!("{HOOKS}/{id}/deliveries?limit=100")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["data"].as_array().unwrap().clone()
}

/// Waits until the newest message is in this state, and gives it.
async fn newest_is(client: &Http, id: &str, state: &str) -> Value {
    eventually(async || {
        let newest = deliveries(client, id).await.into_iter().next();
        if newest.as_ref().is_some_and(|newest| newest["state"] == state) { Ok(()) } else { Err(newest) }
    })
    .await;
    deliveries(client, id).await.swap_remove(0)
}
