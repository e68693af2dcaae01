//! Fields of forms, each with its label, its help and what is wrong with it.

use super::told::{label, message};
use super::unturned;
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
    /// Of which form, where a page has several with a field of this name; empty for the only one. An id stands once in
    /// a page, or the labels of all forms would lead to the first.
    pub(in crate::api::console) form: &'a str,
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
        Self { name, label, help, value, kind, required: false, form: "" }
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
    around(of, faults, t, |told| {
        html! {
            // A password of this page is none that the browser keeps for it.
            input id=(of.id()) type=(of.kind.word()) name=(of.name) value=(of.value) required[of.required]
                autocomplete=[(of.kind == Kind::Password).then_some("new-password")]
                min=[min] max=[max] step=[step] aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid];
        }
    })
}

/// A text of several lines.
pub(in crate::api::console) fn area(of: Field<'_>, rows: u8, faults: &Faults, t: &Texts) -> Markup {
    around(of, faults, t, |told| {
        html! {
            // The first line break after the tag is not part of the text.
            textarea id=(of.id()) name=(of.name) rows=(rows) dir="auto" required[of.required]
                aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid] { "\n" (of.value) }
        }
    })
}

/// One of several; `options` are values with their words.
pub(in crate::api::console) fn select(of: Field<'_>, options: &[(&str, &str)], faults: &Faults, t: &Texts) -> Markup {
    around(of, faults, t, |told| {
        html! {
            select id=(of.id()) name=(of.name) required[of.required]
                aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid] {
                @for (value, words) in options {
                    option value=(value) selected[*value == of.value] { (unturned(words)) }
                }
            }
        }
    })
}

/// Yes or no.
pub(in crate::api::console) fn check(of: Field<'_>, is_on: bool, faults: &Faults, t: &Texts) -> Markup {
    let told = Told::of(of, faults);
    html! {
        div.field.check {
            @let value = if of.value.is_empty() { "on" } else { of.value };
            input id=(of.id()) type="checkbox" name=(of.name) value=(value)
                checked[is_on] aria-describedby=[told.by.as_deref()] aria-invalid=[told.invalid];
            div {
                label for=(of.id()) { (of.label) }
                (below(of, faults, t))
            }
        }
    }
}

/// What is wrong with a form, with links to the fields.
pub(in crate::api::console) fn faults_summary(faults: &Faults, t: &Texts) -> Markup {
    summary(t.faults.summary, faults, t)
}

/// What is wrong with filters or a question, which were not to be saved.
pub(in crate::api::console) fn faults_of_question(faults: &Faults, t: &Texts) -> Markup {
    summary(t.faults.summary_of_question, faults, t)
}

fn summary(lead: &str, faults: &Faults, t: &Texts) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.notice.bad role="alert" tabindex="-1" data-focus="" {
                p { (lead) }
                ul {
                    @for fault in faults.told() {
                        li {
                            @if fault.field.is_empty() { (message(fault, t)) }
                            @else {
                                a href={ "#" (id("", top(&fault.field))) } { (label(&fault.field, t)) }
                                ": " (message(fault, t))
                            }
                        }
                    }
                    @if faults.more() > 0 { li { "+ " (faults.more()) } }
                }
            }
        }
    }
}

/// The faults of fields that are drawn by hand, under them.
pub(in crate::api::console) fn faults_of(name: &str, faults: &Faults, t: &Texts) -> Markup {
    let mut wrong = of_field(name, faults).peekable();
    html! {
        @if wrong.peek().is_some() {
            ul.fault id={ (id("", name)) "-fault" } { (each(name, wrong, t)) }
        }
    }
}

/// The id of a field's element, where it is drawn by hand.
pub(in crate::api::console) fn field_id(name: &str) -> String {
    id("", name)
}

impl Field<'_> {
    fn id(&self) -> String {
        id(self.form, self.name)
    }
}

/// What tells of a field: the ids of its help and of its faults.
struct Told {
    by: Option<String>,
    invalid: Option<&'static str>,
}

impl Told {
    fn of(of: Field<'_>, faults: &Faults) -> Self {
        let is_bad = of_field(of.name, faults).next().is_some();
        let mut ids = Vec::new();
        if !of.help.is_empty() {
            ids.push(format!("{}-help", of.id()));
        }
        if is_bad {
            ids.push(format!("{}-fault", of.id()));
        }
        Self { by: (!ids.is_empty()).then(|| ids.join(" ")), invalid: is_bad.then_some("true") }
    }
}

fn around(of: Field<'_>, faults: &Faults, t: &Texts, input: impl Fn(&Told) -> Markup) -> Markup {
    let told = Told::of(of, faults);
    html! {
        div.field {
            label for=(of.id()) { (of.label) }
            (input(&told))
            (below(of, faults, t))
        }
    }
}

fn below(of: Field<'_>, faults: &Faults, t: &Texts) -> Markup {
    let mut wrong = of_field(of.name, faults).peekable();
    html! {
        @if !of.help.is_empty() { p.help id={ (of.id()) "-help" } { (of.help) } }
        @if wrong.peek().is_some() {
            ul.fault id={ (of.id()) "-fault" } { (each(of.name, wrong, t)) }
        }
    }
}

fn each<'a>(name: &str, wrong: impl Iterator<Item = &'a FieldError>, t: &Texts) -> Markup {
    html! {
        @for fault in wrong {
            li { @if fault.field != name { strong { (label(&fault.field, t)) } ": " } (message(fault, t)) }
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

/// Of `allowed_origins[2]` the field that is there, and of `widget.translations.de.title` too.
fn top(field: &str) -> &str {
    let field = field.split('[').next().unwrap_or(field);
    super::told::MEMBERS.iter().copied().find(|own| field.starts_with(&format!("{own}."))).unwrap_or(field)
}

/// The id of a field's element in a form of this name.
fn id(form: &str, name: &str) -> String {
    let name = name.replace(['.', '[', ']'], "-");
    if form.is_empty() { format!("f-{name}") } else { format!("f-{form}-{name}") }
}
