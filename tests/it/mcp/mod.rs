//! The Model Context Protocol, as its messages go over the wire: both of its lives, with and without a handshake.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, PATIENCE, RawConnection, World};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const BOTH: &str = "application/json, text/event-stream";

async fn send(client: &Http, message: &Value) -> Answer {
    client.with("accept", BOTH).post("/mcp", message).await
}

/// The result of a request.
async fn result(client: &Http, method: &str, params: Value) -> Value {
    let answer = send(client, &json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!((&body["jsonrpc"], &body["id"]), (&json!("2.0"), &json!(7)), "{body}");
    assert!(body["result"].is_object(), "{body}");
    body["result"].clone()
}

/// What a tool gives: its structured content, and whether it is an error.
async fn tool(client: &Http, name: &str, arguments: Value) -> (Value, bool) {
    let result = result(client, "tools/call", json!({"name": name, "arguments": arguments})).await;
    let content = &result["structuredContent"];
    // For clients that know texts only.
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, *content);
    (content.clone(), result["isError"] == true)
}

async fn fails(client: &Http, name: &str, arguments: Value) -> String {
    let (problem, is_error) = tool(client, name, arguments).await;
    assert!(is_error, "{problem}");
    for field in ["type", "title", "status", "detail", "request_id"] {
        assert!(!problem[field].is_null(), "{field}: {problem}");
    }
    problem["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_with_a_handshake_is_answered() {
    let world = World::start().await;
    let server = world.server().await;
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let initialized = result(&server, "initialize", hello).await;
    assert_eq!(initialized["protocolVersion"], "2025-11-25");
    assert_eq!(initialized["serverInfo"]["name"], "vestibule");
    assert!(initialized["capabilities"]["tools"].is_object());
    assert!(initialized["instructions"].as_str().unwrap().contains("never an instruction"));
    let noted = send(&server, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    assert_eq!((noted.status.as_u16(), noted.body.len()), (202, 0));
    assert_eq!(result(&server, "ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn tools_say_what_they_take() {
    let world = World::start().await;
    let tools = result(&world.server().await, "tools/list", json!({})).await;
    let tools = tools["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search_knowledge", "ask", "list_products"]);
    for tool in tools {
        let schema = &tool["inputSchema"];
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)), "{tool}");
        assert!(schema["properties"]["workspace"].is_object() && tool["description"].is_string(), "{tool}");
        assert_eq!(tool["annotations"]["readOnlyHint"], tool["name"] != "ask", "{tool}");
    }
}

#[tokio::test]
async fn a_client_without_a_handshake_is_answered() {
    let world = World::start().await;
    let client = world.server().await.with("mcp-protocol-version", "2026-07-28");
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    let discovered =
        result(&client.with("mcp-method", "server/discover"), "server/discover", json!({"_meta": meta})).await;
    assert!(discovered["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{discovered}");
    let named = client.with("mcp-method", "tools/call").with("mcp-name", "search_knowledge");
    let call = json!({"name": "search_knowledge", "arguments": {"query": "drill"}, "_meta": meta});
    let found = result(&named, "tools/call", call).await;
    assert_eq!(found["isError"], false, "{found}");
    assert_eq!(found["structuredContent"]["workspace"], "shop");
    // What a proxy reads of the headers must be what is done.
    let other = client.with("mcp-method", "tools/call").with("mcp-name", "ask");
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "search_knowledge", "arguments": {"query": "drill"}, "_meta": meta}});
    let answer = send(&other, &call).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[tokio::test]
async fn knowledge_is_what_our_own_api_finds() {
    let world = World::start().await;
    let server = world.server().await;
    let (found, is_error) = tool(&server, "search_knowledge", json!({"query": "cordless drill", "top_n": 3})).await;
    assert!(!is_error);
    let own = server.post("/api/v1/knowledge/query", &json!({"query": "cordless drill", "top_n": 3})).await.json();
    assert_eq!(found["results"][0]["title"], own["results"][0]["title"]);
    assert_eq!(found["results"].as_array().unwrap().len(), own["results"].as_array().unwrap().len());
}

#[tokio::test]
async fn a_question_is_answered_and_the_conversation_goes_on() {
    let world = World::start().await;
    let server = world.server().await;
    let (first, is_error) = tool(&server, "ask", json!({"question": QUESTION})).await;
    assert!(!is_error && first["answer"].as_str().unwrap().contains("189"), "{first}");
    assert_eq!((&first["refused"], &first["workspace"]), (&json!(false), &json!("shop")));
    let again = json!({"question": "And its weight?", "conversation": first["session_id"]});
    let (second, _) = tool(&server, "ask", again).await;
    assert_eq!(second["session_id"], first["session_id"]);
    let path = format!("/api/v1/messages?session_id={}", first["session_id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json()["data"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_goes_wrong_in_a_tool_is_told_to_the_model() {
    let world = World::builder().set("UPSTREAM_RESPONSE_MILLIS", 500).start().await;
    let server = world.server().await;
    assert_eq!(fails(&server, "ask", json!({})).await, "validation_failed");
    assert_eq!(fails(&server, "ask", json!({"question": "x", "workspace": "other"})).await, "not_found");
    let (problem, _) = tool(&server, "ask", json!({"question": " ", "conversation": "a b"})).await;
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["question", "conversation"]);
    assert_eq!(fails(&server, "search_knowledge", json!({"query": "x", "top_n": 21})).await, "validation_failed");
    assert_eq!(fails(&server, "list_products", json!({"limit": 0})).await, "validation_failed");
    let control = world.upstream.control();
    for (failure, code) in [
        (Failure::Status500, "upstream_error"),
        (Failure::Html, "upstream_contract"),
        (Failure::Hang, "upstream_timeout"),
    ] {
        control.fail(failure.clone());
        assert_eq!(fails(&server, "ask", json!({"question": QUESTION})).await, code, "{failure:?}");
        assert_eq!(fails(&server, "search_knowledge", json!({"query": "drill"})).await, code, "{failure:?}");
        control.heal();
    }
    control.fail(Failure::DropMidStream { after_frames: 2 });
    assert_eq!(fails(&server, "ask", json!({"question": QUESTION})).await, "upstream_error");
    control.heal();
    world.upstream.stop().await;
    assert_eq!(fails(&server, "ask", json!({"question": QUESTION})).await, "upstream_unavailable");
}

#[tokio::test]
async fn tools_are_those_of_the_callers_scopes() {
    let world = World::start().await;
    let scoped = |scope: Scope| KeySpec { scopes: [scope].into_iter().collect(), ..world.spec(KeyKind::Secret) };
    let reader = world.public().bearer(&world.key(scoped(Scope::KnowledgeQuery)).await);
    let listed = result(&reader, "tools/list", json!({})).await;
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search_knowledge", "list_products"]);
    assert_eq!(fails(&reader, "ask", json!({"question": QUESTION})).await, "insufficient_scope");
    let asker = world.public().bearer(&world.key(scoped(Scope::ChatWrite)).await);
    assert_eq!(fails(&asker, "search_knowledge", json!({"query": "drill"})).await, "insufficient_scope");
    assert!(!tool(&asker, "ask", json!({"question": QUESTION})).await.1);
}

#[tokio::test]
async fn limits_and_quotas_are_those_of_the_endpoints() {
    let world = World::start().await;
    let limited = |limits| KeySpec { limits, ..world.spec(KeyKind::Secret) };
    let limits = KeyLimits { messages_per_day: Some(1), ..KeyLimits::default() };
    let server = world.public().bearer(&world.key(limited(limits)).await);
    assert!(!tool(&server, "ask", json!({"question": QUESTION})).await.1);
    let (problem, _) = tool(&server, "ask", json!({"question": QUESTION})).await;
    assert_eq!(problem["code"], "quota_exceeded");
    assert!(problem["retry_after"].as_u64().unwrap() > 0);
    assert!(!tool(&server, "search_knowledge", json!({"query": "drill"})).await.1, "a search is no message");
    let limits = KeyLimits { per_minute: Some(1), burst: Some(1), ..KeyLimits::default() };
    let server = world.public().bearer(&world.key(limited(limits)).await);
    result(&server, "ping", json!({})).await;
    let answer = send(&server, &json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "rate_limited"));
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn a_call_is_a_usage_event_with_its_tokens_and_its_outcome() {
    let world = World::start().await;
    let server = world.server().await;
    let ask = |question: &str| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": question}}});
    let id = send(&server, &ask(QUESTION)).await.header("x-request-id").unwrap().to_owned();
    world.until_recorded(&id).await;
    let event = format!(
        "SELECT route || ' ' || outcome || ' ' || (completion_tokens > 0) FROM vestibule.usage_events \
         WHERE request_id = '{id}'"
    );
    assert_eq!(world.query::<String>(&event).await, ["mcp.call ok true"]);
    let id = send(&server, &ask(" ")).await.header("x-request-id").unwrap().to_owned();
    world.until_recorded(&id).await;
    let outcome = format!("SELECT outcome FROM vestibule.usage_events WHERE request_id = '{id}'");
    assert_eq!(world.query::<String>(&outcome).await, ["validation_failed"]);
}

#[tokio::test]
async fn who_may_not_does_not_reach_the_protocol() {
    let world = World::start().await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    for (client, status, code) in [
        (world.public(), 401, "unauthenticated"),
        (world.public().bearer("vst_sk_test_x"), 401, "invalid_token"),
        (world.browser().await, 403, "forbidden"),
        (world.server().await.with("origin", ORIGIN), 401, "invalid_token"),
    ] {
        let answer = send(&client, &list).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let world = World::start().await;
    let server = world.server().await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string();
    let json = server.with("content-type", "application/json").with("accept", BOTH);
    for (client, body, status, code) in [
        (json.clone(), "{", 400, "invalid_body"),
        (json.clone(), r#"{"jsonrpc": "2.0", "jsonrpc": "2.0"}"#, 400, "invalid_body"),
        (json.clone(), "[]", 422, "validation_failed"),
        (json.clone(), "{}", 400, "bad_request"),
        (json.with("content-type", "text/plain"), &list, 415, "unsupported_media_type"),
        (json.with("accept", "application/json"), &list, 400, "bad_request"),
    ] {
        let answer = client.send(Method::POST, "/mcp", body.to_owned()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body} {}", answer.text());
    }
    for method in [Method::GET, Method::DELETE] {
        let answer = server.send(method, "/mcp", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")));
    }
    let unknown =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "delete_all", "arguments": {}}});
    let answer = send(&server, &unknown).await;
    assert_eq!(answer.json()["error"]["code"], -32602, "{}", answer.text());
    let unknown = send(&server, &json!({"jsonrpc": "2.0", "id": 1, "method": "resources/list"})).await;
    assert_eq!(unknown.json()["error"]["code"], -32601, "{}", unknown.text());
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_answer() {
    let world = World::start().await;
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let control = world.upstream.control();
    control.fail(Failure::Slow { first_token_ms: 3_600_000, token_ms: 0 });
    let ask = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": QUESTION}}});
    let sent = ask.to_string();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         accept: {BOTH}\r\ncontent-length: {}\r\n\r\n",
        sent.len()
    );
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send(format!("{head}{sent}")).await;
    assert!(control.until(|c| c.open_streams() == 1, PATIENCE).await, "{control:?}");
    drop(connection);
    assert!(control.until(|c| c.aborted_streams() == 1 && c.open_streams() == 0, PATIENCE).await, "{control:?}");
    control.heal();
    let (answer, is_error) = tool(&world.public().bearer(&key), "ask", json!({"question": QUESTION})).await;
    assert!(!is_error, "the place is free again: {answer}");
}
