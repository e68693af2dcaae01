//! The document's own form: schemas of flattened structs as one object, and headers that many answers have told once.

use serde_json::{Map, Value, json};

/// The document with these changes.
pub(super) fn simplified(mut document: Value) -> Value {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(named) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for schema in named.values_mut() {
            if let Some(one) = as_one_object(schema, &schemas) {
                *schema = one;
            }
        }
    }
    share_headers(&mut document);
    document
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
    if let Some([only]) = part.get("oneOf").and_then(Value::as_array).map(Vec::as_slice) {
        return object_of(only, schemas);
    }
    part.get("properties").is_some().then(|| part.clone())
}

/// Moves headers to `components/headers`. One of a name that another text has already stays where it is.
fn share_headers(document: &mut Value) {
    let mut shared = Map::new();
    let operations = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = operations.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
        for (_, response) in responses {
            for (name, header) in response.get_mut("headers").and_then(Value::as_object_mut).into_iter().flatten() {
                if shared.entry(name.clone()).or_insert_with(|| header.clone()) == header {
                    *header = json!({"$ref": format!("#/components/headers/{name}")});
                }
            }
        }
    }
    document["components"]["headers"] = shared.into();
}
