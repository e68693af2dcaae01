//! What it takes to know a key: one request for each key of a file, on one connection, one after the other.

use crate::http::{Connection, Target};
use crate::stats::{Sample, millis};
use ::http::{HeaderValue, header};
use anyhow::ensure;
use clap::Args;
use http_body_util::BodyExt as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// One key a line, each used for the first time since the gateway started.
    #[arg(long)]
    keys: PathBuf,
    /// How often all of them are used again.
    #[arg(long, default_value_t = 5)]
    again: u32,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let keys = std::fs::read_to_string(&options.keys)?;
    let mut connection = options.target.connect().await?;
    let mut cold = Sample::default();
    let mut warm = Sample::default();
    for round in 0..=options.again {
        for key in keys.lines() {
            let took = ask(options, &mut connection, key).await?;
            if round == 0 { cold.add(took) } else { warm.add(took) }
        }
    }
    let mut out = io::stdout().lock();
    for (name, sample) in [("cold", &mut cold), ("warm", &mut warm)] {
        writeln!(out, "{name}_p50_ms={:.4}", sample.percentile(50.0))?;
        writeln!(out, "{name}_p99_ms={:.4}", sample.percentile(99.0))?;
    }
    Ok(())
}

async fn ask(options: &Options, connection: &mut Connection, key: &str) -> anyhow::Result<f64> {
    let mut request = options.target.request(0)?;
    request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}"))?);
    let started = Instant::now();
    let response = connection.send(request).await?;
    let status = response.status();
    let text = response.into_body().collect().await?.to_bytes();
    let took = millis(started.elapsed());
    ensure!(status.is_success(), "status {status}: {}", String::from_utf8_lossy(&text));
    Ok(took)
}
