use super::*;
use crate::domain::clock::Ambient;
use crate::domain::faults::MOST_FAULTS;
use crate::domain::ids::RequestId;
use crate::endpoints::{Answer, Endpoint};
use crate::rejection::{FieldError, Rejection, ShopperLanguage};
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(document_json()).unwrap()
}

#[test]
fn the_document_describes_the_api_rows_of_the_table_and_nothing_else() {
    let is_page = |row: &&Endpoint| {
        let of_pages = ["/docs", "/demo", "/widget", "/console"];
        !of_pages.iter().any(|prefix| row.path.starts_with(prefix))
    };
    let is_ours = |row: &&Endpoint| row.answer == Answer::Service;
    let rows: BTreeSet<_> = endpoints()
        .filter(is_ours)
        .filter(is_page)
        .map(|row| format!("{} {}", row.method.as_str().to_lowercase(), row.path))
        .collect();
    let document = document();
    let described: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| format!("{method} {path}")))
        .collect();
    assert_eq!(rows, described);
}

#[test]
fn problems_have_the_fields_of_their_schema() {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let id = RequestId::accept(Some("12345678"), &Ambient::system());
    let problem =
        |rejection: Rejection| serde_json::from_slice::<Value>(&rejection.problem_json("https://docs", &id)).unwrap();
    let more_than_are_told = (0..=MOST_FAULTS).map(|_| FieldError::new("a", "type", "b")).collect();
    let invalid = problem(Rejection::ValidationFailed(more_than_are_told));
    let limited = problem(Rejection::RateLimited { retry_after: std::time::Duration::ZERO, policies: vec!["p"] });
    let schemas = &document()["components"]["schemas"];
    let told: BTreeSet<_> = names(&invalid).union(&names(&limited)).cloned().collect();
    assert_eq!(told, names(&schemas["Problem"]["properties"]));
    assert_eq!(names(&invalid["errors"][0]), names(&schemas["ProblemField"]["properties"]));
    let frame =
        serde_json::from_slice::<Value>(&Rejection::Internal.widget_frame(ShopperLanguage::English, &id)).unwrap();
    assert_eq!(names(&frame), names(&schemas["WidgetAbort"]["properties"]));
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
                Value::String(target) if name == "$ref" => {
                    found.insert(target.clone());
                }
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let (document, mut found) = (document(), BTreeSet::new());
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
    }
}

#[test]
fn every_operation_says_how_it_refuses() {
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["responses"]["500"].is_object(), "{method} {path}");
            assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{method} {path}");
        }
    }
}

/// Where the document is published.
const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

#[test]
fn the_document_is_the_published_one() {
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(PUBLISHED, document_json()).unwrap();
    }
    let same = std::fs::read_to_string(PUBLISHED).unwrap_or_default() == document_json();
    assert!(
        same,
        "docs/openapi.json is out of date: `vestibule openapi > docs/openapi.json`, then look at the difference"
    );
}

#[test]
fn no_schema_asks_for_what_it_forbids() {
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        let parts = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(parts.iter().all(|part| part["additionalProperties"] != false), "{name}");
    }
    let schemas = &document()["components"]["schemas"];
    assert!(schemas["ManagedSettings"]["properties"]["drift"].is_object());
    assert!(schemas["Key"]["properties"]["scopes"].is_object() && schemas["Key"]["properties"]["version"].is_object());
}

#[test]
fn what_is_said_beside_a_handler_is_in_the_document_and_not_told_twice() {
    let text = document_json();
    assert!(!text.contains(crate::api::refusals::EXTENSION));
    let answers = |path: &str, method: &str| document()["paths"][path][method]["responses"].clone();
    let change = answers("/api/v1/workspaces/{slug}", "patch");
    assert!(change["428"].is_object() && change["412"].is_object() && change["409"].is_object());
    assert!(answers("/api/v1/keys/{id}", "patch")["412"].is_object());
    let chat = answers("/api/v1/chat", "post");
    let codes = &chat["429"]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"];
    assert_eq!(*codes, serde_json::json!(["quota_exceeded", "rate_limited", "too_many_streams"]));
    let widget = answers("/api/embed/{key}/stream-chat", "post");
    assert_eq!(widget["404"]["content"].as_object().unwrap().len(), 2, "a frame, or a problem before a row is found");
}
