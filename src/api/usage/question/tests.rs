use super::*;
use crate::rejection::Rejection;

const NOW: &str = "2026-11-23T10:20:30Z";

fn kept() -> config::Usage {
    config::Usage {
        batch: 1,
        flush_millis: 1,
        queue: 1,
        spool_dir: std::path::PathBuf::new(),
        spool_bytes: 1,
        spool_sync_millis: 10,
        rollup_millis: 1,
        retention_days: 90,
        rollup_retention_days: 400,
    }
}

fn ask(query: &str) -> Result<Question, Vec<(String, &'static str)>> {
    let mut query = Query::parse(query);
    let group_by = group_by(&mut query);
    let question = Question::of(&mut query, &HeaderMap::new(), group_by, NOW.parse().unwrap(), &kept());
    match query.end() {
        Ok(()) => Ok(question),
        Err(Rejection::ValidationFailed(faults)) => Err(faults.into_iter().map(|f| (f.field, f.code)).collect()),
        Err(other) => panic!("{other:?}"),
    }
}

fn span(query: &str) -> (&'static str, String, String, usize) {
    let question = ask(query).unwrap();
    let text = |at: DateTime<Utc>| at.format("%m-%dT%H:%M:%S").to_string();
    (
        question.granularity.as_str(),
        text(question.from),
        text(question.to),
        question.granularity.periods(question.from, question.to).count(),
    )
}

#[test]
fn the_last_day_by_hours_is_asked_for_by_default() {
    assert_eq!(span(""), ("hour", "11-22T10:00:00".into(), "11-23T11:00:00".into(), 25));
    assert_eq!(span("granularity=day"), ("day", "11-22T00:00:00".into(), "11-24T00:00:00".into(), 2));
    assert_eq!(
        span("from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z"),
        ("hour", "11-20T00:00:00".into(), "11-22T00:00:00".into(), 48)
    );
    assert_eq!(
        span("from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:01Z"),
        ("day", "11-20T00:00:00".into(), "11-23T00:00:00".into(), 3)
    );
    assert_eq!(
        span("from=2026-11-20T02:30:00%2B02:00&to=2026-11-20T03:30:00%2B02:00"),
        ("hour", "11-20T00:00:00".into(), "11-20T02:00:00".into(), 2)
    );
}

#[test]
fn every_fault_is_named() {
    let faults = |query: &str| ask(query).unwrap_err();
    let list = |faults: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        faults.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect()
    };
    assert_eq!(
        faults("from=x&to=2026&granularity=minute&group_by=page&format=xml&colour=red"),
        list(&[
            ("group_by", "format"),
            ("to", "format"),
            ("from", "format"),
            ("granularity", "format"),
            ("format", "format"),
            ("colour", "unknown")
        ])
    );
    for query in [
        "from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:00Z",
        "from=2026-11-24T10:00:00Z",
        "from=2026-10-20T00:00:00Z&granularity=hour",
        "from=2026-11-12T00:00:00Z&granularity=hour&group_by=key",
        "from=2025-01-01T00:00:00Z&granularity=day",
        "from=2026-07-01T00:00:00Z&to=2026-07-02T00:00:00Z&granularity=hour",
        "from=1026-07-01T00:00:00Z",
    ] {
        assert_eq!(faults(query), list(&[("from", "out_of_range")]), "{query}");
    }
    for query in [
        "from=2026-10-24T00:00:00Z&to=2026-11-23T00:00:00Z&granularity=hour",
        "from=2026-11-17T00:00:00Z&granularity=hour&group_by=origin",
        "from=2025-11-01T00:00:00Z&granularity=day&group_by=key",
        "from=2026-07-01T00:00:00Z&to=2026-07-02T00:00:00Z&granularity=day",
    ] {
        assert!(ask(query).is_ok(), "{query}");
    }
}

#[test]
fn the_widest_sums_that_tell_enough_are_read() {
    let of = |query: &str, workspace: bool, key: bool| {
        let mut question = ask(query).unwrap();
        question.workspace = workspace.then(Uuid::nil);
        question.key = key.then(Uuid::nil);
        let divided = question.rollups().divided.unwrap();
        (divided.scope, divided.dimension)
    };
    assert!(ask("").unwrap().rollups().divided.is_none());
    assert_eq!(of("group_by=origin", false, false), (LevelKind::Tenant, Dimension::Origin));
    assert_eq!(of("group_by=workspace", false, false), (LevelKind::Workspace, Dimension::None));
    assert_eq!(of("group_by=outcome", true, false), (LevelKind::Workspace, Dimension::Outcome));
    assert_eq!(of("group_by=key", true, false), (LevelKind::Key, Dimension::None));
    assert_eq!(of("group_by=workspace", false, true), (LevelKind::Key, Dimension::None));
    assert_eq!(of("group_by=route", true, true), (LevelKind::Key, Dimension::Route));
}

#[test]
fn csv_is_for_those_who_take_nothing_else() {
    let wants = |accept: &str| wants_csv(&[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect());
    assert!(wants("text/csv") && wants("TEXT/CSV; header=present, */*;q=0.1"));
    assert!(!wants("*/*") && !wants("text/csv, application/json") && !wants("text/html"));
}
