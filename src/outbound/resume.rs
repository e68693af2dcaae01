//! Going on with an answer that broke off, where the server can say that it is still the same (RFC 9110 sections 13.1.5
//! and 14.2): a large feed over a bad line is not begun anew each time. Bounded in number.

use super::{Ask, Body, Outbound, OutboundError};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Times that one answer is gone on with.
const TRIES: u32 = 5;
/// Before the first; more with each.
const PAUSE: Duration = Duration::from_millis(250);

/// How an answer can be asked for from some byte on.
pub(super) struct Resume {
    outbound: Outbound,
    ask: Ask,
    validator: HeaderValue,
    tried: u32,
}

impl Resume {
    /// None: it was not asked for, or the server does not say what it takes to know the same answer again.
    pub(super) fn of(outbound: &Outbound, ask: &Ask, status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let may = ask.resumes && ask.method == Method::GET && status == StatusCode::OK;
        let refuses = headers.get(header::ACCEPT_RANGES).is_some_and(|ranges| ranges == "none");
        if !may || refuses {
            return None;
        }
        // A weak one stands for what is much the same, which is not enough to put two halves together.
        let etag = headers.get(header::ETAG).filter(|etag| etag.as_bytes().starts_with(b"\""));
        let validator = etag.or_else(|| headers.get(header::LAST_MODIFIED))?.clone();
        Some(Self { outbound: outbound.clone(), ask: ask.clone(), validator, tried: 0 })
    }

    /// The answer from this byte on, after `broken`.
    pub(super) async fn go_on(
        &mut self,
        from: u64,
        end: Instant,
        broken: OutboundError,
    ) -> Result<Body, OutboundError> {
        let mut last = broken;
        while self.tried < TRIES && last.may_pass() {
            sleep(PAUSE * (1 << self.tried)).await;
            self.tried += 1;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(OutboundError::Timeout);
            }
            let mut ask = Ask { resumes: false, within: Some(left), ..self.ask.clone() };
            let range = HeaderValue::try_from(format!("bytes={from}-")).map_err(|_| OutboundError::Reset)?;
            ask.headers.insert(header::RANGE, range);
            ask.headers.insert(header::IF_RANGE, self.validator.clone());
            // The calls go round in a circle, of which this is the only turn.
            match Box::pin(self.outbound.send(ask)).await {
                Ok(answer) if goes_on(answer.status, &answer.headers, from) => return Ok(answer.body),
                // It is another one by now, or the server cannot do it.
                Ok(_) => return Err(broken),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn goes_on(status: StatusCode, headers: &HeaderMap, from: u64) -> bool {
    let range = headers.get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
    let first = range.strip_prefix("bytes ").and_then(|range| range.split_once('-')).map(|(first, _)| first.trim());
    status == StatusCode::PARTIAL_CONTENT && first.and_then(|first| first.parse().ok()) == Some(from)
}
