//! Usage as CSV, for spreadsheets.

use super::report::Report;
use super::views::{GroupView, NumbersView, PercentilesView};
use crate::api::ApiBody;
use crate::api::csv::row;
use axum::response::Response;
use http::{HeaderValue, header};

const GROUP: [&str; 3] = ["group", "group_id", "group_name"];
const NUMBERS: [&str; 23] = [
    "requests",
    "ok",
    "nothing_found",
    "refused",
    "left",
    "failed",
    "outcomes",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "tokens_estimated",
    "cache_hits",
    "cache_misses",
    "bytes_out",
    "first_byte_ms_p50",
    "first_byte_ms_p95",
    "first_byte_ms_p99",
    "total_ms_p50",
    "total_ms_p95",
    "total_ms_p99",
    "gateway_ms_p50",
    "gateway_ms_p95",
    "gateway_ms_p99",
];

/// The lines of a report as a file.
pub(in crate::api) fn response(report: &Report) -> Response {
    let mut response = Response::new(ApiBody::from(text(report)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"usage.csv\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(report: &Report) -> String {
    let grouped = report.group_by.is_some();
    let mut text = String::new();
    let group_columns = GROUP.iter().take(if grouped { GROUP.len() } else { 0 });
    row(&mut text, std::iter::once(&"start").chain(group_columns).chain(&NUMBERS).copied());
    for line in &report.lines {
        let mut cells = vec![line.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)];
        if grouped {
            let group = line.group.and_then(|place| report.groups.get(place)).map(GroupView::of);
            let group = group.unwrap_or(GroupView { value: None, id: None, name: None });
            cells.push(group.value.unwrap_or_default().to_owned());
            cells.push(group.id.map(|id| id.to_string()).unwrap_or_default());
            cells.push(group.name.unwrap_or_default().to_owned());
        }
        cells.extend(numbers(&NumbersView::of(&line.measures)));
        row(&mut text, cells.iter().map(String::as_str));
    }
    text
}

fn numbers(numbers: &NumbersView<'_>) -> Vec<String> {
    let outcomes = numbers.outcomes.iter().map(|(outcome, count)| format!("{outcome}:{count}"));
    let outcomes = outcomes.collect::<Vec<_>>().join(" ");
    let before = [numbers.requests, numbers.ok, numbers.nothing_found, numbers.refused, numbers.left, numbers.failed];
    let after = [
        numbers.prompt_tokens,
        numbers.completion_tokens,
        numbers.total_tokens,
        numbers.tokens_estimated,
        numbers.cache_hits,
        numbers.cache_misses,
        numbers.bytes_out,
    ];
    let times = [numbers.first_byte_ms, numbers.total_ms, numbers.gateway_ms];
    let before = before.iter().map(ToString::to_string);
    let after = after.iter().map(ToString::to_string);
    before.chain(std::iter::once(outcomes)).chain(after).chain(times.into_iter().flat_map(percentiles)).collect()
}

fn percentiles(times: Option<PercentilesView>) -> [String; 3] {
    let Some(PercentilesView { p50, p95, p99 }) = times else { return Default::default() };
    [p50, p95, p99].map(|millis| millis.to_string())
}
