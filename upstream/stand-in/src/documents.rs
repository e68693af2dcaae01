//! `/api/v1/document` and `/api/v1/documents`, except for file uploads.
//!
//! The caller's API key was checked before.

#![expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature, some of them cannot fail")]

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::{Body, Call};
use crate::reply::Reply;
use crate::world::World;

type Answer = Result<Reply, Reply>;

fn unprocessable(error: &str) -> Reply {
    Reply::status_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "success": false, "error": error }))
}

/// The JavaScript name of a value's type.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => "object",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
    }
}

pub(crate) fn raw_text(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let slugs = match body.get("addToWorkspaces") {
        None | Some(Value::Null) => "",
        Some(Value::String(slugs)) => slugs,
        Some(other) => {
            return Err(unprocessable(&format!(
                "addToWorkspaces must be a string of comma-separated workspace slugs. Got {}",
                type_of(other)
            )));
        }
    };
    let metadata = match body.get("metadata") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let empty = serde_json::Map::new();
    let metadata = metadata.as_object().unwrap_or(&empty);
    if !metadata.get("title").is_some_and(crate::users::truthy) {
        return Err(unprocessable(
            "You are missing required metadata key:value pairs in your request. Required metadata key:values are 'title'",
        ));
    }
    let text = body.get("textContent").and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(unprocessable("The 'textContent' key cannot have an empty value."));
    }
    let document = world.store_raw_text(text, metadata);
    let location = document["location"].as_str().unwrap_or_default().to_owned();
    world.embed_into_all(&location, slugs);
    Ok(Reply::json(&json!({ "success": true, "error": null, "documents": [document] })))
}

/// Nothing outside can be reached from here. Also answers uploads that are not multipart.
pub(crate) fn upload_link(_: &mut World, call: &Call) -> Answer {
    if call.lower.last().map(String::as_str) != Some("upload-link") {
        return Err(Reply::error());
    }
    let body = call.json()?;
    let link = body.get("link").and_then(Value::as_str).unwrap_or_default();
    Ok(Reply::status_json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({
            "success": false,
            "error": format!("No URL content found at {link}."),
            "documents": [],
        }),
    ))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    if let Some(folder) = call.query("folder") {
        return Ok(one_folder(world, folder, call, true));
    }
    let items: Vec<Value> = world
        .folders
        .iter()
        .map(|(name, documents)| {
            json!({
                "name": name,
                "type": "folder",
                "items": world.listed_folder(name, documents),
            })
        })
        .collect();
    Ok(Reply::json(&json!({
        "localFiles": { "name": "documents", "type": "folder", "items": items },
    })))
}

pub(crate) fn folder(world: &mut World, call: &Call) -> Answer {
    Ok(one_folder(world, &call.param(4), call, false))
}

fn one_folder(world: &World, folder: &str, call: &Call, paged: bool) -> Reply {
    let Some(documents) = world.folders.get(folder) else {
        return Reply::status_json(
            StatusCode::NOT_FOUND,
            &json!({
                "folder": folder,
                "documents": [],
                "totalCount": 0,
                "hasMore": false,
                "error": format!("Folder \"{folder}\" does not exist."),
            }),
        );
    };
    let page = |name: &str, otherwise: usize| call.query(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (offset, limit) = (page("offset", 0).min(documents.len()), page("limit", 100));
    let (rows, total) = world.listed_page(folder, documents, offset, limit);
    let mut answer = json!({
        "folder": folder,
        "hasMore": offset + rows.len() < total,
        "documents": rows,
        "totalCount": total,
        "error": null,
    });
    // Only the listing with a folder parameter leaks its status into the body.
    if paged {
        answer["code"] = json!(200);
    }
    Reply::json(&answer)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let name = call.param(3);
    let found =
        world.folders.iter().find_map(|(folder, documents)| documents.get(&name).map(|document| (folder, document)));
    let Some((folder, document)) = found else {
        return Err(Reply::status(StatusCode::NOT_FOUND));
    };
    let row = world.listed_document(folder, &name, document);
    Ok(Reply::json(&json!({ "document": row })))
}

pub(crate) fn create_folder(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || world.folders.contains_key(name) {
        return Ok(Reply::status_json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "success": false, "message": "Folder by that name already exists" }),
        ));
    }
    world.folders.insert(name.to_owned(), BTreeMap::new());
    Ok(Reply::json(&json!({ "success": true, "message": null })))
}

pub(crate) fn remove_folder(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    world.delete_folder(name);
    Ok(Reply::json(&json!({ "success": true, "message": "Folder removed successfully" })))
}

/// `DELETE /api/v1/system/remove-documents`.
pub(crate) fn remove(world: &mut World, call: &Call) -> Answer {
    if matches!(call.body, Body::Absent) {
        return Err(Reply::error());
    }
    let body = call.json()?;
    let names = body.get("names").and_then(Value::as_array).ok_or_else(Reply::error)?;
    for name in names.iter().filter_map(Value::as_str) {
        world.delete_document(name);
    }
    Ok(Reply::json(&json!({ "success": true, "message": "Documents removed successfully" })))
}

pub(crate) fn accepted_types(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "types": file_types() })))
}

/// The file types the document processor takes.
pub(crate) fn file_types() -> Value {
    serde_json::from_str(include_str!("accepted_file_types.json")).unwrap_or_default()
}

pub(crate) fn metadata_schema(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({
        "schema": {
            "url": "string | nullable",
            "title": "string",
            "docAuthor": "string | nullable",
            "description": "string | nullable",
            "docSource": "string | nullable",
            "chunkSource": "string | nullable",
            "published": "epoch timestamp in ms | nullable",
        },
    })))
}
