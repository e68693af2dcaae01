//! What widgets call and load: AnythingLLM's own, and those of shops.

use super::{API_CALL, OPEN_PAGE, WIDGET_CALL};
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, Answer, BodyCap, Cost, Endpoint};
use crate::rejection::ErrorShape;
use http::Method;

service_rows! {
    ($)
    "widget.chat" => widget::chat {
        method: Method::POST,
        path: "/api/embed/{key}/stream-chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        ..WIDGET_CALL
    }
    "widget.history" => widget::history {
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::MessagesRead),
        errors: ErrorShape::WidgetHistory,
        ..WIDGET_CALL
    }
    "widget.reset" => widget::reset {
        method: Method::DELETE,
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::ChatWrite),
        ..WIDGET_CALL
    }
    "widget.config" => widget::config::show {
        path: "/api/v1/widget/config",
        access: Access::Scope(Scope::WidgetRead),
        ..API_CALL
    }
    "widget.handover" => widget::handover::create {
        method: Method::POST,
        path: "/api/v1/widget/handover",
        access: Access::Scope(Scope::ChatWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "widget.session" => widget::session::create {
        method: Method::POST,
        path: "/api/v1/widget/session",
        access: Access::VisitorSession,
        cost: Cost::VisitorSession,
        body: BodyCap::Json,
        ..API_CALL
    }
    "widget.challenge" => widget::session::challenge {
        path: "/api/v1/widget/challenge",
        access: Access::VisitorSession,
        ..API_CALL
    }
}

/// AnythingLLM's own files, as they are.
pub(super) static FILES: &[Endpoint] = &[
    Endpoint {
        name: "widget.script",
        path: "/embed/anythingllm-chat-widget.min.js",
        answer: Answer::Proxy(Some("/embed/anythingllm-chat-widget.min.js")),
        ..OPEN_PAGE
    },
    Endpoint {
        name: "widget.style",
        path: "/embed/anythingllm-chat-widget.min.css",
        answer: Answer::Proxy(Some("/embed/anythingllm-chat-widget.min.css")),
        ..OPEN_PAGE
    },
];
