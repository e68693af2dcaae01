//! The JSON of usage.

use super::report::{Group, GroupId, Line, Report};
use crate::domain::usage::histogram::Histogram;
use crate::domain::usage::rollup::{Endings, Measures, OK, OTHER};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Usage of a span of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageReport)]
pub(crate) struct UsageView<'a> {
    /// Beginning of the first period.
    from: DateTime<Utc>,
    /// End of the last period.
    to: DateTime<Utc>,
    /// `hour` or `day`, of UTC.
    #[schema(example = "hour")]
    granularity: &'static str,
    /// What lines are told apart by, besides time.
    group_by: Option<&'static str>,
    /// Requests whose records were written by then are counted; records are written about a second after the end of the
    /// request.
    complete_until: DateTime<Utc>,
    /// The whole span.
    totals: NumbersView<'a>,
    /// With `group_by`: the whole span by group, those with the most requests first.
    groups: Option<Vec<GroupTotalView<'a>>>,
    /// By time: every period, or with `group_by` every period of a group that had requests.
    data: Vec<LineView<'a>>,
}

/// A group over the whole span.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageGroupTotal)]
pub(crate) struct GroupTotalView<'a> {
    /// Which.
    group: GroupView<'a>,
    #[serde(flatten)]
    numbers: NumbersView<'a>,
}

/// A period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageLine)]
pub(crate) struct LineView<'a> {
    /// When it began.
    start: DateTime<Utc>,
    /// With `group_by`: of which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    group: Option<GroupView<'a>>,
    #[serde(flatten)]
    numbers: NumbersView<'a>,
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageGroup)]
pub(crate) struct GroupView<'a> {
    /// A key's public id, a workspace's slug, an outcome, a route, an origin; `(other)` for what is not told apart.
    /// Null for requests without, and for a key or workspace that is gone.
    #[schema(example = "abcDEF123456")]
    pub(in crate::api) value: Option<&'a str>,
    /// Of keys and workspaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::api) id: Option<Uuid>,
    /// Of keys and workspaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::api) name: Option<&'a str>,
}

/// What was counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageNumbers)]
pub(crate) struct NumbersView<'a> {
    /// All requests.
    pub(in crate::api) requests: u64,
    /// Answered.
    pub(in crate::api) ok: u64,
    /// Questions that the documents hold nothing about, answered by saying so.
    pub(in crate::api) nothing_found: u64,
    /// Refused with a status from 400 to 498.
    pub(in crate::api) refused: u64,
    /// The client left before the answer was complete, or its connection broke.
    pub(in crate::api) left: u64,
    /// All others: AnythingLLM or the gateway failed.
    pub(in crate::api) failed: u64,
    /// Those that were not `ok`, by error code, `nothing_found`, `client_left` or `broken`.
    pub(in crate::api) outcomes: BTreeMap<&'a str, u64>,
    /// Tokens of prompts, with history and passages.
    pub(in crate::api) prompt_tokens: u64,
    /// Tokens of answers.
    pub(in crate::api) completion_tokens: u64,
    /// Both.
    pub(in crate::api) total_tokens: u64,
    /// Requests whose tokens were estimated, because AnythingLLM did not report them.
    pub(in crate::api) tokens_estimated: u64,
    /// Knowledge queries answered from memory.
    pub(in crate::api) cache_hits: u64,
    /// Knowledge queries that could have been.
    pub(in crate::api) cache_misses: u64,
    /// Bytes of answers.
    pub(in crate::api) bytes_out: u64,
    /// From the head of the request to the head of the answer, in milliseconds.
    pub(in crate::api) first_byte_ms: Option<PercentilesView>,
    /// To the end of the answer, in milliseconds.
    pub(in crate::api) total_ms: Option<PercentilesView>,
    /// Of that what the gateway took itself, in milliseconds.
    pub(in crate::api) gateway_ms: Option<PercentilesView>,
}

/// Percentiles, each to within 1.6 %.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = UsagePercentiles)]
pub(crate) struct PercentilesView {
    /// Of half of the requests.
    #[schema(example = 412.7)]
    pub(in crate::api) p50: f64,
    /// Of 95 %.
    pub(in crate::api) p95: f64,
    /// Of 99 %.
    pub(in crate::api) p99: f64,
}

impl PercentilesView {
    fn of(histogram: &Histogram) -> Option<Self> {
        let millis = |percent| histogram.percentile(percent).map(millis);
        Some(Self { p50: millis(50)?, p95: millis(95)?, p99: millis(99)? })
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a request are far below 2^52")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

impl<'a> NumbersView<'a> {
    pub(in crate::api) fn of(measures: &'a Measures) -> Self {
        let Endings { answered, nothing_found, left, refused, failed } = measures.endings();
        let others = measures.outcomes.iter().filter(|(outcome, _)| *outcome != OK);
        Self {
            requests: measures.requests,
            ok: answered,
            nothing_found,
            refused,
            left,
            failed,
            outcomes: others.map(|(outcome, count)| (outcome.as_str(), *count)).collect(),
            prompt_tokens: measures.prompt_tokens,
            completion_tokens: measures.completion_tokens,
            total_tokens: measures.prompt_tokens + measures.completion_tokens,
            tokens_estimated: measures.tokens_estimated,
            cache_hits: measures.cache_hits,
            cache_misses: measures.cache_misses,
            bytes_out: measures.bytes_out,
            first_byte_ms: PercentilesView::of(&measures.first_byte),
            total_ms: PercentilesView::of(&measures.total),
            gateway_ms: PercentilesView::of(&measures.gateway),
        }
    }
}

impl<'a> GroupView<'a> {
    pub(in crate::api) fn of(group: &'a Group) -> Self {
        let named = group.named.as_ref();
        Self {
            value: match &group.id {
                GroupId::None => None,
                GroupId::Row(_) => named.map(|named| named.handle.as_str()),
                GroupId::Word(word) => Some(word),
                GroupId::Other => Some(OTHER),
            },
            id: match group.id {
                GroupId::Row(id) => Some(id),
                GroupId::None | GroupId::Word(_) | GroupId::Other => None,
            },
            name: named.map(|named| named.name.as_str()),
        }
    }
}

impl<'a> UsageView<'a> {
    pub(in crate::api) fn of(report: &'a Report) -> Self {
        let line = |line: &'a Line| LineView {
            start: line.start,
            group: line.group.and_then(|place| report.groups.get(place)).map(GroupView::of),
            numbers: NumbersView::of(&line.measures),
        };
        let total =
            |group: &'a Group| GroupTotalView { group: GroupView::of(group), numbers: NumbersView::of(&group.total) };
        Self {
            from: report.from,
            to: report.to,
            granularity: report.granularity.as_str(),
            group_by: report.group_by.map(super::question::GroupBy::as_str),
            complete_until: report.complete_until,
            totals: NumbersView::of(&report.total),
            groups: report.group_by.map(|_| report.groups.iter().map(total).collect()),
            data: report.lines.iter().map(line).collect(),
        }
    }
}
