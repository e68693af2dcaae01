//! Contracts on paper: what is exposed, so that a change of it shows in review.

use vestibule::domain::scope::Scope;
use vestibule::endpoints::{
    Access, Answer, BodyCap, Cost, Credential, Endpoint, LEGACY_EMBED, LOGIN, Listeners, OpenedAs, PASSTHROUGH,
    WEBSOCKET, endpoints, is_of_console,
};
use vestibule::rejection::ErrorShape;

fn line(row: &Endpoint) -> [String; 11] {
    let listeners = match row.listeners {
        Listeners::Both => "public+admin",
        Listeners::AdminOnly => "admin",
        Listeners::Console => "admin, or both",
    };
    let access = match row.access {
        Access::Open => "open".to_owned(),
        Access::Scope(scope) => scope.to_string(),
        Access::User(right) => format!("user: {}", right.as_str()),
        Access::Program(scope) => format!("program: {}", scope.map_or("as asked", Scope::as_str)),
        Access::VisitorSession => "web page".to_owned(),
        Access::Upstream => "anythingllm decides".to_owned(),
    };
    let credential = match row.credential {
        Credential::None => "-",
        Credential::Header => "header",
        Credential::Path => "path",
        Credential::Cookie(OpenedAs::Document) => "cookie",
        Credential::Cookie(OpenedAs::Frame) => "cookie, frame",
        Credential::Cookie(OpenedAs::Part) => "cookie, part",
    };
    let cost = match row.cost {
        Cost::Free => "free",
        Cost::Request => "request",
        Cost::Chat => "chat",
        Cost::VisitorSession => "visitor session",
        Cost::Webhook => "webhook",
        Cost::Login => "login",
    };
    let body = match row.body {
        BodyCap::None => "-",
        BodyCap::Json => "json",
        BodyCap::Chat => "chat",
        BodyCap::Form => "form",
        BodyCap::Webhook => "webhook",
        BodyCap::Upload => "upload",
    };
    let errors = match row.errors {
        ErrorShape::Problem => "problem",
        ErrorShape::OpenAi => "openai",
        ErrorShape::Page => "page",
        ErrorShape::WidgetFrame => "frame",
        ErrorShape::WidgetHistory => "frame, or an empty history",
    };
    let answer = match row.answer {
        Answer::Proxy(None) => "proxy".to_owned(),
        Answer::Proxy(Some(path)) => format!("proxy {path}"),
        Answer::Service => "service".to_owned(),
    };
    let cors = if row.cors { "cors" } else { "-" };
    [row.name, row.method.as_str(), row.path, listeners, &access, credential, cost, body, cors, errors, &answer]
        .map(str::to_owned)
}

/// One line a row, in columns.
fn table<'a>(rows: impl IntoIterator<Item = &'a Endpoint>) -> String {
    let heads =
        ["name", "method", "path", "listeners", "access", "credential", "cost", "body", "cors", "errors", "answer"];
    let mut lines = vec![heads.map(str::to_owned)];
    lines.extend(rows.into_iter().map(line));
    let widths: Vec<usize> = (0..heads.len()).map(|n| lines.iter().map(|line| line[n].len()).max().unwrap()).collect();
    let columns = |line: &[String; 11]| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    lines.iter().map(columns).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_public_listener_exposes() {
    insta::assert_snapshot!("endpoints", table(endpoints()));
}

#[test]
fn what_stands_outside_the_table() {
    insta::assert_snapshot!("endpoints_outside_the_table", table([&PASSTHROUGH, &LOGIN, &WEBSOCKET, &LEGACY_EMBED]));
}

#[test]
fn every_row_of_the_table_is_on_the_public_listener() {
    // The matcher does not look at it: a row for the admin listener only needs a rule in the gate first. The console has
    // one, for its paths.
    for row in endpoints() {
        let expected = if is_of_console(row.path) { Listeners::Console } else { Listeners::Both };
        assert_eq!(row.listeners, expected, "{}", row.name);
    }
}
