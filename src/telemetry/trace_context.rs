//! W3C Trace Context (level 1, version 00): who traced the request before us, and what is sent on.
//!
//! Only trusted proxies may continue a trace. From anyone else a new root begins and what they sent is kept as a link:
//! otherwise strangers decide what is sampled and whose traces get mixed.

use crate::domain::clock::Randomness;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Length of version 00.
const LENGTH: usize = 55;

/// The trace of a request, and our place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: TraceId,
    parent_id: SpanId,
    sampled: bool,
    /// A trusted caller's span, of which ours is a child.
    caller: Option<SpanId>,
    link: Option<SpanContext>,
}

impl TraceContext {
    /// Continues the trace of a trusted caller, or begins one. A `traceparent` that is not well-formed counts as none.
    pub fn accept(incoming: Option<&str>, trusted: bool, randomness: &dyn Randomness) -> Self {
        let incoming = incoming.and_then(parse);
        let parent_id = SpanId::from_bytes(random(randomness));
        match incoming {
            Some(caller) if trusted => Self {
                trace_id: caller.trace_id(),
                parent_id,
                sampled: caller.is_sampled(),
                caller: Some(caller.span_id()),
                link: None,
            },
            link => Self {
                trace_id: TraceId::from_bytes(random(randomness)),
                parent_id,
                sampled: false,
                caller: None,
                link,
            },
        }
    }

    /// The id that all services' records of this request share.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The same as text.
    pub fn trace_id_text(&self) -> String {
        let mut text = String::with_capacity(32);
        push_hex(&mut text, &self.trace_id.to_bytes());
        text
    }

    /// Our own span, as the next service sees it.
    pub fn parent_id(&self) -> SpanId {
        self.parent_id
    }

    /// Whether the trace is recorded: by us, or else by the caller.
    pub fn sampled(&self) -> bool {
        self.sampled
    }

    /// The `traceparent` for the next service.
    pub fn to_header(&self) -> String {
        header(self.trace_id, self.parent_id, self.sampled)
    }

    /// Whether a trusted caller has begun it.
    pub fn is_continued(&self) -> bool {
        self.caller.is_some()
    }

    /// Makes `span`, which has not been entered yet, ours in this trace, and takes over what it is called there: a trace
    /// that begins here gets its id from the tracer, which also decides whether it is recorded.
    pub(super) fn adopt(&mut self, span: &tracing::Span) {
        // Refused only where no trace layer is there; then it stays as it is.
        if let Some(parent) = self.as_parent() {
            let _ = span.set_parent(parent);
        }
        if let Some(link) = &self.link {
            span.add_link(link.clone());
        }
        let begun = span.context();
        let begun = begun.span();
        let named = begun.span_context();
        if named.is_valid() {
            (self.trace_id, self.parent_id, self.sampled) = (named.trace_id(), named.span_id(), named.is_sampled());
        }
    }

    /// What our span has as its parent: a trusted caller's.
    pub(super) fn as_parent(&self) -> Option<Context> {
        let flags = if self.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let caller = SpanContext::new(self.trace_id, self.caller?, flags, true, TraceState::default());
        Some(Context::new().with_remote_span_context(caller))
    }
}

/// A `traceparent` of version 00.
pub(super) fn header(trace: TraceId, span: SpanId, sampled: bool) -> String {
    let mut header = String::with_capacity(LENGTH);
    header.push_str("00-");
    push_hex(&mut header, &trace.to_bytes());
    header.push('-');
    push_hex(&mut header, &span.to_bytes());
    header.push_str(if sampled { "-01" } else { "-00" });
    header
}

/// Two lower-case digits a byte. Done for each request, where formatting would be a hundredth of it.
fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        }
    }
}

/// Random bytes that are not all zero, which would mean "no id".
fn random<const N: usize>(randomness: &dyn Randomness) -> [u8; N] {
    let mut bytes = [0; N];
    randomness.fill(&mut bytes);
    if bytes == [0; N] {
        bytes = [1; N];
    }
    bytes
}

/// `version-traceid-parentid-flags`, lower case only. Later versions may have more behind it, after a hyphen.
fn parse(header: &str) -> Option<SpanContext> {
    let head = header.get(..LENGTH)?;
    let rest = header.get(LENGTH..)?;
    let mut parts = head.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let shape = [(version, 2), (trace, 32), (parent, 16), (flags, 2)];
    let lower_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if shape.iter().any(|(part, length)| part.len() != *length || !lower_hex(part)) || version == "ff" {
        return None;
    }
    if !rest.is_empty() && (version == "00" || !rest.starts_with('-')) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let (trace, parent) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(parent).ok()?);
    // Of the flags only the first is defined.
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    let context = SpanContext::new(trace, parent, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::{TraceContext, parse};
    use crate::domain::clock::{Randomness, SystemRandomness};
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Zeros;

    impl Randomness for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trusted_caller_is_continued() {
        let context = TraceContext::accept(Some(GOOD), true, &SystemRandomness);
        assert_eq!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.trace_id_text(), context.trace_id().to_string());
        assert!(context.sampled() && context.link.is_none());
        assert_ne!(context.parent_id().to_string(), "00f067aa0ba902b7");
        assert_eq!(context.to_header(), format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", context.parent_id()));
    }

    #[test]
    fn a_stranger_is_linked_and_not_continued() {
        let context = TraceContext::accept(Some(GOOD), false, &SystemRandomness);
        assert_ne!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(!context.sampled());
        assert_eq!(context.link.unwrap().span_id().to_string(), "00f067aa0ba902b7");
    }

    #[test]
    fn ids_are_never_zero() {
        assert!(parse(&TraceContext::accept(None, true, &Zeros).to_header()).is_some());
    }

    #[test]
    fn parsing_is_strict() {
        for good in [
            GOOD,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes",
        ] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0ä",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_accepting_fail(text in "\\PC{0,80}", trusted: bool) {
            let sent = TraceContext::accept(Some(&text), trusted, &SystemRandomness).to_header();
            prop_assert!(parse(&sent).is_some());
        }

        #[test]
        fn what_is_sent_can_be_read(trace in "[0-9a-f]{31}[1-9a-f]", parent in "[0-9a-f]{15}[1-9a-f]", flags in "[0-9a-f]{2}") {
            let context = parse(&format!("00-{trace}-{parent}-{flags}")).unwrap();
            prop_assert_eq!(context.trace_id().to_string(), trace);
            prop_assert_eq!(context.span_id().to_string(), parent);
            prop_assert_eq!(context.is_sampled(), u8::from_str_radix(&flags, 16).unwrap() & 1 == 1);
        }

        #[test]
        fn any_changed_character_is_refused_or_means_something_else(at in 0..55_usize, with in "[ -~]") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..=at, &with);
            if text != GOOD && let Some(context) = parse(&text) {
                let version_or_flags = !(2..=52).contains(&at);
                prop_assert!(version_or_flags || Some(context) != parse(GOOD));
            }
        }
    }
}
