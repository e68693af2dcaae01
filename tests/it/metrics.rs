//! The page of metrics: two formats, both as Prometheus' own programs want them, and every family from the beginning.

use crate::harness::World;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use vestibule::telemetry::metrics::{Metrics, MetricsFormat};

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Runs promtool; none where it is not installed, which it must be where tests are run for a merge.
fn promtool(arguments: &[&str], input: &str) -> Option<Output> {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    assert!(child.is_ok() || std::env::var("CI").is_err(), "promtool is not installed");
    let mut child = child.ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap())
}

#[tokio::test]
async fn the_page_is_as_who_asks_for_it_wants_it() {
    let world = World::start().await;
    let server = world.server().await;
    assert_eq!(server.post("/api/v1/chat", &json!({"message": QUESTION})).await.status, 200);
    assert_eq!(world.admin().get("/api/ping").await.status, 200);
    let ops = world.ops();
    let plain = ops.get("/metrics").await;
    assert_eq!((plain.header("content-type"), plain.header("vary")), (Some(PLAIN), Some("accept")));
    let open = ops.with("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5").get("/metrics").await;
    assert_eq!(open.header("content-type"), Some(OPENMETRICS));
    assert!(open.text().ends_with("# EOF\n") && !plain.text().contains("# EOF"));

    // What happened is in both.
    for page in [plain.text(), open.text()] {
        for series in [
            "vestibule_requests_total{route=\"chat.create\",outcome=\"ok\"} 1",
            "vestibule_requests_total{route=\"keys.create\",outcome=\"ok\"} 0",
            "vestibule_time_to_first_token_seconds_count 1",
            "vestibule_upstream_response_seconds_count{kind=\"chat\"} 1",
            "vestibule_upstream_response_seconds_count{kind=\"passed\"} 1",
            "vestibule_trace_export_failures_total 0",
        ] {
            assert!(page.lines().any(|line| line == series), "{series} in\n{page}");
        }
        let waits =
            page.lines().find_map(|line| line.strip_prefix("vestibule_database_connection_wait_seconds_count "));
        assert!(waits.unwrap().parse::<u64>().unwrap() > 0);
        for name in
            ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"]
        {
            assert!(page.lines().any(|line| line.starts_with(&format!("{name} "))), "{name} in\n{page}");
        }
    }
    let Some(checked) = promtool(&["check", "metrics"], plain.text()) else { return };
    let said = [checked.stdout, checked.stderr].concat();
    assert!(checked.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
    openmetrics_can_be_read(open.text());
}

/// promtool reads OpenMetrics only when it fills a database, for which every sample needs a time.
fn openmetrics_can_be_read(page: &str) {
    let timed: String = page
        .lines()
        .map(|line| if line.starts_with('#') { format!("{line}\n") } else { format!("{line} 1700000000\n") })
        .collect();
    let folder = std::env::temp_dir().join(format!("vestibule-openmetrics-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("page");
    std::fs::write(&file, timed).unwrap();
    let arguments = ["tsdb", "create-blocks-from", "openmetrics", file.to_str().unwrap(), folder.to_str().unwrap()];
    let read = promtool(&arguments, "").unwrap();
    let said = String::from_utf8_lossy(&read.stderr).into_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(read.status.success(), "{said}");
}

/// Families by name, with their type and the names of their labels.
fn families(page: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut families = BTreeMap::new();
    let mut current = String::new();
    for line in page.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            name.clone_into(&mut current);
            families.insert(current.clone(), (kind.to_owned(), BTreeSet::new()));
        } else if let Some((_, labels)) = line.split_once('{')
            && let Some((_, named)) = families.get_mut(&current)
        {
            let labels = labels.rsplit_once('}').unwrap().0.split(',');
            named.extend(
                labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned())).filter(|name| name != "le"),
            );
        }
    }
    families
}

#[test]
fn the_documentation_has_the_families_types_and_labels_that_there_are() {
    let metrics = Metrics::new();
    metrics.task_supervised("a_task");
    let page = metrics.render(MetricsFormat::Prometheus);
    let there = families(&page);
    let operations = std::fs::read_to_string("docs/operations.md").unwrap();
    let rows = operations.lines().filter(|line| line.starts_with("| `vestibule_") || line.starts_with("| `process_"));
    let mut told = BTreeMap::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`').to_owned();
        // What stands before a colon are names of labels, behind it are values.
        let names = cells[3].split(';').filter_map(|part| part.split(':').next());
        let labels = names.flat_map(|names| names.split('`').skip(1).step_by(2).map(str::to_owned));
        told.insert(name, (cells[2].to_owned(), labels.collect::<BTreeSet<_>>()));
    }
    assert_eq!(told, there, "docs/operations.md (left) and the registry (right)");
}

#[tokio::test]
async fn readiness_says_whether_changes_are_heard() {
    let world = World::start().await;
    crate::harness::eventually(async || {
        let page = world.ops().get("/readyz").await;
        if page.text().lines().any(|line| line == "changes_heard ok") { Ok(()) } else { Err(page.text().to_owned()) }
    })
    .await;
}
