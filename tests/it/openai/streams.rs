//! Streams: what arrives is what AnythingLLM said, however its bytes came; a client that leaves takes everything with it.

use super::{CHAT, QUESTION, asked, body, chunks, code, streamed, text_of};
use crate::harness::{Http, KeySpec, PATIENCE, RawConnection, World};
use serde_json::Value;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

const ENDLESS: Failure = Failure::Slow { first_token_ms: 0, token_ms: 20 };
const SILENT: Failure = Failure::Slow { first_token_ms: 3_600_000, token_ms: 0 };

/// Without what is new in every answer.
fn comparable(mut chunks: Vec<Value>) -> Vec<Value> {
    for chunk in &mut chunks {
        for name in ["id", "created", "vestibule"] {
            chunk.as_object_mut().unwrap().remove(name);
        }
    }
    chunks
}

#[tokio::test]
async fn the_chunks_do_not_depend_on_how_the_bytes_arrive() {
    let world = World::start().await;
    let server = world.server().await;
    let control = world.upstream.control();
    control.set_tokens(Some(60));
    let plain = comparable(chunks(server.post(CHAT, &streamed(QUESTION)).await.text()).0);
    assert_eq!(plain.len(), 62, "the beginning, one for each of AnythingLLM's, the end");
    for failure in [
        Failure::Split { sizes: vec![1] },
        Failure::Split { sizes: vec![7] },
        Failure::Split { sizes: vec![500, 1, 33] },
        Failure::Merge,
    ] {
        control.fail(failure.clone());
        let (chunks, done) = chunks(server.post(CHAT, &streamed(QUESTION)).await.text());
        assert_eq!((comparable(chunks), done), (plain.clone(), true), "{failure:?}");
        let whole = server.post(CHAT, &body(QUESTION)).await.json();
        assert_eq!(whole["choices"][0]["message"]["content"], text_of(&plain), "{failure:?}");
        control.heal();
    }
}

/// A client with one place for a stream, and its key.
async fn with_one_place(world: &World) -> (Http, String) {
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    (world.public().bearer(&key), key)
}

async fn nothing_is_left(world: &World, client: &Http) {
    let control = world.upstream.control();
    assert!(control.until(|c| c.aborted_streams() == 1 && c.open_streams() == 0, PATIENCE).await, "{control:?}");
    control.set_tokens(None);
    control.heal();
    let answer = client.post(CHAT, &body(QUESTION)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_answer() {
    let world = World::start().await;
    let (client, _) = with_one_place(&world).await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.fail(ENDLESS);
    let mut stream = client.stream(CHAT, &streamed(QUESTION)).await;
    stream.next().await.unwrap();
    let second = client.post(CHAT, &body(QUESTION)).await;
    assert_eq!((second.status.as_u16(), code(&second).as_str()), (429, "too_many_streams"));
    drop(stream);
    nothing_is_left(&world, &client).await;
}

#[tokio::test]
async fn a_client_of_the_whole_answer_that_leaves_stops_it_too() {
    let world = World::start().await;
    let (client, key) = with_one_place(&world).await;
    world.upstream.control().fail(SILENT);
    let sent = body(QUESTION).to_string();
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        sent.len()
    );
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send(format!("{head}{sent}")).await;
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 1, PATIENCE).await, "{control:?}");
    drop(connection);
    nothing_is_left(&world, &client).await;
}

#[tokio::test]
async fn silence_is_filled_with_comments() {
    let world = World::builder().set("CHAT_HEARTBEAT_SECONDS", 1).start().await;
    world.upstream.control().fail(SILENT);
    let mut stream = world.server().await.stream(CHAT, &streamed(QUESTION)).await;
    stream.next().await.unwrap();
    stream.comment().await;
    assert_eq!(asked(&world).len(), 1);
}

#[tokio::test]
async fn a_key_that_is_revoked_ends_its_stream() {
    let world = World::start().await;
    let (client, key) = with_one_place(&world).await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().fail(ENDLESS);
    let mut stream = client.stream(CHAT, &streamed(QUESTION)).await;
    stream.next().await.unwrap();
    world.revoke(&key).await;
    let control = world.upstream.control();
    assert!(control.until(|c| c.aborted_streams() == 1, PATIENCE).await, "{control:?}");
}
