//! A hand-over: what a shopper writes to the people of a shop, and how they are reached. Must not be logged.

use crate::domain::faults::Faults;
use crate::domain::ids::{HandoverId, KeyId, TenantId, WorkspaceId};
use crate::domain::workspace::check_email;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest message, in characters.
const LONGEST_MESSAGE: usize = 4000;

/// How a shopper is reached, and what they were asked besides. As they wrote it: nothing of it was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HandoverContact)]
pub struct Contact {
    /// What they are called.
    #[schema(example = "Mona Muster")]
    pub name: Option<String>,
    /// Their e-mail address.
    #[schema(example = "mona@example.com")]
    pub email: Option<String>,
    /// Their telephone number.
    #[schema(example = "+49 30 123456")]
    pub phone: Option<String>,
    /// The order that it is about.
    #[schema(example = "4711")]
    pub order_number: Option<String>,
    /// Whom they buy for.
    pub company: Option<String>,
}

/// What somebody has written into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub contact: Contact,
    pub message: String,
    pub consented: bool,
}

/// A hand-over, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    pub id: HandoverId,
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub conversation: Uuid,
    pub at: DateTime<Utc>,
    pub key: Option<KeyId>,
    pub origin: Option<String>,
    pub locale: Option<String>,
    pub written: Written,
}

impl Written {
    /// Without blanks around it; an empty field is none. `needs_consent`: the workspace asks for it.
    ///
    /// # Errors
    /// Every broken rule.
    pub fn checked(self, needs_consent: bool) -> Result<Self, Faults> {
        let tidy = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let Contact { name, email, phone, order_number, company } = self.contact;
        let contact = Contact {
            name: tidy(name),
            email: tidy(email),
            phone: tidy(phone),
            order_number: tidy(order_number),
            company: tidy(company),
        };
        let mut faults = Faults::new();
        line(&mut faults, "name", contact.name.as_deref(), 200);
        if let Some(email) = &contact.email {
            check_email(&mut faults, "email", email);
        }
        line(&mut faults, "phone", contact.phone.as_deref(), 40);
        if contact.phone.as_ref().is_some_and(|phone| !is_number(phone)) && !faults.has("phone") {
            faults.push("phone", "format", "must be a telephone number");
        }
        line(&mut faults, "order_number", contact.order_number.as_deref(), 100);
        line(&mut faults, "company", contact.company.as_deref(), 200);
        if contact.email.is_none() && contact.phone.is_none() {
            faults.push("email", "required", "must be given, or `phone`: nobody could answer");
        }
        let message = self.message.trim().to_owned();
        faults.text("message", &message, 1..=LONGEST_MESSAGE);
        if needs_consent && !self.consented {
            faults.push("consent", "required", "must be true: the workspace asks shoppers for their consent");
        }
        faults.or(Self { contact, message, consented: self.consented })
    }

    /// The same words have the same. Each part with its length, so that no two are told apart by where one ends.
    pub fn digest(&self) -> [u8; 32] {
        let Contact { name, email, phone, order_number, company } = &self.contact;
        let mut hash = Sha256::new();
        for part in [name, email, phone, order_number, company, &Some(self.message.clone())] {
            let part = part.as_deref().unwrap_or_default();
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// One line: what is sent on in a mail's head must not begin another.
fn line(faults: &mut Faults, field: &str, text: Option<&str>, longest: usize) {
    let Some(text) = text else { return };
    faults.text(field, text, 1..=longest);
    if text.contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']) && !faults.has(field) {
        faults.push(field, "format", "must be one line");
    }
}

/// Digits with what people write between them. Whether it rings anywhere is for whoever calls.
fn is_number(phone: &str) -> bool {
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    digits >= 3 && phone.chars().all(|c| c.is_ascii_digit() || "+-/.()x ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(email: &str, message: &str) -> Written {
        let contact = Contact { email: Some(email.into()), ..Contact::default() };
        Written { contact, message: message.into(), consented: false }
    }

    fn broken(written: Written, needs_consent: bool) -> Vec<(String, &'static str)> {
        let faults = written.checked(needs_consent).unwrap_err();
        faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn what_is_kept_has_no_blanks_around_it_and_no_empty_fields() {
        let mut form = written(" mona@example.com ", "\n Where is it? ");
        form.contact.name = Some("  ".into());
        let kept = form.checked(false).unwrap();
        assert_eq!(kept, written("mona@example.com", "Where is it?"));
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let contact = Contact {
            name: Some("x".repeat(201)),
            email: Some("nobody".into()),
            phone: Some("call me".into()),
            order_number: Some("1\r\nBcc: all@example.com".into()),
            company: Some("a\u{0}b".into()),
        };
        let form = Written { contact, message: " ".into(), consented: false };
        let expected = [
            ("name", "too_long"),
            ("email", "format"),
            ("phone", "format"),
            ("order_number", "format"),
            ("company", "format"),
            ("message", "too_short"),
            ("consent", "required"),
        ];
        assert_eq!(broken(form, true), expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn somebody_who_cannot_be_answered_is_told_so() {
        let form = Written { message: "Hello".into(), ..Written::default() };
        assert_eq!(broken(form.clone(), false), [("email".into(), "required")]);
        let contact = Contact { phone: Some("+49 (30) 123-456 x7".into()), ..Contact::default() };
        assert!(Written { contact, ..form }.checked(false).is_ok());
    }

    #[test]
    fn a_digest_tells_words_apart_by_the_field_they_are_in() {
        let of = |name: Option<&str>, company: Option<&str>| {
            let contact = Contact {
                name: name.map(str::to_owned),
                company: company.map(str::to_owned),
                ..written("a@b", "x").contact
            };
            Written { contact, ..written("a@b", "x") }.digest()
        };
        assert_ne!(of(Some("ab"), None), of(None, Some("ab")));
        assert_ne!(of(Some("a"), Some("b")), of(Some("ab"), None));
        assert_eq!(of(Some("a"), None), of(Some("a"), None));
    }

    proptest! {
        #[test]
        fn what_is_accepted_can_be_kept(
            name in ".{0,220}", email in ".{0,40}(@.{0,9})?", phone in "[0-9+ x\\n-]{0,50}", message in "(?s).{0,90}",
        ) {
            let contact = Contact { name: Some(name), email: Some(email), phone: Some(phone), ..Contact::default() };
            let Ok(kept) = (Written { contact, message, consented: true }).checked(true) else { return Ok(()) };
            let Contact { name, email, phone, .. } = &kept.contact;
            let fits = |text: &Option<String>, longest| text.as_ref().is_none_or(|text| {
                let length = text.chars().count();
                length >= 1 && length <= longest && !text.contains(['\0', '\n', '\r'])
            });
            prop_assert!(fits(name, 200) && fits(email, 254) && fits(phone, 40), "{kept:?}");
            prop_assert!(email.as_ref().is_none_or(|email| email.chars().count() >= 3));
            prop_assert!(phone.as_ref().is_none_or(|phone| phone.chars().count() >= 3));
            prop_assert!(email.is_some() || phone.is_some());
            prop_assert!(!kept.message.is_empty() && !kept.message.contains('\0'));
        }
    }
}
