//! What widgets call and load: AnythingLLM's own, and those of shops.

use super::{API_CALL, OPEN_PAGE, WIDGET_CALL};
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Cost, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "widget.chat",
        method: Method::POST,
        path: "/api/embed/{key}/stream-chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        answer: Answer::Service(Handler::WidgetChat),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.history",
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::MessagesRead),
        answer: Answer::Service(Handler::WidgetHistory),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.reset",
        method: Method::DELETE,
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::ChatWrite),
        answer: Answer::Service(Handler::WidgetReset),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.config",
        path: "/api/v1/widget/config",
        access: Access::Scope(Scope::WidgetRead),
        answer: Answer::Service(Handler::WidgetConfig),
        ..API_CALL
    },
    Endpoint {
        name: "widget.session",
        method: Method::POST,
        path: "/api/v1/widget/session",
        access: Access::VisitorSession,
        cost: Cost::VisitorSession,
        body: BodyCap::Json,
        answer: Answer::Service(Handler::WidgetSession),
        ..API_CALL
    },
    Endpoint {
        name: "widget.challenge",
        path: "/api/v1/widget/challenge",
        access: Access::VisitorSession,
        answer: Answer::Service(Handler::WidgetChallenge),
        ..API_CALL
    },
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
