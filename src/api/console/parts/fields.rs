//! Fields of forms, each with its label, its help and what is wrong with it.

use crate::api::console::locale::Language;
use crate::api::console::texts::Texts;
use crate::domain::faults::{Faults, FieldError};
use maud::{Markup, html};

/// A field of one line.
#[derive(Debug, Clone, Copy)]
pub(in crate::api::console) struct Field<'a> {
    /// Path of the field, as faults name it.
    pub(in crate::api::console) name: &'a str,
    pub(in crate::api::console) label: &'a str,
    pub(in crate::api::console) help: &'a str,
    pub(in crate::api::console) value: &'a str,
    pub(in crate::api::console) kind: Kind,
    pub(in crate::api::console) required: bool,
}

impl<'a> Field<'a> {
    /// One that may be left empty.
    pub(in crate::api::console) const fn optional(
        name: &'a str,
        label: &'a str,
        help: &'a str,
        value: &'a str,
        kind: Kind,
    ) -> Self {
        Self { name, label, help, value, kind, required: false }
    }
}

/// What is typed into it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::api::console) enum Kind {
    Text,
    /// With the step between two of them.
    Number {
        min: f64,
        max: f64,
        step: &'static str,
    },
    Color,
    /// Never shown again.
    Password,
    Date,
    /// To the minute, of UTC.
    Moment,
    Email,
    Address,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number { .. } => "number",
            Self::Color => "color",
            Self::Password => "password",
            Self::Date => "date",
            Self::Moment => "datetime-local",
            Self::Email => "email",
            Self::Address => "url",
        }
    }
}

/// A field of one line.
pub(in crate::api::console) fn field(of: Field<'_>, faults: &Faults, t: &Texts) -> Markup {
    let (min, max, step) = match of.kind {
        Kind::Number { min, max, step } => (Some(min), Some(max), Some(step)),
        _ => (None, None, None),
    };
    around(of.name, of.label, of.help, faults, t, |told| {
        html! {
            input id=(id(of.name)) type=(of.kind.word()) name=(of.name) value=(of.value) required[of.required]
                min=[min] max=[max] step=[step] aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid];
        }
    })
}

/// A text of several lines.
pub(in crate::api::console) fn area(of: Field<'_>, rows: u8, faults: &Faults, t: &Texts) -> Markup {
    around(of.name, of.label, of.help, faults, t, |told| {
        html! {
            // The first line break after the tag is not part of the text.
            textarea id=(id(of.name)) name=(of.name) rows=(rows) required[of.required]
                aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid] { "\n" (of.value) }
        }
    })
}

/// One of several; `options` are values with their words.
pub(in crate::api::console) fn select(of: Field<'_>, options: &[(&str, &str)], faults: &Faults, t: &Texts) -> Markup {
    around(of.name, of.label, of.help, faults, t, |told| {
        html! {
            select id=(id(of.name)) name=(of.name) required[of.required]
                aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid] {
                @for (value, words) in options {
                    option value=(value) selected[*value == of.value] { (words) }
                }
            }
        }
    })
}

/// Yes or no.
pub(in crate::api::console) fn check(of: Field<'_>, is_on: bool, faults: &Faults, t: &Texts) -> Markup {
    let told = Told::of(of.name, of.help, faults);
    html! {
        div.field.check {
            @let value = if of.value.is_empty() { "on" } else { of.value };
            input id=(id(of.name)) type="checkbox" name=(of.name) value=(value)
                checked[is_on] aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid];
            div {
                label for=(id(of.name)) { (of.label) }
                (below(of.name, of.help, faults, t))
            }
        }
    }
}

/// What is wrong, with links to the fields.
pub(in crate::api::console) fn faults_summary(faults: &Faults, t: &Texts) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.notice.bad role="alert" tabindex="-1" data-focus="" {
                p { (t.faults.summary) }
                ul {
                    @for fault in faults.told() {
                        li {
                            @if fault.field.is_empty() { (words(fault, t)) }
                            @else { a href={ "#" (id(top(&fault.field))) } { (fault.field) } " " (words(fault, t)) }
                        }
                    }
                    @if faults.more() > 0 { li { "+ " (faults.more()) } }
                }
            }
        }
    }
}

/// What tells of a field: the ids of its help and of its faults.
struct Told {
    by: Option<String>,
    invalid: Option<&'static str>,
}

impl Told {
    fn of(name: &str, help: &str, faults: &Faults) -> Self {
        let is_bad = of_field(name, faults).next().is_some();
        let mut ids = Vec::new();
        if !help.is_empty() {
            ids.push(format!("{}-help", id(name)));
        }
        if is_bad {
            ids.push(format!("{}-fault", id(name)));
        }
        Self { by: (!ids.is_empty()).then(|| ids.join(" ")), invalid: is_bad.then_some("true") }
    }
}

fn around(name: &str, label: &str, help: &str, faults: &Faults, t: &Texts, input: impl Fn(&Told) -> Markup) -> Markup {
    let told = Told::of(name, help, faults);
    html! {
        div.field {
            label for=(id(name)) { (label) }
            (input(&told))
            (below(name, help, faults, t))
        }
    }
}

fn below(name: &str, help: &str, faults: &Faults, t: &Texts) -> Markup {
    let mut wrong = of_field(name, faults).peekable();
    html! {
        @if !help.is_empty() { p.help id={ (id(name)) "-help" } { (help) } }
        @if wrong.peek().is_some() {
            ul.fault id={ (id(name)) "-fault" } {
                @for fault in wrong {
                    li { @if fault.field != name { code { (fault.field) } " " } (words(fault, t)) }
                }
            }
        }
    }
}

/// The faults of a field and of what is in it, such as `allowed_origins[2]`.
fn of_field<'a>(name: &'a str, faults: &'a Faults) -> impl Iterator<Item = &'a FieldError> {
    faults.told().iter().filter(move |fault| {
        let rest = fault.field.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    })
}

/// Of `allowed_origins[2]` the field that is there.
fn top(field: &str) -> &str {
    field.split('[').next().unwrap_or(field)
}

/// In English as the rule has it; in other languages what kind of fault it is, with the rule's own words.
fn words(fault: &FieldError, t: &Texts) -> Markup {
    let f = &t.faults;
    let sort = match fault.code {
        "required" => f.required,
        "unknown" => f.unknown,
        "type" => f.kind,
        "too_long" => f.too_long,
        "too_short" => f.too_short,
        "out_of_range" => f.out_of_range,
        "conflict" => f.conflict,
        "exceeds" => f.exceeds,
        _ => f.format,
    };
    let is_english = std::ptr::eq(t, Texts::of(Language::English));
    html! {
        @if is_english { (fault.message) }
        @else { (sort) " " span.quiet lang="en" { "(" (fault.message) ")" } }
    }
}

/// The id of a field's element.
fn id(name: &str) -> String {
    format!("f-{}", name.replace(['.', '[', ']'], "-"))
}
