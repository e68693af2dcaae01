//! The load client of the benchmarks.
//!
//! Each command prints its numbers as `name=value` lines, which `bench/run.sh` collects; `report` turns what was
//! collected into tables.

mod alone;
mod answer;
mod closed;
mod exact;
mod http;
mod keys;
mod mix;
mod propagation;
mod ready;
mod refusals;
mod report;
mod stats;
mod streams;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads answers one after the other on each of a few connections, for a time or a number of answers.
    Closed(closed::Options),
    /// So many requests and no more.
    Exact(exact::Options),
    /// Holds many slow answers open at once: delays of each event, memory of the process in between.
    Streams(streams::Options),
    /// One request for each key of a file, in order: the first time, and again.
    Keys(keys::Options),
    /// A mix of a shop's questions, and how many of them reach the upstream.
    Mix(mix::Options),
    /// A first question whose answer is kept, one at a time, beside what forwards and what answers from memory.
    Alone(alone::Options),
    /// How long a key takes that is good, wrong, unknown or mistyped.
    Refusals(refusals::Options),
    /// How soon every replica follows a change of a key.
    Propagation(propagation::Options),
    /// Waits until an address answers 200.
    Ready(ready::Options),
    /// Writes the tables.
    Report(report::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Closed(options) => closed::run(options).await,
        Command::Exact(options) => exact::run(options).await,
        Command::Streams(options) => streams::run(options).await,
        Command::Keys(options) => keys::run(&options).await,
        Command::Mix(options) => mix::run(options).await,
        Command::Alone(options) => alone::run(options).await,
        Command::Refusals(options) => refusals::run(&options).await,
        Command::Propagation(options) => propagation::run(&options).await,
        Command::Ready(options) => ready::run(&options).await,
        Command::Report(options) => report::run(&options),
    }
}
