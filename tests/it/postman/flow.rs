//! In which order, by whom and with what the operations are called, so that each finds what it needs. Everything else
//! is in the OpenAPI document. A new endpoint fails the test until it has a step here.

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Nobody,
    /// A page with the publishable key.
    Publishable,
    /// A server with the secret key.
    Secret,
    /// Somebody who has logged in.
    User,
    /// The token in a variable.
    Token(&'static str),
}

/// What later steps need of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    /// Variable, and path in the JSON.
    Field(&'static str, &'static str),
    /// Variable, and name.
    Header(&'static str, &'static str),
    /// A variable that is worth nothing any more.
    Forget(&'static str),
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// `operationId`
    pub(super) operation: &'static str,
    /// Behind the name, where an operation is shown twice.
    pub(super) as_well: &'static str,
    pub(super) by: By,
    /// Values of parameters, whatever their place.
    pub(super) with: &'static [(&'static str, &'static str)],
    /// A page without a key in its headers.
    pub(super) page: bool,
    /// Instead of the document's example.
    pub(super) body: &'static str,
    /// A script that prepares.
    pub(super) before: &'static str,
    pub(super) keep: &'static [Keep],
    /// Refusals that may happen by the time of day, so to say.
    pub(super) or_refused: &'static [u16],
}

const CALL: Step = Step {
    operation: "",
    as_well: "",
    by: By::User,
    with: &[],
    page: false,
    body: "",
    before: "",
    keep: &[],
    or_refused: &[],
};
const SHOP: &[(&str, &str)] = &[("slug", "{{workspace}}")];
const KEY: &[(&str, &str)] = &[("id", "{{key_id}}")];
const CONVERSATION: &[(&str, &str)] = &[("slug", "{{workspace}}"), ("id", "{{conversation}}")];
const WEBHOOK: &[(&str, &str)] = &[("slug", "{{workspace}}"), ("id", "{{webhook}}")];
const OWN: &[(&str, &str)] = &[("slug", "{{slug}}")];

/// Connects the shop to a feed, for those that come after.
const CONNECT: &str = r#"pm.sendRequest({
    url: pm.variables.replaceIn("{{base_url}}/api/v1/workspaces/{{workspace}}/store"),
    method: "PUT",
    header: { "Content-Type": "application/json", "Authorization": "Bearer " + pm.variables.get("access_token") },
    body: { mode: "raw", raw: JSON.stringify({
        platform: "feed", store_url: "https://shop.example", catalog_source: "feed", feed_url: "https://shop.example/products.csv", feed_format: "csv"
    }) }
}, function () {});"#;

/// Logs in once more, for a session that is going to end.
const ANOTHER_LOGIN: &str = r#"pm.sendRequest({
    url: pm.variables.replaceIn("{{base_url}}/api/v1/auth/login"),
    method: "POST",
    header: { "Content-Type": "application/json" },
    body: { mode: "raw", raw: JSON.stringify({ username: pm.variables.get("username"), password: pm.variables.get("password") }) }
}, function (error, response) {
    const token = response.json().access_token;
    pm.collectionVariables.set("leaving_token", token);
    pm.collectionVariables.set("leaving_session", JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sid);
});"#;

pub(super) const STEPS: &[Step] = &[
    Step { operation: "health", by: By::Nobody, ..CALL },
    Step { operation: "docs.openapi", by: By::Nobody, ..CALL },
    // Workspaces
    Step {
        operation: "workspaces.create",
        body: r#"{"name": "Alpine Store", "platform": "custom", "settings": {"default_locale": "de-DE", "currency": "EUR"}}"#,
        keep: &[Keep::Field("slug", "slug")],
        ..CALL
    },
    Step { operation: "workspaces.list", with: &[("limit", "20")], ..CALL },
    Step { operation: "workspaces.show", with: OWN, keep: &[Keep::Header("etag", "ETag")], ..CALL },
    Step { operation: "workspaces.change", with: &[("slug", "{{slug}}"), ("If-Match", "{{etag}}")], ..CALL },
    Step { operation: "workspaces.sync", with: OWN, ..CALL },
    Step { operation: "members.add", with: &[("slug", "{{slug}}"), ("user_id", "{{user_id}}")], ..CALL },
    Step { operation: "members.list", with: OWN, ..CALL },
    Step { operation: "members.remove", with: &[("slug", "{{slug}}"), ("user_id", "{{user_id}}")], ..CALL },
    Step {
        operation: "workspaces.remove",
        with: &[("slug", "{{slug}}"), ("purge", "true"), ("If-Match", "*")],
        ..CALL
    },
    // Keys
    Step {
        operation: "keys.create",
        body: r#"{"kind": "publishable", "env": "test", "name": "Postman", "workspace": "{{workspace}}", "allowed_origins": ["https://shop.example"]}"#,
        keep: &[Keep::Field("key_id", "id")],
        ..CALL
    },
    Step { operation: "keys.list", with: &[("limit", "20")], ..CALL },
    Step { operation: "keys.show", with: KEY, keep: &[Keep::Header("etag", "ETag")], ..CALL },
    Step {
        operation: "keys.change",
        with: &[("id", "{{key_id}}"), ("If-Match", "{{etag}}")],
        body: r#"{"limits": {"per_minute": 120}}"#,
        ..CALL
    },
    Step { operation: "keys.limits", with: KEY, ..CALL },
    Step { operation: "keys.snippet", with: KEY, ..CALL },
    Step { operation: "keys.preview_origins", with: KEY, ..CALL },
    Step { operation: "usage.show", with: &[("group_by", "outcome")], ..CALL },
    Step { operation: "usage.key", with: KEY, ..CALL },
    Step {
        operation: "keys.rotate",
        with: KEY,
        body: r#"{"grace_seconds": 60}"#,
        keep: &[Keep::Field("new_key_id", "id")],
        ..CALL
    },
    Step { operation: "keys.revoke", with: &[("id", "{{new_key_id}}")], ..CALL },
    // Visitors
    Step { operation: "identity.show", with: SHOP, ..CALL },
    Step { operation: "identity.rotate", with: SHOP, body: r#"{"grace_seconds": 3600}"#, ..CALL },
    Step { operation: "identity.put", with: SHOP, body: r#"{"enabled": true, "enforced": false}"#, ..CALL },
    Step { operation: "visitor_tokens.revoke", with: SHOP, body: "{}", ..CALL },
    // Stores
    Step { operation: "stores.put", with: SHOP, ..CALL },
    Step { operation: "stores.show", with: SHOP, ..CALL },
    Step { operation: "stores.check", with: SHOP, ..CALL },
    // A delivery that no shop has signed, and keys that are there only where requests are signed.
    Step {
        operation: "stores.webhook",
        by: By::Nobody,
        with: &[("connection", "018f3c1e-7a2b-7c3d-9e4f-5a6b7c8d9e0f")],
        body: r#"{"id": 1}"#,
        or_refused: &[401],
        ..CALL
    },
    Step { operation: "stores.bot_keys", by: By::Nobody, or_refused: &[404], ..CALL },
    Step { operation: "stores.delete", with: SHOP, ..CALL },
    // Webhooks
    Step { operation: "webhooks.create", with: SHOP, keep: &[Keep::Field("webhook", "id")], ..CALL },
    Step { operation: "webhooks.list", with: SHOP, ..CALL },
    Step { operation: "webhooks.show", with: WEBHOOK, ..CALL },
    Step { operation: "webhooks.change", with: WEBHOOK, ..CALL },
    Step { operation: "webhooks.rotate", with: WEBHOOK, body: r#"{"grace_seconds": 3600}"#, ..CALL },
    Step { operation: "webhooks.test", with: WEBHOOK, body: "{}", keep: &[Keep::Field("delivery", "id")], ..CALL },
    Step { operation: "webhooks.deliveries", with: WEBHOOK, ..CALL },
    Step {
        operation: "webhooks.replay",
        with: &[("slug", "{{workspace}}"), ("id", "{{webhook}}"), ("delivery", "{{delivery}}")],
        body: "{}",
        ..CALL
    },
    Step { operation: "webhooks.delete", with: WEBHOOK, ..CALL },
    // Catalogue
    Step {
        operation: "catalog.sync",
        with: SHOP,
        body: "{}",
        before: CONNECT,
        keep: &[Keep::Field("run", "id")],
        ..CALL
    },
    Step { operation: "catalog.runs.list", with: SHOP, ..CALL },
    Step { operation: "catalog.runs.show", with: &[("slug", "{{workspace}}"), ("id", "{{run}}")], ..CALL },
    Step { operation: "catalog.runs.report", with: &[("slug", "{{workspace}}"), ("id", "{{run}}")], ..CALL },
    Step { operation: "catalog.runs.cancel", with: &[("slug", "{{workspace}}"), ("id", "{{run}}")], ..CALL },
    // Chat
    Step {
        operation: "chat.create",
        by: By::Publishable,
        body: r#"{"message": "How long do I have to return an order?", "session_id": "order-4711"}"#,
        keep: &[Keep::Field("answer", "id")],
        ..CALL
    },
    Step {
        operation: "chat.create",
        as_well: "as a stream",
        by: By::Secret,
        body: r#"{"message": "How long do I have to return an order?", "stream": true}"#,
        ..CALL
    },
    Step {
        operation: "widget.handover",
        by: By::Publishable,
        body: r#"{"session_id": "order-4711", "message": "My order has not arrived yet.", "email": "mona@example.com"}"#,
        ..CALL
    },
    // Rating waits until the answer is written, so that what comes next finds it.
    Step {
        operation: "feedback.give",
        by: By::Publishable,
        with: &[("id", "{{answer}}")],
        body: r#"{"value": "down", "reason": "The price is missing."}"#,
        ..CALL
    },
    Step {
        operation: "transcripts.list",
        with: &[("slug", "{{workspace}}"), ("feedback", "down"), ("limit", "20")],
        keep: &[Keep::Field("conversation", "data[0].id")],
        ..CALL
    },
    Step { operation: "transcripts.show", with: CONVERSATION, ..CALL },
    Step {
        operation: "transcripts.mark",
        with: &[("slug", "{{workspace}}"), ("id", "{{conversation}}"), ("If-Match", "*")],
        ..CALL
    },
    Step { operation: "transcripts.export", with: &[("slug", "{{workspace}}"), ("format", "csv")], ..CALL },
    Step { operation: "transcripts.gaps", with: SHOP, keep: &[Keep::Field("gap", "data[0].id")], ..CALL },
    Step { operation: "transcripts.settle", with: &[("slug", "{{workspace}}"), ("id", "{{gap}}")], ..CALL },
    Step {
        operation: "documents.create",
        with: SHOP,
        body: r#"{"title": "Shipping to Austria", "text": "We ship to Austria for 9 euros."}"#,
        keep: &[Keep::Field("document", "id")],
        ..CALL
    },
    Step { operation: "documents.list", with: SHOP, ..CALL },
    Step { operation: "documents.remove", with: &[("slug", "{{workspace}}"), ("id", "{{document}}")], ..CALL },
    Step {
        operation: "privacy.erase",
        body: r#"{"workspace": "{{workspace}}", "subject": "customer-4711"}"#,
        keep: &[Keep::Field("erasure", "id")],
        ..CALL
    },
    Step { operation: "privacy.erasure", with: &[("id", "{{erasure}}")], ..CALL },
    Step { operation: "messages.list", by: By::Publishable, with: &[("session_id", "order-4711")], ..CALL },
    Step { operation: "messages.reset", by: By::Publishable, with: &[("session_id", "order-4711")], ..CALL },
    Step { operation: "conversations.list", by: By::Secret, ..CALL },
    Step { operation: "knowledge.query", by: By::Secret, ..CALL },
    // The widget; a challenge has a key only that asks for a proof of work.
    Step { operation: "widget.challenge", by: By::Publishable, or_refused: &[404], ..CALL },
    Step {
        operation: "widget.session",
        by: By::Publishable,
        body: "{}",
        keep: &[Keep::Field("visitor_token", "token")],
        ..CALL
    },
    Step { operation: "widget.config", by: By::Publishable, with: &[("locale", "de-AT")], ..CALL },
    Step {
        operation: "widget.chat",
        by: By::Nobody,
        page: true,
        with: &[("key", "{{publishable_key}}")],
        body: r#"{"sessionId": "{{widget_session}}", "message": "Do you ship to Austria?"}"#,
        ..CALL
    },
    Step {
        operation: "widget.history",
        by: By::Nobody,
        page: true,
        with: &[("key", "{{publishable_key}}"), ("session", "{{widget_session}}")],
        ..CALL
    },
    Step {
        operation: "widget.reset",
        by: By::Nobody,
        page: true,
        with: &[("key", "{{publishable_key}}"), ("session", "{{widget_session}}")],
        ..CALL
    },
    Step { operation: "audit.list", with: &[("limit", "20")], ..CALL },
    // People; what ends sessions comes last.
    Step { operation: "auth.keys", by: By::Nobody, ..CALL },
    Step {
        operation: "auth.login",
        by: By::Nobody,
        body: r#"{"username": "{{username}}", "password": "{{password}}"}"#,
        keep: &[Keep::Field("access_token", "access_token"), Keep::Field("refresh_token", "refresh_token")],
        ..CALL
    },
    Step {
        operation: "auth.refresh",
        by: By::Nobody,
        body: r#"{"refresh_token": "{{refresh_token}}"}"#,
        keep: &[Keep::Field("access_token", "access_token"), Keep::Field("refresh_token", "refresh_token")],
        ..CALL
    },
    Step { operation: "auth.me", ..CALL },
    Step { operation: "auth.ui_link", ..CALL },
    Step { operation: "auth.sessions.list", ..CALL },
    Step { operation: "auth.sessions.end", before: ANOTHER_LOGIN, with: &[("id", "{{leaving_session}}")], ..CALL },
    Step { operation: "auth.logout", by: By::Token("leaving_token"), before: ANOTHER_LOGIN, ..CALL },
    Step {
        operation: "auth.sessions.end_all",
        keep: &[Keep::Forget("access_token"), Keep::Forget("refresh_token")],
        ..CALL
    },
];
