//! Traces to an OpenTelemetry collector. Exists only while `telemetry.otlp_endpoint` is set.

use crate::config::Telemetry;
use crate::telemetry::metrics::TraceExports;
use crate::telemetry::otlp::{Exporter, ExporterError};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Collects spans and sends them in batches; sends the rest when it is dropped.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Call it inside the tokio runtime: the exporter works there.
    pub(super) fn start(telemetry: &Telemetry, exports: TraceExports) -> Result<Self, ExporterError> {
        let exporter = Exporter::new(&telemetry.otlp_endpoint, telemetry.otlp_protocol, exports)?;
        let resource = Resource::builder()
            .with_service_name("vestibule")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler { bound: bound(telemetry.sample_ratio) })
            .with_resource(resource)
            .build();
        Ok(Self { provider })
    }

    /// Our own spans down to DEBUG, where the database's are; what is logged is another matter. Events stay in the log.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ours = filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("vestibule"));
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("vestibule"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            // How long a task ran and stood still is nobody's convention.
            .with_tracked_inactivity(false)
            .with_filter(ours.and(LevelFilter::DEBUG))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let _ = self.provider.shutdown();
    }
}

/// Follows the decision about the span that is above: a trusted caller's, or our own. Where nothing is above, it takes its
/// share of requests. Nothing else begins a trace: background tasks ask the database all day, and each of their questions
/// would be a trace of one span.
#[derive(Debug, Clone, Copy)]
struct Sampler {
    bound: u64,
}

/// The share as a bound for the lower half of a trace id, of which 63 bits count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of 2^63 need not be exact, and casts from float saturate"
)]
fn bound(ratio: f64) -> u64 {
    (ratio.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64
}

impl Sampler {
    fn takes(self, trace: TraceId) -> bool {
        let low = u128::from_be_bytes(trace.to_bytes()) & u128::from(u64::MAX);
        low >> 1 < u128::from(self.bound)
    }
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        _name: &str,
        kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent.filter(|context| context.has_active_span());
        let sampled = match parent {
            Some(context) => context.span().span_context().is_sampled(),
            None => *kind == SpanKind::Server && self.takes(trace),
        };
        SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: parent.map(|context| context.span().span_context().trace_state().clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, ShouldSample as _, Telemetry, TraceExports, Traces, bound};
    use crate::config::OtlpProtocol;
    use crate::domain::clock::SystemRandomness;
    use crate::telemetry::otlp::tests::{Answer, collector};
    use crate::telemetry::trace_context::TraceContext;
    use opentelemetry::trace::{SpanKind, TraceId};
    use opentelemetry_sdk::trace::SamplingDecision;
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[test]
    fn the_share_is_kept() {
        for ratio in [0.0, 0.1, 0.5, 1.0] {
            let sampler = Sampler { bound: bound(ratio) };
            let taken = (0..4000).filter(|_| sampler.takes(fresh())).count();
            let share = f64::from(u16::try_from(taken).unwrap()) / 4000.0;
            assert!((share - ratio).abs() < 0.04, "{ratio}: {share}");
        }
    }

    fn fresh() -> TraceId {
        TraceContext::accept(None, false, &SystemRandomness).trace_id()
    }

    #[test]
    fn a_trusted_caller_decides_and_nobody_else() {
        let header = |sampled: &str| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{sampled}");
        for (sampled, trusted, ratio, taken) in
            [("01", true, 0.0, true), ("00", true, 1.0, false), ("01", false, 0.0, false), ("00", false, 1.0, true)]
        {
            let context = TraceContext::accept(Some(&header(sampled)), trusted, &SystemRandomness);
            let sampler = Sampler { bound: bound(ratio) };
            let parent = context.as_parent();
            let result = sampler.should_sample(parent.as_ref(), context.trace_id(), "", &SpanKind::Server, &[], &[]);
            assert_eq!(result.decision == SamplingDecision::RecordAndSample, taken, "{sampled} {trusted} {ratio}");
        }
    }

    #[test]
    fn what_runs_in_the_background_begins_no_trace() {
        let sampler = Sampler { bound: bound(1.0) };
        for kind in [SpanKind::Internal, SpanKind::Client] {
            let result = sampler.should_sample(None, fresh(), "db.tenants.ids", &kind, &[], &[]);
            assert_eq!(result.decision, SamplingDecision::Drop, "{kind:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn spans_reach_a_collector_at_the_latest_at_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let telemetry = Telemetry {
            otlp_endpoint: format!("http://{}", listener.local_addr().unwrap()),
            otlp_protocol: OtlpProtocol::Grpc,
            sample_ratio: 1.0,
        };
        let collector = tokio::spawn(collector(listener, Answer::Accepted));
        let exports = TraceExports::default();
        let traces = Traces::start(&telemetry, exports.clone()).unwrap();
        let subscriber = tracing_subscriber::registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug_span!(target: "vestibule::test", "a.request", otel.kind = "server").in_scope(|| {
                drop(tracing::debug_span!(target: "vestibule::test", "db.tenants.ids").entered());
                drop(tracing::info_span!(target: "hyper", "a.span.of.others").entered());
            });
            drop(tracing::debug_span!(target: "vestibule::test", "db.polled").entered());
        });
        tokio::task::spawn_blocking(move || drop(traces)).await.unwrap();
        let sent = tokio::time::timeout(Duration::from_secs(10), collector).await.unwrap().unwrap();
        let [of_one_process] = &sent.resource_spans[..] else { panic!("{sent:?}") };
        let resource = format!("{:?}", of_one_process.resource);
        assert!(resource.contains("service.name") && resource.contains("vestibule"), "{resource}");
        let names: Vec<_> =
            of_one_process.scope_spans.iter().flat_map(|scope| &scope.spans).map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["db.tenants.ids", "a.request"]);
        assert_eq!(exports.counted(), (2, 0, 0));
    }
}
