//! Conversations as pages.

use super::{Asked, place_of};
use crate::api::console::parts::{
    Field, Tone, area, badge, check, disclosure, empty, field, nothing, notice, pager, select, table,
};
use crate::api::console::privacy::from_conversation;
use crate::api::console::visit::Visit;
use crate::domain::exchange::{ExchangeOutcome, Thumb};
use crate::domain::faults::Faults;
use crate::storage::{KeptExchange, TranscriptRow};
use crate::transcripts::Transcript;
use maud::{Markup, html};

pub(super) fn list(
    visit: &Visit,
    slug: &str,
    asked: &Asked,
    rows: &[TranscriptRow],
    next: Option<&str>,
    keeps_words: bool,
) -> Markup {
    let t = &visit.texts().inbox;
    let is_bare = asked.query().finish().is_empty();
    html! {
        div.head { h1 { (t.title) } a href=(format!("/console/workspaces/{slug}/gaps")) { (t.to_gaps) } }
        p { (t.lead) }
        @if !keeps_words { (notice(Tone::Neutral, html! { (t.no_words) })) }
        @if rows.is_empty() && is_bare {
            (empty(t.empty_title, t.empty_help, nothing()))
        } @else {
            (filters(visit, slug, asked))
            @if rows.is_empty() { p { (t.none_found) } } @else { (entries(visit, slug, rows)) }
            (pager(next, t.older))
            (downloads(visit, slug, asked))
        }
    }
}

fn filters(visit: &Visit, slug: &str, asked: &Asked) -> Markup {
    let (all, t, none) = (visit.texts(), &visit.texts().inbox, Faults::new());
    let which = [
        ("", t.all),
        ("refused", t.refused),
        ("failed", t.failed),
        ("down", t.disliked),
        ("up", t.liked),
        ("open", t.open),
        ("solved", t.solved),
    ];
    html! {
        form.filter method="get" action=(place_of(slug)) role="search" aria-label=(t.filters) {
            (select(Field::text("which", t.which, "", &asked.which), &which, &none, all))
            (field(Field::text("q", t.words, t.words_help, &asked.words), &none, all))
            (field(Field::text("origin", t.origin, "", &asked.origin), &none, all))
            (field(Field::text("locale", t.language, "", &asked.locale), &none, all))
            p { button { (t.show) } " " a href=(place_of(slug)) { (t.reset) } }
        }
    }
}

fn entries(visit: &Visit, slug: &str, rows: &[TranscriptRow]) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    let rows = html! {
        @for row in rows {
            tr {
                td {
                    a href=(format!("{}/{}", place_of(slug), row.id)) {
                        (row.question.as_deref().unwrap_or(t.without_words))
                    }
                    @if let Some(note) = &row.note { div.quiet { (note.chars().take(120).collect::<String>()) } }
                }
                td { (marks(visit, row)) }
                td.number { (locale.number(row.exchanges.into())) }
                td { (locale.time(row.last_at)) }
                td {
                    @if let Some(origin) = &row.origin { (origin) }
                    @if let Some(language) = &row.locale { div.quiet { (language) } }
                }
            }
        }
    };
    table(t.title, &[t.question, t.state, t.questions, t.last, t.origin], rows)
}

fn marks(visit: &Visit, row: &TranscriptRow) -> Markup {
    let t = &visit.texts().inbox;
    html! {
        @if row.solved { (badge(Tone::Good, t.solved)) " " }
        @if row.refused > 0 { (badge(Tone::Warn, t.refused)) " " }
        @if row.failed > 0 { (badge(Tone::Bad, t.failed)) " " }
        @if row.down > 0 { (badge(Tone::Warn, t.disliked)) " " }
        @if row.up > 0 { (badge(Tone::Good, t.liked)) }
    }
}

fn downloads(visit: &Visit, slug: &str, asked: &Asked) -> Markup {
    let t = &visit.texts().inbox;
    let place = |form: &str| {
        format!("/console/workspaces/{slug}/conversations-file?{}", asked.query().append_pair("format", form).finish())
    };
    html! { p.quiet { (t.download) " " a href=(place("csv")) { "CSV" } " · " a href=(place("jsonl")) { "JSONL" } } }
}

pub(super) fn one(visit: &Visit, slug: &str, transcript: &Transcript) -> Markup {
    let (t, locale, row) = (&visit.texts().inbox, visit.locale(), &transcript.row);
    html! {
        p { a href=(place_of(slug)) { "← " (t.title) } }
        h1 { (t.conversation) }
        p { (locale.time(row.started_at)) " – " (locale.time(row.last_at)) " " (marks(visit, row)) }
        dl.facts {
            @if let Some(origin) = &row.origin { dt { (t.origin) } dd { (origin) } }
            @if let Some(language) = &row.locale { dt { (t.language) } dd { (language) } }
            @if let Some(key) = &row.key { dt { (t.key) } dd { code { (key) } } }
            @if let Some(visitor) = &row.visitor { dt { (t.visitor) } dd { code { (visitor) } } }
        }
        div.columns {
            section aria-label=(t.said) {
                @if transcript.has_more { p.quiet { (t.newest_only) } }
                @for exchange in &transcript.exchanges { (said(visit, slug, exchange)) }
            }
            section aria-label=(t.note) { (noting(visit, slug, row)) }
        }
        (from_conversation(visit, slug, row))
    }
}

fn said(visit: &Visit, slug: &str, exchange: &KeptExchange) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    let (tone, outcome) = match exchange.outcome {
        ExchangeOutcome::Answered => (Tone::Good, t.answered),
        ExchangeOutcome::Refused => (Tone::Warn, t.refused),
        ExchangeOutcome::Failed => (Tone::Bad, t.failed),
        ExchangeOutcome::Left => (Tone::Neutral, t.left),
    };
    html! {
        article {
            p {
                strong { (exchange.question.as_deref().unwrap_or(t.without_words)) }
                @if exchange.question_cut { "…" }
            }
            @if let Some(answer) = &exchange.answer { p { (answer) @if exchange.answer_cut { "…" } } }
            p.quiet {
                (locale.time(exchange.at)) " " (badge(tone, outcome))
                @if let Some(code) = &exchange.code { " " code { (code) } }
                @match exchange.feedback {
                    Some(Thumb::Up) => { " " (badge(Tone::Good, t.liked)) }
                    Some(Thumb::Down) => { " " (badge(Tone::Warn, t.disliked)) }
                    None => {}
                }
            }
            @if let Some(reason) = &exchange.feedback_reason { p.quiet { "“" (reason) "”" } }
            @if !exchange.sources.is_empty() { (disclosure(t.sources, false, sources(exchange))) }
            @if exchange.question.is_some() {
                p.quiet { a href=(format!("/console/workspaces/{slug}/playground")) { (t.ask_again) } }
            }
        }
    }
}

fn sources(exchange: &KeptExchange) -> Markup {
    html! {
        ul {
            @for source in &exchange.sources {
                li {
                    @match (source.title.as_deref(), source.url.as_deref().filter(|url| url.starts_with("https://"))) {
                        (Some(title), Some(url)) => { a href=(url) rel="noopener noreferrer" { (title) } }
                        (Some(title), None) => { (title) }
                        (None, Some(url)) => { a href=(url) rel="noopener noreferrer" { (url) } }
                        (None, None) => {}
                    }
                    @if let Some(text) = &source.text { div.quiet { (text) } }
                }
            }
        }
    }
}

fn noting(visit: &Visit, slug: &str, row: &TranscriptRow) -> Markup {
    let (all, t, none) = (visit.texts(), &visit.texts().inbox, Faults::new());
    let said = row.note.as_deref().unwrap_or_default();
    visit.form(
        &format!("{}/{}", place_of(slug), row.id),
        html! {
            input type="hidden" name="version" value=(row.version);
            (area(Field::text("note", t.note, t.note_help, said), 4, &none, all))
            (check(Field::text("solved", t.solved, "", "yes"), row.solved, &none, all))
            button.primary { (all.common.save) }
        },
    )
}
