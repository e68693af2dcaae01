//! Every answer that any test gets is held against the OpenAPI document: its status, its media type and, where it
//! refuses, its code must be there for the operation; what is answered in JSON must have what its schema says is always
//! there, and nothing that it does not tell of.

use super::Answer;
use http::Method;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// As it is committed; a test holds it against what the program makes. Each test is a process of its own: to make the
/// document, or to read all of it, would be a third of what most of them take.
const TEXT: &str = include_str!("../../../docs/openapi.json");

static PATHS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| parts("  \"paths\": {", "    "));
static SCHEMAS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| parts("    \"schemas\": {", "      "));

/// The document, whole.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap());
    &DOCUMENT
}

/// What stands under the keys of one object, as text: those behind the line that begins it, with this indentation.
fn parts(begin: &str, indentation: &str) -> HashMap<&'static str, &'static str> {
    let (mut parts, mut open, mut at, mut inside) = (HashMap::new(), None, 0, false);
    for line in TEXT.lines() {
        let from = at;
        at += line.len() + 1;
        if !inside {
            inside = line == begin;
            continue;
        }
        let Some(rest) = line.strip_prefix(indentation) else { break };
        if let Some((name, _)) = rest.strip_prefix('"').and_then(|key| key.split_once("\": {")) {
            open = Some((name, from + line.len() - 1));
        } else if let ("}" | "},", Some((name, start))) = (rest, open) {
            parts.insert(name, &TEXT[start..=from + indentation.len()]);
        }
    }
    parts
}

/// A part as a value, read once; it is known by where it stands.
fn read(part: &'static str) -> &'static Value {
    static READ: Mutex<Option<HashMap<usize, &Value>>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    read.get_or_insert_default()
        .entry(part.as_ptr().addr())
        .or_insert_with(|| Box::leak(Box::new(serde_json::from_str(part).unwrap())))
}

fn named_schema(name: &str) -> &'static Value {
    read(SCHEMAS[name])
}

/// The codes that a response of the document may have, for this media type.
pub(crate) fn codes_of<'a>(response: &'a Value, media_type: &str) -> Vec<&'a str> {
    let field = if media_type == "application/problem+json" { "code" } else { "error" };
    let codes = &response["content"][media_type]["schema"]["allOf"][1]["properties"][field]["enum"];
    codes.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The operation that a request is for, if the document has one. The path must be in its plain form.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let method = if *method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    let path = path.split('?').next().unwrap();
    let is_like = |pattern: &str| {
        let (mut wanted, mut there) = (pattern.split('/'), path.split('/'));
        let same = |(wanted, there): (&str, &str)| {
            if wanted.starts_with('{') { !there.is_empty() && !there.contains('%') } else { wanted == there }
        };
        wanted.by_ref().zip(there.by_ref()).all(same)
            && wanted.next().is_none()
            && path.split('/').count() == pattern.split('/').count()
    };
    let mut items = PATHS.iter().filter(|(pattern, _)| is_like(pattern));
    items.find_map(|(_, item)| read(item).get(&method))
}

/// Fails if a refusal is not documented. What AnythingLLM answers is its own business: it comes through on the admin
/// listener, and tests ask it directly, too.
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    if !path.starts_with("/api/") {
        return;
    }
    let Some(operation) = operation(method, path) else { return };
    let media_type = answer.header("content-type").unwrap_or_default();
    if status < 400 {
        return check_body(operation, answer, media_type);
    }
    let is_frame = || serde_json::from_slice::<Value>(&answer.body).is_ok_and(|frame| frame["type"] == "abort");
    let is_ours = match media_type {
        "application/problem+json" => true,
        "application/json" => path.starts_with("/api/embed/vst_") && is_frame(),
        _ => false,
    };
    let name = operation["operationId"].as_str().unwrap();
    if !is_ours {
        let is_anythingllms = name == "workspaces.list" || name.starts_with("widget.") || status == 404;
        assert!(is_anythingllms || *method == Method::HEAD, "{name}: an error that is no problem document: {answer:?}");
        return;
    }
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{name} gives {status}, and the document does not say so: {answer:?}");
    if answer.body.is_empty() {
        return;
    }
    let body = answer.json();
    if media_type == "application/problem+json" {
        let told = conforms(named_schema("Problem"), &body, "");
        assert!(told.is_ok(), "{name} gives {status}, which is not the document's: {told:?}; {body}");
    }
    let code = if media_type == "application/json" { &body["error"] } else { &body["code"] };
    let documented = codes_of(response, media_type);
    assert!(
        code.as_str().is_some_and(|code| documented.contains(&code)),
        "{name} gives {status} {code} as {media_type}, and the document only tells of {documented:?}; say it in \
         `x-refusals` of the handler"
    );
    let field_codes = named_schema("ProblemField")["properties"]["code"]["enum"].as_array().unwrap();
    for fault in body["errors"].as_array().into_iter().flatten() {
        assert!(field_codes.contains(&fault["code"]), "{name}: {fault}");
    }
}

/// An answer that is no refusal. AnythingLLM's own are not in the document.
fn check_body(operation: &Value, answer: &Answer, media_type: &str) {
    let (name, status) = (operation["operationId"].as_str().unwrap(), answer.status.as_u16());
    let schema = &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
    if media_type != "application/json" || schema.is_null() || answer.body.is_empty() {
        return;
    }
    let body = answer.json();
    // AnythingLLM has a list of workspaces under the same path.
    if name == "workspaces.list" && body["workspaces"].is_array() {
        return;
    }
    let told = conforms(schema, &body, "");
    assert!(told.is_ok(), "{name} gives what the document does not say: {}; {body}", told.unwrap_err());
}

/// Whether a value is what a schema says: of the right type, with all that is required, and without what is not told of.
fn conforms(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        return conforms(named_schema(target.trim_start_matches("#/components/schemas/")), value, at);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let told: Vec<_> = choices.iter().map(|choice| conforms(choice, value, at)).collect();
            return if told.iter().any(Result::is_ok) { Ok(()) } else { told.into_iter().collect() };
        }
    }
    let is_a = |kind: &Value| match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        kind => panic!("{at}: what is {kind}?"),
    };
    let right = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is_a),
        kind => is_a(kind),
    };
    if !right {
        return Err(format!("{at} is {value}, and should be {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{at} is {value}, and should be one of {}", schema["enum"]));
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return Err(format!("{at}.{name} is missing"));
            }
        }
        for (name, field) in fields {
            let at = format!("{at}.{name}");
            let schema = match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, more) if more.is_object() => more,
                (Value::Null, _) if schema["properties"].is_object() => return Err(format!("{at} is not told of")),
                (of_field, _) => of_field,
            };
            conforms(schema, field, &at)?;
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        conforms(&schema["items"], item, &format!("{at}[{index}]"))?;
    }
    Ok(())
}
