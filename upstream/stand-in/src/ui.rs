//! What people do in the web interface with their workspaces.
//!
//! Every endpoint checks the session itself; membership decides what a default user sees.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::chats::history;
use crate::reply::Reply;
use crate::session::Roles;
use crate::world::World;

type Answer = Result<Reply, Reply>;

pub(crate) fn workspaces(world: &mut World, call: &Call) -> Answer {
    let session = world.session_as(call, Roles::All)?;
    let rows: Vec<_> = world
        .workspaces
        .iter()
        .filter(|workspace| world.may_use(session.user.as_ref(), workspace.id))
        .map(crate::workspaces::Workspace::to_json)
        .collect();
    Ok(Reply::json(&json!({ "workspaces": rows })))
}

pub(crate) fn workspace(world: &mut World, call: &Call) -> Answer {
    let session = world.session_as(call, Roles::All)?;
    let row = world.workspace_for(session.user.as_ref(), &call.param(2)).map(|workspace| {
        let mut row = workspace.to_json();
        if session.user.is_some() {
            row.insert("workspace_users".to_owned(), json!(world.seats_json(workspace.id)));
        }
        row.insert("documents".to_owned(), json!(world.workspace_documents_json(workspace.id)));
        row.insert("contextWindow".to_owned(), json!(8192));
        row.insert("currentContextTokenCount".to_owned(), json!(0));
        row
    });
    Ok(Reply::json(&json!({ "workspace": row })))
}

pub(crate) fn create_workspace(world: &mut World, call: &Call) -> Answer {
    let session = world.session_as(call, Roles::AdminAndManager)?;
    let body = call.json()?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return Ok(Reply::json(&json!({ "workspace": null, "message": "name cannot be null" })));
    }
    let workspace = world.create_workspace(name, &json!({}));
    if let Some(id) = session.user_id() {
        world.add_member(id, workspace.id);
    }
    world.log("workspace_created", json!({ "workspaceName": workspace.name }), session.user_id());
    Ok(Reply::json(&json!({ "workspace": workspace.to_json(), "message": null })))
}

pub(crate) fn chats(world: &mut World, call: &Call) -> Answer {
    let session = world.session_as(call, Roles::All)?;
    let id = world
        .workspace_for(session.user.as_ref(), &call.param(2))
        .ok_or_else(|| Reply::status(StatusCode::BAD_REQUEST))?
        .id;
    let chats = world.user_chats(id, session.user_id());
    Ok(Reply::json(&json!({ "history": history(chats) })))
}

/// Embedded by the time it answers.
pub(crate) fn update_embeddings(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::AdminAndManager)?;
    let body = call.json()?;
    let id = world.workspace(&call.param(2)).map(|found| found.id);
    let id = id.ok_or_else(|| Reply::status(StatusCode::BAD_REQUEST))?;
    let paths = |field: &str| -> Vec<&str> {
        body.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    };
    for path in paths("deletes") {
        world.unembed_document(id, path);
    }
    world.embed_documents(id, &paths("adds"));
    let row = world.workspace_by_id(id).map(crate::workspaces::Workspace::to_json);
    Ok(Reply::json(&json!({ "workspace": row, "message": null })))
}

/// A stream that sends its head and stays open: nothing is ever embedded in the background.
pub(crate) fn embed_progress(world: &mut World, call: &Call) -> Answer {
    let session = world.session_as(call, Roles::AdminAndManager)?;
    if world.workspace_for(session.user.as_ref(), &call.param(2)).is_none() {
        let refusal = "Workspace does not exist.";
        return Err(Reply::html(StatusCode::NOT_FOUND, refusal));
    }
    Ok(Reply::Stream { body: crate::wire::ReplyBody::silent(), content_type: Some("text/event-stream") })
}
