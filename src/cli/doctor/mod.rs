//! `vestibule doctor`: everything an operator gets wrong, and how to mend it. Changes nothing anywhere,
//! unless a question is asked with `--ask`.
//!
//! The parts ask different services and know nothing of each other; each adds its findings to a report of its own.

mod cache;
mod certificate;
mod database;
mod host;
mod orphans;
mod outside;
mod proxies;
mod question;
mod redis;
mod report;
mod running;
mod tls;
mod upstream;

use crate::cli::Settings;
use crate::cli::args::DoctorArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::config::Need;
use crate::domain::clock::Ambient;
use report::{Level, Report};
use std::time::Duration;

/// No single question waits longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Clocks may differ by this much: expiries and signatures bear it.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

pub(super) async fn run(settings: &Settings, args: &DoctorArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let report = Box::pin(examine(settings, args)).await;
    if args.json {
        out.json(&report)?;
    } else {
        out.text(&report.to_string())?;
    }
    Ok(if report.worst() == Level::Fail { Exit::Failed } else { Exit::Done })
}

async fn examine(settings: &Settings, args: &DoctorArgs) -> Report {
    let mut report = Report::default();
    let config = match settings.load(&Need::ALL) {
        Ok(config) => {
            report.ok("config", "all settings can be used");
            config
        }
        Err(error) => {
            for problem in &error.problems {
                report.fail("config", problem.to_string(), "see config/default.toml for what each key may be");
            }
            // What is missing may be missing; what is wrong leaves nothing to examine.
            match settings.load(&[]) {
                Ok(config) => config,
                Err(_) => return report,
            }
        }
    };
    for unknown in settings.unknown_variables() {
        report.warn("config", unknown, "correct its name, or leave it if it is for another version");
    }
    for warning in config.warnings() {
        report.warn("config", warning, "change the setting, or leave it if you mean it");
    }
    host::examine(&config, &mut report);
    let ambient = Ambient::system();
    tls::examine(&config, ambient.now(), &mut report);
    let (proxies, outside, database, redis, cache, upstream) = tokio::join!(
        proxies::examine(&config),
        outside::examine(&config),
        database::examine(&config, &ambient),
        redis::examine(&config, &ambient),
        cache::examine(&config),
        upstream::examine(&config, &ambient)
    );
    let (database, ours) = database;
    report.append(proxies);
    report.append(outside);
    report.append(database);
    report.append(redis);
    report.append(cache);
    report.append(upstream.report);
    upstream::compare(ours.as_deref(), upstream.workspaces.as_deref(), &mut report);
    if let Some(key_file) = &args.key_file {
        outside::stream(&config, key_file, &mut report).await;
    }
    if let Some(workspace) = &args.ask {
        match (upstream.client, &ours) {
            (Some(client), Some(ours)) => question::ask(&client, ours, workspace, &ambient, &mut report).await,
            _ => report.warn("question", "nothing can be asked yet", "mend what is told above first"),
        }
    }
    report
}

/// `a` and `b` apart by more than clocks may be; the difference in whole seconds.
fn clock_difference(a: chrono::DateTime<chrono::Utc>, b: chrono::DateTime<chrono::Utc>) -> Option<i64> {
    let seconds = (a - b).num_seconds();
    (seconds.unsigned_abs() > CLOCK_TOLERANCE.as_secs()).then_some(seconds)
}
