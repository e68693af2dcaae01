//! Answers to first questions that are given again: at once, marked, counted, and the conversation goes on from there.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, WorldBuilder, events_of, eventually, text_of};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

const QUESTION: &str = "How long does delivery of the drill take?";

async fn keeping_with(builder: WorldBuilder) -> World {
    let world = builder.start().await;
    world.change_settings(r#"settings = settings || '{"answer_cache_ttl_secs": 600}'"#).await;
    world
}

async fn keeping() -> World {
    keeping_with(World::builder()).await
}

async fn chat(client: &Http, body: Value) -> Answer {
    let answer = client.post("/api/v1/chat", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

async fn first(client: &Http) -> Value {
    chat(client, json!({"message": QUESTION})).await.json()
}

/// Asks until the answer is a kept one: it is kept a moment after its first reader has it.
async fn kept(client: &Http) -> Value {
    let mut answer = Value::Null;
    eventually(async || {
        answer = first(client).await;
        if answer["cached"] == true { Ok(()) } else { Err(answer.clone()) }
    })
    .await;
    answer
}

fn chats(world: &World) -> Vec<String> {
    let requests = world.upstream.control().requests();
    let chats = requests.iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
    let message = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["message"].as_str().unwrap().to_owned();
    chats.map(|request| message(&request.body)).collect()
}

async fn messages(client: &Http, session: &Value) -> Vec<Value> {
    let path = format!("/api/v1/messages?session_id={}", session.as_str().unwrap());
    let answer = client.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

fn contents(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_second_to_ask_is_answered_at_once_with_the_same_and_it_is_marked() {
    let world = keeping().await;
    let page = world.browser().await;
    let given = first(&page).await;
    assert!(given.get("cached").is_none(), "{given}");
    let again = kept(&page).await;
    for field in ["answer", "sources", "refused", "ai_generated", "mode", "workspace"] {
        assert_eq!(again[field], given[field], "{field}");
    }
    assert_ne!(again["session_id"], given["session_id"]);
    assert_eq!(again["usage"]["total_tokens"], 0);

    let asked = chats(&world).len();
    let streamed = chat(&page, json!({"message": format!("  {QUESTION}\n"), "stream": true})).await;
    let events = events_of(streamed.text());
    assert_eq!(events.first().unwrap().name, "start");
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(&names[names.len() - 2..], ["sources", "done"]);
    assert_eq!(text_of(&events), given["answer"].as_str().unwrap());
    let done = &events.last().unwrap().data;
    assert_eq!((&done["cached"], &done["usage"]["completion_tokens"]), (&json!(true), &json!(0)));
    assert_eq!(chats(&world).len(), asked, "AnythingLLM is not asked");

    let id = streamed.header("x-request-id").unwrap();
    let query = format!(
        "SELECT cache || ' ' || outcome || ' ' || prompt_tokens || ' ' || completion_tokens
         FROM vestibule.usage_events WHERE request_id = '{id}'"
    );
    eventually(async || match &world.query::<String>(&query).await[..] {
        [event] if event == "hit ok 0 0" => Ok(()),
        other => Err(other.to_vec()),
    })
    .await;
}

#[tokio::test]
async fn the_conversation_goes_on_with_what_was_said_although_anythingllm_never_saw_it() {
    let world = keeping().await;
    let page = world.browser().await;
    first(&page).await;
    let begun = kept(&page).await;
    let session = &begun["session_id"];
    let said = messages(&page, session).await;
    let answer = begun["answer"].as_str().unwrap();
    assert_eq!(contents(&said), [QUESTION, answer]);
    assert_eq!((&said[0]["role"], &said[1]["role"]), (&json!("user"), &json!("assistant")));
    assert_eq!(said[1]["sources"], begun["sources"]);

    let next = chat(&page, json!({"message": "/hm And what does it cost?", "session_id": session})).await.json();
    assert!(next.get("cached").is_none(), "only first questions are: {next}");
    let asked = chats(&world).pop().unwrap();
    assert!(asked.contains(QUESTION) && asked.contains(answer.get(..20).unwrap()), "{asked}");
    assert!(asked.ends_with("And what does it cost?"), "{asked}");
    let said = messages(&page, session).await;
    assert_eq!(contents(&said)[..3], [QUESTION, answer, "/hm And what does it cost?"]);
    assert_eq!(said.len(), 4);

    // AnythingLLM remembers it from now on.
    eventually(async || {
        match world.query::<bool>("SELECT told FROM vestibule.conversation_openings WHERE told").await[..] {
            [true] => Ok(()),
            _ => Err("not yet"),
        }
    })
    .await;
    chat(&page, json!({"message": "Thanks", "session_id": session})).await;
    assert_eq!(chats(&world).pop().unwrap(), "Thanks");
    assert_eq!(contents(&messages(&page, session).await)[..3], [QUESTION, answer, "/hm And what does it cost?"]);

    // Anew: nothing of it is left.
    let path = format!("/api/v1/messages?session_id={}", session.as_str().unwrap());
    assert_eq!(page.delete(&path).await.status, 204);
    assert!(messages(&page, session).await.is_empty());
    let left = world.query::<i64>("SELECT count(*) FROM vestibule.conversation_openings WHERE told").await;
    assert_eq!(left, [0]);
}

#[tokio::test]
async fn an_opening_is_sealed_and_nobody_elses() {
    let world = keeping().await;
    let key = world.publishable_key().await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    first(&page).await;
    let begun = kept(&page).await;
    let readable = world.query::<String>("SELECT encode(sealed, 'escape') FROM vestibule.conversation_openings").await;
    for text in &readable {
        assert!(!text.contains("delivery") && !text.contains("drill") && !text.contains("euros"), "{text}");
    }
    let stranger = world.browser().await;
    assert!(messages(&stranger, &begun["session_id"]).await.is_empty(), "another key, another owner");
}

#[tokio::test]
async fn another_key_language_mode_or_workspace_asks_itself() {
    let world = keeping().await;
    let page = world.browser().await;
    first(&page).await;
    kept(&page).await;
    let cached = async |client: &Http, body: Value| chat(client, body).await.json()["cached"] == true;
    assert!(!cached(&world.browser().await, json!({"message": QUESTION})).await, "another key");
    assert!(!cached(&page, json!({"message": QUESTION, "visitor": {"locale": "de-AT"}})).await, "another language");
    assert!(!cached(&page, json!({"message": QUESTION, "mode": "chat"})).await, "another mode");
    assert!(!cached(&page, json!({"message": QUESTION.to_uppercase()})).await, "another spelling");
    let other = world.add_workspace("other").await;
    let server = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    let server = world.public().bearer(&server);
    for workspace in ["shop", "other"] {
        assert!(!cached(&server, json!({"message": QUESTION, "workspace": workspace})).await);
    }
    // A visitor's name makes no difference to the answer, but each has a conversation of their own.
    let named = chat(&page, json!({"message": QUESTION, "visitor": {"id": "v-1"}})).await.json();
    assert_eq!(named["cached"], true);
    // Documents have changed.
    let developer = world.admin().bearer(world.upstream.api_key());
    for workspace in [&world.workspace, &other] {
        let path = format!("/api/v1/workspace/{}/update-embeddings", workspace.upstream_slug);
        assert_eq!(developer.post(&path, &json!({"adds": []})).await.status, 200);
    }
    eventually(async || if first(&page).await.get("cached").is_none() { Ok(()) } else { Err("kept") }).await;
}

#[tokio::test]
async fn what_failed_was_refused_or_was_left_is_not_kept_and_neither_is_anything_by_default() {
    let world = keeping().await;
    let page = world.browser().await;
    let control = world.upstream.control();
    for failure in [Failure::AbortThenFinalize, Failure::DropMidStream { after_frames: 2 }, Failure::BadJsonFrame] {
        control.fail_times(failure, 1);
        assert_ne!(page.post("/api/v1/chat", &json!({"message": QUESTION})).await.status, 200);
        control.heal();
    }
    let before = chats(&world).len();
    for _ in 0..2 {
        let refused = chat(&page, json!({"message": "zebra giraffe"})).await.json();
        assert_eq!((&refused["refused"], refused.get("cached")), (&json!(true), None));
    }
    assert_eq!(chats(&world).len(), before + 2);
    let plain = World::start().await;
    let page = plain.browser().await;
    for _ in 0..2 {
        assert!(first(&page).await.get("cached").is_none());
    }
    assert_eq!(chats(&plain).len(), 2);
}

#[tokio::test]
async fn replicas_with_a_redis_keep_them_together() {
    let url = std::env::var("TEST_REDIS_URL").expect("`make test` starts a Redis and sets TEST_REDIS_URL");
    let prefix = format!("test:{}", uuid::Uuid::new_v4().simple());
    let builder = World::builder()
        .set("CACHE_REDIS_URL", url)
        .set("CACHE_REDIS_PREFIX", prefix)
        .set("CACHE_REDIS_PATIENCE_MILLIS", 20_000);
    let world = keeping_with(builder).await;
    let other = world.replica().await;
    let key = world.publishable_key().await;
    let [here, there] = [&world, &other].map(|world| world.public().bearer(&key).with("origin", ORIGIN));
    eventually(async || {
        let (given, again) = (first(&here).await, first(&there).await);
        if given["cached"] == true && again["cached"] == true { Ok(()) } else { Err("not yet") }
    })
    .await;
    let begun = kept(&there).await;
    let said = messages(&here, &begun["session_id"]).await;
    assert_eq!(contents(&said), [QUESTION, begun["answer"].as_str().unwrap()], "whichever replica is asked");
}
