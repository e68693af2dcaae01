//! A version to come: fields that nobody knows in every JSON object it sends, frames of types that nobody knows.
//!
//! Only adds. What a version takes away or renames is a break, and shows in the contract tests.

use serde_json::{Value, json};

use crate::reply::Reply;

/// Every word that is added begins like this, so that a test can see whether one came through.
const INVENTED: &str = "invented";

/// The answer with invented fields, if it is JSON.
pub(crate) fn reply(reply: Reply) -> Reply {
    match reply {
        Reply::Full { status, content_type, body, extra, etag } => {
            let json = content_type.is_some_and(|kind| kind.starts_with("application/json"));
            let parsed = json.then(|| serde_json::from_slice(&body).ok()).flatten();
            let body = parsed.map_or(body, |value| with_invented_fields(value).to_string().into());
            Reply::Full { status, content_type, body, extra, etag }
        }
        other => other,
    }
}

/// The value with one field of each kind in each of its objects.
pub(crate) fn with_invented_fields(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_invented_fields).collect(),
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> =
                fields.into_iter().map(|(name, field)| (name, with_invented_fields(field))).collect();
            for (kind, field) in [
                ("Text", json!("invented text")),
                ("Number", json!(-1.5)),
                ("Nothing", json!(null)),
                ("List", json!([{ "invented": [] }])),
                ("Object", json!({ "invented": { "deeper": true } })),
            ] {
                fields.insert(format!("{INVENTED}{kind}"), field);
            }
            Value::Object(fields)
        }
        other => other,
    }
}
