use super::{Metrics, MetricsFormat, Observation};
use crate::domain::usage::TokenUsage;
use std::time::Duration;

fn seen(route: &'static str, outcome: &'static str) -> Observation {
    Observation {
        route,
        outcome,
        total: Duration::from_millis(120),
        first_byte: Some(Duration::from_millis(3)),
        first_token: None,
        gateway: Duration::from_micros(80),
    }
}

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
}

#[test]
fn names_and_labels_are_the_documented_ones() {
    let metrics = Metrics::new();
    for (route, outcome) in
        [("chat.create", "ok"), ("chat.create", "ok"), ("chat.create", "rate_limited"), ("none", "not_found")]
    {
        metrics.observe_request(&seen(route, outcome));
        metrics.count_tokens(TokenUsage { prompt: 100, completion: 7, estimated: false });
    }
    metrics.connection_opened("public");
    metrics.connection_opened("public");
    metrics.connection_closed("public");
    metrics.connection_refused("per_ip");
    metrics.upstream_error("timeout");
    metrics.usage_events_dropped(3);
    metrics.change_listener_up(true);
    metrics.key_propagated(Duration::from_millis(3));
    metrics.login("invalid_credentials");
    metrics.refresh("repeated");
    metrics.session_ended("replayed");
    metrics.task_supervised("usage_writer");
    metrics.task_supervised("ops_listener");
    metrics.task_restarted("ops_listener");
    let (request, stream) = (metrics.request_started(), metrics.stream_opened());
    let text = metrics.render(MetricsFormat::OpenMetrics);
    for (series, expected) in [
        ("vestibule_requests_total{route=\"chat.create\",outcome=\"ok\"}", 2.0),
        ("vestibule_requests_total{route=\"chat.create\",outcome=\"rate_limited\"}", 1.0),
        ("vestibule_requests_total{route=\"none\",outcome=\"not_found\"}", 1.0),
        ("vestibule_request_duration_seconds_count{route=\"chat.create\"}", 3.0),
        ("vestibule_time_to_first_byte_seconds_bucket{le=\"0.005\",route=\"chat.create\"}", 3.0),
        ("vestibule_overhead_seconds_bucket{le=\"0.00005\",route=\"chat.create\"}", 0.0),
        ("vestibule_overhead_seconds_bucket{le=\"0.0001\",route=\"chat.create\"}", 3.0),
        ("vestibule_requests_in_flight", 1.0),
        ("vestibule_streams_open", 1.0),
        ("vestibule_connections_open{listener=\"public\"}", 1.0),
        ("vestibule_connections_refused_total{reason=\"per_ip\"}", 1.0),
        ("vestibule_upstream_errors_total{kind=\"timeout\"}", 1.0),
        ("vestibule_tokens_total{direction=\"prompt\"}", 400.0),
        ("vestibule_tokens_total{direction=\"completion\"}", 28.0),
        ("vestibule_usage_events_dropped_total", 3.0),
        ("vestibule_change_listener_up", 1.0),
        ("vestibule_key_propagation_seconds_count", 1.0),
        ("vestibule_logins_total{outcome=\"invalid_credentials\"}", 1.0),
        ("vestibule_refreshes_total{outcome=\"repeated\"}", 1.0),
        ("vestibule_sessions_ended_total{reason=\"replayed\"}", 1.0),
        ("vestibule_task_restarts_total{task=\"usage_writer\"}", 0.0),
        ("vestibule_task_restarts_total{task=\"ops_listener\"}", 1.0),
        (concat!("vestibule_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\",revision=\"unknown\"}"), 1.0),
    ] {
        assert!((value(&text, series) - expected).abs() < 1e-9, "{series} in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    drop((request, stream));
    assert!(value(&metrics.render(MetricsFormat::OpenMetrics), "vestibule_requests_in_flight").abs() < 1e-9);
}

#[test]
fn nothing_is_lost_when_many_count_at_once() {
    let metrics = Metrics::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..500).for_each(|_| metrics.observe_request(&seen("chat.create", "ok"))));
        }
    });
    let text = metrics.render(MetricsFormat::OpenMetrics);
    assert!((value(&text, "vestibule_requests_total{route=\"chat.create\",outcome=\"ok\"}") - 4000.0).abs() < 1e-9);
}
