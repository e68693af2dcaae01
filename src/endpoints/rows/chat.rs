//! Conversations and knowledge.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Cost};
use http::Method;

service_rows! {
    ($)
    "chat.create" => chat::create {
        method: Method::POST,
        path: "/api/v1/chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        ..API_CALL
    }
    "messages.list" => messages::list {
        path: "/api/v1/messages",
        access: Access::Scope(Scope::MessagesRead),
        ..API_CALL
    }
    "messages.reset" => messages::reset {
        method: Method::DELETE,
        path: "/api/v1/messages",
        access: Access::Scope(Scope::ChatWrite),
        ..API_CALL
    }
    "conversations.list" => conversations::list {
        path: "/api/v1/conversations",
        access: Access::Scope(Scope::MessagesRead),
        ..API_CALL
    }
    "knowledge.query" => knowledge::query {
        method: Method::POST,
        path: "/api/v1/knowledge/query",
        access: Access::Scope(Scope::KnowledgeQuery),
        body: BodyCap::Json,
        ..API_CALL
    }
}
