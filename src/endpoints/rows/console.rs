//! The console: pages and what their forms are sent to. Not part of the API, and not in the OpenAPI document.

use super::{CONSOLE_FORM, CONSOLE_OPEN, CONSOLE_PAGE};
use crate::domain::access::Right;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Cost, Credential, OpenedAs};
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
    "console.inbox" => console::inbox::list {
        path: "/console/workspaces/{slug}/conversations",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_PAGE
    }
    "console.inbox.file" => console::inbox::export {
        path: "/console/workspaces/{slug}/conversations-file",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_PAGE
    }
    "console.inbox.show" => console::inbox::show {
        path: "/console/workspaces/{slug}/conversations/{id}",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_PAGE
    }
    "console.inbox.mark" => console::inbox::mark {
        path: "/console/workspaces/{slug}/conversations/{id}",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_FORM
    }
    "console.gaps" => console::inbox::gaps {
        path: "/console/workspaces/{slug}/gaps",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_PAGE
    }
    "console.gaps.write" => console::inbox::write {
        path: "/console/workspaces/{slug}/gaps",
        access: Access::Scope(Scope::DocumentsWrite),
        ..CONSOLE_FORM
    }
    "console.gaps.settle" => console::inbox::settle {
        path: "/console/workspaces/{slug}/gaps/{id}/settle",
        access: Access::Scope(Scope::ConversationsRead),
        ..CONSOLE_FORM
    }
    "console.documents.remove" => console::inbox::remove {
        path: "/console/workspaces/{slug}/gaps/documents/{id}",
        access: Access::Scope(Scope::DocumentsWrite),
        ..CONSOLE_FORM
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
    "console.preview" => console::assistant::preview::saved {
        path: "/console/workspaces/{slug}/assistant/preview",
        access: Access::Scope(Scope::WorkspacesRead),
        credential: Credential::Cookie(OpenedAs::Frame),
        ..CONSOLE_PAGE
    }
    "console.preview_typed" => console::assistant::preview::typed {
        path: "/console/workspaces/{slug}/assistant/preview",
        access: Access::Scope(Scope::WorkspacesWrite),
        credential: Credential::Cookie(OpenedAs::Frame),
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
    "console.catalogue" => console::catalogue::show {
        path: "/console/workspaces/{slug}/catalogue",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.catalogue.store" => console::catalogue::store::show {
        path: "/console/workspaces/{slug}/catalogue/store",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_PAGE
    }
    "console.catalogue.store.save" => console::catalogue::store::save {
        path: "/console/workspaces/{slug}/catalogue/store",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.catalogue.check" => console::catalogue::check {
        path: "/console/workspaces/{slug}/catalogue/check",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.catalogue.disconnect" => console::catalogue::disconnect {
        path: "/console/workspaces/{slug}/catalogue/disconnect",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.catalogue.start" => console::catalogue::start {
        path: "/console/workspaces/{slug}/catalogue/runs",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.catalogue.run" => console::catalogue::run::show {
        path: "/console/workspaces/{slug}/catalogue/runs/{id}",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.catalogue.events" => console::catalogue::run::events {
        path: "/console/workspaces/{slug}/catalogue/runs/{id}/events",
        access: Access::Scope(Scope::WorkspacesRead),
        credential: Credential::Cookie(OpenedAs::Part),
        ..CONSOLE_PAGE
    }
    "console.catalogue.report" => console::catalogue::run::download {
        path: "/console/workspaces/{slug}/catalogue/runs/{id}/report.csv",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.catalogue.cancel" => console::catalogue::run::cancel {
        path: "/console/workspaces/{slug}/catalogue/runs/{id}/cancel",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.usage" => console::usage::show {
        path: "/console/usage",
        access: Access::Scope(Scope::UsageRead),
        ..CONSOLE_PAGE
    }
    "console.usage.download" => console::usage::download {
        path: "/console/usage/download",
        access: Access::Scope(Scope::UsageRead),
        ..CONSOLE_PAGE
    }
    "console.playground" => console::playground::show {
        path: "/console/workspaces/{slug}/playground",
        access: Access::Scope(Scope::KeysRead),
        ..CONSOLE_PAGE
    }
    "console.playground.ask" => console::playground::ask {
        path: "/console/workspaces/{slug}/playground/ask",
        access: Access::Scope(Scope::KeysRead),
        credential: Credential::Cookie(OpenedAs::Part),
        ..CONSOLE_FORM
    }
    "console.privacy" => console::privacy::show {
        path: "/console/workspaces/{slug}/privacy",
        access: Access::Scope(Scope::PrivacyErase),
        ..CONSOLE_PAGE
    }
    "console.privacy.find" => console::privacy::find {
        path: "/console/workspaces/{slug}/privacy/find",
        access: Access::Scope(Scope::PrivacyErase),
        ..CONSOLE_FORM
    }
    "console.privacy.erase" => console::privacy::erase {
        path: "/console/workspaces/{slug}/privacy/erasures",
        access: Access::Scope(Scope::PrivacyErase),
        ..CONSOLE_FORM
    }
    "console.privacy.erasure" => console::privacy::receipt::show {
        path: "/console/workspaces/{slug}/privacy/erasures/{id}",
        access: Access::Scope(Scope::PrivacyErase),
        ..CONSOLE_PAGE
    }
    "console.privacy.progress" => console::privacy::receipt::progress {
        path: "/console/workspaces/{slug}/privacy/erasures/{id}/progress",
        access: Access::Scope(Scope::PrivacyErase),
        credential: Credential::Cookie(OpenedAs::Part),
        ..CONSOLE_PAGE
    }
    "console.webhooks" => console::webhooks::list {
        path: "/console/workspaces/{slug}/webhooks",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.new_webhook" => console::webhooks::edit::ask {
        path: "/console/workspaces/{slug}/new-webhook",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_PAGE
    }
    "console.make_webhook" => console::webhooks::edit::create {
        path: "/console/workspaces/{slug}/new-webhook",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.webhook" => console::webhooks::detail::show {
        path: "/console/workspaces/{slug}/webhooks/{id}",
        access: Access::Scope(Scope::WorkspacesRead),
        ..CONSOLE_PAGE
    }
    "console.change_webhook" => console::webhooks::edit::change {
        path: "/console/workspaces/{slug}/webhooks/{id}",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.switch_webhook" => console::webhooks::detail::switch {
        path: "/console/workspaces/{slug}/webhooks/{id}/switch",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.rotate_webhook" => console::webhooks::edit::rotate {
        path: "/console/workspaces/{slug}/webhooks/{id}/rotate",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.delete_webhook" => console::webhooks::detail::delete {
        path: "/console/workspaces/{slug}/webhooks/{id}/delete",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.test_webhook" => console::webhooks::deliveries::test {
        path: "/console/workspaces/{slug}/webhooks/{id}/test",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.webhook.deliveries" => console::webhooks::deliveries::show {
        path: "/console/workspaces/{slug}/webhooks/{id}/deliveries",
        access: Access::Scope(Scope::WorkspacesRead),
        credential: Credential::Cookie(OpenedAs::Part),
        ..CONSOLE_PAGE
    }
    "console.webhook.replay" => console::webhooks::deliveries::replay {
        path: "/console/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.people" => console::people::show {
        path: "/console/people",
        ..CONSOLE_PAGE
    }
    "console.people.end" => console::people::end {
        path: "/console/people/sessions/{id}/end",
        ..CONSOLE_FORM
    }
    "console.people.end_all" => console::people::end_all {
        path: "/console/people/sessions/end",
        ..CONSOLE_FORM
    }
    "console.people.add" => console::people::add {
        path: "/console/workspaces/{slug}/members",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.people.remove" => console::people::remove {
        path: "/console/workspaces/{slug}/members/{user_id}/remove",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..CONSOLE_FORM
    }
    "console.audit" => console::audit::show {
        path: "/console/audit",
        access: Access::User(Right::Audit),
        ..CONSOLE_PAGE
    }
    "console.system" => console::system::show {
        path: "/console/system",
        access: Access::User(Right::SigningKeys),
        ..CONSOLE_PAGE
    }
    "console.anythingllm" => console::system::open {
        path: "/console/anythingllm",
        ..CONSOLE_FORM
    }
    "console.missing" => console::missing::show {
        path: "/console/{*rest}",
        ..CONSOLE_OPEN
    }
}
