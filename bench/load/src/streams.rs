//! Many slow streams at once: what stands between a token's sending and its arrival, and what a stream takes of memory.

use crate::answer::Answer;
use crate::http::Target;
use crate::stats::{Sample, millis, resident_kib};
use clap::Args;
use http_body_util::BodyExt as _;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use vestibule_bench_upstream::{Mark, monotonic_nanos};

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Streams at the same time.
    #[arg(long, default_value_t = 1_000)]
    streams: u32,
    /// Milliseconds over which they are opened.
    #[arg(long, default_value_t = 2_000)]
    ramp_ms: u32,
    /// Tokens of each.
    #[arg(long)]
    events: u32,
    /// The process whose memory is watched; repeated for more.
    #[arg(long = "pid")]
    pids: Vec<u32>,
}

#[derive(Default)]
struct Seen {
    /// From before connecting to the first byte of the body, and to the first token.
    first_byte: Sample,
    first_token: Sample,
    /// From a token's sending to its arrival.
    delay: Sample,
    /// By how much the time between two tokens differs from what it was at the sender.
    stretch: Sample,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let before = resident_kib(&options.pids)?;
    let mut most = before;
    let mut streams = JoinSet::new();
    for number in 0..options.streams {
        let options = options.clone();
        streams.spawn(async move {
            tokio::time::sleep(Duration::from_millis((options.ramp_ms * number / options.streams).into())).await;
            one(&options, number as usize).await
        });
    }
    let mut watch = tokio::time::interval(Duration::from_millis(250));
    let mut seen = Seen::default();
    let mut faults = 0;
    loop {
        tokio::select! {
            stream = streams.join_next() => match stream {
                None => break,
                Some(stream) => match stream? {
                    Ok(stream) => seen.add(stream),
                    Err(error) => {
                        faults += 1;
                        if faults == 1 {
                            writeln!(io::stderr(), "first fault: {error:#}")?;
                        }
                    }
                },
            },
            _ = watch.tick() => most = most.max(resident_kib(&options.pids)?),
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "requests={}", options.streams - faults)?;
    writeln!(out, "errors={faults}")?;
    writeln!(out, "kib_per_stream={:.2}", (most - before) / f64::from(options.streams))?;
    writeln!(out, "rss_before_kib={before}")?;
    for (name, sample) in [
        ("first_byte", &mut seen.first_byte),
        ("first_token", &mut seen.first_token),
        ("delay", &mut seen.delay),
        ("stretch", &mut seen.stretch),
    ] {
        writeln!(out, "{name}_p50_ms={:.4}", sample.percentile(50.0))?;
        writeln!(out, "{name}_p99_ms={:.4}", sample.percentile(99.0))?;
    }
    Ok(())
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.first_byte.extend(other.first_byte);
        self.first_token.extend(other.first_token);
        self.delay.extend(other.delay);
        self.stretch.extend(other.stretch);
    }

    /// A token that has just arrived, and the one before it.
    fn token(&mut self, mark: Mark, arrived: u64, before: Option<(u64, u64)>) {
        self.delay.add(millis(Duration::from_nanos(arrived.saturating_sub(mark.sent_nanos))));
        if let Some((sent_before, arrived_before)) = before {
            let sent_gap = mark.sent_nanos.saturating_sub(sent_before);
            let arrived_gap = arrived.saturating_sub(arrived_before);
            self.stretch.add(millis(Duration::from_nanos(arrived_gap.abs_diff(sent_gap))));
        }
    }
}

async fn one(options: &Options, number: usize) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let started = Instant::now();
    let mut connection = options.target.connect().await?;
    let response = connection.send(options.target.request(number)?).await?;
    let status = response.status();
    let mut body = response.into_body();
    if !status.is_success() {
        let text = body.collect().await?.to_bytes();
        anyhow::bail!("status {status}: {}", String::from_utf8_lossy(&text));
    }
    let mut answer = Answer::of(options.events);
    let mut first_byte = None;
    let mut first_token = None;
    let mut before = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let arrived = monotonic_nanos();
        first_byte.get_or_insert_with(|| started.elapsed());
        answer.read(&data, |mark| {
            first_token.get_or_insert_with(|| started.elapsed());
            seen.token(mark, arrived, before);
            before = Some((mark.sent_nanos, arrived));
        })?;
    }
    answer.end()?;
    seen.first_byte.add(millis(first_byte.unwrap_or_default()));
    seen.first_token.add(millis(first_token.unwrap_or_default()));
    Ok(seen)
}
