//! Waits until an address answers 200.

use crate::http::Target;
use anyhow::bail;
use clap::Args;
use http_body_util::BodyExt as _;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Seconds after which to give up.
    #[arg(long, default_value_t = 15.0)]
    seconds: f64,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs_f64(options.seconds);
    loop {
        match ask(options).await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() >= until => bail!("not ready: {error:#}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

async fn ask(options: &Options) -> anyhow::Result<()> {
    let mut connection = options.target.connect().await?;
    let response = connection.send(options.target.request(0)?).await?;
    let status = response.status();
    response.into_body().collect().await?;
    if status == 200 { Ok(()) } else { bail!("status {status}") }
}
