//! `/api/v1/workspace`: workspaces, their documents, histories and searches.
//!
//! The caller's API key was checked before; it may do everything.

#![expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature, some of them cannot fail")]

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::VectorDatabase;
use crate::call::Call;
use crate::chats::history;
use crate::failure::{Failure, Stage};
use crate::plan::side;
use crate::reply::Reply;
use crate::search::Hit;
use crate::service::Context;
use crate::workspaces::{Workspace, number, top};
use crate::world::World;

type Answer = Result<Reply, Reply>;

/// Position of the slug in `/api/v1/workspace/:slug`.
const SLUG: usize = 3;

fn bad_request() -> Reply {
    Reply::status(StatusCode::BAD_REQUEST)
}

fn found<'a>(world: &'a World, call: &Call) -> Result<&'a Workspace, Reply> {
    world.workspace(&call.param(SLUG)).ok_or_else(bad_request)
}

/// A workspace with its documents, as updates answer it.
fn with_documents(world: &World, workspace: &Workspace) -> Map<String, Value> {
    let mut row = workspace.to_json();
    let documents = world.workspace_documents_json(workspace.id);
    row.insert("documents".to_owned(), json!(documents));
    row
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let name = match body.get("name") {
        None | Some(Value::Null) => "",
        Some(Value::String(name)) => name,
        // The slug library throws on anything but text.
        Some(_) => return Err(Reply::error()),
    };
    if name.is_empty() {
        let refusal = json!({ "workspace": null, "message": "name cannot be null" });
        return Ok(Reply::status_json(StatusCode::BAD_REQUEST, &refusal));
    }
    let workspace = world.create_workspace(name, &body);
    Ok(Reply::json(&json!({ "workspace": workspace.to_json(), "message": null })))
}

pub(crate) fn list(world: &mut World, _: &Call) -> Answer {
    let rows: Vec<_> = world
        .workspaces
        .iter()
        .map(|workspace| {
            let mut row = workspace.to_json();
            row.insert("threads".to_owned(), json!([]));
            row
        })
        .collect();
    Ok(Reply::json(&json!({ "workspaces": rows })))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let rows: Vec<_> = world
        .workspace(&call.param(SLUG))
        .map(|workspace| {
            let mut row = with_documents(world, workspace);
            row.insert("threads".to_owned(), json!([]));
            row
        })
        .into_iter()
        .collect();
    Ok(Reply::json(&json!({ "workspace": rows })))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    if world.delete_workspace(&call.param(SLUG)) { Ok(Reply::status(StatusCode::OK)) } else { Err(bad_request()) }
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let workspace = world.workspace_mut(&call.param(SLUG)).ok_or_else(bad_request)?;
    if !workspace.update(&body) {
        let id = workspace.id;
        let answer = json!({ "workspace": { "id": id }, "message": "No valid fields to update!" });
        return Ok(Reply::json(&answer));
    }
    let id = workspace.id;
    let row = world.workspace_by_id(id).map(Workspace::to_json);
    Ok(Reply::json(&json!({ "workspace": row, "message": null })))
}

pub(crate) fn update_embeddings(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let id = found(world, call)?.id;
    let paths = |field: &str| match body.get(field) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(paths)) => Ok(paths.iter().filter_map(Value::as_str).collect()),
        Some(_) => Err(Reply::error()),
    };
    let (adds, deletes): (Vec<&str>, Vec<&str>) = (paths("adds")?, paths("deletes")?);
    for path in deletes {
        world.unembed_document(id, path);
    }
    world.embed_documents(id, &adds);
    let row = world.workspace_by_id(id).map(|workspace| {
        let mut row = with_documents(world, workspace);
        row.insert("contextWindow".to_owned(), json!(8192));
        row.insert("currentContextTokenCount".to_owned(), json!(0));
        row
    });
    Ok(Reply::json(&json!({ "workspace": row })))
}

pub(crate) fn update_pin(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let Some(id) = world.workspace(&call.param(SLUG)).map(|found| found.id) else {
        return Ok(Reply::empty(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let path = body.get("docPath").and_then(Value::as_str).unwrap_or_default();
    let document = world
        .embedded
        .iter_mut()
        .find(|document| document.workspace_id == id && document.path == path)
        .ok_or_else(|| Reply::status(StatusCode::NOT_FOUND))?;
    document.pinned = body.get("pinStatus").is_some_and(crate::users::truthy);
    Ok(Reply::json(&json!({ "message": "Pin status updated successfully" })))
}

pub(crate) fn chats(world: &mut World, call: &Call) -> Answer {
    let id = found(world, call)?.id;
    let sessions: Vec<&str> =
        call.query.iter().filter(|(key, _)| key == "apiSessionId").map(|(_, value)| value.as_str()).collect();
    let limit = match call.query("limit") {
        None => Some(100),
        Some(limit) => parse_int(limit).map(|limit| limit.max(1)),
    };
    // The database refuses a list of sessions and a limit that is no number; upstream answers
    // both with an empty history.
    let (Some(limit), false) = (limit, sessions.len() > 1) else {
        return Ok(Reply::json(&json!({ "history": [] })));
    };
    let session = sessions.first().copied().filter(|session| !session.is_empty());
    let mut chats = world.api_chats(id, session);
    if call.query("orderBy") == Some("desc") {
        chats.reverse();
    }
    chats.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Reply::json(&json!({ "history": history(chats) })))
}

/// The leading digits of a text, as JavaScript reads them.
fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse::<i64>().ok().map(|number| sign * number)
}

/// A search hit as the search endpoint answers it.
fn result(database: VectorDatabase, hit: &Hit) -> Value {
    let metadata = &hit.passage.metadata;
    let mut result = json!({
        "text": hit.passage.text,
        "metadata": {
            "url": metadata["url"],
            "title": metadata["title"],
            "author": metadata["docAuthor"],
            "description": metadata["description"],
            "docSource": metadata["docSource"],
            "chunkSource": metadata["chunkSource"],
            "published": metadata["published"],
            "wordCount": metadata["wordCount"],
            "tokenCount": metadata["token_count_estimate"],
        },
        "score": hit.score(),
    });
    if let Some(id) = hit.passage.id {
        result["id"] = json!(id);
    }
    if let Some(distance) = database.distance(hit) {
        result["distance"] = distance;
    }
    result
}

/// `POST /api/v1/workspace/:slug/vector-search`.
pub(crate) fn vector_search(context: &Context, call: &Call, path: &str) -> Answer {
    let world = context.control.world();
    world.check_api_key(call)?;
    let body = call.json()?;
    let slug = call.param(SLUG);
    let refuse = |message: String| Err(Reply::status_json(StatusCode::BAD_REQUEST, &json!({ "message": message })));
    let Some(workspace) = world.workspace(&slug) else {
        return refuse(format!("Workspace {slug} is not a valid workspace."));
    };
    let query = match body.get("query") {
        Some(Value::String(query)) if !query.is_empty() => query.clone(),
        Some(Value::Array(parts)) if !parts.is_empty() => join(parts)?,
        _ => return refuse("Query parameter cannot be empty.".to_owned()),
    };
    let index = world.indexes.get(&workspace.id).filter(|index| index.len() > 0);
    let Some(index) = index else {
        return Ok(Reply::json(&json!({
            "results": [],
            "message": "No embeddings found for this workspace.",
        })));
    };
    let struck = context.control.strike(path, Stage::Search);
    let limit = body.get("topN").and_then(number).filter(|limit| *limit >= 1.0);
    if struck.contains(&Failure::EmbedderError) || limit.is_some_and(|limit| world.vectors.refuses_limit(limit)) {
        return Err(Reply::error());
    }
    let count = body.get("topN").and_then(top).unwrap_or(workspace.top);
    let threshold = body
        .get("scoreThreshold")
        .and_then(number)
        .filter(|threshold| (0.0..=1.0).contains(threshold))
        .unwrap_or(workspace.threshold);
    let hits = index.search(&query, count, threshold, side(&struck));
    let results: Vec<Value> = hits.iter().map(|hit| result(world.vectors, hit)).collect();
    Ok(Reply::json(&json!({ "results": results })))
}

/// A list is joined as text; nested lists are beyond the embedder.
fn join(parts: &[Value]) -> Result<String, Reply> {
    parts
        .iter()
        .map(|part| match part {
            Value::String(text) => Ok(text.clone()),
            Value::Array(_) => Err(Reply::error()),
            other => Ok(other.to_string()),
        })
        .collect::<Result<Vec<_>, _>>()
        .map(|parts| parts.join(" "))
}
