//! The questions of a shop's visitors, drawn as people ask them: few questions often, most of them seldom.
//!
//! Each conversation begins with a question drawn by Zipf's law and goes on, or not, with questions of its own that nobody
//! else asks. Draws are seeded: two runs ask the same.

use crate::http::{Connection, Target};
use crate::stats::{Sample, millis};
use ::http::Uri;
use anyhow::{Context as _, ensure};
use clap::Args;
use http_body_util::{BodyExt as _, Full};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;
use std::io::{self, Write as _};
use std::time::Instant;
use tokio::task::JoinSet;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Where the upstream tells how many chats it was asked.
    #[arg(long)]
    counter: Uri,
    /// Clients, each asking one question after the other.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Conversations of each client.
    #[arg(long, default_value_t = 1_000)]
    conversations: u32,
    /// Different first questions.
    #[arg(long, default_value_t = 1_000)]
    questions: u32,
    /// How much more often a question is asked than those behind it: the exponent of Zipf's law.
    #[arg(long, default_value_t = 1.0)]
    exponent: f64,
    /// How many of a hundred answers are followed by another question.
    #[arg(long, default_value_t = 40)]
    goes_on: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Deserialize)]
struct Given {
    session_id: String,
    #[serde(default)]
    cached: bool,
}

#[derive(Default)]
struct Seen {
    asked: u64,
    first: u64,
    cached_millis: Sample,
    cached: u64,
    asked_millis: Sample,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let before = counted(&options).await?;
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..options.connections {
        let options = options.clone();
        clients.spawn(async move { client(&options, number).await });
    }
    let mut sum = Seen::default();
    while let Some(seen) = clients.join_next().await {
        let seen = seen??;
        sum.asked += seen.asked;
        sum.first += seen.first;
        sum.cached += seen.cached;
        sum.cached_millis.extend(seen.cached_millis);
        sum.asked_millis.extend(seen.asked_millis);
    }
    let seconds = started.elapsed().as_secs_f64();
    let upstream = counted(&options).await? - before;
    ensure!(upstream + sum.cached == sum.asked, "{} asked, {upstream} upstream, {} cached", sum.asked, sum.cached);
    let mut out = io::stdout().lock();
    writeln!(out, "requests={}\nerrors=0\nseconds={seconds:.4}", sum.asked)?;
    writeln!(out, "first={}\nupstream={upstream}\ncached={}", sum.first, sum.cached)?;
    for (name, sample) in [("cached", &mut sum.cached_millis), ("asked", &mut sum.asked_millis)] {
        writeln!(out, "{name}_p50_ms={:.4}", sample.percentile(50.0))?;
        writeln!(out, "{name}_p99_ms={:.4}", sample.percentile(99.0))?;
    }
    Ok(())
}

async fn counted(options: &Options) -> anyhow::Result<u64> {
    let authority = options.counter.authority().context("the counter's address has no host")?.as_str();
    let mut connection = Connection::to(authority).await?;
    let path = options.counter.path();
    let request = ::http::Request::get(path).header(::http::header::HOST, authority).body(Full::default())?;
    let text = connection.send(request).await?.into_body().collect().await?.to_bytes();
    std::str::from_utf8(&text)?.trim().parse().context("the upstream does not count")
}

async fn client(options: &Options, number: usize) -> anyhow::Result<Seen> {
    let mut random = StdRng::seed_from_u64(options.seed + u64::try_from(number)?);
    let zipf = Zipf::new(options.questions, options.exponent);
    let mut connection = options.target.connect().await?;
    let mut seen = Seen::default();
    for conversation in 0..options.conversations {
        let question = zipf.draw(random.random());
        let body = serde_json::json!({"message": format!("What of question number {question}?")});
        let mut given = ask(options, &mut connection, number, &body, &mut seen).await?;
        seen.first += 1;
        while random.random_range(0..100) < options.goes_on {
            let message = format!("And what of {}?", random.random::<u64>());
            let body = serde_json::json!({"message": message, "session_id": given.session_id});
            given = ask(options, &mut connection, number, &body, &mut seen).await?;
            ensure!(!given.cached, "a follow-up in conversation {conversation} was answered from the cache");
        }
    }
    Ok(seen)
}

async fn ask(
    options: &Options,
    connection: &mut Connection,
    number: usize,
    body: &serde_json::Value,
    seen: &mut Seen,
) -> anyhow::Result<Given> {
    let mut request = options.target.request(number)?;
    *request.body_mut() = Full::new(serde_json::to_vec(body)?.into());
    if connection.is_closed() {
        *connection = options.target.connect().await?;
    }
    let started = Instant::now();
    let response = connection.send(request).await?;
    let status = response.status();
    let text = response.into_body().collect().await?.to_bytes();
    let took = millis(started.elapsed());
    ensure!(status.is_success(), "status {status}: {}", String::from_utf8_lossy(&text));
    let given: Given = serde_json::from_slice(&text)?;
    seen.asked += 1;
    if given.cached {
        seen.cached += 1;
        seen.cached_millis.add(took);
    } else {
        seen.asked_millis.add(took);
    }
    Ok(given)
}

/// Question `n` is asked in proportion to `1 / n^exponent`.
struct Zipf {
    /// How likely each question or one before it is.
    up_to: Vec<f64>,
}

impl Zipf {
    fn new(questions: u32, exponent: f64) -> Self {
        let mut up_to = Vec::new();
        let mut sum = 0.0;
        for question in 1..=questions {
            sum += f64::from(question).powf(-exponent);
            up_to.push(sum);
        }
        for weight in &mut up_to {
            *weight /= sum;
        }
        Self { up_to }
    }

    /// The question, from 0, that a number from 0 to 1 stands for.
    fn draw(&self, number: f64) -> usize {
        self.up_to.partition_point(|weight| *weight < number).min(self.up_to.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_question_is_asked_twice_as_often_as_the_second() {
        let zipf = Zipf::new(3, 1.0); // weights 6, 3 and 2 of 11
        let drawn = |number| zipf.draw(number);
        assert_eq!([drawn(0.0), drawn(6.0 / 11.0 - 0.01), drawn(6.0 / 11.0 + 0.01)], [0, 0, 1]);
        assert_eq!([drawn(9.0 / 11.0 + 0.01), drawn(1.0)], [2, 2]);
    }
}
