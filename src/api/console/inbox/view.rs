//! Conversations as pages.

use super::{Asked, Looked, Unkept, place_of};
use crate::anythingllm::source::{readable_text, web_address};
use crate::api::console::parts::{
    Field, Kind, Tone, area, badge, check, disclosure, empty, faults_summary, field, foreign, nothing, notice, pager,
    select, table,
};
use crate::api::console::privacy::from_conversation;
use crate::api::console::visit::Visit;
use crate::domain::exchange::{ExchangeOutcome, Thumb};
use crate::domain::faults::Faults;
use crate::domain::handover::Contact;
use crate::storage::{KeptExchange, KeptHandover, TranscriptRow};
use crate::transcripts::Transcript;
use maud::{Markup, html};

/// Passages that are shown of what would be found, and characters of each.
const PASSAGES: usize = 5;
const PASSAGE_CHARS: usize = 700;

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
            @if rows.is_empty() { p { (t.none_found) } } @else { (entries(visit, slug, rows, is_bare)) }
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
        ("refused_open", t.refused_open),
        ("failed", t.failed),
        ("down", t.disliked),
        ("up", t.liked),
        ("handed_over", t.handed_over),
        ("waiting", t.waiting),
        ("open", t.open),
        ("solved", t.solved),
        ("staff", t.staff),
    ];
    html! {
        form.filter method="get" action=(place_of(slug)) role="search" aria-label=(t.filters) {
            (select(Field::text("which", t.which, "", &asked.which), &which, &none, all))
            (field(Field::text("q", t.words, t.words_help, &asked.words), &none, all))
            (field(Field::text("origin", t.origin, t.origin_help, &asked.origin), &none, all))
            (field(Field::text("locale", t.language, "", &asked.locale), &none, all))
            (field(Field::text("from", t.from, "", &asked.from).kind(Kind::Date), &none, all))
            (field(Field::text("to", t.to, "", &asked.to).kind(Kind::Date), &none, all))
            (field(Field::text("key", t.key, t.key_help, &asked.key), &none, all))
            (field(Field::text("visitor", t.visitor, "", &asked.visitor), &none, all))
            p { button { (t.show) } " " a href=(place_of(slug)) { (t.reset) } }
        }
    }
}

fn entries(visit: &Visit, slug: &str, rows: &[TranscriptRow], is_bare: bool) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    let rows = html! {
        @for row in rows {
            tr {
                td {
                    a href=(format!("{}/{}", place_of(slug), row.id)) {
                        @if row.exchanges == 0 { (t.only_handed_over) }
                        @else { (foreign(row.question.as_deref().unwrap_or(t.without_words))) }
                    }
                    @if let Some(note) = &row.note { div.quiet { (foreign(&note.chars().take(120).collect::<String>())) } }
                }
                td { (marks(visit, row)) }
                td.number { (locale.number(row.exchanges.into())) }
                td { (locale.time(row.last_at)) }
                td {
                    @if let Some(origin) = &row.origin { (foreign(origin)) }
                    @if let Some(language) = &row.locale { div.quiet { (foreign(language)) } }
                }
            }
        }
    };
    let question = if is_bare { t.question } else { t.found_question };
    table(t.title, &[question, t.state, t.questions, t.last, t.origin], rows)
}

fn marks(visit: &Visit, row: &TranscriptRow) -> Markup {
    let t = &visit.texts().inbox;
    html! {
        @if row.staff { (badge(Tone::Neutral, t.staff)) " " }
        @if row.solved { (badge(Tone::Good, t.solved)) " " }
        @if row.handovers > 0 {
            (badge(if row.solved { Tone::Neutral } else { Tone::Warn }, t.handed_over)) " "
        }
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

pub(super) fn one(
    visit: &Visit,
    slug: &str,
    transcript: &Transcript,
    looked: Option<&Looked>,
    unkept: Option<&Unkept>,
) -> Markup {
    let (t, locale, row) = (&visit.texts().inbox, visit.locale(), &transcript.row);
    html! {
        p { a href=(place_of(slug)) { "← " (t.title) } }
        h1 { (t.conversation) }
        p { (locale.time(row.started_at)) " – " (locale.time(row.last_at)) " " (marks(visit, row)) }
        dl.facts {
            @if let Some(origin) = &row.origin { dt { (t.origin) } dd { (foreign(origin)) } }
            @if let Some(language) = &row.locale { dt { (t.language) } dd { (foreign(language)) } }
            @if let Some(key) = &row.key {
                dt { (t.key) } dd { a href={ "/console/keys/" (key) } { code { (key) } } }
            }
            @if let Some(visitor) = &row.visitor {
                dt { (t.visitor) } dd { a href=(of_visitor(slug, visitor)) { code { (foreign(visitor)) } } }
            }
        }
        div.columns {
            section aria-label=(t.said) {
                @if transcript.has_more { p.quiet { (t.newest_only) } }
                @for exchange in &transcript.exchanges { (said(visit, slug, exchange, looked)) }
                @if transcript.exchanges.is_empty() { p.quiet { (t.only_handed_over) } }
            }
            div {
                @if !transcript.handovers.is_empty() { (handovers(visit, &transcript.handovers)) }
                section aria-label=(t.note) { (noting(visit, slug, row, unkept)) }
            }
        }
        (from_conversation(visit, slug, row))
    }
}

/// All conversations of a visitor.
fn of_visitor(slug: &str, visitor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{}?{}", place_of(slug), query.append_pair("visitor", visitor).finish())
}

/// What was written to people, the newest first.
fn handovers(visit: &Visit, written: &[KeptHandover]) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    html! {
        section {
            h2 { (t.written) }
            @for one in written.iter().rev() {
                article {
                    p.said { (foreign(&one.message)) }
                    (contact(visit, &one.contact))
                    p.quiet {
                        (locale.time(one.at))
                        @if let Some(origin) = &one.origin { " · " (foreign(origin)) }
                        @if one.consented { " · " (t.consented) }
                    }
                }
            }
        }
    }
}

/// As somebody wrote it: a mail program and a telephone are the only places that it leads to.
fn contact(visit: &Visit, contact: &Contact) -> Markup {
    let t = &visit.texts().inbox;
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    html! {
        dl.facts {
            @if let Some(name) = &contact.name { dt { (t.name) } dd { (foreign(name)) } }
            @if let Some(email) = &contact.email {
                dt { (t.email) } dd { a href={ "mailto:" (encoded(email)) } { (foreign(email)) } }
            }
            @if let Some(phone) = &contact.phone {
                dt { (t.phone) }
                dd { a href={ "tel:" (phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>()) } { (foreign(phone)) } }
            }
            @if let Some(number) = &contact.order_number { dt { (t.order_number) } dd { (foreign(number)) } }
            @if let Some(company) = &contact.company { dt { (t.company) } dd { (foreign(company)) } }
        }
    }
}

/// What the documents would answer a question with now.
fn would_find(visit: &Visit, looked: &Looked) -> Markup {
    let t = &visit.texts().inbox;
    html! {
        section.found aria-label=(t.look) {
            h2 { (t.look) }
            @match &looked.found {
                Ok(found) if found.passages().is_empty() => { (notice(Tone::Warn, html! { (t.look_nothing) })) }
                Ok(found) => {
                    ol {
                        @for passage in found.passages().iter().take(PASSAGES) {
                            li {
                                @let title = passage.title.as_deref().unwrap_or(t.untitled);
                                @match passage.url.as_deref().and_then(web_address) {
                                    Some(url) if url.starts_with("https://") => {
                                        a href=(url) rel="noopener noreferrer" { (foreign(title)) }
                                    }
                                    _ => { (foreign(title)) }
                                }
                                " " span.quiet { (visit.locale().decimal(passage.score, 2)) }
                                div.quiet { (foreign(&readable_text(&passage.text).chars().take(PASSAGE_CHARS).collect::<String>())) }
                            }
                        }
                    }
                }
                Err(rejection) => {
                    (notice(Tone::Bad, html! { (t.look_failed) " " code { (rejection.code()) } }))
                }
            }
        }
    }
}

fn said(visit: &Visit, slug: &str, exchange: &KeptExchange, looked: Option<&Looked>) -> Markup {
    let (t, locale) = (&visit.texts().inbox, visit.locale());
    let (tone, outcome) = match exchange.outcome {
        ExchangeOutcome::Answered => (Tone::Good, t.answered),
        ExchangeOutcome::Refused => (Tone::Warn, t.refused),
        ExchangeOutcome::Failed => (Tone::Bad, t.failed),
        ExchangeOutcome::Left => (Tone::Neutral, t.left),
    };
    html! {
        article id=(exchange.id) {
            p.said {
                strong { (foreign(exchange.question.as_deref().unwrap_or(t.without_words))) }
                @if exchange.question_cut { "…" }
            }
            @if let Some(answer) = &exchange.answer { p.said { (foreign(answer)) @if exchange.answer_cut { "…" } } }
            p.quiet {
                (locale.time(exchange.at)) " " (badge(tone, outcome))
                @if let Some(code) = &exchange.code { " " code { (code) } }
                @match exchange.feedback {
                    Some(Thumb::Up) => { " " (badge(Tone::Good, t.liked)) }
                    Some(Thumb::Down) => { " " (badge(Tone::Warn, t.disliked)) }
                    None => {}
                }
            }
            @if let Some(reason) = &exchange.feedback_reason { p.quiet { "“" (foreign(reason)) "”" } }
            @if !exchange.sources.is_empty() { (disclosure(t.sources, false, sources(exchange))) }
            @if exchange.question.is_some() {
                p.quiet {
                    a href=(look(slug, exchange)) { (t.look) } " · "
                    a href=(format!("/console/workspaces/{slug}/playground?ask={}", exchange.id)) { (t.ask_again) }
                }
            }
            @if let Some(looked) = looked.filter(|looked| looked.of == exchange.id.0) { (would_find(visit, looked)) }
        }
    }
}

/// The same page with what would be found for this question, at the question.
fn look(slug: &str, exchange: &KeptExchange) -> String {
    format!("{}/{}?look={}#{}", place_of(slug), exchange.conversation, exchange.id, exchange.id)
}

fn sources(exchange: &KeptExchange) -> Markup {
    html! {
        ul {
            @for source in &exchange.sources {
                li {
                    @match (source.title.as_deref(), source.url.as_deref().filter(|url| url.starts_with("https://"))) {
                        (Some(title), Some(url)) => { a href=(url) rel="noopener noreferrer" { (foreign(title)) } }
                        (Some(title), None) => { (foreign(title)) }
                        (None, Some(url)) => { a href=(url) rel="noopener noreferrer" { (foreign(url)) } }
                        (None, None) => {}
                    }
                    @if let Some(text) = &source.text { div.quiet { (foreign(readable_text(text))) } }
                }
            }
        }
    }
}

fn noting(visit: &Visit, slug: &str, row: &TranscriptRow, unkept: Option<&Unkept>) -> Markup {
    let (all, t, none) = (visit.texts(), &visit.texts().inbox, Faults::new());
    let kept = row.note.as_deref().unwrap_or_default();
    let (said, is_solved, faults) =
        unkept.map_or((kept, row.solved, &none), |unkept| (unkept.note.as_str(), unkept.solved, &unkept.faults));
    html! {
        (faults_summary(faults, all))
        @if unkept.is_some() && faults.is_empty() {
            (notice(Tone::Warn, html! { (t.note_changed) p.said { (foreign(kept)) } }))
        }
        (visit.form(&format!("{}/{}", place_of(slug), row.id), html! {
            input type="hidden" name="version" value=(row.version);
            (area(Field::text("note", t.note, t.note_help, said), 4, faults, all))
            (check(Field::text("solved", t.solved, "", "yes"), is_solved, faults, all))
            button.primary { (all.common.save) }
        }))
    }
}
