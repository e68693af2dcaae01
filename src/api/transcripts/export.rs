//! Transcripts as a file: read from the database as the client takes it, some questions at a time.

use super::views::{ExportView, ExportedHandoverView, HANDED_OVER, is_generated};
use crate::api::csv::row;
use crate::api::generated::marked;
use crate::api::query::Query;
use crate::api::{ApiBody, Shared};
use crate::domain::handover::Contact;
use crate::storage::{After, ExchangeFilter, KeptExchange, KeptHandover};
use crate::transcripts::Place;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, header};
use serde::Serialize;

/// Questions asked of the database at once; each may have some 60 KiB.
const LINES: u16 = 100;
const COLUMNS: [&str; 26] = [
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
    "name",
    "email",
    "phone",
    "order_number",
    "company",
    "solved",
    "note",
    "ai_generated",
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

    fn question(self, text: &mut String, kept: &KeptExchange) {
        match self {
            Self::Csv => csv(text, kept),
            Self::JsonLines => json_line(text, &ExportView::from(kept)),
        }
    }

    fn handover(self, text: &mut String, kept: &KeptHandover) {
        match self {
            Self::Csv => csv_of_handover(text, kept),
            Self::JsonLines => json_line(text, &ExportedHandoverView::from(kept)),
        }
    }
}

fn json_line(text: &mut String, line: &impl Serialize) {
    text.push_str(&serde_json::to_string(line).unwrap_or_default());
    text.push('\n');
}

fn said(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A hand-over has its message in the place of a question, and its contact behind what questions have.
fn csv_of_handover(text: &mut String, kept: &KeptHandover) {
    let Contact { name, email, phone, order_number, company } = &kept.contact;
    let mut cells = [const { String::new() }; COLUMNS.len()];
    let mut put = |column: &str, value: String| {
        if let Some(place) = COLUMNS.iter().position(|name| *name == column) {
            cells[place] = value;
        }
    };
    put("conversation", kept.conversation.to_string());
    put("id", kept.id.to_string());
    put("at", time(kept.at));
    put("outcome", HANDED_OVER.to_owned());
    put("question", kept.message.clone());
    put("visitor", said(kept.visitor.as_ref()));
    put("origin", said(kept.origin.as_ref()));
    put("locale", said(kept.locale.as_ref()));
    put("key", said(kept.key.as_ref()));
    put("name", said(name.as_ref()));
    put("email", said(email.as_ref()));
    put("phone", said(phone.as_ref()));
    put("order_number", said(order_number.as_ref()));
    put("company", said(company.as_ref()));
    put("solved", kept.solved.to_string());
    put("note", said(kept.note.as_ref()));
    put("ai_generated", false.to_string());
    row(text, cells.iter().map(String::as_str));
}

fn csv(text: &mut String, kept: &KeptExchange) {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let titles: Vec<_> = kept.sources.iter().filter_map(|source| source.title.as_deref()).collect();
    let cells = [
        kept.conversation.to_string(),
        kept.id.to_string(),
        time(kept.at),
        kept.outcome.as_str().to_owned(),
        said(kept.code.as_ref()),
        said(kept.question.as_ref()),
        said(kept.answer.as_ref()),
        titles.join(" | "),
        kept.feedback.map(|thumb| thumb.as_str().to_owned()).unwrap_or_default(),
        said(kept.feedback_reason.as_ref()),
        said(kept.visitor.as_ref()),
        said(kept.origin.as_ref()),
        said(kept.locale.as_ref()),
        said(kept.key.as_ref()),
        kept.cached.to_string(),
        number(kept.prompt_tokens),
        number(kept.completion_tokens),
        (kept.question_cut || kept.answer_cut).to_string(),
    ];
    let noted = [kept.solved.to_string(), said(kept.note.as_ref()), is_generated(kept).to_string()];
    row(text, cells.iter().map(String::as_str).chain([""; 5]).chain(noted.iter().map(String::as_str)));
}

/// All that the filter means, as a file: questions with their answers, then what was written to people.
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
    marked(response)
}

/// Where an export goes on.
enum Next {
    Questions(Option<After>),
    Handovers(Option<After>),
    End,
}

fn lines(
    state: Shared,
    place: Place,
    filter: ExchangeFilter,
    form: Form,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let next = move |(state, filter, next): (Shared, ExchangeFilter, Next)| async move {
        let mut text = String::new();
        // The client sees a file that breaks off, and not a shorter one.
        let next = match next {
            Next::Questions(after) => {
                let found = state.transcripts.exchanges(place, &filter, after, LINES).await;
                let found = found.map_err(std::io::Error::other)?;
                for kept in &found {
                    form.question(&mut text, kept);
                }
                match found.last().filter(|_| found.len() == usize::from(LINES)) {
                    Some(last) => Next::Questions(Some(After { at: last.at, id: last.id.0 })),
                    None => Next::Handovers(None),
                }
            }
            Next::Handovers(after) => {
                let found = state.transcripts.handovers(place, &filter, after, LINES).await;
                let found = found.map_err(std::io::Error::other)?;
                for kept in &found {
                    form.handover(&mut text, kept);
                }
                match found.last().filter(|_| found.len() == usize::from(LINES)) {
                    Some(last) => Next::Handovers(Some(After { at: last.at, id: last.id.0 })),
                    None => Next::End,
                }
            }
            Next::End => return Ok(None),
        };
        Ok(Some((Bytes::from(text), (state, filter, next))))
    };
    stream::try_unfold((state, filter, Next::Questions(None)), next)
}
