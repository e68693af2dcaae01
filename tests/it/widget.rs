//! AnythingLLM's own chat widget, unmodified: its three requests, its two files, and what it is told when it is
//! refused.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, RawConnection, World};
use http::Method;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const DISCLOSURE: &str = "You are chatting with an AI assistant.";
const FILES: [&str; 2] = ["/embed/anythingllm-chat-widget.min.js", "/embed/anythingllm-chat-widget.min.css"];

fn recording(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("upstream/recordings/embed/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The frames of a recorded answer, as text.
fn recorded_frames(name: &str) -> Vec<String> {
    let recording = recording(name);
    recording["sse"].as_array().unwrap().iter().map(|f| f["raw"].as_str().unwrap().to_owned()).collect()
}

/// A page that shows the widget, as the browser calls for it.
struct Page {
    http: Http,
    base: String,
    session: Uuid,
}

impl Page {
    fn new(world: &World, key: &str) -> Self {
        let http = world.public().with("origin", ORIGIN).with("sec-fetch-site", "cross-site");
        Self { http, base: format!("/api/embed/{key}"), session: Uuid::new_v4() }
    }

    fn on(&self, origin: &str) -> Self {
        Self { http: self.http.with("origin", origin), base: self.base.clone(), session: self.session }
    }

    /// What the widget posts: no more, and called plain text, so that no preflight is needed.
    async fn send(&self, body: &Value) -> Answer {
        let http = self.http.with("content-type", "text/plain;charset=UTF-8").with("accept", "text/event-stream");
        http.send(Method::POST, &format!("{}/stream-chat", self.base), body.to_string()).await
    }

    async fn ask(&self, message: &str) -> Answer {
        let body = json!({
            "sessionId": self.session, "message": message,
            "prompt": null, "model": null, "temperature": null, "username": null,
        });
        self.send(&body).await
    }

    fn conversation(&self) -> String {
        format!("{}/{}", self.base, self.session)
    }

    async fn history(&self) -> Answer {
        self.http.get(&self.conversation()).await
    }

    /// What was said, without the sentence before it that says that an AI answers.
    async fn said(&self) -> Vec<Value> {
        let answer = self.history().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut history = answer.json()["history"].as_array().unwrap().clone();
        let opening = history.remove(0);
        assert_eq!((&opening["role"], &opening["content"]), (&json!("assistant"), &json!(DISCLOSURE)));
        history
    }

    async fn reset(&self) -> Answer {
        self.http.delete(&self.conversation()).await
    }
}

async fn page(world: &World) -> Page {
    Page::new(world, &world.publishable_key().await)
}

/// The frames of an answer, as text, each with its end.
fn frames(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().ends_with("\n\n"), "{}", answer.text());
    answer.text().split_inclusive("\n\n").map(str::to_owned).collect()
}

fn parsed(frame: &str) -> Value {
    serde_json::from_str(frame.strip_prefix("data: ").expect("a data line").trim_end()).unwrap()
}

/// A frame with what differs from answer to answer taken out: ids and texts. Bytes and order of fields stay.
fn shape(frame: &str) -> String {
    let value = parsed(frame);
    let id = value.get("uuid").or(value.get("id")).and_then(Value::as_str).expect("an id");
    assert!(Uuid::try_parse(id).is_ok(), "{frame}");
    let text = value["textResponse"].as_str().filter(|text| !text.is_empty());
    let frame = frame.replace(id, "ID");
    match text {
        Some(text) => frame.replace(&serde_json::to_string(text).unwrap(), "\"TEXT\""),
        None => frame,
    }
}

/// That a refusal is one the widget can show, and the page may read.
fn assert_shown(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("access-control-allow-origin").is_some(), "{answer:?}");
    assert_abort(&answer.json(), code);
}

/// That a page which may see nothing gets nothing, in a form that the widget reads to its end, and may read.
fn assert_empty(answer: &Answer, origin: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"history": []})));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!((answer.header("cache-control"), answer.header("etag")), (Some("no-store"), None));
}

fn assert_abort(frame: &Value, code: &str) {
    let fields: Vec<&str> = frame.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["close", "error", "errorMsg", "id", "sources", "textResponse", "type"], "{frame}");
    assert_eq!(frame["type"], "abort");
    assert_eq!(frame["error"], code, "{frame}");
    assert!(!frame["errorMsg"].as_str().unwrap().is_empty());
    assert_eq!((&frame["textResponse"], &frame["sources"], &frame["close"]), (&json!(null), &json!([]), &json!(true)));
}

#[tokio::test]
async fn an_answer_comes_in_the_frames_that_anythingllm_sends_to_its_widget() {
    let world = World::start().await;
    let answer = page(&world).await.ask(QUESTION).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache, no-transform"));
    let frames = frames(&answer);
    let recorded = recorded_frames("chat_open_with_origin");
    assert!(frames.len() > 2);
    let (last, chunks) = frames.split_last().unwrap();
    for chunk in chunks {
        assert_eq!(shape(chunk), shape(&recorded[0]));
    }
    assert_eq!(shape(last), shape(recorded.last().unwrap()));
    assert_eq!(parsed(last)["close"], true);
    assert!(frames.iter().all(|frame| parsed(frame)["uuid"] == parsed(last)["uuid"]));
    let text: String = frames.iter().map(|f| parsed(f)["textResponse"].as_str().unwrap().to_owned()).collect();
    assert!(text.contains("189 euros"), "{text}");
    // The shop's passages are not the page's business.
    assert!(!answer.text().contains("document_metadata") && !answer.text().contains("docSource"));
}

#[tokio::test]
async fn a_question_that_the_documents_do_not_answer_is_refused_in_one_frame() {
    let world = World::start().await;
    let frames = frames(&page(&world).await.ask("zebra giraffe").await);
    assert_eq!(frames.len(), 1);
    assert_eq!(shape(&frames[0]), shape(&recorded_frames("chat_query_refusal")[0]));
}

#[tokio::test]
async fn a_page_cannot_choose_prompt_model_or_temperature() {
    let world = World::start().await;
    let page = page(&world).await;
    let body = json!({
        "sessionId": page.session, "message": QUESTION, "prompt": "PIRATE", "model": "gpt-PIRATE", "temperature": 1.9,
        "username": "PIRATE", "mode": "chat", "reset": true, "attachments": [{"name": "PIRATE"}], "somethingNew": {"a": 1},
    });
    assert_eq!(page.send(&body).await.status, 200);
    let requests = world.upstream.control().requests();
    assert_eq!(requests.len(), 1);
    let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let fields: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["message", "mode", "sessionId"]);
    assert_eq!((&sent["message"], &sent["mode"]), (&json!(QUESTION), &json!("query")));
    assert_ne!(sent["sessionId"], json!(page.session));
    assert!(!format!("{requests:?}").contains("PIRATE"), "{requests:?}");
}

#[tokio::test]
async fn a_reload_shows_the_conversation_in_the_shape_the_widget_reads() {
    let world = World::start().await;
    let page = page(&world).await;
    assert!(page.said().await.is_empty());
    page.ask(QUESTION).await;
    page.ask("What battery does it have?").await;

    let answer = page.history().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let history = answer.json()["history"].as_array().unwrap()[1..].to_vec();
    let recorded = recording("history")["response"]["body"]["history"].as_array().unwrap().clone();
    assert_eq!(history.len(), 4);
    for (message, recorded) in history.iter().zip(&recorded) {
        // All that the widget reads, of the same types; what AnythingLLM's answer took is not among it.
        for (name, value) in recorded.as_object().unwrap().iter().filter(|(name, _)| *name != "metrics") {
            assert_eq!(std::mem::discriminant(&message[name]), std::mem::discriminant(value), "{name}: {message}");
        }
        assert!(message.get("metrics").is_none());
        assert_eq!(message["role"], recorded["role"]);
    }
    assert_eq!(history[0]["content"], QUESTION);
    assert!(history[1]["content"].as_str().unwrap().contains("189 euros"));
    assert_eq!(history[1]["sources"], json!([]));
    assert_eq!(history[2]["content"], "What battery does it have?");
    assert_eq!(history[0]["chatId"], history[1]["chatId"]);

    // The browser asks again on each open.
    let tag = answer.header("etag").expect("an ETag").to_owned();
    let again = page.http.with("if-none-match", &tag).get(&page.conversation()).await;
    assert_eq!((again.status.as_u16(), again.text()), (304, ""));
    assert_eq!(again.header("access-control-allow-origin"), Some(ORIGIN));
    page.ask(QUESTION).await;
    let changed = page.http.with("if-none-match", &tag).get(&page.conversation()).await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn reset_empties_the_conversation_of_this_session_only() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let (one, two) = (Page::new(&world, &key), Page::new(&world, &key));
    one.ask(QUESTION).await;
    two.ask(QUESTION).await;
    let reset = one.reset().await;
    assert_eq!((reset.status.as_u16(), reset.text()), (200, ""));
    assert_eq!(reset.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(one.said().await.is_empty());
    assert_eq!(two.said().await.len(), 2);
    one.ask(QUESTION).await;
    assert_eq!(one.said().await.len(), 2);
    assert_eq!(Page::new(&world, &key).reset().await.status, 200, "also where there is nothing");
}

#[tokio::test]
async fn refusals_are_frames_that_the_widget_can_show() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = Page::new(&world, &key);
    let unknown = ApiKey::generate(KeyKind::Publishable, KeyEnv::Test, &SystemRandomness);
    let other = Page::new(&world, unknown.expose());
    for answer in [other.ask(QUESTION).await, other.history().await, other.reset().await] {
        assert_shown(&answer, 401, "invalid_token");
    }
    let elsewhere = page.on("https://elsewhere.example");
    for answer in [elsewhere.ask(QUESTION).await, elsewhere.reset().await] {
        assert_shown(&answer, 403, "forbidden_origin");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://elsewhere.example"));
        assert!(!answer.text().contains("origin."), "a shopper knows nothing of origins: {}", answer.text());
    }
    assert_shown(&page.ask("").await, 422, "validation_failed");
    assert_shown(&page.ask("  ").await, 422, "validation_failed");
    assert_shown(&page.ask(&"x".repeat(4001)).await, 422, "validation_failed");
    assert_shown(&page.send(&json!({"message": QUESTION})).await, 422, "validation_failed");
    assert_shown(&page.send(&json!({"sessionId": "1", "message": QUESTION})).await, 422, "validation_failed");
    assert_shown(&page.send(&json!({"sessionId": page.session})).await, 422, "validation_failed");
    assert_shown(&page.send(&json!("x".repeat(300_000))).await, 413, "body_too_large");
    let as_json = page.http.with("content-type", "text/plain");
    let path = format!("{}/stream-chat", page.base);
    assert_shown(&as_json.send(Method::POST, &path, "{").await, 400, "invalid_body");
    assert_shown(&as_json.send(Method::POST, &path, "").await, 400, "invalid_body");
    let form = page.http.with("content-type", "application/x-www-form-urlencoded");
    assert_shown(&form.send(Method::POST, &path, "message=x").await, 415, "unsupported_media_type");
    for (session, status) in [("a%20b", 404), ("%00", 400)] {
        let path = format!("{}/{session}", page.base);
        assert_eq!(page.http.get(&path).await.status, status, "{path}");
        assert_eq!(page.http.delete(&path).await.status, status, "{path}");
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn a_failure_of_anythingllm_is_a_frame_before_and_within_the_stream() {
    let world = World::start().await;
    let page = page(&world).await;
    let control = world.upstream.control();
    for (failure, status, code) in [
        (Failure::Status500, 502, "upstream_error"),
        (Failure::Html, 502, "upstream_contract"),
        (Failure::Refuse, 502, "upstream_error"),
    ] {
        control.fail_times(failure.clone(), 1);
        let answer = page.ask(QUESTION).await;
        if answer.status == 200 {
            panic!("{failure:?}: {}", answer.text());
        }
        assert_shown(&answer, status, code);
    }
    for failure in [
        Failure::DropMidStream { after_frames: 3 },
        Failure::ResetMidStream { after_frames: 3 },
        Failure::AbortThenFinalize,
        Failure::AbortFrame { error: "401 Incorrect API key provided: sk-secret".to_owned() },
        Failure::BadJsonFrame,
    ] {
        control.fail_times(failure.clone(), 1);
        let answer = page.ask(QUESTION).await;
        control.heal();
        let frames = frames(&answer);
        let (last, before) = frames.split_last().unwrap();
        let code = if failure == Failure::BadJsonFrame { "upstream_contract" } else { "upstream_error" };
        assert_abort(&parsed(last), code);
        assert!(before.iter().all(|f| parsed(f)["close"] == false), "{failure:?}: {frames:?}");
        assert!(!answer.text().contains("sk-secret"), "{}", answer.text());
    }
    world.upstream.stop().await;
    assert_shown(&page.ask(QUESTION).await, 502, "upstream_unavailable");
    assert_shown(&page.history().await, 502, "upstream_unavailable");
}

#[tokio::test]
async fn an_answer_ends_with_its_last_frame_though_anythingllm_has_not_ended_it() {
    let world = World::start().await;
    let page = page(&world).await;
    let control = world.upstream.control();
    control.fail(Failure::NoFinish);
    let body = json!({"sessionId": page.session, "message": QUESTION}).to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST {}/stream-chat HTTP/1.1\r\nhost: chat.shop.example\r\norigin: {ORIGIN}\r\ncontent-type: text/plain\r\n",
        page.base
    );
    connection.send(format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    // Nobody waits for what AnythingLLM does after its last frame: both are in the same piece.
    let read = connection.read_until("\"close\":true").await;
    assert!(read.ends_with("\r\n0\r\n\r\n"), "{read}");
    // AnythingLLM is not cut off: it may still end the stream itself.
    assert_eq!((control.open_streams(), control.aborted_streams()), (1, 0));
}

#[tokio::test]
async fn reading_and_resetting_ask_for_the_pages_origin_too() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = Page::new(&world, &key);
    page.ask(QUESTION).await;
    // AnythingLLM itself checks neither; whoever knew a session id could read and wipe it from anywhere.
    for origin in ["https://elsewhere.example", "null", "http://shop.example"] {
        assert_empty(&page.on(origin).history().await, origin);
        assert_shown(&page.on(origin).reset().await, 403, "forbidden_origin");
    }
    let bare = world.public();
    assert_eq!(bare.get(&page.conversation()).await.json(), json!({"history": []}));
    assert_eq!(bare.delete(&page.conversation()).await.status, 403);
    assert_eq!(page.said().await.len(), 2);
    // And for the key of the conversation.
    let other = Page { base: format!("/api/embed/{}", world.publishable_key().await), ..page.on(ORIGIN) };
    assert!(other.said().await.is_empty());
    assert_eq!(other.reset().await.status, 200);
    assert_eq!(page.said().await.len(), 2);
}

#[tokio::test]
async fn the_api_and_the_widget_share_the_conversations_of_a_key() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = Page::new(&world, &key);
    page.ask(QUESTION).await;
    let api = world.public().bearer(&key).with("origin", ORIGIN);
    let answer = api.get(&format!("/api/v1/messages?session_id={}", page.session)).await;
    assert_eq!(answer.json()["data"][0]["content"], QUESTION);
}

#[tokio::test]
async fn a_key_that_asks_for_visitor_tokens_closes_the_widgets_paths() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    world.change_key(&key, "visitor_token_required = true").await;
    let page = Page::new(&world, &key);
    for answer in [page.ask(QUESTION).await, page.history().await, page.reset().await] {
        assert!(answer.status.is_client_error(), "{}", answer.text());
        assert_abort(&answer.json(), answer.json()["error"].as_str().unwrap());
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

/// An embed of AnythingLLM's own.
fn embed(world: &World) -> String {
    world.upstream.control().add_embed(&world.workspace.upstream_slug)
}

#[tokio::test]
async fn anythingllms_own_embeds_are_not_reachable_by_default() {
    let world = World::start().await;
    let id = embed(&world);
    let page = Page::new(&world, &id);
    for answer in [
        page.ask(QUESTION).await,
        page.history().await,
        page.reset().await,
        page.http.get("/api/embed").await,
        page.http.get(&page.base).await,
        page.http.send(Method::PUT, &page.conversation(), "").await,
        page.http.post("/api/embed/new", &json!({})).await,
        page.http.post(&format!("/api/embed/update/{id}"), &json!({})).await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn with_legacy_embeds_their_three_requests_pass_and_nothing_else() {
    let world = World::builder().set("WIDGET_LEGACY_EMBEDS", true).start().await;
    let id = embed(&world);
    let page = Page::new(&world, &id);
    let asked = page.ask(QUESTION).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(parsed(frames(&asked).last().unwrap())["close"], true);
    let history = page.history().await;
    assert_eq!(history.json()["history"].as_array().unwrap().len(), 2);
    assert_eq!(page.reset().await.status, 200);
    assert_eq!(page.history().await.json(), json!({"history": []}));
    // The page that shows it is on another origin and must be able to read this.
    for answer in [&asked, &history] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
    }
    for request in world.upstream.control().requests() {
        assert!(request.path_and_query.starts_with(&page.base), "{}", request.path_and_query);
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
    }
    let large = page.send(&json!("x".repeat(300_000))).await;
    assert_shown(&large, 413, "body_too_large");

    world.upstream.control().clear_requests();
    for answer in [
        page.http.get("/api/embed").await,
        page.http.get(&page.base).await,
        page.http.delete(&page.base).await,
        page.http.get(&format!("{}/not-a-uuid", page.base)).await,
        page.http.send(Method::PUT, &page.conversation(), "").await,
        page.http.post(&page.conversation(), &json!({})).await,
        page.http.post("/api/embed/new", &json!({})).await,
        page.http.post(&format!("/api/embed/update/{id}"), &json!({})).await,
        page.http.get(&format!("{}/{}/chats", page.base, page.session)).await,
        page.http.get("/api/v1/workspace/shop").await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
    assert_eq!(world.upstream.control().request_count(), 0);
    // Our own keys are ours, as before.
    assert_eq!(Page::new(&world, &world.publishable_key().await).ask(QUESTION).await.status, 200);
}

#[tokio::test]
async fn the_widgets_files_pass_through_without_anybodys_credentials() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let http = world.public().bearer(&key).with("cookie", "session=secret").with("x-widget-key", &key);
    for path in FILES {
        let answer = http.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let upstream = Http::new(world.upstream.addr()).get(path).await;
        assert_eq!(answer.body, upstream.body, "{path}");
        assert_eq!(answer.header("content-type"), upstream.header("content-type"));
        assert_eq!(answer.header("x-powered-by"), None);
        assert!(answer.header("x-request-id").is_some());
        let head = http.send(Method::HEAD, path, "").await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(http.send(Method::POST, path, "").await.status, 405);
        if let Some(tag) = answer.header("etag") {
            assert_eq!(http.with("if-none-match", tag).get(path).await.status, 304, "{path}");
        }
    }
    let requests = world.upstream.control().requests();
    let ours: Vec<_> = requests.iter().filter(|r| r.headers.contains_key("x-request-id")).collect();
    assert!(ours.len() >= 4, "{requests:?}");
    for request in ours {
        for header in ["authorization", "cookie", "x-widget-key"] {
            assert!(!request.headers.contains_key(header), "{header} went upstream: {request:?}");
        }
        assert!(!format!("{request:?}").contains(&key));
    }
    for path in ["/embed/anythingllm-chat-widget.js", "/embed/", "/embed/../index.html", "/index.js", "/favicon.png"] {
        assert!([400, 404].contains(&http.get(path).await.status.as_u16()), "{path}");
    }
}

#[tokio::test]
async fn a_page_may_be_limited_by_another_origin_list_for_each_key() {
    let world = World::start().await;
    let origins = vec!["https://other.example".to_owned()];
    let key = world.key(KeySpec { origins, ..world.spec(KeyKind::Publishable) }).await;
    let page = Page::new(&world, &key);
    assert_empty(&page.history().await, ORIGIN);
    assert_eq!(page.on("https://other.example").history().await.status, 200);
}
