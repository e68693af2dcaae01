//! A closed loop: each connection reads an answer to its end, checks it and asks again.

use crate::answer::Answer;
use crate::http::Target;
use crate::stats::{Sample, millis};
use anyhow::ensure;
use clap::Args;
use http_body_util::BodyExt as _;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds to go on asking.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Answers after which each connection stops, if that is sooner.
    #[arg(long, default_value_t = u64::MAX)]
    answers: u64,
    /// Tokens of each answer.
    #[arg(long, default_value_t = 50)]
    events: u32,
}

#[derive(Default)]
struct Outcome {
    whole: u64,
    faults: u64,
    reconnects: u64,
    first_fault: Option<String>,
    millis: Sample,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let started = Instant::now();
    let until = started + Duration::from_secs_f64(options.seconds);
    let mut connections = JoinSet::new();
    for number in 0..options.connections {
        let options = options.clone();
        connections.spawn(async move { ask(&options, number, until).await });
    }
    let mut sum = Outcome::default();
    while let Some(outcome) = connections.join_next().await {
        let outcome = outcome??;
        sum.whole += outcome.whole;
        sum.faults += outcome.faults;
        sum.reconnects += outcome.reconnects;
        sum.first_fault = sum.first_fault.or(outcome.first_fault);
        sum.millis.extend(outcome.millis);
    }
    let elapsed = started.elapsed();
    if let Some(fault) = sum.first_fault {
        writeln!(io::stderr(), "first fault: {fault}")?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "requests={}", sum.whole)?;
    writeln!(out, "errors={}", sum.faults)?;
    writeln!(out, "reconnects={}", sum.reconnects)?;
    writeln!(out, "seconds={:.4}", elapsed.as_secs_f64())?;
    writeln!(out, "p50_ms={:.4}", sum.millis.percentile(50.0))?;
    writeln!(out, "p99_ms={:.4}", sum.millis.percentile(99.0))?;
    Ok(())
}

/// # Errors
/// The first connection cannot be made; later faults are counted.
async fn ask(options: &Options, number: usize, until: Instant) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut connection = options.target.connect().await?;
    while Instant::now() < until && outcome.whole + outcome.faults < options.answers {
        if connection.is_closed() {
            outcome.reconnects += 1;
            connection = options.target.connect().await?;
        }
        let started = Instant::now();
        match one(options, &mut connection, number).await {
            Ok(()) => {
                outcome.whole += 1;
                outcome.millis.add(millis(started.elapsed()));
            }
            Err(error) => {
                outcome.faults += 1;
                outcome.first_fault.get_or_insert_with(|| format!("{error:#}"));
                connection = options.target.connect().await?;
            }
        }
    }
    Ok(outcome)
}

async fn one(options: &Options, connection: &mut crate::http::Connection, number: usize) -> anyhow::Result<()> {
    let response = connection.send(options.target.request(number)?).await?;
    let status = response.status();
    let mut body = response.into_body();
    if !status.is_success() {
        let text = body.collect().await?.to_bytes();
        anyhow::bail!("status {status}: {}", String::from_utf8_lossy(&text));
    }
    let mut answer = Answer::of(options.events);
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            answer.read(&data, |_| seen += 1)?;
        }
    }
    answer.end()?;
    ensure!(seen == options.events, "{seen} tokens");
    Ok(())
}
