//! The route table: literals in any letter case, parameters as sent.
//!
//! Whatever is not listed falls through to the web page, with any method, as upstream does.

use http::Method;

use crate::call::Call;
use crate::reply::Reply;
use crate::service::Context;
use crate::world::World;
use crate::{admin, chat, documents, embed, login, statics, system, ui, ui_admin, workspace};

/// An endpoint that answers at once from the database.
type Plain = fn(&mut World, &Call) -> Result<Reply, Reply>;

enum Endpoint {
    /// Checks the caller itself, or lets anybody in.
    Own(Plain),
    /// Needs an API key.
    Key(Plain),
    /// Generates an answer, so it takes its time.
    Chat(chat::Door),
    /// Embeds a query.
    Search,
}

/// Answers a request whose body is complete.
pub(crate) async fn answer(context: &Context, call: &Call, path: &str) -> Reply {
    let Some(endpoint) = find(call) else {
        return statics::answer(call, path);
    };
    if !call.decodes() {
        return Reply::bad_request_page();
    }
    let result = match endpoint {
        Endpoint::Own(plain) => plain(&mut context.control.world(), call),
        Endpoint::Key(plain) => {
            let mut world = context.control.world();
            world.check_api_key(call).and_then(|()| plain(&mut world, call))
        }
        Endpoint::Chat(door) => chat::answer(context, call, path, door).await,
        Endpoint::Search => workspace::vector_search(context, call, path),
    };
    context.control.touch();
    result.unwrap_or_else(|refusal| refusal)
}

fn find(call: &Call) -> Option<Endpoint> {
    let segments: Vec<&str> = call.lower.iter().map(String::as_str).collect();
    let method = if call.method == Method::HEAD { "GET" } else { call.method.as_str() };
    match segments.as_slice() {
        ["api", "v1", rest @ ..] => developer(method, rest),
        ["api", "embed", rest @ ..] => widget(method, rest),
        ["api", rest @ ..] => interface(method, rest),
        _ => None,
    }
}

/// The developer API.
fn developer(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::{Chat, Key, Own, Search};
    Some(match (method, path) {
        ("GET", ["auth"]) => Key(system::authenticated),
        ("GET", ["system"]) => Key(system::settings),
        ("GET", ["system", "env-dump"]) => Own(system::done),
        ("GET", ["system", "vector-count"]) => Key(system::vector_count),
        ("GET", ["system", "export-chats"]) => Key(system::export_chats),
        ("POST", ["system", "update-env"]) => Key(system::update_env),
        ("DELETE", ["system", "remove-documents"]) => Key(documents::remove),
        ("GET", ["users"]) => Key(admin::user_names),
        ("GET", ["users", _, "issue-auth-token"]) => Key(login::issue_sso_token),
        ("GET", ["workspaces"]) => Key(workspace::list),
        ("POST", ["workspace", "new"]) => Key(workspace::create),
        ("GET", ["workspace", _]) => Key(workspace::get),
        ("DELETE", ["workspace", _]) => Key(workspace::delete),
        ("POST", ["workspace", _, "update"]) => Key(workspace::update),
        ("POST", ["workspace", _, "update-embeddings"]) => Key(workspace::update_embeddings),
        ("POST", ["workspace", _, "update-pin"]) => Key(workspace::update_pin),
        ("GET", ["workspace", _, "chats"]) => Key(workspace::chats),
        ("POST", ["workspace", _, "vector-search"]) => Search,
        ("POST", ["workspace", _, "chat"]) => Chat(chat::Door::Api { stream: false }),
        ("POST", ["workspace", _, "stream-chat"]) => Chat(chat::Door::Api { stream: true }),
        ("POST", ["document", "raw-text"]) => Key(documents::raw_text),
        ("POST", ["document", "upload" | "upload-link", ..]) => Key(documents::upload_link),
        ("POST", ["document", "create-folder"]) => Key(documents::create_folder),
        ("DELETE", ["document", "remove-folder"]) => Key(documents::remove_folder),
        ("GET", ["document", "accepted-file-types"]) => Key(documents::accepted_types),
        ("GET", ["document", "metadata-schema"]) => Key(documents::metadata_schema),
        ("GET", ["document", _]) => Key(documents::get),
        ("GET", ["documents"]) => Key(documents::list),
        ("GET", ["documents", "folder", _]) => Key(documents::folder),
        ("POST", ["openai", "embeddings"]) => Key(system::embeddings),
        ("GET", ["embed"]) => Key(embed::list),
        ("POST", ["embed", "new"]) => Key(embed::create),
        ("POST", ["embed", _]) => Key(embed::update),
        ("DELETE", ["embed", _]) => Key(embed::delete),
        ("GET", ["embed", _, "chats"] | ["embed", _, "chats", _]) => Key(embed::rows),
        (_, ["admin", rest @ ..]) => return administration(method, rest),
        _ => return None,
    })
}

/// `/api/v1/admin`.
fn administration(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::Key;
    Some(match (method, path) {
        ("GET", ["is-multi-user-mode"]) => Key(admin::is_multi_user),
        ("GET", ["users"]) => Key(admin::users),
        ("POST", ["users", "new"]) => Key(admin::create_user),
        ("POST", ["users", _]) => Key(admin::update_user),
        ("DELETE", ["users", _]) => Key(admin::delete_user),
        ("GET", ["workspaces", _, "users"]) => Key(admin::workspace_users),
        ("POST", ["workspaces", _, "update-users"]) => Key(admin::replace_users),
        ("POST", ["workspaces", _, "manage-users"]) => Key(admin::manage_users),
        ("POST", ["workspace-chats"]) => Key(admin::chats),
        _ => return None,
    })
}

/// The public endpoints of the widget.
fn widget(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::{Chat, Own};
    Some(match (method, path) {
        ("POST", [_, "stream-chat"]) => Chat(chat::Door::Embed),
        ("GET", [_, _]) => Own(embed::history),
        ("DELETE", [_, _]) => Own(embed::forget),
        _ => return None,
    })
}

/// What the web interface uses.
fn interface(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::{Chat, Own};
    Some(match (method, path) {
        ("GET", ["ping"]) => Own(system::ping),
        ("GET", ["migrate" | "env-dump"]) => Own(system::done),
        ("GET", ["onboarding"]) => Own(system::onboarding),
        ("GET", ["setup-complete"]) => Own(system::setup_complete),
        ("GET", ["utils", "metrics"]) => Own(system::metrics),
        ("POST", ["request-token"]) => Own(login::request_token),
        ("GET", ["request-token", "sso", "simple"]) => Own(login::redeem_sso_token),
        (_, ["system", rest @ ..]) => return interface_system(method, rest),
        (_, ["admin", rest @ ..]) => return interface_admin(method, rest),
        ("GET", ["embeds"]) => Own(ui_admin::embeds),
        ("GET", ["workspaces"]) => Own(ui::workspaces),
        ("POST", ["workspace", "new"]) => Own(ui::create_workspace),
        ("GET", ["workspace", _]) => Own(ui::workspace),
        ("GET", ["workspace", _, "chats"]) => Own(ui::chats),
        ("GET", ["workspace", _, "embed-progress"]) => Own(ui::embed_progress),
        ("POST", ["workspace", _, "update-embeddings"]) => Own(ui::update_embeddings),
        ("POST", ["workspace", _, "stream-chat"]) => Chat(chat::Door::Interface),
        _ => return None,
    })
}

fn interface_system(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::Own;
    Some(match (method, path) {
        ("GET", ["check-token"]) => Own(login::check_token),
        ("GET", ["refresh-user"]) => Own(login::refresh_user),
        ("GET", ["multi-user-mode"]) => Own(system::multi_user_mode),
        ("GET", ["logo"]) => Own(system::logo),
        ("GET", ["is-default-logo"]) => Own(system::is_default_logo),
        ("GET", ["custom-app-name"]) => Own(system::custom_app_name),
        ("POST", ["enable-multi-user"]) => Own(login::enable_multi_user),
        ("POST", ["update-password"]) => Own(login::update_password),
        ("GET", ["api-keys"]) => Own(ui_admin::single_user_api_keys),
        ("POST", ["generate-api-key"]) => Own(ui_admin::single_user_generate_api_key),
        ("DELETE", ["api-key", _]) => Own(ui_admin::single_user_delete_api_key),
        ("POST", ["event-logs"]) => Own(ui_admin::event_logs),
        ("DELETE", ["workspace-chats", _]) => Own(ui_admin::delete_chat),
        ("GET", ["local-files"]) => Own(ui_admin::local_files),
        ("GET", ["system-vectors"]) => Own(ui_admin::system_vectors),
        ("POST", ["update-env"]) => Own(ui_admin::update_env),
        _ => return None,
    })
}

fn interface_admin(method: &str, path: &[&str]) -> Option<Endpoint> {
    use Endpoint::Own;
    Some(match (method, path) {
        ("GET", ["users"]) => Own(ui_admin::users),
        ("POST", ["users", "new"]) => Own(ui_admin::create_user),
        ("POST", ["user", _]) => Own(ui_admin::update_user),
        ("DELETE", ["user", _]) => Own(ui_admin::delete_user),
        ("GET", ["workspaces"]) => Own(ui_admin::workspaces),
        ("GET", ["workspaces", _, "users"]) => Own(ui_admin::workspace_users),
        ("GET", ["api-keys"]) => Own(ui_admin::api_keys),
        ("POST", ["generate-api-key"]) => Own(ui_admin::generate_api_key),
        ("DELETE", ["delete-api-key", _]) => Own(ui_admin::delete_api_key),
        _ => return None,
    })
}
