//! A first question whose answer is kept, one at a time and seldom, so that nothing waits in a queue and what is measured
//! is the answer. In turns with two peers on the same machine in the same seconds: a knowledge query that the same process
//! answers from its memory, and a proxy that only forwards. What all three share is the machine.

use crate::http::{Connection, Target};
use crate::stats::{Sample, millis};
use ::http::Uri;
use anyhow::ensure;
use clap::Args;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Where the same key is answered from memory.
    #[arg(long)]
    memory: Uri,
    #[arg(long)]
    memory_body: String,
    /// Where nothing is done but forwarding.
    #[arg(long)]
    bare: Uri,
    /// How often each is asked.
    #[arg(long, default_value_t = 2_000)]
    rounds: u32,
    /// Between two requests.
    #[arg(long, default_value_t = 2)]
    pause_millis: u64,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    cached: bool,
}

struct Peer {
    name: &'static str,
    target: Target,
    connection: Connection,
    sample: Sample,
}

impl Peer {
    async fn new(name: &'static str, target: Target) -> anyhow::Result<Self> {
        Ok(Self { name, connection: target.connect().await?, target, sample: Sample::default() })
    }

    /// Whether the answer is one that was kept, and how long it took.
    async fn ask(&mut self) -> anyhow::Result<(bool, f64)> {
        if self.connection.is_closed() {
            self.connection = self.target.connect().await?;
        }
        let request = self.target.request(0)?;
        let started = Instant::now();
        let response = self.connection.send(request).await?;
        let status = response.status();
        let is_hit = response.headers().get("x-cache").is_some_and(|value| value == "hit");
        let body = response.into_body().collect().await?.to_bytes();
        let took = millis(started.elapsed());
        ensure!(status.is_success(), "{}: status {status}: {}", self.name, String::from_utf8_lossy(&body));
        let is_cached = serde_json::from_slice(&body).is_ok_and(|given: Given| given.cached);
        Ok((is_hit || is_cached, took))
    }
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let pause = Duration::from_millis(options.pause_millis);
    let memory = options.target.elsewhere(options.memory, Some(options.memory_body));
    let bare = options.target.elsewhere(options.bare, None);
    let mut peers = [
        Peer::new("bare", bare).await?,
        Peer::new("memory", memory).await?,
        Peer::new("cached", options.target).await?,
    ];
    for peer in &mut peers {
        // Until it is kept, a moment after it was first given.
        for _ in 0..50 {
            peer.ask().await?;
            sleep(pause).await;
        }
    }
    for _ in 0..options.rounds {
        for peer in &mut peers {
            sleep(pause).await;
            let (was_kept, took) = peer.ask().await?;
            ensure!(was_kept || peer.name == "bare", "{}: not from the cache", peer.name);
            peer.sample.add(took);
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "requests={}\nerrors=0", options.rounds)?;
    for Peer { name, sample, .. } in &mut peers {
        writeln!(out, "{name}_p50_ms={:.4}", sample.percentile(50.0))?;
        writeln!(out, "{name}_p99_ms={:.4}", sample.percentile(99.0))?;
    }
    Ok(())
}
