//! Whether the running gateway believes the proxies in front of it: its metrics say what it did not believe.

use super::report::Report;
use crate::cli::healthcheck::reachable;
use crate::cli::http;
use crate::config::Config;
use std::time::Duration;

const PART: &str = "proxies";
/// The gateway is on this machine, or it is not running.
const PATIENCE: Duration = Duration::from_secs(2);
const COUNTER: &str = "vestibule_clients_unbelieved_total";

pub(super) async fn examine(config: &Config) -> Report {
    let mut report = Report::default();
    let loopback = config.public.listen.ip().is_loopback() && !config.public.url.is_empty();
    if loopback && config.edge.trusted_proxies.is_empty() {
        report.warn(
            PART,
            format!(
                "public.listen is {}, which only a proxy on this machine reaches, but edge.trusted_proxies is empty: all clients share its address and its limits",
                config.public.listen
            ),
            "set edge.trusted_proxies to [\"127.0.0.0/8\", \"::1\"], and let the proxy send X-Forwarded-For",
        );
    }
    let url = format!("http://{}/metrics", reachable(config.ops.listen));
    match http::get(&url, None, PATIENCE).await {
        Ok(answer) if answer.status.is_success() => {
            let metrics = String::from_utf8_lossy(&answer.body);
            judge(&metrics, &mut report);
            super::running::judge(&metrics, config, &mut report);
        }
        // Not an error: the doctor is called before the first start, too.
        _ => report.ok(
            PART,
            format!(
                "no gateway runs here yet, or this command was given other settings than it: nothing answers at {} (ops.listen). In a container: `docker compose exec vestibule vestibule doctor`",
                reachable(config.ops.listen)
            ),
        ),
    }
    report
}

fn judge(metrics: &str, report: &mut Report) {
    let (private, public) = (count(metrics, "private"), count(metrics, "public"));
    if private > 0 {
        report.warn(
            PART,
            format!("{private} requests came from private addresses that named another client and are not in edge.trusted_proxies: a proxy's clients share one address and its limits"),
            "name the proxy's network in edge.trusted_proxies (docs/proxies.md); the log names its address",
        );
    }
    if public > 0 {
        report.warn(
            PART,
            format!("{public} requests came from public addresses that named another client and are not in edge.trusted_proxies: a CDN of yours, or clients who make it up"),
            "if it is your CDN, name its networks in edge.trusted_proxies (docs/proxies.md); else leave it",
        );
    }
    if private == 0 && public == 0 {
        report.ok(PART, "nobody who is not trusted names clients to the gateway that runs here");
    }
}

fn count(metrics: &str, peer: &str) -> u64 {
    let series = format!("{COUNTER}{{peer=\"{peer}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&series)?.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_found() {
        let metrics = "# TYPE x counter\nvestibule_clients_unbelieved_total{peer=\"private\"} 17\nother 3\n";
        assert_eq!((count(metrics, "private"), count(metrics, "public"), count("", "private")), (17, 0, 0));
    }

    #[test]
    fn what_is_not_believed_is_a_warning() {
        let told = |metrics| {
            let mut report = Report::default();
            judge(metrics, &mut report);
            report.to_string()
        };
        assert!(told("").contains("0 warnings"));
        let both = told(
            "vestibule_clients_unbelieved_total{peer=\"private\"} 1\nvestibule_clients_unbelieved_total{peer=\"public\"} 2\n",
        );
        assert!(both.contains("2 warnings"), "{both}");
    }
}
