//! The document's own form: schemas of flattened structs as one object, no choice of one, of streams the schema of one
//! event, schemas of answers apart from those of requests, and headers that many answers have told once.

use super::answers;
use serde_json::{Map, Value, json};

/// Of a stream's events. OpenAPI 3.2 has `itemSchema` for it.
const ITEM: &str = "x-item-schema";

/// The document with these changes.
pub(super) fn simplified(mut document: Value) -> Value {
    unwrap_single_choices(&mut document);
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(named) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for schema in named.values_mut() {
            if let Some(one) = as_one_object(schema, &schemas) {
                *schema = one;
            }
        }
    }
    for response in responses(&mut document) {
        // A schema of the stream would be one of its text.
        if let Some(events) = response.pointer_mut("/content/text~1event-stream").and_then(Value::as_object_mut)
            && let Some(schema) = events.remove("schema")
            && schema.get("$ref").is_some()
        {
            events.insert(ITEM.to_owned(), schema);
        }
    }
    answers::completed(&mut document);
    share_headers(&mut document);
    document
}

/// A field with a default or a description of its own is described as `oneOf` its type alone: it becomes the type itself,
/// with what is said beside it.
fn unwrap_single_choices(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some([Value::Object(only)]) = fields.get("oneOf").and_then(Value::as_array).map(Vec::as_slice) {
                let mut only = only.clone();
                fields.remove("oneOf");
                only.append(fields);
                *fields = only;
            }
            fields.values_mut().for_each(unwrap_single_choices);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_single_choices),
        _ => {}
    }
}

/// A flattened struct is described as `allOf` the struct within and an object of the fields without. As both may say
/// that there are no other fields, nothing would satisfy both: so it becomes one object with the fields of all, which
/// lets in other fields as far as the struct without does.
fn as_one_object(schema: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    let parts = schema.get("allOf")?.as_array()?;
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut closed = None;
    for part in parts {
        let part = object_of(part, schemas)?;
        properties.extend(part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
        required.extend(part.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
        closed = part.get("additionalProperties").cloned();
    }
    let mut one = json!({"type": "object", "properties": properties});
    if let Some(description) = schema.get("description") {
        one["description"] = description.clone();
    }
    if !required.is_empty() {
        one["required"] = required.into();
    }
    if let Some(closed) = closed {
        one["additionalProperties"] = closed;
    }
    Some(one)
}

/// The object that a part of `allOf` is or stands for.
fn object_of(part: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    if let Some(name) = part.get("$ref").and_then(Value::as_str) {
        return object_of(schemas.get(name.rsplit('/').next()?)?, schemas);
    }
    if part.get("allOf").is_some() {
        return as_one_object(part, schemas);
    }
    part.get("properties").is_some().then(|| part.clone())
}

/// The answers of all operations.
fn responses(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    operations.flat_map(|(_, operation)| {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        responses.into_iter().flatten().map(|(_, response)| response)
    })
}

/// Moves headers to `components/headers`. One of a name that another text has already stays where it is.
fn share_headers(document: &mut Value) {
    let mut shared = Map::new();
    for response in responses(document) {
        for (name, header) in response.get_mut("headers").and_then(Value::as_object_mut).into_iter().flatten() {
            if shared.entry(name.clone()).or_insert_with(|| header.clone()) == header {
                *header = json!({"$ref": format!("#/components/headers/{name}")});
            }
        }
    }
    document["components"]["headers"] = shared.into();
}
