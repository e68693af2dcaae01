//! Who is looking at the console: the proof that the gate has let them in, and how to speak to them.

use super::form::TOKEN_FIELD;
use super::layout::{self, Page};
use super::locale::{Language, Locale};
use super::texts::{Done, Texts};
use super::{attributes, page};
use crate::api::admitted::Gated;
use crate::api::power::Managing;
use crate::api::query::Query;
use crate::api::response::Refusal;
use crate::api::{ApiBody, ApiState, Shared};
use crate::domain::access::{Holder, Permission, Right, allows};
use crate::domain::cookie;
use crate::domain::ids::TenantId;
use crate::domain::scope::Scope;
use crate::domain::user::User;
use crate::domain::workspace::timezone::Zone;
use crate::gate::Admitted;
use crate::people::PATIENCE;
use crate::rejection::{Rejection, page as protection};
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use tokio::time::Instant;

/// The cookie that says what was done, for the next page.
const DONE_COOKIE: &str = "vestibule_console_done";

/// The cookie that brings a secret to the one page that shows it.
const ONCE_COOKIE: &str = "vestibule_console_once";

/// Somebody at a page of the console.
#[derive(Debug)]
pub(crate) struct Visit {
    admitted: Arc<Admitted>,
    user: Arc<User>,
    locale: Locale,
    form_token: String,
    done: Option<Done>,
    waits_until: Instant,
    /// What this page may show once, sealed.
    once: Option<SecretString>,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        let Gated(admitted) = Gated::from_request_parts(parts, state).await?;
        let user = Arc::clone(admitted.principal().user().ok_or(Refusal(Rejection::Internal))?);
        let cookies = || parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let done = cookie::value(cookies(), DONE_COOKIE).and_then(Done::of);
        let once = cookie::value(cookies(), ONCE_COOKIE).map(SecretString::from);
        let locale = Locale { language: Language::of(admitted.language()), zone: Zone::utc() };
        let form_token = state.console_sessions.form_token(user.session);
        let waits_until = admitted.since() + PATIENCE;
        Ok(Self { admitted, user, locale, form_token, done, waits_until, once })
    }
}

impl Visit {
    pub(crate) fn admitted(&self) -> &Arc<Admitted> {
        &self.admitted
    }

    pub(crate) fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// Until when this page waits for AnythingLLM.
    pub(super) fn waits_until(&self) -> Instant {
        self.waits_until
    }

    /// # Errors
    /// `internal`, which the row rules out.
    pub(crate) fn tenant(&self) -> Result<TenantId, Rejection> {
        self.admitted.tenant()
    }

    /// Who manages keys, with what they have themselves.
    ///
    /// # Errors
    /// As [`Self::tenant`].
    pub(in crate::api) fn managing(&self, state: &ApiState) -> Result<Managing, Rejection> {
        Managing::of(state, &self.admitted)
    }

    /// What the page's address asks for.
    pub(in crate::api) fn query(&self) -> Query<'_> {
        Query::of(&self.admitted)
    }

    /// A part of the path, which the row's pattern names.
    ///
    /// # Errors
    /// `internal` if it does not.
    pub(crate) fn param(&self, name: &str) -> Result<&str, Rejection> {
        self.admitted.param(name).ok_or(Rejection::Internal)
    }

    /// What there is to say, in the reader's language.
    pub(crate) fn texts(&self) -> &'static Texts {
        Texts::of(self.locale.language)
    }

    pub(crate) fn locale(&self) -> &Locale {
        &self.locale
    }

    /// Times of this page are those of this zone from here on.
    pub(crate) fn in_zone(&mut self, zone: &Zone) {
        self.locale.zone = zone.clone();
    }

    /// Whether the user's role has the scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        allows(Holder::User(self.user.role), Permission::Scope(scope))
    }

    /// Whether the user's role has the right.
    pub(crate) fn has(&self, right: Right) -> bool {
        allows(Holder::User(self.user.role), Permission::Right(right))
    }

    /// A form that changes something, with what shows that it is ours.
    pub(crate) fn form(&self, action: &str, body: Markup) -> Markup {
        self.form_with(None, action, body)
    }

    /// The same, with a name for buttons that stand elsewhere in the page.
    pub(crate) fn named_form(&self, id: &str, action: &str, body: Markup) -> Markup {
        self.form_with(Some(id), action, body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
    fn form_with(&self, id: Option<&str>, action: &str, body: Markup) -> Markup {
        html! {
            form method="post" action=(action) id=[id] {
                input type="hidden" name=(TOKEN_FIELD) value=(self.form_token);
                (body)
            }
        }
    }

    /// What was done before this page was asked for.
    pub(super) fn done_before(&self) -> Option<Done> {
        self.done
    }

    /// A whole page.
    ///
    /// # Errors
    /// Of the database.
    pub(crate) async fn page(&self, state: &ApiState, about: Page<'_>, body: Markup) -> Result<Response, Refusal> {
        self.page_with(StatusCode::OK, state, about, body).await
    }

    /// A whole page with another status, such as that of a form that is not right.
    ///
    /// # Errors
    /// Of the database.
    pub(crate) async fn page_with(
        &self,
        status: StatusCode,
        state: &ApiState,
        about: Page<'_>,
        body: Markup,
    ) -> Result<Response, Refusal> {
        let html = layout::whole(self, state, about, body).await?;
        let mut response = page(status, html.into_string());
        if self.done.is_some() {
            let text = format!("{DONE_COOKIE}=; Max-Age=0{}", attributes(self.admitted.is_tls()));
            set_cookie(&mut response, text);
        }
        if self.once.is_some() {
            let text = format!("{ONCE_COOKIE}=; Max-Age=0{}", self.attributes_of_once());
            set_cookie(&mut response, text);
        }
        Ok(response)
    }

    /// Something was made whose secret is shown once: on to its page, which shows it. Loading that one again makes
    /// nothing again, and shows it no more.
    ///
    /// # Errors
    /// `internal` if it cannot be sealed.
    pub(crate) fn shown_once(&self, state: &ApiState, to: &str, secret: &str) -> Result<Response, Rejection> {
        let sealed = state.console_sessions.seal_once(self.user.session, to, secret)?;
        let mut response = see_other(to);
        let attributes = attributes(self.admitted.is_tls()).replace("Path=/;", &format!("Path={to};"));
        set_cookie(&mut response, format!("{ONCE_COOKIE}={}; Max-Age=60{attributes}", sealed.expose_secret()));
        Ok(response)
    }

    /// The secret that the page at this path may show this once.
    pub(crate) fn once(&self, state: &ApiState, page: &str) -> Option<SecretString> {
        state.console_sessions.open_once(self.user.session, page, self.once.as_ref()?.expose_secret())
    }

    /// Of the page that is asked for.
    fn attributes_of_once(&self) -> String {
        let path = self.admitted.path().to_forward();
        attributes(self.admitted.is_tls()).replace("Path=/;", &format!("Path={path};"))
    }

    /// Something was done: on to this page, which says so. Loading that one again does nothing again.
    pub(crate) fn done(&self, done: Done, to: &str) -> Response {
        let mut response = see_other(to);
        let text = format!("{DONE_COOKIE}={}; Max-Age=60{}", done.as_str(), attributes(self.admitted.is_tls()));
        set_cookie(&mut response, text);
        response
    }
}

fn set_cookie(response: &mut Response, text: String) {
    if let Ok(mut cookie) = HeaderValue::try_from(text) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// On to another page.
pub(super) fn see_other(to: &str) -> Response {
    let mut response = Response::new(ApiBody::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    protection::protect(headers);
    headers.insert(header::LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/console")));
    response
}
