//! `vestibule healthcheck`: asks the gateway on this machine. Ends with 0 or 1, the two codes Docker knows.

use crate::cli::Settings;
use crate::cli::args::HealthcheckArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::http;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn run(settings: &Settings, args: &HealthcheckArgs) -> Result<Exit, Failure> {
    let config = settings.load(&[]).map_err(|error| Failure::new(error.to_string()))?;
    let asked = if args.ready { "readyz?known_keys" } else { "healthz" };
    let url = format!("http://{}/{asked}", reachable(config.ops.listen));
    match http::get(&url, None, PATIENCE).await {
        Ok(answer) if answer.status.is_success() => Ok(Exit::Done),
        // What is missing, for whoever reads what health checks say.
        Ok(answer) if args.ready => {
            let body = String::from_utf8_lossy(&answer.body);
            let missing: Vec<&str> = body.lines().filter_map(|line| line.strip_suffix(" no")).collect();
            Err(Failure::new(format!("{url}: {}: {}", answer.status, missing.join(", "))))
        }
        Ok(answer) => Err(Failure::new(format!("{url}: {}", answer.status))),
        Err(error) => Err(Failure::new(format!("{url}: {error}"))),
    }
}

/// An address that stands for all addresses cannot be connected to everywhere.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
