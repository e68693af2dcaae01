//! A question of the playground: read from its form, and asked as a shopper with the chosen key would ask it.

use super::super::form::Form;
use super::super::visit::Visit;
use crate::api::ApiState;
use crate::api::chat::{Question, valid_message};
use crate::api::response::OrReject as _;
use crate::domain::access::Reached;
use crate::domain::conversation::ChatSessionId;
use crate::domain::faults::Faults;
use crate::domain::key::{KeyUnusable, PublicId};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::visitors::{NoStaffVisitor, staff_visitor};

/// What session ids of the playground begin with, so that its conversations can be told from those of shoppers.
const SESSION_PREFIX: &str = "playground-";
/// Longest language tag.
const MAX_LOCALE_CHARS: usize = 35;

/// What the form holds, as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) key: String,
    pub(super) message: String,
    pub(super) locale: String,
    /// Of the conversation that goes on.
    pub(super) session: Option<ChatSessionId>,
}

/// What a question is asked with.
#[derive(Debug)]
pub(super) struct Asking {
    /// The request as the shopper's.
    pub(super) shopper: Admitted,
    pub(super) question: Question,
}

impl Sent {
    pub(super) fn of(form: &Form) -> Self {
        let text = |name| form.sent(name).unwrap_or_default().trim().to_owned();
        let session = form.text("session_id").filter(|text| text.starts_with(SESSION_PREFIX));
        Self {
            key: text("key"),
            message: text("message"),
            locale: text("locale"),
            session: session.and_then(|text| ChatSessionId::parse(text).ok()),
        }
    }

    /// Becomes a shopper and a question.
    ///
    /// # Errors
    /// `validation_failed` with the fields of the form; what a shopper would be told.
    pub(super) async fn asking(
        &self,
        state: &ApiState,
        visit: &Visit,
        workspace: &Reached,
    ) -> Result<Asking, Rejection> {
        let mut faults: Faults =
            valid_message(&self.message, workspace.settings.max_message_chars).err().into_iter().collect();
        let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.locale.len() > MAX_LOCALE_CHARS || !self.locale.bytes().all(is_tag) {
            faults.push("locale", "format", "must be a language tag such as `de-AT`");
        }
        let public_id = self.key.parse::<PublicId>().ok();
        if public_id.is_none() {
            faults.push("key", "format", NOT_OURS);
        }
        let Some(public_id) = public_id.filter(|_| faults.is_empty()) else { return Err(faults.into()) };
        let admitted = visit.admitted();
        let key = state.keys.record(&public_id).await.or_reject(admitted)?.ok_or_else(not_ours)?;
        let visitor = staff_visitor(key, workspace.id, visit.user(), state.ambient.now()).map_err(refused)?;
        let shopper = admitted.as_shopper(visitor).await?;
        let workspace = state.reach.resolve(&shopper, None).await?;
        let session_named = self.session.is_some();
        let session = match &self.session {
            Some(session) => session.clone(),
            None => ChatSessionId::parse(&format!("{SESSION_PREFIX}{}", state.ambient.uuid()))
                .map_err(|_| Rejection::Internal)?,
        };
        let question = Question {
            session,
            session_named,
            visitor: None,
            locale: Some(self.locale.clone()).filter(|locale| !locale.is_empty()),
            mode: workspace.settings.chat_mode,
            message: self.message.clone(),
            earlier: Vec::new(),
            workspace,
        };
        Ok(Asking { shopper, question })
    }
}

const NOT_OURS: &str = "must be a publishable key of this workspace";

fn not_ours() -> Rejection {
    of_key(NOT_OURS)
}

/// Why another key has to be chosen.
fn of_key(why: &str) -> Rejection {
    let mut faults = Faults::new();
    faults.push("key", "conflict", why);
    faults.into()
}

fn refused(why: NoStaffVisitor) -> Rejection {
    match why {
        NoStaffVisitor::NotOfWorkspace => not_ours(),
        NoStaffVisitor::Unusable(KeyUnusable::Revoked) => of_key("is revoked"),
        NoStaffVisitor::Unusable(KeyUnusable::Expired) => of_key("has reached its expiry"),
        NoStaffVisitor::Unusable(KeyUnusable::Disabled) => of_key("is switched off"),
        NoStaffVisitor::NoPage => Rejection::ForbiddenOrigin("No page may use this key: it has no origins."),
        NoStaffVisitor::IdentityEnforced => Rejection::Forbidden(
            "This workspace serves customers who are logged in only: the playground cannot be one of them.",
        ),
    }
}
