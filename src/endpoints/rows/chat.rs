//! Conversations and knowledge.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Cost, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "chat.create",
        method: Method::POST,
        path: "/api/v1/chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        answer: Answer::Service(Handler::Chat),
        ..API_CALL
    },
    Endpoint {
        name: "messages.list",
        path: "/api/v1/messages",
        access: Access::Scope(Scope::MessagesRead),
        answer: Answer::Service(Handler::ListMessages),
        ..API_CALL
    },
    Endpoint {
        name: "messages.reset",
        method: Method::DELETE,
        path: "/api/v1/messages",
        access: Access::Scope(Scope::ChatWrite),
        answer: Answer::Service(Handler::ResetMessages),
        ..API_CALL
    },
    Endpoint {
        name: "conversations.list",
        path: "/api/v1/conversations",
        access: Access::Scope(Scope::MessagesRead),
        answer: Answer::Service(Handler::ListConversations),
        ..API_CALL
    },
    Endpoint {
        name: "knowledge.query",
        method: Method::POST,
        path: "/api/v1/knowledge/query",
        access: Access::Scope(Scope::KnowledgeQuery),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::QueryKnowledge),
        ..API_CALL
    },
];
