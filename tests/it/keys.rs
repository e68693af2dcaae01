//! Which texts are keys, what each kind of key may do, and how soon a change of one is felt.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, eventually};
use chrono::TimeDelta;
use serde_json::json;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};
use vestibule::domain::scope::Scope;

/// An endpoint that wants a key, asks nothing of AnythingLLM and has no body.
const CHEAP: &str = "/api/v1/messages?session_id=nobody";

/// A key with a checksum that fits, whatever was changed in it: CRC-32 in base 62, as the format is documented.
fn with_fitting_checksum(changed: &str) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = &changed[..changed.len() - 6];
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % 62];
        rest /= 62;
    }
    let key = format!("{body}{}", std::str::from_utf8(&digits).unwrap());
    ApiKey::parse(&key).expect("the checksum fits");
    key
}

/// The text with one character of its secret part replaced.
fn with_another_secret(key: &str) -> String {
    let at = "vst_pk_test_".len() + 12 + 1;
    let other = if key.as_bytes()[at] == b'x' { "y" } else { "x" };
    format!("{}{other}{}", &key[..at], &key[at + 1..])
}

fn challenge(answer: &Answer) -> &str {
    answer.header("www-authenticate").expect("a challenge")
}

async fn expect_code(http: &Http, code: &str) -> Result<(), String> {
    let answer = http.get(CHEAP).await;
    let found = if answer.status == 200 { "200".to_owned() } else { answer.code() };
    if found == code { Ok(()) } else { Err(found) }
}

#[tokio::test]
async fn what_is_not_an_existing_key_is_refused_without_repeating_it() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let unknown = ApiKey::generate(KeyKind::Publishable, KeyEnv::Test, &SystemRandomness);
    let cases = [
        ("one character mistyped", with_another_secret(&key)),
        ("the last character lost", key[..key.len() - 1].to_owned()),
        ("the first character lost", key[1..].to_owned()),
        ("a character doubled", format!("{key}{}", &key[key.len() - 1..])),
        ("only the prefix", "vst_pk_test_".to_owned()),
        ("lower case", key.to_lowercase()),
        ("unknown", unknown.expose().to_owned()),
        ("of the other environment", with_fitting_checksum(&key.replace("_test_", "_live_"))),
        ("of the other kind", with_fitting_checksum(&key.replace("_pk_", "_sk_"))),
        ("with another secret", with_fitting_checksum(&with_another_secret(&key))),
        ("AnythingLLM's key", world.upstream.api_key().to_owned()),
        ("a word", "null".to_owned()),
        ("a token of another kind", "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl".to_owned()),
        ("two keys", format!("{key} {key}")),
    ];
    for (name, text) in cases {
        for origin in [Some(ORIGIN), None] {
            let http = world.public().bearer(&text);
            let http = origin.map_or(http.clone(), |origin| http.with("origin", origin));
            let answer = http.post("/api/v1/chat", &json!({"message": "hello"})).await;
            assert_eq!(answer.status, 401, "{name}: {}", answer.text());
            assert_eq!(answer.code(), "invalid_token", "{name}");
            assert!(challenge(&answer).contains("error=\"invalid_token\""), "{name}: {answer:?}");
            assert!(!answer.text().contains(&text), "{name}: {}", answer.text());
        }
    }
    assert_eq!(world.upstream.control().request_count(), 0);
    assert_eq!(expect_code(&world.public().bearer(&key).with("origin", ORIGIN), "200").await, Ok(()));
}

#[tokio::test]
async fn without_a_credential_the_challenge_names_no_error() {
    let world = World::start().await;
    let public = world.public();
    for http in [public.clone(), public.with("origin", ORIGIN), public.with("authorization", "Bearer ")] {
        let answer = http.get(CHEAP).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.code(), "unauthenticated");
        assert_eq!(challenge(&answer), "Bearer realm=\"vestibule\"");
    }
}

#[tokio::test]
async fn the_scheme_is_bearer_in_any_case_and_nothing_else() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let with = |scheme: &str| world.public().with("authorization", &format!("{scheme}{key}"));
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
        assert_eq!(expect_code(&with(scheme), "200").await, Ok(()), "{scheme:?}");
    }
    for scheme in ["Basic ", "Token ", "Digest username=", "", "Bearer", "Bearer:"] {
        assert_eq!(expect_code(&with(scheme), "invalid_token").await, Ok(()), "{scheme:?}");
    }
    // What AnythingLLM's own UI sends while nobody is logged in.
    assert_eq!(expect_code(&world.public().with("authorization", "null"), "invalid_token").await, Ok(()));
    let odd = world.public().with_bytes("authorization", b"Bearer \xff\xfe");
    assert_eq!(expect_code(&odd, "invalid_token").await, Ok(()));
}

#[tokio::test]
async fn a_widget_may_send_its_key_in_a_header_of_its_own() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = world.public().with("origin", ORIGIN);
    assert_eq!(expect_code(&page.with("x-widget-key", &key), "200").await, Ok(()));
    assert_eq!(expect_code(&page.with("x-widget-key", &with_another_secret(&key)), "invalid_token").await, Ok(()));
}

#[tokio::test]
async fn two_credentials_are_refused_even_when_both_are_good() {
    let world = World::start().await;
    let (one, two) = (world.publishable_key().await, world.publishable_key().await);
    let page = world.public().with("origin", ORIGIN);
    for http in [
        page.bearer(&one).with("x-widget-key", &one),
        page.bearer(&one).with("x-widget-key", &two),
        page.bearer(&one).also("authorization", &format!("Bearer {two}")),
        page.bearer(&one).also("authorization", "Basic dXNlcjpwYXNz"),
        page.with("x-widget-key", &one).also("x-widget-key", &two),
    ] {
        let answer = http.get(CHEAP).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "bad_request"), "{http:?}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_on_every_replica_that_knew_it() {
    let world = World::start().await;
    let replica = world.replica().await;
    let key = world.publishable_key().await;
    let clients = [&world, &replica].map(|w| w.public().bearer(&key).with("origin", ORIGIN));
    for client in &clients {
        assert_eq!(expect_code(client, "200").await, Ok(()));
    }
    world.revoke(&key).await;
    for client in &clients {
        eventually(async || expect_code(client, "key_revoked").await).await;
        let answer = client.get(CHEAP).await;
        assert_eq!(answer.status, 401);
        assert!(challenge(&answer).contains("error=\"invalid_token\""));
    }
    // In the widget's path, too, with a frame that the widget can show.
    let session = uuid::Uuid::new_v4();
    let answer = world.public().with("origin", ORIGIN).get(&format!("/api/embed/{key}/{session}")).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (401, Some("key_revoked")));
}

#[tokio::test]
async fn an_expired_key_is_refused_also_when_it_expires_in_memory() {
    let world = World::start().await;
    let spec = |seconds| KeySpec {
        expires_at: Some(world.ambient.now() + TimeDelta::milliseconds(seconds)),
        ..world.spec(KeyKind::Secret)
    };
    let past = world.public().bearer(&world.key(spec(1)).await);
    eventually(async || expect_code(&past, "key_expired").await).await;

    let later = world.public().bearer(&world.key(spec(3_600_000)).await);
    assert_eq!(expect_code(&later, "200").await, Ok(()));

    // Nothing tells of the moment it passes.
    let soon = world.public().bearer(&world.key(spec(1_500)).await);
    soon.get(CHEAP).await;
    eventually(async || expect_code(&soon, "key_expired").await).await;
}

#[tokio::test]
async fn a_key_that_is_switched_off_works_again_once_it_is_on() {
    let world = World::start().await;
    let replica = world.replica().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let clients = [&world, &replica].map(|w| w.public().bearer(&key));
    for client in &clients {
        assert_eq!(expect_code(client, "200").await, Ok(()));
    }
    for (set, code) in [("enabled = false", "key_disabled"), ("enabled = true", "200")] {
        world.change_key(&key, set).await;
        for client in &clients {
            eventually(async || expect_code(client, code).await).await;
        }
    }
    world.sql("UPDATE vestibule.tenants SET status = 'suspended'").await;
    for client in &clients {
        eventually(async || expect_code(client, "key_disabled").await).await;
    }
}

#[tokio::test]
async fn a_secret_key_that_a_browser_sends_is_refused_and_says_that_it_has_leaked() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    for origin in [ORIGIN, "https://elsewhere.example", "null"] {
        for http in [world.public().bearer(&key), world.public().with("x-widget-key", &key)] {
            let answer = http.with("origin", origin).post("/api/v1/chat", &json!({"message": "hello"})).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "invalid_token"));
            let detail = answer.json()["detail"].as_str().unwrap().to_lowercase();
            assert!(detail.contains("browser") && detail.contains("revoke"), "{detail}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        }
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn a_secret_key_in_the_widgets_header_is_refused_wherever_it_comes_from() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let answer = world.public().with("x-widget-key", &key).get(CHEAP).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "invalid_token"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("Authorization"), "{}", answer.text());
    assert_eq!(expect_code(&world.public().bearer(&key), "200").await, Ok(()));
}

#[tokio::test]
async fn a_secret_key_in_the_widgets_path_is_refused() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let session = uuid::Uuid::new_v4();
    let body = json!({"sessionId": session, "message": "hello"});
    for http in [world.public(), world.public().with("origin", ORIGIN), world.public().bearer(&key)] {
        for answer in [
            http.post(&format!("/api/embed/{key}/stream-chat"), &body).await,
            http.get(&format!("/api/embed/{key}/{session}")).await,
            http.delete(&format!("/api/embed/{key}/{session}")).await,
        ] {
            assert_eq!(answer.status, 401, "{}", answer.text());
            assert_eq!(answer.json()["error"], "invalid_token");
            assert!(!answer.text().contains(&key));
        }
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn each_endpoint_asks_for_its_scope() {
    let world = World::start().await;
    let session = uuid::Uuid::new_v4();
    let embed = json!({"sessionId": session, "message": "hello"});
    for lacking in [Scope::ChatWrite, Scope::MessagesRead, Scope::KnowledgeQuery] {
        let scopes = Scope::PUBLISHABLE.into_iter().filter(|scope| *scope != lacking).collect();
        let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Publishable) }).await;
        let page = world.public().with("origin", ORIGIN);
        let http = page.bearer(&key);
        let answers = [
            (Scope::ChatWrite, http.post("/api/v1/chat", &json!({"message": "What does the drill cost?"})).await),
            (Scope::ChatWrite, http.delete(CHEAP).await),
            (Scope::MessagesRead, http.get(CHEAP).await),
            (Scope::KnowledgeQuery, http.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await),
        ];
        for (wanted, answer) in answers {
            if wanted != lacking {
                assert!(answer.status.is_success(), "{lacking}: {}", answer.text());
                continue;
            }
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "insufficient_scope"));
            let scope = format!("scope=\"{lacking}\"");
            assert!(challenge(&answer).contains("error=\"insufficient_scope\"") && challenge(&answer).contains(&scope));
        }
        let answers = [
            (Scope::ChatWrite, page.post(&format!("/api/embed/{key}/stream-chat"), &embed).await),
            (Scope::MessagesRead, page.get(&format!("/api/embed/{key}/{session}")).await),
            (Scope::ChatWrite, page.delete(&format!("/api/embed/{key}/{session}")).await),
        ];
        for (wanted, answer) in answers {
            if wanted == lacking {
                assert_eq!(answer.status, 403);
                assert_eq!(answer.json()["error"], "insufficient_scope");
            } else {
                assert!(answer.status.is_success(), "{lacking}: {}", answer.text());
            }
        }
    }
}

/// Asks every endpoint that takes a `workspace`.
async fn ask_all(http: &Http, workspace: Option<&str>) -> Vec<Answer> {
    let mut chat = json!({"message": "What does the cordless drill cost?"});
    let mut query = json!({"query": "drill"});
    let mut path = "/api/v1/messages?session_id=nobody".to_owned();
    if let Some(slug) = workspace {
        chat["workspace"] = slug.into();
        query["workspace"] = slug.into();
        path = format!("{path}&workspace={slug}");
    }
    vec![
        http.post("/api/v1/chat", &chat).await,
        http.post("/api/v1/knowledge/query", &query).await,
        http.get(&path).await,
        http.delete(&path).await,
    ]
}

#[tokio::test]
async fn a_bound_key_knows_no_workspace_but_its_own() {
    let world = World::start().await;
    let other = world.add_workspace("other").await;
    for http in [world.browser().await, world.server().await] {
        for named in [None, Some("shop")] {
            for answer in ask_all(&http, named).await {
                assert!(answer.status.is_success(), "{named:?}: {}", answer.text());
            }
        }
        world.upstream.control().clear_requests();
        // One that exists and one that does not look alike.
        for named in ["other", "nowhere", &other.upstream_slug] {
            for answer in ask_all(&http, Some(named)).await {
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{named}");
                assert!(!answer.text().contains(named), "{}", answer.text());
            }
        }
        assert_eq!(world.upstream.control().request_count(), 0);
    }
}

#[tokio::test]
async fn a_key_of_the_whole_tenant_must_name_a_workspace() {
    let world = World::start().await;
    let other = world.add_workspace("other").await;
    let key = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    let http = world.public().bearer(&key);
    for answer in ask_all(&http, None).await {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"));
        assert_eq!(answer.json()["errors"][0]["field"], "workspace");
        assert_eq!(answer.json()["errors"][0]["code"], "required");
    }
    for unknown in ["nowhere", "Shop", &other.upstream_slug] {
        for answer in ask_all(&http, Some(unknown)).await {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{unknown}");
        }
    }
    assert_eq!(world.upstream.control().request_count(), 0);
    for slug in ["shop", "other"] {
        let answers = ask_all(&http, Some(slug)).await;
        for answer in &answers {
            assert!(answer.status.is_success(), "{slug}: {}", answer.text());
        }
        assert_eq!(answers[0].json()["workspace"], slug);
        assert_eq!(answers[1].json()["workspace"], slug);
    }
}

#[tokio::test]
async fn a_workspace_that_is_not_active_answers_nobody() {
    let world = World::start().await;
    let replica = world.replica().await;
    let bound = world.publishable_key().await;
    let whole = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    let mut clients = Vec::new();
    for world in [&world, &replica] {
        clients.push((world.public().bearer(&bound).with("origin", ORIGIN), CHEAP.to_owned()));
        clients.push((world.public().bearer(&whole), format!("{CHEAP}&workspace=shop")));
    }
    for (status, expected) in [("active", 200), ("paused", 404), ("active", 200), ("archived", 404), ("draft", 404)] {
        world.set_status(world.workspace.id, status).await;
        for (client, path) in &clients {
            eventually(async || {
                let found = client.get(path).await.status;
                if found == expected { Ok(()) } else { Err(found) }
            })
            .await;
        }
    }
    let session = uuid::Uuid::new_v4();
    let answer = world.public().with("origin", ORIGIN).get(&format!("/api/embed/{bound}/{session}")).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (404, Some("not_found")));
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn a_running_stream_ends_when_its_key_is_revoked() {
    let world = World::start().await;
    world.upstream.control().set_token_delay(std::time::Duration::from_millis(50));
    world.upstream.control().set_tokens(Some(10_000));
    let key = world.publishable_key().await;
    let http = world.public().bearer(&key).with("origin", ORIGIN);
    let mut stream = http.stream("/api/v1/chat", &json!({"message": "cordless drill", "stream": true})).await;
    assert_eq!(stream.next().await.unwrap().name, "start");
    world.revoke(&key).await;
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 0, crate::harness::PATIENCE).await, "the generation goes on");
    assert_eq!(control.aborted_streams(), 1);
}
