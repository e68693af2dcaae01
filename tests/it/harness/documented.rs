//! Every answer that any test gets is held against the OpenAPI document: its status, its media type and, where it
//! refuses, its code must be there for the operation.

use super::Answer;
use http::Method;
use serde_json::Value;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(vestibule::api::openapi::document_json()).unwrap());

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
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
    let mut items = DOCUMENT["paths"].as_object().unwrap().iter().filter(|(pattern, _)| is_like(pattern));
    items.find_map(|(_, item)| item.get(&method))
}

/// Fails if a refusal is not documented. What AnythingLLM answers is its own business: it comes through on the admin
/// listener, and tests ask it directly, too.
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    if status < 400 || !path.starts_with("/api/") {
        return;
    }
    let Some(operation) = operation(method, path) else { return };
    let media_type = answer.header("content-type").unwrap_or_default();
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
    let code = if media_type == "application/json" { &body["error"] } else { &body["code"] };
    let documented = codes_of(response, media_type);
    assert!(
        code.as_str().is_some_and(|code| documented.contains(&code)),
        "{name} gives {status} {code} as {media_type}, and the document only tells of {documented:?}; say it in \
         `x-refusals` of the handler"
    );
    let field_codes =
        DOCUMENT["components"]["schemas"]["ProblemField"]["properties"]["code"]["enum"].as_array().unwrap();
    for fault in body["errors"].as_array().into_iter().flatten() {
        assert!(field_codes.contains(&fault["code"]), "{name}: {fault}");
    }
}
