//! What of an answer is always there. A type that is both asked for and answered is described as it is read, and there
//! most may be left out; written, it has everything. So it becomes two schemas, and those of answers say what a client can
//! count on.
//!
//! The rule is that of serde, as the types of answers use it: what may be null is written as null, and what has a default
//! is written with its value. Only what is neither may be missing; such fields say `nullable = false` or
//! `required = false` beside their `skip_serializing_if`.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Schemas = Map<String, Value>;

/// Of these only what is set is written, though it is read with defaults.
const SPARSE: &[&str] = &["WidgetTranslation"];
/// What the schema of a request is called by, if that of an answer is another one.
const OF_REQUESTS: &str = "Input";
const PREFIX: &str = "#/components/schemas/";

/// The document with the schemas of its answers told apart.
pub(super) fn completed(document: &mut Value) {
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object).cloned() else { return };
    let (requests, answers) = roots(document);
    let (asked, answered) = (reached(&requests, &schemas), reached(&answers, &schemas));
    let apart = apart(&asked, &answered, &schemas);
    let mut told = Schemas::new();
    for (name, schema) in schemas {
        if answered.contains(&name) {
            let mut of_answers = schema.clone();
            complete(&mut of_answers, SPARSE.contains(&name.as_str()));
            rename(&mut of_answers, &|name| apart.contains(name).then(|| of_answer(name)));
            let called = if apart.contains(&name) { of_answer(&name) } else { name.clone() };
            told.insert(called, of_answers);
        }
        if apart.contains(&name) || !answered.contains(&name) {
            let mut of_requests = schema;
            rename(&mut of_requests, &|name| apart.contains(name).then(|| of_request(name)));
            let called = if apart.contains(&name) { of_request(&name) } else { name };
            told.insert(called, of_requests);
        }
    }
    each_part(document, |part, is_answer| {
        if is_answer {
            complete(part, false);
            rename(part, &|name| apart.contains(name).then(|| of_answer(name)));
        } else {
            rename(part, &|name| apart.contains(name).then(|| of_request(name)));
        }
    });
    document["components"]["schemas"] = told.into();
}

fn of_answer(name: &str) -> String {
    name.strip_suffix(OF_REQUESTS).unwrap_or(name).to_owned()
}

fn of_request(name: &str) -> String {
    format!("{}{OF_REQUESTS}", of_answer(name))
}

/// What requests name, and what answers name.
fn roots(document: &mut Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut requests, mut answers) = (BTreeSet::new(), BTreeSet::new());
    each_part(document, |part, is_answer| references(part, if is_answer { &mut answers } else { &mut requests }));
    (requests, answers)
}

/// Every operation's answers, and the rest of it.
fn each_part(document: &mut Value, mut each: impl FnMut(&mut Value, bool)) {
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, operation) in items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        for (name, part) in operation.as_object_mut().into_iter().flatten() {
            each(part, name == "responses");
        }
    }
}

/// Those and all that they lead to.
fn reached(roots: &BTreeSet<String>, schemas: &Schemas) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), roots.clone());
    while let Some(name) = next.pop_first() {
        if let Some(schema) = schemas.get(&name)
            && found.insert(name)
        {
            references(schema, &mut next);
        }
    }
    found
}

/// Those that are both asked for and answered and are not the same, or lead to one that is not.
fn apart(asked: &BTreeSet<String>, answered: &BTreeSet<String>, schemas: &Schemas) -> BTreeSet<String> {
    let both: Vec<_> = asked.intersection(answered).filter_map(|name| schemas.get_key_value(name)).collect();
    let mut apart = BTreeSet::new();
    loop {
        let before = apart.len();
        for (name, schema) in &both {
            let mut completed = (*schema).clone();
            complete(&mut completed, SPARSE.contains(&name.as_str()));
            let mut named = BTreeSet::new();
            references(schema, &mut named);
            if completed != **schema || !named.is_disjoint(&apart) {
                apart.insert((*name).clone());
            }
        }
        if apart.len() == before {
            return apart;
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(target) if name == "$ref" => found.extend(target.strip_prefix(PREFIX).map(str::to_owned)),
            _ => references(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn rename(value: &mut Value, to: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value {
            Value::String(target) if name == "$ref" => {
                if let Some(renamed) = target.strip_prefix(PREFIX).and_then(to) {
                    *target = format!("{PREFIX}{renamed}");
                }
            }
            _ => rename(value, to),
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, to)),
        _ => {}
    }
}

/// Every object within, as it is written: with all that is always there, and open to what will come.
fn complete(value: &mut Value, is_sparse: bool) {
    if let Some(fields) = value.as_object_mut() {
        if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
            let always = properties.iter().filter(|(_, property)| !is_sparse && is_always_there(property));
            let mut always: Vec<Value> = always.map(|(name, _)| name.as_str().into()).collect();
            for property in properties.values_mut().filter_map(Value::as_object_mut) {
                property.remove("default");
            }
            let required = fields.entry("required").or_insert_with(|| Vec::<Value>::new().into());
            if let Some(required) = required.as_array_mut() {
                always.retain(|name| !required.contains(name));
                required.append(&mut always);
            }
            if fields.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                fields.remove("required");
            }
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.remove("additionalProperties");
            }
        }
        fields.iter_mut().filter(|(name, _)| !matches!(name.as_str(), "example" | "examples" | "default" | "enum")).for_each(
            |(_, within)| complete(within, is_sparse),
        );
    } else if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(|item| complete(item, is_sparse));
    }
}

/// Of a field that need not be there when it is read.
fn is_always_there(property: &Value) -> bool {
    let may_be_null = |schema: &Value| match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|kind| kind == "null"),
        kind => kind.is_some_and(|kind| kind == "null"),
    };
    let choices = ["oneOf", "anyOf"].into_iter().filter_map(|choice| property.get(choice)?.as_array()).flatten();
    may_be_null(property) || choices.into_iter().any(may_be_null) || property.get("default").is_some_and(|it| !it.is_null())
}

#[cfg(test)]
mod tests {
    use super::completed;
    use serde_json::{Value, json};

    fn schemas() -> Value {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let mut document = json!({
            "paths": {"/things": {"put": {
                "requestBody": {"content": {"application/json": {"schema": reference("Thing")}}},
                "responses": {"200": {"content": {"application/json": {"schema": reference("Answer")}}}},
            }}},
            "components": {"schemas": {
                "Answer": {"properties": {
                    "thing": reference("Thing"),
                    "note": {"type": ["string", "null"]},
                    "seldom": {"type": "string"},
                    "size": reference("Size"),
                }, "required": ["thing"]},
                "Thing": {"properties": {"parts": {"type": "array", "items": reference("PartInput")}},
                    "required": ["parts"]},
                "PartInput": {"properties": {"count": {"type": "integer", "default": 1}, "of": {"type": "string"}},
                    "additionalProperties": false},
                "Size": {"type": "string", "enum": ["s", "m"]},
            }},
        });
        completed(&mut document);
        let body = &document["paths"]["/things"]["put"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(*body, reference("ThingInput"));
        document["components"]["schemas"].clone()
    }

    #[test]
    fn what_may_be_null_or_has_a_default_is_always_written() {
        let schemas = schemas();
        assert_eq!(schemas["Answer"]["required"], json!(["thing", "note"]));
        assert_eq!(schemas["Part"]["required"], json!(["count"]));
        assert_eq!(schemas["Part"]["properties"]["count"], json!({"type": "integer"}));
        assert!(schemas["Part"]["additionalProperties"].is_null(), "more will come");
    }

    #[test]
    fn what_is_asked_for_stays_as_it_is_read_with_all_that_leads_there() {
        let schemas = schemas();
        assert!(schemas["PartInput"]["required"].is_null());
        assert_eq!(schemas["PartInput"]["additionalProperties"], false);
        let item = |name: &str| schemas[name]["properties"]["parts"]["items"]["$ref"].clone();
        assert_eq!(item("Thing"), "#/components/schemas/Part");
        assert_eq!(item("ThingInput"), "#/components/schemas/PartInput");
        assert_eq!(schemas["Answer"]["properties"]["size"]["$ref"], "#/components/schemas/Size", "the same for both");
        assert!(schemas["SizeInput"].is_null());
    }
}
