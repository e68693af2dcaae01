//! `/api/v1/embed`, and the parts of the public widget endpoints which are not a chat.
//!
//! The public ones check neither origin nor whether the widget is switched on, as upstream.

#![expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature, some of them cannot fail")]

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::iso;
use crate::reply::Reply;
use crate::world::World;

type Answer = Result<Reply, Reply>;

fn missing(error: &str) -> Reply {
    Reply::status_json(StatusCode::NOT_FOUND, &json!({ "error": error }))
}

pub(crate) fn list(world: &mut World, _: &Call) -> Answer {
    let rows: Vec<Value> = world
        .embeds
        .iter()
        .map(|embed| {
            let workspace = world.workspace_by_id(embed.workspace_id);
            let chats = world.embed_rows(embed.id, None).len();
            json!({
                "id": embed.id,
                "uuid": embed.uuid,
                "enabled": embed.enabled,
                "chat_mode": embed.mode,
                "createdAt": iso(embed.created_at),
                "workspace": workspace.map(|found| json!({ "id": found.id, "name": found.name })),
                "chat_count": chats,
            })
        })
        .collect();
    Ok(Reply::json(&json!({ "embeds": rows })))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let slug = body.get("workspace_slug").and_then(Value::as_str).unwrap_or_default();
    if slug.is_empty() {
        return Err(Reply::status_json(StatusCode::BAD_REQUEST, &json!({ "error": "Workspace slug is required" })));
    }
    let workspace_id = world.workspace(slug).ok_or_else(|| missing("Workspace not found"))?.id;
    let embed = world.create_embed(workspace_id, &body);
    Ok(Reply::json(&json!({ "embed": embed.to_json(), "error": null })))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    let uuid = call.param(3);
    let embed = world.embeds.iter_mut().find(|embed| embed.uuid == uuid).ok_or_else(|| missing("Embed not found"))?;
    Ok(Reply::json(&if embed.update(&body) { json!({ "success": true, "error": null }) } else { json!({}) }))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let uuid = call.param(3);
    let id = world.embed(&uuid).ok_or_else(|| missing("Embed not found"))?.id;
    world.embeds.retain(|embed| embed.id != id);
    world.embed_chats.retain(|chat| chat.embed_id != id);
    Ok(Reply::json(&json!({ "success": true, "error": null })))
}

/// The rows of a widget's chats, of all sessions or of one.
pub(crate) fn rows(world: &mut World, call: &Call) -> Answer {
    let session = call.param(5);
    let session = (!session.is_empty()).then_some(session);
    let rows =
        world.embed(&call.param(3)).map(|embed| world.embed_rows(embed.id, session.as_deref())).unwrap_or_default();
    Ok(Reply::json(&json!({ "chats": rows })))
}

fn public(world: &World, call: &Call) -> Result<u64, Reply> {
    world.embed(&call.param(2)).map(|embed| embed.id).ok_or_else(|| Reply::status(StatusCode::NOT_FOUND))
}

/// `GET /api/embed/:uuid/:session`.
pub(crate) fn history(world: &mut World, call: &Call) -> Answer {
    let id = public(world, call)?;
    let history = world.embed_history(id, &call.param(3));
    Ok(Reply::json(&json!({ "history": history })))
}

/// `DELETE /api/embed/:uuid/:session`: hides the history.
pub(crate) fn forget(world: &mut World, call: &Call) -> Answer {
    let id = public(world, call)?;
    let session = call.param(3);
    for chat in &mut world.embed_chats {
        if chat.embed_id == id && chat.session == session {
            chat.include = false;
        }
    }
    Ok(Reply::empty(StatusCode::OK))
}
