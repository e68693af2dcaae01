//! Traces to an OpenTelemetry collector. Exists only while `telemetry.otlp_endpoint` is set.

use crate::telemetry::trace_context::FreshRoot;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use std::time::Duration;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// A batch that takes longer is given up.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The exporter cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExporterError(#[from] ExporterBuildError);

/// Collects spans and sends them in batches; sends the rest when it is dropped.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    pub(super) fn start(endpoint: &str, ratio: f64) -> Result<Self, ExporterError> {
        let exporter =
            SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(EXPORT_TIMEOUT).build()?;
        let resource = Resource::builder()
            .with_service_name("vestibule")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler { bound: bound(ratio) })
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
            .with_filter(ours.and(LevelFilter::DEBUG))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let _ = self.provider.shutdown();
    }
}

/// Follows the caller's decision where there is a caller to be followed; else takes its share by the trace id, so that
/// all replicas decide alike.
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
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent.filter(|context| context.has_active_span());
        let sampled = match parent {
            Some(context) if context.get::<FreshRoot>().is_none() => context.span().span_context().is_sampled(),
            _ => self.takes(trace),
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
    use super::{Sampler, ShouldSample as _, Traces, bound};
    use crate::domain::clock::SystemRandomness;
    use crate::telemetry::trace_context::TraceContext;
    use opentelemetry::trace::{SpanKind, TraceId};
    use opentelemetry_sdk::trace::SamplingDecision;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
            let result = sampler.should_sample(Some(&parent), context.trace_id(), "", &SpanKind::Server, &[], &[]);
            assert_eq!(result.decision == SamplingDecision::RecordAndSample, taken, "{sampled} {trusted} {ratio}");
        }
    }

    /// Enough of HTTP/2 for a client to send: our SETTINGS, and an ACK for its own.
    async fn received_by_a_collector(listener: TcpListener) -> Vec<u8> {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0]).await.unwrap();
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while !contains(&all, b"a.span.of.ours") {
            let read = tokio::time::timeout(Duration::from_secs(10), socket.read_buf(&mut &mut buffer[..])).await;
            let count = read.expect("the collector waited in vain").unwrap();
            assert!(count > 0, "closed before the span came");
            all.extend_from_slice(&buffer[..count]);
        }
        all
    }

    fn contains(all: &[u8], part: &[u8]) -> bool {
        all.windows(part.len()).any(|window| window == part)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn spans_reach_a_collector_at_the_latest_at_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let collector = tokio::spawn(received_by_a_collector(listener));
        let traces = Traces::start(&endpoint, 1.0).unwrap();
        let subscriber = tracing_subscriber::registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            drop(tracing::debug_span!(target: "vestibule::test", "a.span.of.ours").entered());
            drop(tracing::info_span!(target: "hyper", "a.span.of.others").entered());
        });
        let ended = tokio::task::spawn_blocking(move || drop(traces));
        let all = collector.await.unwrap();
        assert!(contains(&all, b"service.name") && contains(&all, b"vestibule"));
        assert!(!contains(&all, b"a.span.of.others"));
        ended.abort();
    }
}
