//! What many share, nobody has alone: a greedy client against nine fair ones, for everything that is shared.
//!
//! Rates are so low that no unit comes back while a test runs.

use crate::harness::{Answer, EventStream, Http, KeySpec, ORIGIN, World, eventually};
use crate::visitors::{identified, identity_token};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

const CHEAP: &str = "/api/v1/messages?session_id=nobody";
const CHALLENGE: &str = "/api/v1/widget/challenge";
const SESSION: &str = "/api/v1/widget/session";
const GREEDY: &str = "198.51.100.1";

/// Nine addresses that are nobody else's.
fn fair() -> impl Iterator<Item = String> {
    (1..=9).map(|number| format!("203.0.113.{number}"))
}

/// A gateway that believes what the test says of addresses.
async fn world() -> World {
    World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").start().await
}

/// The shop's page, for shoppers at these addresses.
struct Page {
    http: Http,
}

impl Page {
    async fn new(world: &World, limits: KeyLimits) -> Self {
        let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
        Self { http: world.public().bearer(&key).with("origin", ORIGIN) }
    }

    fn at(&self, address: &str) -> Http {
        self.http.with("x-forwarded-for", address)
    }

    /// Somebody with a visitor token.
    async fn visitor(&self, address: &str, body: &Value) -> Http {
        let page = self.at(address);
        let answer = page.post(SESSION, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        page.bearer(answer.json()["token"].as_str().unwrap())
    }
}

fn question() -> Value {
    let mut question = whole_question();
    question["stream"] = json!(true);
    question
}

/// The same, answered in one piece.
fn whole_question() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?"})
}

fn policies(answer: &Answer) -> (u16, String, Value) {
    (answer.status.as_u16(), answer.code(), answer.json()["violated_policies"].clone())
}

/// Opens streams that do not end until none is let in any more: these, and what the one too many was told.
async fn open_all(http: &Http) -> (Vec<EventStream>, Answer) {
    let mut open = Vec::new();
    loop {
        let stream = http.stream("/api/v1/chat", &question()).await;
        if stream.status != 200 {
            return (open, http.post("/api/v1/chat", &question()).await);
        }
        open.push(stream);
        assert!(open.len() <= 60, "there is no end to it");
    }
}

async fn slow_streams(limits: KeyLimits) -> (World, Page) {
    let world = world().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(200));
    let page = Page::new(&world, limits).await;
    (world, page)
}

const STREAMS: KeyLimits = KeyLimits {
    max_streams: Some(25),
    per_minute: Some(10_000),
    burst: Some(10_000),
    per_ip_per_minute: Some(10_000),
    per_visitor_per_minute: Some(10_000),
    messages_per_day: None,
    messages_per_month: None,
    tokens_per_day: None,
    tokens_per_month: None,
};

#[tokio::test]
async fn an_address_has_its_share_of_a_keys_streams() {
    let (world, page) = slow_streams(STREAMS).await;
    let (greedy, refused) = open_all(&page.at(GREEDY)).await;
    assert_eq!(greedy.len(), 10, "40 % of 25");
    assert_eq!(policies(&refused), (429, "too_many_streams".into(), json!(["max-streams-per-ip"])));
    assert!(refused.json()["detail"].as_str().unwrap().contains("from one address"), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Another name for the visitor or the session is no other visitor.
    let mut named = question();
    named["visitor"] = json!({"id": "somebody else"});
    named["session_id"] = json!(Uuid::new_v4());
    assert_eq!(page.at(GREEDY).post("/api/v1/chat", &named).await.code(), "too_many_streams");

    let mut served = Vec::new();
    for address in fair() {
        let stream = page.at(&address).stream("/api/v1/chat", &question()).await;
        assert_eq!(stream.status, 200, "{address}");
        served.push(stream);
    }
    // The greedy one's own colleagues, once they have a token, and one whom the shop has named.
    let colleague = page.visitor(GREEDY, &json!({})).await;
    let stream = colleague.stream("/api/v1/chat", &question()).await;
    assert_eq!(stream.status, 200);
    drop((greedy, served, stream));
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 0, crate::harness::PATIENCE).await);
}

#[tokio::test]
async fn a_64_is_one_address_and_its_neighbour_another() {
    let (_world, page) = slow_streams(STREAMS).await;
    let mut open = Vec::new();
    for number in 0..10 {
        let stream = page.at(&format!("2001:db8:1:2::{number:x}")).stream("/api/v1/chat", &question()).await;
        assert_eq!(stream.status, 200, "{number}");
        open.push(stream);
    }
    let refused = page.at("2001:db8:1:2:ffff::1").post("/api/v1/chat", &question()).await;
    assert_eq!(policies(&refused), (429, "too_many_streams".into(), json!(["max-streams-per-ip"])));
    assert_eq!(page.at("2001:db8:1:3::1").stream("/api/v1/chat", &question()).await.status, 200);
}

#[tokio::test]
async fn tokens_for_the_asking_make_nobody_more_than_an_address() {
    let (world, page) = slow_streams(STREAMS).await;
    let secret = identified(&world, false).await;
    let first = page.visitor(GREEDY, &json!({})).await;
    let (mut greedy, refused) = open_all(&first).await;
    assert_eq!(greedy.len(), 5, "a visitor's share");
    assert_eq!(policies(&refused), (429, "too_many_streams".into(), json!(["max-streams-per-visitor"])));
    for _ in 0..3 {
        let (more, _) = open_all(&page.visitor(GREEDY, &json!({})).await).await;
        greedy.extend(more);
    }
    assert_eq!(greedy.len(), 10, "an address's share, however many tokens");
    let mut served = Vec::new();
    for address in fair() {
        let stream = page.at(&address).stream("/api/v1/chat", &question()).await;
        assert_eq!(stream.status, 200, "{address}");
        served.push(stream);
    }
    // Whom the shop has named counts for themselves wherever they are.
    let customer = json!({"identity_token": identity_token(&world, &secret, "customer-7")});
    let customer = page.visitor(GREEDY, &customer).await;
    assert_eq!(customer.stream("/api/v1/chat", &question()).await.status, 200);
}

#[tokio::test]
async fn a_back_ends_visitor_has_a_share_and_the_back_end_has_everything() {
    let (world, _) = slow_streams(STREAMS).await;
    let key = world.key(KeySpec { limits: STREAMS, ..world.spec(KeyKind::Secret) }).await;
    let server = world.public().bearer(&key);
    let as_visitor = |name: &str| {
        let mut body = question();
        body["visitor"] = json!({"id": name});
        body
    };
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(server.stream("/api/v1/chat", &as_visitor("greedy")).await);
    }
    let refused = server.post("/api/v1/chat", &as_visitor("greedy")).await;
    assert_eq!(policies(&refused), (429, "too_many_streams".into(), json!(["max-streams-per-visitor"])));
    for _ in 0..20 {
        let stream = server.stream("/api/v1/chat", &question()).await;
        assert_eq!(stream.status, 200);
        open.push(stream);
    }
    let refused = server.post("/api/v1/chat", &question()).await;
    assert_eq!(policies(&refused), (429, "too_many_streams".into(), json!(["max-streams"])));
}

#[tokio::test]
async fn an_address_has_its_share_of_a_keys_requests_and_challenges() {
    let world = world().await;
    for (path, set) in [(CHEAP, "enabled = true"), (CHALLENGE, "visitor_token_required = true, proof_of_work = true")] {
        let limits = KeyLimits { per_minute: Some(1), burst: Some(25), ..KeyLimits::default() };
        let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
        world.change_key(&key, set).await;
        let page = Page { http: world.public().bearer(&key).with("origin", ORIGIN) };
        let mut served = 0;
        for _ in 0..40 {
            let answer = page.at(GREEDY).get(path).await;
            if answer.status == 200 {
                served += 1;
            } else {
                assert_eq!(policies(&answer), (429, "rate_limited".into(), json!(["ip-minute"])));
            }
        }
        assert_eq!(served, 10, "{path}: 40 % of 25");
        for address in fair() {
            assert_eq!(page.at(&address).get(path).await.status, 200, "{path} {address}");
        }
    }
}

#[tokio::test]
async fn a_visitor_counts_for_themselves_and_not_for_who_sends_the_key() {
    let world = world().await;
    let limits = KeyLimits { per_minute: Some(1), burst: Some(60), ..KeyLimits::default() };
    let page = Page::new(&world, limits).await;
    let (greedy, other) = (page.visitor(GREEDY, &json!({})).await, page.visitor(GREEDY, &json!({})).await);
    let mut served = 0;
    for _ in 0..20 {
        let answer = greedy.get(CHEAP).await;
        if answer.status == 200 {
            served += 1;
        } else {
            assert_eq!(policies(&answer), (429, "rate_limited".into(), json!(["visitor-request-minute"])));
        }
    }
    assert_eq!(served, 10, "of 60, ten per cent, and never less than ten");
    assert_eq!(other.get(CHEAP).await.status, 200);
    // The address is used up by whoever has no token; who has one goes on.
    while page.at(GREEDY).get(CHEAP).await.status == 200 {}
    assert_eq!(other.get(CHEAP).await.status, 200);
    assert_eq!(other.post(SESSION, &json!({})).await.status, 200, "renewing");
}

#[tokio::test]
async fn who_wants_tokens_all_the_time_keeps_nobody_from_getting_one_or_renewing() {
    let world = World::builder()
        .set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8")
        .set("LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE", 3)
        .start()
        .await;
    let page = Page::new(&world, KeyLimits::default()).await;
    let colleague = page.visitor(GREEDY, &json!({})).await;
    for _ in 0..30 {
        page.at(GREEDY).post(SESSION, &json!({})).await;
    }
    let refused = page.at(GREEDY).post(SESSION, &json!({})).await;
    assert_eq!(policies(&refused), (429, "rate_limited".into(), json!(["visitor-session-minute"])));
    for address in fair() {
        page.visitor(&address, &json!({})).await;
    }
    assert_eq!(colleague.post(SESSION, &json!({})).await.status, 200);
}

/// One address uses up its share of the chats of a time, 50 of them; nine others are served.
async fn chats_have_shares(limits: KeyLimits, policy: &str, seconds: u32) -> (World, Page) {
    let world = world().await;
    let rates = KeyLimits {
        per_minute: Some(10_000),
        per_ip_per_minute: Some(10_000),
        per_visitor_per_minute: Some(10_000),
        ..limits
    };
    let page = Page::new(&world, rates).await;
    let ask = whole_question();
    for number in 0..50 {
        assert_eq!(page.at(GREEDY).post("/api/v1/chat", &ask).await.status, 200, "{number}");
    }
    let refused = page.at(GREEDY).post("/api/v1/chat", &ask).await;
    assert_eq!(policies(&refused), (429, "rate_limited".into(), json!([policy])));
    let told = refused.header("ratelimit-policy").unwrap();
    assert!(told.contains(&format!("\"{policy}\";q=50;w={seconds}")), "{told}");
    for address in fair() {
        assert_eq!(page.at(&address).post("/api/v1/chat", &ask).await.status, 200, "{address}");
    }
    (world, page)
}

#[tokio::test]
async fn an_address_has_its_share_of_the_chats_of_a_day() {
    let limits = KeyLimits { messages_per_day: Some(100), ..KeyLimits::default() };
    chats_have_shares(limits, "ip-messages-day", 86_400).await;
}

#[tokio::test]
async fn an_address_has_its_share_of_the_chats_a_month_where_there_is_no_limit_a_day() {
    let limits = KeyLimits { messages_per_month: Some(125), ..KeyLimits::default() };
    let (_world, page) = chats_have_shares(limits, "ip-messages-month", 2_592_000).await;
    // A visitor with a token at the same address has a share besides.
    let colleague = page.visitor(GREEDY, &json!({})).await;
    assert_eq!(colleague.post("/api/v1/chat", &whole_question()).await.status, 200);
}

#[tokio::test]
async fn an_address_has_its_share_of_the_logins_in_flight() {
    let world = World::builder()
        .set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8")
        .set("AUTH_MAX_PARALLEL_LOGINS", 4)
        .set("UPSTREAM_RESPONSE_MILLIS", 15_000)
        .set("AUTH_LOGIN_FAILURE_MILLIS", 1)
        .start()
        .await;
    let control = world.upstream.control();
    for number in 0..20 {
        control.add_user(&format!("user{number}"), "User-pass-1", "default");
    }
    let log_in = |address: &str, number: usize| {
        let client = world.public().with("x-forwarded-for", address);
        let body = json!({"username": format!("user{number}"), "password": "User-pass-1"});
        async move { client.post("/api/v1/auth/login", &body).await }
    };
    control.fail_on_times("/api/request-token", Failure::Hang, 2);
    let mut held: Vec<_> = (10..14).map(|number| tokio::spawn(log_in(GREEDY, number))).collect();
    let asked = || control.requests().iter().filter(|r| r.path_and_query == "/api/request-token").count();
    eventually(async || if asked() == 2 { Ok(()) } else { Err(asked()) }).await;
    for (number, address) in fair().enumerate() {
        let answer = log_in(&address, number).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    }
    // Two of the greedy one's four have waited for its own two.
    for waiting in held.split_off(2) {
        assert_eq!(waiting.await.unwrap().code(), "login_throttled");
    }
}

#[tokio::test]
async fn the_same_holds_for_logins_to_anythingllms_interface() {
    let world = World::builder()
        .set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8")
        .set("ADMIN_MAX_PARALLEL_LOGINS", 2)
        .set("UPSTREAM_RESPONSE_MILLIS", 15_000)
        .start()
        .await;
    let control = world.upstream.control();
    control.add_user("dora", "User-pass-1", "default");
    let log_in = |address: &str| {
        let client = world.admin().with("x-forwarded-for", address);
        async move { client.post("/api/request-token", &json!({"username": "dora", "password": "User-pass-1"})).await }
    };
    control.fail_on_times("/api/request-token", Failure::Hang, 1);
    let held = tokio::spawn(log_in(GREEDY));
    eventually(async || if control.requests().is_empty() { Err(()) } else { Ok(()) }).await;
    assert_eq!(log_in(GREEDY).await.code(), "login_throttled");
    for address in fair() {
        assert_eq!(log_in(&address).await.status, 200, "{address}");
    }
    held.abort();
}

#[tokio::test]
async fn the_shares_can_be_set() {
    let world = World::builder()
        .set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8")
        .set("LIMITS_ADDRESS_SHARE_PERCENT", 100)
        .set("LIMITS_IP_PER_MINUTE", 1000)
        .start()
        .await;
    let limits = KeyLimits { per_minute: Some(1), burst: Some(30), ..KeyLimits::default() };
    let page = Page::new(&world, limits).await;
    for number in 0..30 {
        assert_eq!(page.at(GREEDY).get(CHEAP).await.status, 200, "{number}");
    }
    assert!(page.at(GREEDY).get(CHEAP).await.json()["violated_policies"].to_string().contains("key-minute"));
}

#[tokio::test]
async fn whatever_a_visitor_is_called_nobody_elses_allowance_is_used_up() {
    let world = world().await;
    let limits = KeyLimits { per_visitor_per_minute: Some(1), ..KeyLimits::default() };
    let page = Page::new(&world, limits).await;
    let ask = whole_question();
    let called = |name: &str| {
        let (mut visitor, mut session) = (ask.clone(), ask.clone());
        visitor["visitor"] = json!({"id": name});
        session["session_id"] = json!(name);
        [visitor, session]
    };
    let holder = page.visitor("198.51.100.9", &json!({})).await;
    let token = holder.header("authorization");
    let claims: Value = {
        use base64::Engine as _;
        let part = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let mut names = vec![GREEDY.to_owned(), format!("::ffff:{GREEDY}")];
    for claim in claims.as_object().unwrap().values().filter_map(Value::as_str) {
        names.extend([claim.to_owned(), format!("visitor:{claim}"), format!("subject:{claim}")]);
    }
    for name in &names {
        for body in called(name) {
            // Some are no names for a visitor or session, which is as well.
            let status = page.at("198.51.100.77").post("/api/v1/chat", &body).await.status;
            assert!([200, 422].contains(&status.as_u16()), "{name}: {status}");
        }
    }
    assert_eq!(page.at(GREEDY).post("/api/v1/chat", &ask).await.status, 200, "the shopper at that address");
    assert_eq!(holder.post("/api/v1/chat", &ask).await.status, 200, "the visitor with that id");
}
