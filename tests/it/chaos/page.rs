//! What a run has seen, as tables of docs/reliability.md. Nothing in them is a date, so that a run that sees the same
//! changes nothing.

use super::client::Seen;
use super::faults::{BURST, Fault, Struck};
use super::load::Record;
use super::rolling::Rolled;
use super::verdict::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

pub(super) fn of_faults(records: &[Record], struck: &[Struck], verdict: &Verdict) -> String {
    let mut text = promises(records, struck, verdict);
    text.push_str(
        "\n| fault | times | answered meanwhile | of these 503 | 502, 504, `error` | not answered completely \
         | works again after |\n|---|---|---|---|---|---|---|\n",
    );
    let mut kinds = BTreeMap::<&str, Vec<&Struck>>::new();
    for one in struck {
        kinds.entry(one.fault.name()).or_default().push(one);
    }
    let mut names: Vec<&str> = Fault::ALL.into_iter().map(Fault::name).collect();
    names.dedup();
    for name in names {
        let Some(times) = kinds.get(name) else { continue };
        let met: Vec<&Record> = records.iter().filter(|record| times.iter().any(|one| one.met(record))).collect();
        let count = |is: fn(&Seen) -> bool| met.iter().filter(|record| is(&record.seen)).count();
        let whole = count(|seen| matches!(seen, Seen::Whole { .. }));
        let refused = count(|seen| matches!(seen, Seen::Whole { status: 503, .. }));
        let failed =
            count(|seen| matches!(seen, Seen::Whole { status: 502 | 504, .. } | Seen::Whole { failed: true, .. }));
        let (soonest, latest) = (times.iter().map(|t| t.recovery).min(), times.iter().map(|t| t.recovery).max());
        writeln!(
            text,
            "| {name} | {} | {whole} | {refused} | {failed} | {} | {} |",
            times.len(),
            met.len() - whole,
            range(soonest.unwrap_or_default(), latest.unwrap_or_default())
        )
        .unwrap();
    }
    text
}

fn promises(records: &[Record], struck: &[Struck], verdict: &Verdict) -> String {
    let met = |is: fn(Fault) -> bool| {
        let faults: Vec<&Struck> = struck.iter().filter(|one| is(one.fault)).collect();
        records.iter().filter(move |record| faults.iter().any(|one| one.met(record)))
    };
    let by_redis = met(Fault::is_of_redis);
    let (with_redis, failed): (Vec<&Record>, Vec<&Record>) =
        by_redis.partition(|record| matches!(record.seen, Seen::Whole { status: ..500, failed: false }));
    let known: Vec<&Record> = met(Fault::is_absence).filter(|record| record.kind.is_known()).collect();
    let refused = known.iter().filter(|record| !matches!(record.seen, Seen::Whole { status: 200, .. })).count();
    let limits: Vec<_> = struck.iter().filter_map(|one| one.limits).collect();
    let over = limits.iter().map(|l| l.passed.saturating_sub(l.limit)).max().unwrap_or(0);
    let inner = records.iter().filter(|record| matches!(record.seen, Seen::Whole { status: 500, .. })).count();
    let mut text = "| promise | looked at | seen |\n|---|---|---|\n".to_owned();
    let mut row = |promise: &str, looked: String, seen: String| {
        writeln!(text, "| {promise} | {looked} | {seen} |").unwrap();
    };
    let whole = verdict.whole;
    row(
        "what is answered completely is one usage event",
        format!("{whole} answers to {} requests", verdict.asked),
        format!("{} lost, {} twice", verdict.lost.len(), verdict.twice.len()),
    );
    row("no usage of requests that nobody sent", format!("{whole} events"), verdict.unasked.len().to_string());
    row(
        "no request fails because of Redis",
        format!("{} answers while Redis was struck", with_redis.len() + failed.len()),
        format!("{} failed", failed.len()),
    );
    row(
        "limits hold over three replicas",
        format!("{} keys that ask beyond theirs while Redis is struck", limits.len()),
        format!("at most {over} beyond a limit of {BURST}; as much again is the bound"),
    );
    row(
        "known keys go on in known conversations without the database",
        format!("{} chats", known.len()),
        format!("{refused} refused"),
    );
    row("nothing is answered with 500", format!("{} requests", records.len()), inner.to_string());
    text
}

pub(super) fn of_restarts(rolled: &Rolled, verdict: &Verdict) -> String {
    format!(
        "| promise | looked at | seen |\n|---|---|---|\n\
         | a rolling restart fails nobody | {} restarts behind HAProxy, {} requests, {:.0} a second | {} failed |\n\
         | what is answered completely is one usage event | {} answers | {} lost, {} twice |\n",
        rolled.restarts,
        rolled.asked,
        rolled.rate,
        rolled.failed,
        verdict.whole,
        verdict.lost.len(),
        verdict.twice.len()
    )
}

fn range(from: Duration, to: Duration) -> String {
    let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
    if to - from < 0.05 { format!("{to:.1} s") } else { format!("{from:.1} to {to:.1} s") }
}

/// Puts a table between its markers, if this run is to write a page.
pub(super) fn write(name: &str, table: &str) {
    let Ok(page) = std::env::var("CHAOS_PAGE") else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let old = std::fs::read_to_string(&path).unwrap();
    let (from, to) = (format!("<!-- {name}: written by the run -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = old.split_once(&from).expect("the page has the marker");
    let (_, after) = rest.split_once(&to).expect("the page has the end");
    std::fs::write(path, format!("{before}{from}\n{table}\n{to}{after}")).unwrap();
}
