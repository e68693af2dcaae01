use super::super::question::Format;
use super::*;
use crate::domain::ids::KeyId;
use crate::domain::usage::rollup::{Amounts, Dimension, RollupLevel};
use chrono::TimeDelta;

fn question(group_by: Option<GroupBy>, days: i64) -> Question {
    let from: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
    Question {
        granularity: Granularity::Day,
        from,
        to: from + TimeDelta::days(days),
        group_by,
        format: Format::Json,
        workspace: None,
        key: None,
    }
}

fn cell(day: i64, scope: RollupLevel, dimension: Dimension, value: &str, requests: u64) -> (Cell, Measures) {
    let starts_at = question(None, 1).from + TimeDelta::days(day);
    let mut measures = Measures::default();
    for _ in 0..requests {
        measures.count("ok", &Amounts { http_status: 200, ..Amounts::default() });
    }
    (Cell { granularity: Granularity::Day, scope, dimension, starts_at, value: value.to_owned() }, measures)
}

fn report(question: &Question, cells: Vec<(Cell, Measures)>) -> Report {
    let whole = cells.clone();
    let parts = if question.group_by.is_some() { cells } else { Vec::new() };
    Report::new(question, Rollups { whole, parts, complete_until: None }, question.to)
}

#[test]
fn a_series_has_its_empty_periods() {
    let cells = vec![
        cell(1, RollupLevel::Tenant, Dimension::None, "", 3),
        // The same period once more: what was not added up yet.
        cell(1, RollupLevel::Tenant, Dimension::None, "", 2),
    ];
    let report = report(&question(None, 3), cells);
    let requests: Vec<u64> = report.lines.iter().map(|line| line.measures.requests).collect();
    assert_eq!((requests, report.total.requests), (vec![0, 5, 0], 5));
    assert!(report.groups.is_empty());
}

#[test]
fn the_largest_groups_come_first_and_the_rest_together() {
    let origins =
        (0..150).map(|n| cell(0, RollupLevel::Tenant, Dimension::Origin, &format!("https://{n}.example"), n + 1));
    let cells = origins
        .chain([
            cell(1, RollupLevel::Tenant, Dimension::Origin, "", 1000),
            cell(1, RollupLevel::Tenant, Dimension::Origin, OTHER, 500),
        ])
        .collect();
    let report = report(&question(Some(GroupBy::Origin), 2), cells);
    assert_eq!(report.groups.len(), 101);
    assert_eq!((report.groups[0].id.clone(), report.groups[0].total.requests), (GroupId::None, 1000));
    assert_eq!(report.groups[1].id, GroupId::Word("https://149.example".into()));
    assert_eq!(report.groups[100].id, GroupId::Other);
    assert_eq!(report.groups.iter().map(|group| group.total.requests).sum::<u64>(), report.total.requests);
    assert_eq!(report.lines.iter().map(|line| line.measures.requests).sum::<u64>(), report.total.requests);
    let others: Vec<_> = report.lines.iter().filter(|line| line.group == Some(100)).collect();
    assert_eq!(others.len(), 2, "one line a period");
}

#[test]
fn the_others_are_what_the_whole_has_besides() {
    let named = |day, requests| cell(day, RollupLevel::Tenant, Dimension::Route, "chat.create", requests);
    let whole = |day, requests| cell(day, RollupLevel::Tenant, Dimension::None, "", requests);
    let rollups =
        Rollups { whole: vec![whole(0, 5), whole(1, 2)], parts: vec![named(0, 3), named(1, 2)], complete_until: None };
    let question = question(Some(GroupBy::Route), 3);
    let report = Report::new(&question, rollups, question.to);
    let groups: Vec<_> = report.groups.iter().map(|group| (group.id.clone(), group.total.requests)).collect();
    assert_eq!(groups, [(GroupId::Word("chat.create".into()), 5), (GroupId::Other, 2)]);
    let lines: Vec<_> = report.lines.iter().map(|line| (line.group, line.measures.requests)).collect();
    assert_eq!(lines, [(Some(0), 3), (Some(1), 2), (Some(0), 2)], "and none where there is nothing");
    assert_eq!(report.lines[1].measures.total.count(), 2, "times, too");
}

#[test]
fn the_more_periods_the_fewer_groups() {
    let keys = (0..90_u128).map(|n| {
        let key = RollupLevel::Key(None, Some(KeyId(Uuid::from_u128(n + 1))));
        cell(0, key, Dimension::None, "", 1)
    });
    let groups = |days| report(&question(Some(GroupBy::Key), days), keys.clone().collect()).groups.len();
    assert_eq!((groups(30), groups(400), groups(5000)), (90, 13, 11));
}

#[test]
fn groups_take_the_names_of_their_rows() {
    let id = Uuid::from_u128(7);
    let cells = vec![
        cell(0, RollupLevel::Key(None, Some(KeyId(id))), Dimension::None, "", 1),
        cell(0, RollupLevel::Key(None, None), Dimension::None, "", 2),
    ];
    let mut report = report(&question(Some(GroupBy::Key), 1), cells);
    assert_eq!(report.ids(), [id]);
    let named = Named { id, handle: "abcDEF123456".into(), name: "Widget".into() };
    report.name(vec![named.clone()]);
    assert_eq!(report.groups[0].id, GroupId::None);
    assert_eq!(report.groups[1].named, Some(named));
}
