//! What administrators and managers do in the web interface.
//!
//! Every endpoint checks session and role itself.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::iso;
use crate::reply::Reply;
use crate::session::Roles;
use crate::world::{ApiKey, World, new_api_key};

type Answer = Result<Reply, Reply>;

/// The single-user doors to the API keys are shut once there are accounts.
fn single_user(world: &World, call: &Call) -> Result<(), Reply> {
    world.session(call)?;
    if world.multi_user {
        return Err(Reply::status(StatusCode::UNAUTHORIZED));
    }
    Ok(())
}

fn key_name(call: &Call) -> Result<Option<String>, Reply> {
    let body = call.json()?;
    Ok(body.get("name").and_then(Value::as_str).map(str::to_owned))
}

fn key_rows(world: &World) -> Vec<Value> {
    world.api_keys.iter().map(ApiKey::to_json).collect()
}

pub(crate) fn single_user_api_keys(world: &mut World, call: &Call) -> Answer {
    single_user(world, call)?;
    Ok(Reply::json(&json!({ "apiKeys": key_rows(world), "error": null })))
}

pub(crate) fn single_user_generate_api_key(world: &mut World, call: &Call) -> Answer {
    single_user(world, call)?;
    let key = world.add_api_key(key_name(call)?, None, new_api_key());
    Ok(Reply::json(&json!({ "apiKey": key.to_json(), "error": null })))
}

pub(crate) fn single_user_delete_api_key(world: &mut World, call: &Call) -> Answer {
    single_user(world, call)?;
    let id: u64 = call.param(3).parse().unwrap_or(0);
    world.api_keys.retain(|key| key.id != id);
    Ok(Reply::empty(StatusCode::OK))
}

pub(crate) fn api_keys(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::Admin)?;
    Ok(Reply::json(&json!({ "apiKeys": key_rows(world), "error": null })))
}

pub(crate) fn generate_api_key(world: &mut World, call: &Call) -> Answer {
    let session = world.session_strictly_as(call, Roles::Admin)?;
    let key = world.add_api_key(key_name(call)?, session.user_id(), new_api_key());
    Ok(Reply::json(&json!({ "apiKey": key.to_json(), "error": null })))
}

pub(crate) fn delete_api_key(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::Admin)?;
    let id: u64 = call.param(3).parse().unwrap_or(0);
    world.api_keys.retain(|key| key.id != id);
    Ok(Reply::empty(StatusCode::OK))
}

pub(crate) fn users(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    crate::admin::users(world, call)
}

pub(crate) fn create_user(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    let body = call.json()?;
    Ok(Reply::json(&match world.create_user(&body) {
        Ok(user) => json!({ "user": user.to_json(), "error": null }),
        Err(error) => json!({ "user": null, "error": error }),
    }))
}

pub(crate) fn update_user(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    let body = call.json()?;
    let id = call.param(3).parse().unwrap_or(0);
    Ok(Reply::json(&match world.update_user(id, &body) {
        Ok(()) => json!({ "success": true, "error": null }),
        Err(error) => json!({ "success": false, "error": error }),
    }))
}

pub(crate) fn delete_user(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    if world.delete_user(call.param(3).parse().unwrap_or(0)) {
        Ok(Reply::json(&json!({ "success": true, "error": null })))
    } else {
        Err(Reply::error())
    }
}

pub(crate) fn workspaces(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    let rows: Vec<_> = world
        .workspaces
        .iter()
        .map(|workspace| {
            let mut row = workspace.to_json();
            let members: Vec<u64> = world
                .memberships
                .iter()
                .filter(|seat| seat.workspace_id == workspace.id)
                .map(|seat| seat.user_id)
                .collect();
            row.insert("userIds".to_owned(), json!(members));
            row
        })
        .collect();
    Ok(Reply::json(&json!({ "workspaces": rows })))
}

pub(crate) fn workspace_users(world: &mut World, call: &Call) -> Answer {
    world.session_strictly_as(call, Roles::AdminAndManager)?;
    let members = world.members_json(call.param(3).parse().unwrap_or(0));
    Ok(Reply::json(&json!({ "users": members })))
}

pub(crate) fn embeds(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::Admin)?;
    let rows: Vec<Value> = world.embeds.iter().map(crate::embeds::Embed::to_json).collect();
    Ok(Reply::json(&json!({ "embeds": rows })))
}

pub(crate) fn event_logs(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::Admin)?;
    let rows: Vec<Value> = world
        .events
        .iter()
        .rev()
        .take(10)
        .map(|event| {
            let user = event.user_id.and_then(|id| world.user(id));
            json!({
                "id": event.id,
                "event": event.name,
                "metadata": event.metadata.to_string(),
                "userId": event.user_id,
                "occurredAt": iso(event.at),
                "user": { "username": user.map_or("unknown user", |user| user.username.as_str()) },
            })
        })
        .collect();
    let pages = world.events.len() > 10;
    let total = world.events.len();
    Ok(Reply::json(&json!({ "logs": rows, "hasPages": pages, "totalLogs": total })))
}

/// `DELETE /api/system/workspace-chats/:id`: a number that is not there is no fault, and -1 is every chat there is.
pub(crate) fn delete_chat(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::AdminAndManager)?;
    match call.param(3).parse::<i64>() {
        Ok(-1) => world.chats.clear(),
        Ok(number) => world.chats.retain(|chat| i64::try_from(chat.id) != Ok(number)),
        Err(_) => {}
    }
    Ok(Reply::json(&json!({ "success": true, "error": null })))
}

pub(crate) fn local_files(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::AdminAndManager)?;
    let items: Vec<Value> =
        world.folders.keys().map(|name| json!({ "name": name, "type": "folder", "items": [] })).collect();
    Ok(Reply::json(&json!({
        "localFiles": { "name": "documents", "type": "folder", "items": items },
    })))
}

pub(crate) fn system_vectors(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::AdminAndManager)?;
    Ok(Reply::json(&json!({ "vectorCount": world.vector_count() })))
}

pub(crate) fn update_env(world: &mut World, call: &Call) -> Answer {
    world.session_as(call, Roles::Admin)?;
    crate::system::update_env(world, call)
}
