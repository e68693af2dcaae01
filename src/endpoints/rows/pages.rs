//! Documentation, the demo, and our widget's files. What browsers load is not in the OpenAPI document.

use super::OPEN_PAGE;

service_rows! {
    ($)
    "docs.index" => health::docs {
        path: "/docs",
        ..OPEN_PAGE
    }
    "docs.asset" => health::docs_asset {
        path: "/docs/assets/{file}",
        ..OPEN_PAGE
    }
    "docs.error" => health::docs_error {
        path: "/docs/errors/{code}",
        ..OPEN_PAGE
    }
    "docs.llms" => health::llms {
        path: "/llms.txt",
        ..OPEN_PAGE
    }
    "docs.security" => health::security {
        path: "/.well-known/security.txt",
        ..OPEN_PAGE
    }
    "demo.page" => health::demo {
        path: "/demo",
        ..OPEN_PAGE
    }
    "demo.asset" => health::demo_asset {
        path: "/demo/assets/{file}",
        ..OPEN_PAGE
    }
    "widget.current" => widget::script::current {
        path: "/widget.js",
        ..OPEN_PAGE
    }
    "widget.pinned" => widget::script::pinned {
        path: "/widget/{file}",
        ..OPEN_PAGE
    }
    "widget.language" => widget::script::language {
        path: "/widget/languages/{file}",
        ..OPEN_PAGE
    }
}
