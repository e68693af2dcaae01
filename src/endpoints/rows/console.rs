//! The console: pages and what their forms are sent to. Not part of the API, and not in the OpenAPI document.

use super::{CONSOLE_FORM, CONSOLE_OPEN, CONSOLE_PAGE};
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Cost};
use http::Method;

service_rows! {
    ($)
    "console.login" => console::session::ask {
        path: "/console/login",
        ..CONSOLE_OPEN
    }
    "console.log_in" => console::session::log_in {
        method: Method::POST,
        path: "/console/login",
        cost: Cost::Login,
        body: BodyCap::Json,
        ..CONSOLE_OPEN
    }
    "console.log_out" => console::session::log_out {
        path: "/console/logout",
        ..CONSOLE_FORM
    }
    "console.language" => console::session::speak {
        path: "/console/language",
        ..CONSOLE_FORM
    }
    "console.asset" => console::assets::show {
        path: "/console/assets/{file}",
        ..CONSOLE_OPEN
    }
    "console.home" => console::overview::of_all {
        path: "/console",
        ..CONSOLE_PAGE
    }
    "console.keys" => console::keys::list::show {
        path: "/console/keys",
        access: Access::Scope(Scope::KeysRead),
        ..CONSOLE_PAGE
    }
    "console.workspace" => console::overview::of_one {
        path: "/console/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.new_workspace" => console::new_workspace::ask {
        path: "/console/new-workspace",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_PAGE
    }
    "console.make_workspace" => console::new_workspace::create {
        path: "/console/new-workspace",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.assistant" => console::assistant::show {
        path: "/console/workspaces/{slug}/assistant",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.change_assistant" => console::assistant::change {
        path: "/console/workspaces/{slug}/assistant",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.settle" => console::assistant::settle {
        path: "/console/workspaces/{slug}/settle",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.new_key" => console::keys::make::ask {
        path: "/console/new-key",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_PAGE
    }
    "console.make_key" => console::keys::make::create {
        path: "/console/new-key",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_FORM
    }
    "console.key" => console::keys::detail::show {
        path: "/console/keys/{id}",
        access: Access::Scope(Scope::KeysRead),
        ..CONSOLE_PAGE
    }
    "console.change_key" => console::keys::detail::change {
        path: "/console/keys/{id}",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_FORM
    }
    "console.switch_key" => console::keys::detail::switch {
        path: "/console/keys/{id}/switch",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_FORM
    }
    "console.rotate_key" => console::keys::detail::rotate {
        path: "/console/keys/{id}/rotate",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_FORM
    }
    "console.revoke_key" => console::keys::detail::revoke {
        path: "/console/keys/{id}/revoke",
        access: Access::Scope(Scope::KeysWrite),
        ..CONSOLE_FORM
    }
    "console.missing" => console::missing::show {
        path: "/console/{*rest}",
        ..CONSOLE_OPEN
    }
}
