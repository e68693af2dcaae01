//! What many share, and one client who wants all of it: each time one greedy, and nine fair ones who must be served.
//! And names and methods by which somebody might count as somebody else, or not at all.

use super::scene::{PASSWORD, Scene};
use super::{Attack, How, PAGE, admin, get};
use crate::harness::{Answer, EventStream, Http, KeySpec, ORIGIN, World};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

const CHEAP: &str = "/api/v1/messages?session_id=x";
const CHALLENGE: &str = "/api/v1/widget/challenge";
const SESSION: &str = "/api/v1/widget/session";
const CHAT: &str = "/api/v1/chat";
const HANDOVER: &str = "/api/v1/widget/handover";
const GREEDY: &str = "198.51.100.1";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "every stream of a page's key",
        does: "streams that are read slowly, from one address, until no more are let in; then nine other shoppers ask",
        how: Steps(|scene| streams(scene, vec![GREEDY]).boxed()),
        expected: "429 too_many_streams, the nine are served -> a plain question",
    },
    Attack {
        name: "every stream of a page's key, from a /64",
        does: "the same, each from another address of one IPv6 network",
        how: Steps(|scene| streams(scene, vec!["2001:db8:7:7::1", "2001:db8:7:7::2", "2001:db8:7:7:ffff::3"]).boxed()),
        expected: "429 too_many_streams, the nine are served -> a plain question",
    },
    Attack {
        name: "every stream of a page's key, by visitor tokens",
        does: "the same with a new visitor token for each stream",
        how: Steps(|scene| streams_of_visitors(scene).boxed()),
        expected: "429 too_many_streams, the nine are served -> a plain question",
    },
    Attack {
        name: "every request of a page's key",
        does: "as many as are let through at once from one address, of a cheap endpoint; then nine others",
        how: Steps(|scene| requests(scene, CHEAP).boxed()),
        expected: "429 rate_limited, the nine are served -> nothing",
    },
    Attack {
        name: "every challenge for a proof of work",
        does: "the same with challenges, which cost nothing to ask for",
        how: Steps(|scene| requests(scene, CHALLENGE).boxed()),
        expected: "429 rate_limited, the nine are served -> nothing",
    },
    Attack {
        name: "every visitor token",
        does: "one address asks for tokens all the time; then nine others, and a colleague who renews",
        how: Steps(|scene| sessions(scene).boxed()),
        expected: "429 rate_limited, the nine are served -> nothing",
    },
    Attack {
        name: "every hand-over to people",
        does: "one address writes to the shop's people, with the key and with a new visitor token each time, until no more \
               is let in; then nine others",
        how: Steps(|scene| handovers(scene).boxed()),
        expected: "429 rate_limited, the nine are served -> nothing",
    },
    Attack {
        name: "every chat of a day",
        does: "one address chats until a key with a quota lets it no more; then nine others",
        how: Steps(|scene| chats(scene, KeyLimits { messages_per_day: Some(80), ..plenty() }).boxed()),
        expected: "429 rate_limited, the nine are served -> a plain question",
    },
    Attack {
        name: "every chat of a month",
        does: "the same with a key that has a quota for the month alone",
        how: Steps(|scene| chats(scene, KeyLimits { messages_per_month: Some(80), ..plenty() }).boxed()),
        expected: "429 rate_limited, the nine are served -> a plain question",
    },
    Attack {
        name: "every place for a login",
        does: "one address has logins checked that take long, and sends more; then nine others log in",
        how: Steps(|scene| logins(scene).boxed()),
        expected: "429 login_throttled, the nine are served -> a login",
    },
    Attack {
        name: "passwords guessed from all of a /64",
        does: "one guess for each name, each from another address of one IPv6 network; then from another network",
        how: Steps(|scene| guesses(scene).boxed()),
        expected: "429 login_throttled, 401 invalid_credentials elsewhere -> a login",
    },
    Attack {
        name: "a visitor called like somebody else",
        does: "`visitor.id` and `session_id` are another shopper's address, and the id in another visitor's token in \
               every form in which it is kept",
        how: Steps(|scene| called_like_others(scene).boxed()),
        expected: "the others are served -> a plain question",
    },
    Attack {
        name: "`HEAD` where `GET` is throttled",
        does: "links that log in to AnythingLLM's interface, tried with `HEAD`, in odd spellings",
        how: Steps(|scene| links_by_head(scene).boxed()),
        expected: "429 for both -> HEAD /api/request-token/sso/simple",
    },
    Attack {
        name: "`HEAD` where `GET` needs a credential",
        does: "the same rows without a key, with another's, and without a page",
        how: Sent(&[
            get("HEAD /api/v1/messages?session_id=<victim>", &[]),
            get("HEAD /api/v1/keys", &["authorization: Bearer <pk_revoked>"]),
            get("HEAD /api/v1/auth/me", &["authorization: Bearer <refresh>"]),
        ]),
        expected: "401 -> nothing",
    },
    Attack {
        name: "`HEAD` where `GET` is forbidden",
        does: "a page elsewhere, and a key without the scope",
        how: Sent(&[
            get(
                "HEAD /api/v1/messages?session_id=<victim>",
                &["authorization: Bearer <pk>", "origin: https://evil.example"],
            ),
            get("HEAD /api/v1/keys", &[PAGE]),
        ]),
        expected: "403 -> nothing",
    },
    Attack {
        name: "`HEAD` where there is nothing",
        does: "paths of AnythingLLM that are closed, and our keys on the way to it",
        how: Sent(&[
            admin("HEAD /api/env-dump", &[], ""),
            admin("HEAD /api/v1/system/env-dump", &[], ""),
            admin("HEAD /api/v1/workspaces/x", &["authorization: Bearer <sk_all>"], ""),
            get("HEAD /api/v1/documents", &["authorization: Bearer <upstream_key>"]),
        ]),
        expected: "404 -> nothing",
    },
];

/// The program beside the scene's, which believes what the attacks say of their addresses.
async fn believing(scene: &Scene, settings: &[(&str, &str)]) -> World {
    let mut all = vec![("EDGE_TRUSTED_PROXIES", "127.0.0.0/8")];
    all.extend(settings);
    scene.world.replica_with(&all).await
}

async fn page(world: &World, limits: KeyLimits) -> Http {
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    world.public().bearer(&key).with("origin", ORIGIN)
}

/// So much that only shares refuse.
fn plenty() -> KeyLimits {
    let many = Some(100_000);
    KeyLimits {
        per_minute: many,
        burst: many,
        per_ip_per_minute: many,
        per_visitor_per_minute: many,
        ..KeyLimits::default()
    }
}

fn at(page: &Http, address: &str) -> Http {
    page.with("x-forwarded-for", address)
}

fn fair() -> impl Iterator<Item = String> {
    (1..=9).map(|number| format!("203.0.113.{number}"))
}

fn question() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "stream": true})
}

async fn visitor(page: &Http, address: &str) -> Http {
    let answer = at(page, address).post(SESSION, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    at(page, address).bearer(answer.json()["token"].as_str().unwrap())
}

fn refusal(answer: &Answer) -> String {
    format!("{} {}", answer.status.as_u16(), answer.code())
}

fn verdict(refused: &str, unserved: usize) -> String {
    match unserved {
        0 => format!("{refused}, the nine are served"),
        some => format!("{refused}, {some} OF THE NINE ARE NOT SERVED"),
    }
}

/// Somebody opens streams from these addresses, or with a new visitor token for each, until one is refused; then nine
/// others open one.
async fn opened_by(scene: &Scene, page: &Http, addresses: Option<Vec<&'static str>>) -> String {
    let control = scene.world.upstream.control();
    control.set_tokens(Some(100_000));
    control.set_token_delay(Duration::from_millis(200));
    let mut open: Vec<EventStream> = Vec::new();
    let refused = loop {
        let client = match &addresses {
            Some(addresses) => at(page, addresses[open.len() % addresses.len()]),
            None => visitor(page, GREEDY).await,
        };
        let stream = client.stream(CHAT, &question()).await;
        if stream.status != 200 {
            break refusal(&client.post(CHAT, &question()).await);
        }
        open.push(stream);
        if open.len() > 60 {
            break "NO END".to_owned();
        }
    };
    let mut unserved = 0;
    for address in fair() {
        let stream = at(page, &address).stream(CHAT, &question()).await;
        unserved += usize::from(stream.status != 200);
        open.push(stream);
    }
    drop(open);
    control.set_tokens(None);
    control.set_token_delay(Duration::ZERO);
    verdict(&refused, unserved)
}

async fn streams(scene: &Scene, addresses: Vec<&'static str>) -> String {
    let world = believing(scene, &[]).await;
    let page = page(&world, KeyLimits { max_streams: Some(25), ..plenty() }).await;
    opened_by(scene, &page, Some(addresses)).await
}

async fn streams_of_visitors(scene: &Scene) -> String {
    let world = believing(scene, &[("LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE", "1000")]).await;
    let page = page(&world, KeyLimits { max_streams: Some(25), ..plenty() }).await;
    opened_by(scene, &page, None).await
}

async fn requests(scene: &Scene, path: &str) -> String {
    let world = believing(scene, &[]).await;
    let limits = KeyLimits { per_minute: Some(1), burst: Some(25), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    if path == CHALLENGE {
        world.change_key(&key, "visitor_token_required = true, proof_of_work = true").await;
    }
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let mut last = String::new();
    for _ in 0..60 {
        let answer = at(&page, GREEDY).get(path).await;
        if answer.status != 200 {
            last = refusal(&answer);
        }
    }
    let mut unserved = 0;
    for address in fair() {
        unserved += usize::from(at(&page, &address).get(path).await.status != 200);
    }
    verdict(&last, unserved)
}

async fn handovers(scene: &Scene) -> String {
    let world = believing(scene, &[("LIMITS_HANDOVERS_PER_IP_PER_DAY", "5")]).await;
    let page = page(&world, plenty()).await;
    let letter = |n: &str| json!({"session_id": "flood", "message": format!("Buy {n}!"), "email": "spam@example.com"});
    let mut refused = [0, 0];
    let mut last = String::new();
    for n in 0..8 {
        let by_token = visitor(&page, GREEDY).await;
        for (way, client) in [(0, at(&page, GREEDY)), (1, by_token)] {
            let answer = client.post(HANDOVER, &letter(&format!("{way}-{n}"))).await;
            if answer.status != 201 {
                refused[way] += 1;
                last = refusal(&answer);
            }
        }
    }
    assert_eq!(refused, [3, 3], "five of each kind are let through");
    let mut unserved = 0;
    for address in fair() {
        let answer = at(&page, &address).post(HANDOVER, &letter(&address)).await;
        unserved += usize::from(answer.status != 201);
    }
    verdict(&last, unserved)
}

async fn sessions(scene: &Scene) -> String {
    let world = believing(scene, &[]).await;
    let page = page(&world, KeyLimits::default()).await;
    let colleague = visitor(&page, GREEDY).await;
    let mut last = String::new();
    for _ in 0..60 {
        let answer = at(&page, GREEDY).post(SESSION, &json!({})).await;
        if answer.status != 200 {
            last = refusal(&answer);
        }
    }
    let mut unserved = 0;
    for address in fair() {
        unserved += usize::from(at(&page, &address).post(SESSION, &json!({})).await.status != 200);
    }
    unserved += usize::from(colleague.post(SESSION, &json!({})).await.status != 200);
    verdict(&last, unserved)
}

async fn chats(scene: &Scene, limits: KeyLimits) -> String {
    let world = believing(scene, &[]).await;
    let page = page(&world, limits).await;
    let ask = json!({"message": "What does the cordless drill NW-18 cost?"});
    let mut last = String::new();
    for _ in 0..80 {
        let answer = at(&page, GREEDY).post(CHAT, &ask).await;
        if answer.status != 200 {
            last = refusal(&answer);
            break;
        }
    }
    let mut unserved = 0;
    for address in fair() {
        unserved += usize::from(at(&page, &address).post(CHAT, &ask).await.status != 200);
    }
    verdict(&last, unserved)
}

async fn log_in(world: &World, address: &str, name: &str, password: &str) -> Answer {
    let body = json!({"username": name, "password": password});
    at(&world.public(), address).post("/api/v1/auth/login", &body).await
}

async fn logins(scene: &Scene) -> String {
    let settings = [("AUTH_MAX_PARALLEL_LOGINS", "2"), ("UPSTREAM_RESPONSE_MILLIS", "15000")];
    let world = believing(scene, &settings).await;
    let control = scene.world.upstream.control();
    control.fail_on_times("/api/request-token", Failure::Hang, 1);
    let world = &world;
    // Dropped at the end: the gateway asks on without them, and AnythingLLM never answers.
    let mut held = Box::pin(log_in(world, GREEDY, "greedy0", "x"));
    let is_asked = control
        .until(|c| c.requests().iter().any(|r| r.path_and_query == "/api/request-token"), crate::harness::PATIENCE);
    tokio::select! {
        _ = &mut held => return "ANSWERED".to_owned(),
        asked = is_asked => assert!(asked),
    }
    let refused = refusal(&log_in(world, GREEDY, "greedy1", "x").await);
    let mut unserved = 0;
    for address in fair() {
        unserved += usize::from(log_in(world, &address, "mona", PASSWORD).await.status != 200);
    }
    verdict(&refused, unserved)
}

async fn guesses(scene: &Scene) -> String {
    let world = believing(scene, &[("ADMIN_LOGINS_PER_IP_PER_MINUTE", "100000")]).await;
    let mut last = String::new();
    for number in 0..40 {
        let answer = log_in(&world, &format!("2001:db8:9:9::{number:x}"), &format!("victim{number}"), "wrong").await;
        if answer.status == 429 {
            last = refusal(&answer);
            break;
        }
    }
    let elsewhere = log_in(&world, "2001:db8:a:a::1", "victim", "wrong").await;
    format!("{last}, {} elsewhere", refusal(&elsewhere))
}

async fn called_like_others(scene: &Scene) -> String {
    let world = believing(scene, &[]).await;
    let page = page(&world, KeyLimits { per_visitor_per_minute: Some(1), ..KeyLimits::default() }).await;
    let holder = visitor(&page, "198.51.100.9").await;
    let ask = json!({"message": "What does the cordless drill NW-18 cost?"});
    let mut names = vec![GREEDY.to_owned(), format!("::ffff:{GREEDY}"), format!("{GREEDY}/32")];
    let claims = claims(&holder.header("authorization"));
    for claim in claims.as_object().unwrap().values().filter_map(Value::as_str) {
        names.extend([
            claim.to_owned(),
            format!("visitor:{claim}"),
            format!("subject:{claim}"),
            format!("key:{claim}"),
        ]);
    }
    for name in &names {
        let (mut as_visitor, mut as_session) = (ask.clone(), ask.clone());
        as_visitor["visitor"] = json!({"id": name});
        as_session["session_id"] = json!(name);
        for body in [as_visitor, as_session] {
            at(&page, "198.51.100.77").post(CHAT, &body).await;
        }
    }
    let others = [at(&page, GREEDY).post(CHAT, &ask).await, holder.post(CHAT, &ask).await];
    match others.iter().filter(|answer| answer.status != 200).count() {
        0 => "the others are served".to_owned(),
        some => format!("{some} OF THE OTHERS ARE NOT SERVED"),
    }
}

fn claims(authorization: &str) -> Value {
    use base64::Engine as _;
    let part = authorization.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn links_by_head(scene: &Scene) -> String {
    let world = scene.world.replica_with(&[("ADMIN_LOGINS_PER_IP_PER_MINUTE", "3")]).await;
    let link = "/api/request-token/sso/simple?token=abc";
    for _ in 0..3 {
        world.admin().send(Method::HEAD, link, "").await;
    }
    let mut told = Vec::new();
    for path in [link, "/api/request-token/SSO/simple?token=abc", "//api/request-token/sso/simple/?token=abc"] {
        for method in [Method::HEAD, Method::GET] {
            told.push(world.admin().send(method, path, "").await.status.as_u16());
        }
    }
    told.dedup();
    if told == [429] { "429 for both".to_owned() } else { format!("{told:?}") }
}
