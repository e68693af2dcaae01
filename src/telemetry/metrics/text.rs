//! The two text formats of a page of metrics: OpenMetrics for who asks for it, and Prometheus' own for everybody else.

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsFormat {
    OpenMetrics,
    Prometheus,
}

impl MetricsFormat {
    /// What whoever sends this `Accept` gets: OpenMetrics only if it is named, for others may not know it.
    pub fn accepted_by(accept: Option<&str>) -> Self {
        let named = accept.unwrap_or_default().split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/openmetrics-text"));
            is_it && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        });
        if named { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// A page of OpenMetrics in Prometheus' own format, in which a counter is described under the name of its samples, and
/// there are neither units nor infos.
pub(super) fn for_prometheus(page: &str) -> String {
    let mut told = String::with_capacity(page.len() + page.len() / 16);
    let mut help: Option<(&str, &str)> = None;
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
            continue;
        }
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (end, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "unknown" => ("", "untyped"),
                kind => ("", kind),
            };
            if let Some((_, said)) = help.take().filter(|(described, _)| *described == name) {
                told.extend(["# HELP ", name, end, " ", said, "\n"]);
            }
            told.extend(["# TYPE ", name, end, " ", kind, "\n"]);
        } else if !line.starts_with('#') {
            told.extend([line, "\n"]);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::{MetricsFormat, for_prometheus};

    #[test]
    fn openmetrics_is_for_those_who_name_it() {
        for (accept, expected) in [
            (None, MetricsFormat::Prometheus),
            (Some("*/*"), MetricsFormat::Prometheus),
            (Some("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), MetricsFormat::Prometheus),
            (Some("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), MetricsFormat::OpenMetrics),
            (Some("text/plain;q=0.5, Application/OpenMetrics-Text; q=0.9"), MetricsFormat::OpenMetrics),
            (Some("application/openmetrics-text;q=0,text/plain"), MetricsFormat::Prometheus),
        ] {
            assert_eq!(MetricsFormat::accepted_by(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_counter_is_described_under_the_name_of_its_samples() {
        let page = "# HELP a Things.\n# TYPE a counter\na_total 1\n# HELP b_seconds Time.\n# TYPE b_seconds gauge\n\
                    # UNIT b_seconds seconds\nb_seconds 2\n# HELP c What.\n# TYPE c info\nc_info{v=\"1\"} 1\n# EOF\n";
        let expected = "# HELP a_total Things.\n# TYPE a_total counter\na_total 1\n# HELP b_seconds Time.\n\
                        # TYPE b_seconds gauge\nb_seconds 2\n# HELP c_info What.\n# TYPE c_info gauge\n\
                        c_info{v=\"1\"} 1\n";
        assert_eq!(for_prometheus(page), expected);
    }
}
