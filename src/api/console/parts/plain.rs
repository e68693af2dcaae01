//! Fields that have nothing special about them, in fewer words.

use super::{Field, Kind};

impl<'a> Field<'a> {
    /// A text that may be left out; no help where `help` is empty.
    pub(in crate::api::console) const fn text(name: &'a str, label: &'a str, help: &'a str, value: &'a str) -> Self {
        Self { name, label, help, value, kind: Kind::Text, required: false, form: "" }
    }

    pub(in crate::api::console) const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// In the form of this name, where a page has several.
    pub(in crate::api::console) const fn of(self, form: &'a str) -> Self {
        Self { form, ..self }
    }

    pub(in crate::api::console) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}
