//! What the gateway that runs here says of itself: the doctor is another process, often with other limits and sometimes
//! of another version.

use super::report::Report;
use crate::cli::files;
use crate::config::Config;
use crate::telemetry::version;

const PART: &str = "running";

pub(super) fn judge(metrics: &str, config: &Config, report: &mut Report) {
    match label(metrics, "vestibule_build_info", "version") {
        Some(running) if running == version::VERSION => {
            report.ok(PART, format!("a gateway of version {running} runs here"));
        }
        Some(running) => report.warn(
            PART,
            format!("the gateway that runs here is version {running}, and this command is {}", version::VERSION),
            "run the doctor of the version that runs, or restart the gateway",
        ),
        None => {}
    }
    let wanted = files::wanted(config);
    if let Some(files) = value(metrics, "process_max_fds").filter(|files| *files < wanted) {
        report.warn(
            PART,
            format!("the gateway that runs here may have {files} files open; edge.max_connections needs some {wanted}"),
            "raise its hard limit (LimitNOFILE=, `ulimits:` in compose), or lower edge.max_connections",
        );
    }
    if value(metrics, "vestibule_change_listener_up") == Some(0) {
        report.fail(
            PART,
            "the gateway that runs here does not hear of changes: what is revoked works for seconds longer",
            "its log says why; a pooler of transactions must not stand between it and PostgreSQL",
        );
    }
}

fn value(metrics: &str, name: &str) -> Option<u64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

fn label<'a>(metrics: &'a str, name: &str, label: &str) -> Option<&'a str> {
    let labels = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('{'))?;
    labels.split_once(&format!("{label}=\""))?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::super::report::{Level, Report};
    use super::judge;
    use crate::config::{Config, DEFAULT_TOML};
    use crate::telemetry::version::VERSION;

    #[test]
    fn another_version_few_files_and_a_deaf_gateway_are_told() {
        let config: Config = toml::from_str(DEFAULT_TOML).unwrap();
        let told = |version: &str, files: u64, hears: u64| {
            let metrics = format!(
                "vestibule_build_info{{version=\"{version}\",revision=\"x\"}} 1\nprocess_max_fds {files}\n\
                 vestibule_change_listener_up {hears}\n"
            );
            let mut report = Report::default();
            judge(&metrics, &config, &mut report);
            report.worst()
        };
        assert_eq!(told(VERSION, 1_000_000, 1), Level::Ok);
        assert_eq!(told("0.0.1", 1_000_000, 1), Level::Warn);
        assert_eq!(told(VERSION, 1024, 1), Level::Warn);
        assert_eq!(told(VERSION, 1_000_000, 0), Level::Fail);
    }
}
