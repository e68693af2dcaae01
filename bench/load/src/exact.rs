//! So many requests and no more, for whoever counts what each of them takes.

use crate::http::Target;
use anyhow::ensure;
use clap::Args;
use http_body_util::BodyExt as _;
use std::io::{self, Write as _};
use tokio::task::JoinSet;

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Requests of all connections together.
    #[arg(long)]
    requests: usize,
    /// What each is answered with.
    #[arg(long, default_value_t = 200)]
    status: u16,
}

/// # Errors
/// One was not answered as it should be: then the counts are of something else.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut connections = JoinSet::new();
    for number in 0..options.connections {
        let options = options.clone();
        connections.spawn(async move { ask(&options, number).await });
    }
    while let Some(asked) = connections.join_next().await {
        asked??;
    }
    writeln!(io::stdout(), "requests={}", options.requests)?;
    Ok(())
}

async fn ask(options: &Options, number: usize) -> anyhow::Result<()> {
    let share = (options.requests + number) / options.connections;
    let mut connection = options.target.connect().await?;
    for _ in 0..share {
        if connection.is_closed() {
            connection = options.target.connect().await?;
        }
        let response = connection.send(options.target.request(number)?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(status.as_u16() == options.status, "status {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}
