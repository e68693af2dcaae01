//! The public listener as clients reach it, through whatever stands in front: that it is ours, that nothing else can be
//! reached there, and that answers arrive in pieces.

use super::PATIENCE;
use super::report::Report;
use crate::cli::http::{self, Pieces};
use crate::config::Config;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const PART: &str = "public";
/// A model that has to be loaded first takes as long.
const ANSWER: Duration = Duration::from_secs(120);
/// Of an answer that was faster nobody can tell whether it was held back.
const TELLING: Duration = Duration::from_millis(300);

/// Where `public.url` is set.
pub(super) async fn examine(config: &Config) -> Report {
    let mut report = Report::default();
    let url = config.public.url.as_str();
    if url.is_empty() {
        return report;
    }
    match http::get(&format!("{url}/healthz"), None, PATIENCE).await {
        Ok(answer) if answer.status.is_success() && answer.headers.contains_key("x-request-id") => {
            report.ok(PART, format!("{url} leads to a gateway, seen from here"));
        }
        Ok(answer) => {
            let what = format!("what answers at {url}/healthz is no gateway of ours (HTTP {})", answer.status);
            return told(report, &what, "let the proxy in front send everything to public.listen, and /healthz too");
        }
        Err(error) => {
            report.warn(
                PART,
                format!("{url} cannot be reached from here: {error}"),
                "if clients reach it from where they are, leave it; else check DNS, the proxy in front and its certificate",
            );
            return report;
        }
    }
    if let Ok(answer) = http::get(&format!("{url}/metrics"), None, PATIENCE).await
        && String::from_utf8_lossy(&answer.body).contains("vestibule_build")
    {
        report.fail(PART, format!("{url}/metrics shows the metrics to everybody"), "keep ops.listen off the internet");
    }
    if let Ok(answer) = http::get(&format!("{url}/api/ping"), None, PATIENCE).await
        && answer.json().is_some_and(|json| json["online"] == true)
    {
        let what = format!("AnythingLLM itself, or the admin listener, answers at {url}/api/ping");
        return told(report, &what, "let the proxy in front send everything to public.listen, and nothing elsewhere");
    }
    report
}

fn told(mut report: Report, what: &str, mend: &str) -> Report {
    report.fail(PART, what, mend);
    report
}

/// Asks through `public.url` with the key in a file, and looks when the pieces of the answer come.
pub(super) async fn stream(config: &Config, key_file: &Path, report: &mut Report) {
    let key = match std::fs::read_to_string(key_file) {
        Ok(key) => key,
        Err(error) => {
            let what = format!("{}: {error}", key_file.display());
            return report.fail(PART, what, "name a file that holds a secret key");
        }
    };
    let url = format!("{}/api/v1/chat", config.public_url());
    // Not in query mode, in which no model is asked where nothing is found.
    let body = json!({"message": "Count from one to fifty, in words.", "mode": "chat", "stream": true}).to_string();
    match http::pieces(&url, key.trim(), body, ANSWER).await {
        Ok(pieces) => judge(&pieces, report),
        Err(error) => report.fail(PART, format!("{url}: {error}"), "check the key, and what is told above"),
    }
}

fn judge(pieces: &Pieces, report: &mut Report) {
    let (first, total) = (pieces.first, pieces.total);
    let spread = total.saturating_sub(first);
    if total < TELLING {
        report.ok(
            PART,
            format!("an answer came through in {} ms, too fast to tell whether in pieces", total.as_millis()),
        );
    } else if pieces.count > 1 && spread * 10 >= total {
        report.ok(
            PART,
            format!(
                "an answer came in {} pieces, the first after {} of {} ms",
                pieces.count,
                first.as_millis(),
                total.as_millis()
            ),
        );
    } else {
        report.fail(
            PART,
            format!(
                "an answer came in one piece after {} ms: a proxy in front holds it back until its end",
                total.as_millis()
            ),
            "switch buffering and compression off for text/event-stream there (docs/proxies.md)",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Level, Report};
    use super::{Pieces, judge};
    use std::time::Duration;

    #[test]
    fn an_answer_that_comes_at_its_end_was_held_back() {
        let told = |first, total, count| {
            let mut report = Report::default();
            let (first, total) = (Duration::from_millis(first), Duration::from_millis(total));
            judge(&Pieces { first, total, count }, &mut report);
            report.worst()
        };
        assert_eq!(told(100, 2000, 40), Level::Ok);
        assert_eq!(told(1999, 2000, 1), Level::Fail);
        assert_eq!(told(1990, 2000, 4), Level::Fail, "one piece, cut up by the network");
        assert_eq!(told(5, 10, 1), Level::Ok, "nobody can tell");
    }
}
