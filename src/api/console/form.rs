//! What a form has sent. It can be had only if it was made for the session that sends it: the gate has asked whether
//! one of our pages sent it, and here its token is compared.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::response::Refusal;
use crate::domain::nul::without_nul;
use crate::rejection::Rejection;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use url::form_urlencoded;

/// The hidden field that every form of a session carries.
pub(super) const TOKEN_FIELD: &str = "form_token";

/// Fields of a form at most: ours have fewer.
const MOST_FIELDS: usize = 2000;

/// The fields of a form that was made for this session.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

/// The fields of a form that needs no session: the login's.
#[derive(Debug)]
pub(crate) struct OpenForm(Form);

impl Form {
    /// The field's value; none also if it is empty, which is how browsers send what was left out.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.sent(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// As it was sent, empty too.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All values that were sent under this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.sent(name).is_some()
    }

    /// The lines of a field that are not empty.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.sent(name).unwrap_or_default().lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

impl OpenForm {
    pub(super) fn into_form(self) -> Form {
        self.0
    }
}

impl FromRequest<Shared> for OpenForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Refusal> {
        if !is_form(request.headers()) {
            return Err(Refusal(Rejection::UnsupportedMediaType("Send what a form of the console sends.")));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| Refusal(Rejection::Internal))?;
        let fields: Vec<_> = form_urlencoded::parse(&body).take(MOST_FIELDS + 1).collect();
        if fields.len() > MOST_FIELDS {
            return Err(Refusal(Rejection::InvalidBody("The form has too many fields.".into())));
        }
        let clean = |text: std::borrow::Cow<'_, str>| without_nul(&text).replace("\r\n", "\n");
        let fields = fields.into_iter().map(|(name, value)| (clean(name), clean(value))).collect();
        Ok(Self(Form(fields)))
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let Gated(admitted) = Gated::from_request_parts(&mut parts, state).await?;
        let user = admitted.principal().user().ok_or(Refusal(Rejection::Internal))?;
        let OpenForm(form) = OpenForm::from_request(Request::from_parts(parts, body), state).await?;
        let token = form.sent(TOKEN_FIELD).unwrap_or_default();
        if !state.console_sessions.is_form_token(user.session, token) {
            return Err(Refusal(FOREIGN));
        }
        Ok(form)
    }
}

const FOREIGN: Rejection =
    Rejection::Forbidden("This form was made for another session. Open the page again and send the form there.");

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
