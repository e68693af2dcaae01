//! Transcripts as a file: read from the database as the client takes it, some questions at a time.

use super::views::ExportView;
use crate::api::csv::row;
use crate::api::query::Query;
use crate::api::{ApiBody, Shared};
use crate::storage::{After, ExchangeFilter, KeptExchange};
use crate::transcripts::Place;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, header};

/// Questions asked of the database at once; each may have some 60 KiB.
const LINES: u16 = 100;
const COLUMNS: [&str; 18] = [
    "conversation",
    "id",
    "at",
    "outcome",
    "code",
    "question",
    "answer",
    "sources",
    "feedback",
    "feedback_reason",
    "visitor",
    "origin",
    "locale",
    "key",
    "cached",
    "prompt_tokens",
    "completion_tokens",
    "cut",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Form {
    Csv,
    JsonLines,
}

impl Form {
    /// What a request asks for; its faults are noted in `query`.
    pub(in crate::api) fn of(query: &mut Query<'_>) -> Self {
        match query.text("format").as_deref() {
            None | Some("csv") => Self::Csv,
            Some("jsonl") => Self::JsonLines,
            Some(_) => {
                query.fault("format", "format", "must be csv or jsonl");
                Self::Csv
            }
        }
    }

    fn heading(self) -> Bytes {
        let mut text = String::new();
        if self == Self::Csv {
            row(&mut text, COLUMNS.into_iter());
        }
        text.into()
    }

    fn line(self, text: &mut String, kept: &KeptExchange) {
        match self {
            Self::Csv => csv(text, kept),
            Self::JsonLines => {
                text.push_str(&serde_json::to_string(&ExportView::from(kept)).unwrap_or_default());
                text.push('\n');
            }
        }
    }
}

fn csv(text: &mut String, kept: &KeptExchange) {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let titles: Vec<_> = kept.sources.iter().filter_map(|source| source.title.as_deref()).collect();
    let cells = [
        kept.conversation.to_string(),
        kept.id.to_string(),
        kept.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        kept.outcome.as_str().to_owned(),
        said(&kept.code),
        said(&kept.question),
        said(&kept.answer),
        titles.join(" | "),
        kept.feedback.map(|thumb| thumb.as_str().to_owned()).unwrap_or_default(),
        said(&kept.feedback_reason),
        said(&kept.visitor),
        said(&kept.origin),
        said(&kept.locale),
        said(&kept.key),
        kept.cached.to_string(),
        number(kept.prompt_tokens),
        number(kept.completion_tokens),
        (kept.question_cut || kept.answer_cut).to_string(),
    ];
    row(text, cells.iter().map(String::as_str));
}

/// All that the filter means, as a file.
pub(in crate::api) fn file(state: &Shared, place: Place, filter: ExchangeFilter, form: Form) -> Response {
    let body = stream::iter([Ok(form.heading())]).chain(lines(state.clone(), place, filter, form));
    let mut response = Response::new(ApiBody::from_stream(body));
    let (kind, disposition) = match form {
        Form::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"conversations.csv\""),
        Form::JsonLines => ("application/jsonl", "attachment; filename=\"conversations.jsonl\""),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn lines(
    state: Shared,
    place: Place,
    filter: ExchangeFilter,
    form: Form,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    // None in it: the last page was read.
    let next = move |(state, filter, after): (Shared, ExchangeFilter, Option<Option<After>>)| async move {
        let Some(after) = after else { return Ok(None) };
        let found = state.transcripts.exchanges(place, &filter, after, LINES).await;
        // The client sees a file that breaks off, and not a shorter one.
        let found = found.map_err(std::io::Error::other)?;
        let is_last = found.len() < usize::from(LINES);
        let next = found.last().filter(|_| !is_last).map(|kept| Some(After { at: kept.at, id: kept.id.0 }));
        let mut text = String::new();
        for kept in &found {
            form.line(&mut text, kept);
        }
        Ok(Some((Bytes::from(text), (state, filter, next))))
    };
    stream::try_unfold((state, filter, Some(None)), next)
}
