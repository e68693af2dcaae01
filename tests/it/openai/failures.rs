//! What OpenAI's clients are told when AnythingLLM fails, in every way in which it can.

use super::{CHAT, QUESTION, body, chunks, code, of_error, streamed};
use crate::harness::{Http, World};
use serde_json::json;
use std::time::Duration;
use vestibule_stand_in::Failure;

/// How the whole answer and the stream go: their status, and `ok` or the code of the failure, wherever it was told.
async fn outcomes(server: &Http) -> [(u16, String); 2] {
    let whole = server.post(CHAT, &body(QUESTION)).await;
    let whole = (whole.status.as_u16(), if whole.status == 200 { "ok".into() } else { code(&whole) });
    let stream = server.post(CHAT, &streamed(QUESTION)).await;
    for words in ["Internal Server Error", "Premature close", "GenericOpenAI", "the provider's own words", "127.0.0.1"]
    {
        assert!(!stream.text().contains(words), "{words:?}: {}", stream.text());
    }
    let status = stream.status.as_u16();
    if status != 200 {
        return [whole, (status, code(&stream))];
    }
    let (chunks, done) = chunks(stream.text());
    let last = chunks.last().unwrap();
    let told = if last.get("error").is_some() { of_error(last) } else { "ok".into() };
    assert_eq!(done, told == "ok", "only a whole answer ends with [DONE]: {}", stream.text());
    [whole, (status, told)]
}

async fn both(world: &World, failure: Failure, whole: u16, stream: u16, outcome: &str) {
    let server = world.server().await;
    let control = world.upstream.control();
    control.fail(failure.clone());
    assert_eq!(outcomes(&server).await, [(whole, outcome.to_owned()), (stream, outcome.to_owned())], "{failure:?}");
    control.heal();
    assert_eq!(outcomes(&server).await, [(200, "ok".to_owned()), (200, "ok".to_owned())], "after {failure:?}");
    assert!(control.until(|c| c.open_streams() == 0, Duration::from_secs(20)).await, "{control:?}");
}

#[tokio::test]
async fn what_fails_before_the_answer_has_a_status() {
    let world = World::builder().set("UPSTREAM_CONNECT_MILLIS", 400).set("UPSTREAM_RESPONSE_MILLIS", 600).start().await;
    both(&world, Failure::Refuse, 502, 502, "upstream_error").await;
    both(&world, Failure::Hang, 504, 504, "upstream_timeout").await;
    both(&world, Failure::Html, 502, 502, "upstream_contract").await;
    both(&world, Failure::Status500, 502, 502, "upstream_error").await;
    both(&world, Failure::Status400Abort, 502, 502, "upstream_error").await;
    world.upstream.stop().await;
    let unavailable = (502, "upstream_unavailable".to_owned());
    assert_eq!(outcomes(&world.server().await).await, [unavailable.clone(), unavailable]);
}

#[tokio::test]
async fn what_fails_within_the_answer_is_an_error_in_its_stream() {
    let world = World::builder().set("UPSTREAM_STREAM_IDLE_SECONDS", 1).start().await;
    for after_frames in [0, 1, 5] {
        both(&world, Failure::DropMidStream { after_frames }, 502, 200, "upstream_error").await;
    }
    both(&world, Failure::ResetMidStream { after_frames: 2 }, 502, 200, "upstream_error").await;
    both(&world, Failure::AbortFrame { error: "the provider's own words".into() }, 502, 200, "upstream_error").await;
    both(&world, Failure::AbortThenFinalize, 502, 200, "upstream_error").await;
    both(&world, Failure::BadJsonFrame, 502, 200, "upstream_contract").await;
    both(&world, Failure::OversizedFrame, 502, 200, "upstream_contract").await;
    both(&world, Failure::HangAfterHead, 504, 200, "upstream_timeout").await;
    both(&world, Failure::EmbedderError, 502, 200, "upstream_error").await;
}

#[tokio::test]
async fn oddities_that_are_no_failures_spoil_no_answer() {
    let world = World::start().await;
    let server = world.server().await;
    let control = world.upstream.control();
    for failure in [Failure::UnknownFrames, Failure::NoFinish, Failure::Reasoning, Failure::NewerVersion] {
        control.fail(failure.clone());
        assert_eq!(outcomes(&server).await, [(200, "ok".to_owned()), (200, "ok".to_owned())], "{failure:?}");
        control.heal();
    }
    control.fail(Failure::Reasoning);
    let whole = server.post(CHAT, &body(QUESTION)).await;
    let stream = server.post(CHAT, &streamed(QUESTION)).await;
    assert!(!whole.text().contains("<think>") && !stream.text().contains("<think>"), "{}", stream.text());
    let (chunks, _) = chunks(stream.text());
    assert_eq!(super::text_of(&chunks), whole.json()["choices"][0]["message"]["content"].as_str().unwrap());
}

#[tokio::test]
async fn embeddings_fail_with_a_status() {
    let world = World::builder().set("UPSTREAM_CONNECT_MILLIS", 400).set("UPSTREAM_RESPONSE_MILLIS", 600).start().await;
    let server = world.server().await;
    let wanted = json!({"model": "shop", "input": "drill"});
    let control = world.upstream.control();
    for (failure, status, word) in [
        (Failure::Status500, 502, "upstream_error"),
        (Failure::Html, 502, "upstream_contract"),
        (Failure::Hang, 504, "upstream_timeout"),
    ] {
        control.fail(failure.clone());
        let answer = server.post("/openai/v1/embeddings", &wanted).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (status, word), "{failure:?}");
        control.heal();
    }
    assert_eq!(server.post("/openai/v1/embeddings", &wanted).await.status, 200);
}
