//! Answers that break off: usage and quota are what AnythingLLM's own history says they took.

use crate::harness::{Http, KeySpec, PATIENCE, Process, World, eventually};
use serde_json::{Value, json};
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// A key that has a quota of tokens, large enough.
async fn key(world: &World) -> String {
    let limits = KeyLimits { tokens_per_day: Some(1_000_000), ..KeyLimits::default() };
    world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await
}

/// A back end with such a key.
async fn server(world: &World) -> Http {
    let key = key(world).await;
    world.public().bearer(&key)
}

/// A client that reads three pieces of a long answer and leaves.
async fn leave(world: &World, http: &Http, request_id: &str) {
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.fail(Failure::Slow { first_token_ms: 0, token_ms: 10 });
    let left = control.aborted_streams();
    let http = http.with("x-request-id", request_id);
    let mut stream = http.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    while stream.next().await.is_some_and(|event| event.name != "delta") {}
    for _ in 0..3 {
        stream.next().await.unwrap();
    }
    drop(stream);
    assert!(control.until(|control| control.aborted_streams() > left, PATIENCE).await);
}

/// Prompt and completion tokens of the only answer of the newest conversation, as AnythingLLM has them.
async fn stored(world: &World) -> (u64, u64) {
    let requests = world.upstream.control().requests();
    let asked = requests.iter().rev().find(|request| request.path_and_query.ends_with("/stream-chat")).unwrap();
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let session = body["sessionId"].as_str().unwrap();
    let upstream = Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
    let slug = &world.workspace.upstream_slug;
    let history = upstream.get(&format!("/api/v1/workspace/{slug}/chats?apiSessionId={session}")).await.json();
    let metrics = &history["history"][1]["metrics"];
    (metrics["prompt_tokens"].as_u64().unwrap(), metrics["completion_tokens"].as_u64().unwrap())
}

/// Prompt and completion tokens of a request's usage event, and whether they are estimated, once it is there.
async fn used(world: &World, request_id: &str) -> (u64, u64, bool) {
    let query = format!("SELECT to_jsonb(e) FROM vestibule.usage_events e WHERE request_id = '{request_id}'");
    let mut event = Value::Null;
    eventually(async || match &world.query::<Value>(&query).await[..] {
        [found] => {
            event = found.clone();
            Ok(())
        }
        found => Err(format!("{found:?}")),
    })
    .await;
    let count = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("{event}"));
    (count("prompt_tokens"), count("completion_tokens"), event["tokens_estimated"].as_bool().unwrap())
}

/// The same once they are no estimate any more.
async fn corrected(world: &World, request_id: &str) -> (u64, u64) {
    let mut found = (0, 0);
    eventually(async || match used(world, request_id).await {
        (prompt, completion, false) => {
            found = (prompt, completion);
            Ok(())
        }
        estimated => Err(estimated),
    })
    .await;
    found
}

/// Prompt and completion tokens of all sums and of what waits to be added to them.
async fn summed(world: &World) -> (i64, i64) {
    let sum = |column: &str| {
        format!(
            "SELECT (SELECT coalesce(sum({column}), 0)::bigint FROM vestibule.usage_pending)
               + (SELECT coalesce(sum({column}), 0)::bigint FROM vestibule.usage_rollups
                  WHERE granularity = 'day' AND scope = 'tenant' AND dimension = 'none')"
        )
    };
    let (prompt, completion) = (sum("prompt_tokens"), sum("completion_tokens"));
    (world.query::<i64>(&prompt).await[0], world.query::<i64>(&completion).await[0])
}

/// Nobody can read what AnythingLLM has stored.
fn hide_history(world: &World) {
    let history = format!("/api/v1/workspace/{}/chats", world.workspace.upstream_slug);
    world.upstream.control().fail_on(&history, Failure::Status500);
}

/// Messages and tokens that all quotas of today are charged with, once nothing is reserved any more.
async fn charged(world: &World) -> (i64, i64) {
    let mut charged = (0, 0);
    eventually(async || {
        let rows: Vec<Value> = world.query("SELECT to_jsonb(q) FROM vestibule.quota_days q").await;
        match &rows[..] {
            [row] if row["reserved"] == 0 => {
                charged = (row["messages"].as_i64().unwrap(), row["tokens"].as_i64().unwrap());
                Ok(())
            }
            found => Err(format!("{found:?}")),
        }
    })
    .await;
    charged
}

#[tokio::test]
async fn a_client_that_leaves_pays_what_anythingllm_has_counted() {
    let world = World::start().await;
    let http = server(&world).await;
    leave(&world, &http, "left-early").await;
    let (prompt, completion) = corrected(&world, "left-early").await;
    assert_eq!((prompt, completion), stored(&world).await);
    assert!(prompt > 0 && completion >= 4);
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
    assert_eq!(summed(&world).await, (i64::try_from(prompt).unwrap(), i64::try_from(completion).unwrap()));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_at_once_is_read_later() {
    let world = World::start().await;
    let http = server(&world).await;
    let history = format!("/api/v1/workspace/{}/chats", world.workspace.upstream_slug);
    world.upstream.control().fail_on_times(&history, Failure::Status500, 2);
    leave(&world, &http, "left-early").await;
    let (prompt, completion) = corrected(&world, "left-early").await;
    assert_eq!((prompt, completion), stored(&world).await);
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
}

#[tokio::test]
async fn what_anythingllm_has_not_stored_is_estimated_with_its_prompt_and_a_failure_is_not_charged() {
    let world = World::start().await;
    let http = server(&world).await;
    let whole = http.post("/api/v1/chat", &json!({"message": QUESTION})).await.json();
    let (prompt, total) = (&whole["usage"]["prompt_tokens"], &whole["usage"]["total_tokens"]);
    eventually(async || match &world.query::<i64>("SELECT prompt FROM vestibule.answer_tokens").await[..] {
        [_] => Ok(()),
        found => Err(found.len()),
    })
    .await;
    world.upstream.control().fail(Failure::DropMidStream { after_frames: 3 });
    let cut = http.with("x-request-id", "was-cut-off");
    let events = cut.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await.rest().await;
    assert_eq!(events.last().unwrap().name, "error");
    assert_eq!(used(&world, "was-cut-off").await, (prompt.as_u64().unwrap(), 3, true));
    assert_eq!(charged(&world).await, (1, total.as_i64().unwrap()));
}

#[tokio::test]
async fn an_answer_that_breaks_off_before_the_process_ends_is_counted_before_it_does() {
    let mut world = World::start().await;
    let http = server(&world).await;
    leave(&world, &http, "left-early").await;
    world.stop().await;
    let (prompt, completion, estimated) = used(&world, "left-early").await;
    assert_eq!(((prompt, completion), estimated), (stored(&world).await, false));
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
}

/// The estimate is in the database before anybody has asked AnythingLLM; whoever comes after the process asks.
#[tokio::test]
async fn a_process_that_is_killed_before_it_knows_the_figures_loses_nothing() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let process = Process::serve(&world, &[]).await;
    hide_history(&world);
    leave(&world, &process.public().bearer(&key), "left-early").await;
    let (prompt, completion, estimated) = used(&world, "left-early").await;
    assert!(estimated && prompt == 1_000 && completion >= 3, "{prompt} {completion} {estimated}");
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
    process.kill().await;
    world.upstream.control().heal();
    let _next = Process::serve(&world, &[]).await;
    let (prompt, completion) = corrected(&world, "left-early").await;
    assert_eq!((prompt, completion), stored(&world).await);
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
    assert_eq!(summed(&world).await, (i64::try_from(prompt).unwrap(), i64::try_from(completion).unwrap()));
}

/// Nothing of it was in the database yet.
#[tokio::test]
async fn what_a_killed_process_has_only_in_its_spool_is_written_and_corrected_by_the_next() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let process = Process::serve(&world, &[]).await;
    hide_history(&world);
    let mut table = world.lock("vestibule.usage_events").await;
    leave(&world, &process.public().bearer(&key), "left-early").await;
    table.awaited().await;
    process.kill().await;
    table.release().await;
    world.upstream.control().heal();
    let _next = Process::serve(&world, &[]).await;
    let (prompt, completion) = corrected(&world, "left-early").await;
    assert_eq!((prompt, completion), stored(&world).await);
    assert_eq!(charged(&world).await, (1, i64::try_from(prompt + completion).unwrap()));
}

#[tokio::test]
async fn what_nobody_can_find_out_after_a_process_was_killed_stays_estimated() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let process = Process::serve(&world, &[]).await;
    hide_history(&world);
    leave(&world, &process.public().bearer(&key), "left-early").await;
    used(&world, "left-early").await;
    process.kill().await;
    let next = Process::serve(&world, &[]).await;
    let histories = || {
        let requests = world.upstream.control().requests();
        requests.iter().filter(|request| request.path_and_query.contains("/chats?")).count()
    };
    let asked_by_both = histories() + 4;
    assert!(world.upstream.control().until(|_| histories() >= asked_by_both, PATIENCE).await);
    drop(next);
    let (_, _, estimated) = used(&world, "left-early").await;
    assert!(estimated);
}

/// An estimate knows how long prompts were on other replicas and before it was started.
#[tokio::test]
async fn what_prompts_took_is_known_to_other_replicas_and_after_a_restart() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let one = Process::serve(&world, &[]).await;
    let long = format!("{QUESTION} {}", "really ".repeat(500));
    let whole = one.public().bearer(&key).post("/api/v1/chat", &json!({"message": long})).await.json();
    let prompt = whole["usage"]["prompt_tokens"].as_u64().unwrap();
    assert_ne!(prompt, 1_000, "what is taken for it where nothing is known");
    eventually(async || match &world.query::<i64>("SELECT prompt FROM vestibule.answer_tokens").await[..] {
        [known] if u64::try_from(*known) == Ok(prompt) => Ok(()),
        found => Err(found.to_vec()),
    })
    .await;
    hide_history(&world);
    let other = Process::serve(&world, &[]).await;
    assert_eq!(estimated_once_learned(&world, &other, &key, "other", prompt).await, prompt);
    one.kill().await;
    other.kill().await;
    let next = Process::serve(&world, &[]).await;
    assert_eq!(estimated_once_learned(&world, &next, &key, "next", prompt).await, prompt);
}

/// The prompt that is estimated for answers that break off, once it is this one: it is looked up beside the first.
async fn estimated_once_learned(world: &World, process: &Process, key: &str, name: &str, wanted: u64) -> u64 {
    let http = process.public().bearer(key);
    let mut estimated = 0;
    for number in 0..5 {
        let request_id = format!("left-{name}-{number}");
        leave(world, &http, &request_id).await;
        estimated = used(world, &request_id).await.0;
        if estimated == wanted {
            break;
        }
    }
    estimated
}
