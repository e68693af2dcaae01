//! Which rows there are, and what each is held against.

use super::goals::Bound;
use super::raw::{Metric, Raw};
use super::table::{dash, median, render, spread};

/// A row of the first table.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) against: Option<Against>,
}

/// The row that another is compared to.
pub(super) struct Against {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) metric: Metric,
    pub(super) goal: Option<(&'static str, Bound)>,
}

const fn alone(id: &'static str, title: &'static str) -> Row {
    Row { id, title, against: None }
}

const fn compared(
    id: &'static str,
    title: &'static str,
    metric: Metric,
    to: (&'static str, &'static str),
    goal: Option<(&'static str, Bound)>,
) -> Row {
    Row { id, title, against: Some(Against { id: to.0, name: to.1, metric, goal }) }
}

const BARE: (&str, &str) = ("bare", "bare Pingora");
const NGINX_STREAM: (&str, &str) = ("nginx-sse", "nginx");

/// The rows, in the order of the table.
pub(super) static ROWS: [Row; 14] = [
    alone("direct", "direct to the upstream"),
    alone("nginx", "nginx, plain proxy"),
    alone("haproxy", "HAProxy, JWT check + stick-table limit"),
    alone("bare", "bare Pingora"),
    compared(
        "vestibule-ping",
        "Vestibule, passed through (admin)",
        Metric::Cpu,
        BARE,
        Some(("CPU of a request passed through, to bare Pingora", Bound::AtMost(1.15))),
    ),
    compared(
        "vestibule-knowledge",
        "Vestibule, knowledge query",
        Metric::Cpu,
        BARE,
        Some(("CPU of a knowledge query, to bare Pingora", Bound::AtMost(2.0))),
    ),
    compared(
        "vestibule-cached",
        "Vestibule, knowledge from the cache",
        Metric::Rate,
        ("haproxy", "HAProxy"),
        Some(("requests/s from the cache, to HAProxy", Bound::AtLeast(1.0))),
    ),
    compared(
        "vestibule-redis",
        "Vestibule, knowledge, limits in Redis",
        Metric::Rate,
        ("vestibule-knowledge", "in process"),
        Some(("requests/s with limits in Redis, to limits in process", Bound::AtLeast(0.85))),
    ),
    compared("vestibule-chat-json", "Vestibule, chat as JSON", Metric::Cpu, NGINX_STREAM, None),
    alone("direct-sse", "50 events: direct"),
    alone("nginx-sse", "50 events: nginx, untouched"),
    compared("bare-sse", "50 events: bare Pingora, untouched", Metric::Cpu, NGINX_STREAM, None),
    compared(
        "vestibule-sse",
        "50 events: Vestibule, chat",
        Metric::Cpu,
        NGINX_STREAM,
        Some(("CPU of a streamed chat of 50 events, to nginx", Bound::AtMost(2.0))),
    ),
    compared("vestibule-widget", "50 events: Vestibule, widget", Metric::Cpu, NGINX_STREAM, None),
];

/// Requests by who answers them.
pub(super) fn requests(raw: &Raw) -> String {
    let mut table = vec![head(&[
        "row",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "CPU us/request",
        "RSS MiB",
        "errors",
        "ratio",
        "goal",
        "",
    ])];
    for row in &ROWS {
        let mut cells = vec![row.title.to_owned()];
        if raw.spread(row.id, Metric::Rate).is_none() {
            cells.push(format!("skipped: {}", raw.skipped(row.id).unwrap_or("not measured")));
            table.push(cells);
            continue;
        }
        cells.push(spread(raw.spread(row.id, Metric::Rate)));
        cells.push(median(raw.spread(row.id, Metric::Plain("p50_ms"))));
        cells.push(median(raw.spread(row.id, Metric::Plain("p99_ms"))));
        cells.push(spread(raw.spread(row.id, Metric::Cpu)));
        cells.push(
            raw.spread(row.id, Metric::Plain("rss_kib")).map_or_else(dash, |rss| format!("{:.1}", rss.max / 1024.0)),
        );
        cells.push(format!("{:.0}", raw.sum(row.id, "errors").unwrap_or(0.0)));
        if let Some(against) = &row.against {
            let ratio = raw.ratio(row.id, against.id, against.metric);
            let what = if against.metric == Metric::Rate { "rate" } else { "CPU" };
            cells.push(ratio.map_or_else(dash, |r| format!("{:.2} x {what} of {}", r.median, against.name)));
            if let Some((_, bound)) = &against.goal {
                cells.push(bound.to_string());
                cells.push(ratio.map_or_else(dash, |r| bound.verdict(r.median).to_owned()));
            }
        }
        table.push(cells);
    }
    render(&table)
}

/// The rows of the stream table.
pub(super) const STREAMS: [(&str, &str); 4] = [
    ("direct-streams", "direct"),
    ("nginx-streams", "nginx"),
    ("bare-streams", "bare Pingora"),
    ("vestibule-streams", "Vestibule, chat"),
];

/// Many slow streams at once.
pub(super) fn streams(raw: &Raw) -> String {
    let mut table = vec![head(&[
        "1,000 streams at once",
        "first byte p50/p99 ms",
        "first token p50/p99 ms",
        "token sent to received p50/p99 ms",
        "change of the gap p50/p99 ms",
        "KiB a stream",
        "broken",
    ])];
    for (id, title) in STREAMS {
        let mut cells = vec![title.to_owned()];
        let plain = |metric| raw.spread(id, Metric::Plain(metric));
        if plain("first_byte_p50_ms").is_none() {
            cells.push(format!("skipped: {}", raw.skipped(id).unwrap_or("not measured")));
            table.push(cells);
            continue;
        }
        for (p50, p99) in [
            ("first_byte_p50_ms", "first_byte_p99_ms"),
            ("first_token_p50_ms", "first_token_p99_ms"),
            ("delay_p50_ms", "delay_p99_ms"),
            ("stretch_p50_ms", "stretch_p99_ms"),
        ] {
            cells.push(format!("{} / {}", median(plain(p50)), median(plain(p99))));
        }
        cells.push(if id == "direct-streams" { dash() } else { median(plain("kib_per_stream")) });
        cells.push(format!("{:.0}", raw.sum(id, "errors").unwrap_or(0.0)));
        table.push(cells);
    }
    render(&table)
}

/// The kinds of keys whose answers are timed: their metrics, and words for them.
const REFUSALS: [((&str, &str), &str); 6] = [
    (("good_p50_ms", "good_p99_ms"), "a good key"),
    (("first_p50_ms", "first_p99_ms"), "wrong in the first character of its secret"),
    (("last_p50_ms", "last_p99_ms"), "wrong in the last character of its secret"),
    (("unknown_p50_ms", "unknown_p99_ms"), "an unknown key, again"),
    (("new_p50_ms", "new_p99_ms"), "an unknown key, for the first time"),
    (("mistyped_p50_ms", "mistyped_p99_ms"), "a mistyped key"),
];

/// The answers of the mix: their metrics, and words for them.
const MIX: [((&str, &str), &str); 2] = [
    (("cached_p50_ms", "cached_p99_ms"), "a first one from the cache"),
    (("asked_p50_ms", "asked_p99_ms"), "one that AnythingLLM is asked"),
];

/// Answers that are asked for one at a time, in turns: their metrics, and words for them.
const ALONE: [((&str, &str), &str); 3] = [
    (("bare_p50_ms", "bare_p99_ms"), "bare Pingora"),
    (("memory_p50_ms", "memory_p99_ms"), "a knowledge query from the cache"),
    (("cached_p50_ms", "cached_p99_ms"), "a first question from the cache"),
];

/// Start-up and the number of keys.
pub(super) fn others(raw: &Raw) -> String {
    let mut table = vec![head(&["what", "measured"])];
    let ready = raw.spread("start", Metric::Plain("ready_ms"));
    table.push(vec![
        "start to ready, database up, ms".to_owned(),
        ready.map_or_else(|| skipped(raw, "start"), |ready| spread(Some(ready))),
    ]);
    for (class, title) in REFUSALS {
        let (p50, p99) =
            (raw.spread("refusals", Metric::Plain(class.0)), raw.spread("refusals", Metric::Plain(class.1)));
        let cell = match (p50, p99) {
            (Some(p50), Some(p99)) => format!("{} / {}", median(Some(p50)), median(Some(p99))),
            _ => skipped(raw, "refusals"),
        };
        table.push(vec![format!("messages, {title}, p50 / p99 ms"), cell]);
    }
    for (id, title) in [("keys-few", "few keys"), ("keys-million", "1,000,000 keys")] {
        for (metric, when) in [("cold", "a key's first request"), ("warm", "its next ones")] {
            let value = match metric {
                "cold" => (Metric::Plain("cold_p50_ms"), Metric::Plain("cold_p99_ms")),
                _ => (Metric::Plain("warm_p50_ms"), Metric::Plain("warm_p99_ms")),
            };
            let cell = match (raw.spread(id, value.0), raw.spread(id, value.1)) {
                (Some(p50), Some(p99)) => format!("{} / {}", median(Some(p50)), median(Some(p99))),
                _ => skipped(raw, id),
            };
            table.push(vec![format!("knowledge query, {title}, {when}, p50 / p99 ms"), cell]);
        }
    }
    for (id, title) in [("intact-c1", "1 byte"), ("intact-c7", "7 bytes"), ("intact-c1000000", "everything at once")] {
        let cell = match (raw.sum(id, "requests"), raw.sum(id, "errors")) {
            (Some(whole), Some(broken)) => format!("{whole:.0} intact, {broken:.0} broken"),
            _ => skipped(raw, id),
        };
        table.push(vec![format!("streamed chats, upstream writes cut at {title}"), cell]);
    }
    let rows = MIX.map(|(metrics, when)| ("mix", metrics, format!("mix of a shop's questions, {when}")));
    let alone = ALONE.map(|(metrics, what)| ("alone", metrics, format!("one at a time, {what}")));
    for (id, (p50, p99), title) in rows.into_iter().chain(alone) {
        let value = |metric| raw.spread(id, Metric::Plain(metric));
        let cell = match (value(p50), value(p99)) {
            (Some(p50), Some(p99)) if id == "alone" => format!("{} / {}", spread(Some(p50)), spread(Some(p99))),
            (Some(p50), Some(p99)) => format!("{} / {}", median(Some(p50)), median(Some(p99))),
            _ => skipped(raw, id),
        };
        table.push(vec![format!("{title}, p50 / p99 ms"), cell]);
    }
    let sum = |metric| raw.sum("mix", metric);
    let cell = match (sum("requests"), sum("first"), sum("upstream")) {
        (Some(asked), Some(first), Some(upstream)) => format!("{asked:.0}, {first:.0}, {upstream:.0}"),
        _ => skipped(raw, "mix"),
    };
    table.push(vec!["mix of a shop's questions: asked, of these first ones, asked of AnythingLLM".to_owned(), cell]);
    render(&table)
}

fn skipped(raw: &Raw, id: &str) -> String {
    format!("skipped: {}", raw.skipped(id).unwrap_or("not measured"))
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
