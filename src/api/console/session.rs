//! Logging in and out of the console, and its language.

use super::form::{Form, OpenForm};
use super::locale::Language;
use super::parts::{Tone, notice};
use super::texts::{Texts, fill};
use super::visit::{Visit, see_other};
use super::{attributes, layout, page, session_cookie};
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::Refusal;
use crate::api::{ApiState, Shared};
use crate::domain::auth_session::{SessionEnd, device_label};
use crate::domain::cookie;
use crate::gate::Admitted;
use crate::people::{ConsoleSessions, LoginAttempt};
use crate::rejection::{Rejection, page as protection};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};

/// AnythingLLM takes less; see the API's login.
const MAX_USERNAME_CHARS: usize = 256;
const MAX_PASSWORD_CHARS: usize = 1024;

/// The form to log in with.
///
/// # Errors
/// `validation_failed`
pub(crate) async fn ask(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let next = query.text("next");
    let is_over = query.text("over").is_some();
    let is_unsent = query.text("unsent").is_some();
    query.end()?;
    if !is_over && let Some(in_there) = already(&state, &admitted, &headers, own_page(next.as_deref())).await {
        return Ok(in_there);
    }
    let t = Texts::of(language(&admitted));
    let said = match (is_over, is_unsent) {
        (true, _) => Some(notice(Tone::Good, html! { (t.login.logged_out) })),
        (_, true) => Some(html! { div data-unsent="" { (notice(Tone::Warn, html! { (t.login.unsent) })) } }),
        _ => None,
    };
    Ok(login_page(StatusCode::OK, &admitted, "", own_page(next.as_deref()), said))
}

/// Who is logged in already goes on to the page that was asked for.
async fn already(state: &ApiState, admitted: &Admitted, headers: &HeaderMap, next: &str) -> Option<Response> {
    let is_tls = admitted.is_tls();
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let sent = cookie::value(cookies, ConsoleSessions::cookie(is_tls))?;
    let staff = state.console_sessions.recognise(sent, admitted.request_id(), admitted.facts()).await.ok()?;
    let mut response = see_other(next);
    if let Some(cookie) = staff.renewed.as_ref().and_then(|cookie| session_cookie(cookie, is_tls)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Some(response)
}

/// Logs in, and goes on to the page that was asked for.
///
/// # Errors
/// What is not the login's to tell.
pub(crate) async fn log_in(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    form: OpenForm,
) -> Result<Response, Refusal> {
    let form = form.into_form();
    let username = form.sent("username").unwrap_or_default().to_owned();
    let password = SecretString::from(form.sent("password").unwrap_or_default());
    let next = own_page(form.text("next"));
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_possible = |text: &str, most| !text.is_empty() && text.chars().count() <= most;
    if !is_possible(&username, MAX_USERNAME_CHARS) || !is_possible(password.expose_secret(), MAX_PASSWORD_CHARS) {
        return Ok(refused(&Rejection::InvalidCredentials, &admitted, &username, next));
    }
    let attempt =
        LoginAttempt { username: username.clone(), password, ip: admitted.client_ip(), device: device_label(agent) };
    let (granted, cookie) = match state.console_sessions.log_in(attempt, admitted.request_id(), admitted.facts()).await
    {
        Ok(begun) => begun,
        Err(rejection) => {
            crate::api::response::count(&rejection, &state.metrics);
            return Ok(refused(&rejection, &admitted, &username, next));
        }
    };
    let mut response = if granted.recovery_codes.is_empty() {
        see_other(next)
    } else {
        page(StatusCode::OK, recovery_page(&admitted, &granted.recovery_codes, next).into_string())
    };
    let cookie = session_cookie(&cookie, admitted.is_tls()).ok_or(Rejection::Internal)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Ends the session, everywhere.
///
/// # Errors
/// `service_unavailable` without PostgreSQL.
pub(crate) async fn log_out(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let (user, request_id) = (visit.user(), visit.admitted().request_id());
    state.sessions.end(user.tenant, user.id, user.session, SessionEnd::Logout, request_id).await?;
    Ok(over(visit.admitted())?)
}

/// To the login after one's own session has ended; the browser keeps nothing of it.
///
/// # Errors
/// `internal`, which the cookie's fixed text rules out.
pub(super) fn over(admitted: &Admitted) -> Result<Response, Rejection> {
    let is_tls = admitted.is_tls();
    let mut response = see_other("/console/login?over=yes");
    let gone = format!("{}=; Max-Age=0{}", ConsoleSessions::cookie(is_tls), attributes(is_tls));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::try_from(gone).map_err(|_| Rejection::Internal)?);
    Ok(response)
}

/// Speaks another language from now on.
///
/// # Errors
/// None of its own.
pub(crate) async fn speak(visit: Visit, form: Form) -> Result<Response, Refusal> {
    let chosen = if form.text("language") == Some("de") { Language::German } else { Language::English };
    let mut response = see_other(own_page(form.text("next")));
    let name = protection::LANGUAGE_COOKIE;
    let text = format!("{name}={}; Max-Age=31536000{}", chosen.tag(), attributes(visit.admitted().is_tls()));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::try_from(text).map_err(|_| Rejection::Internal)?);
    Ok(response)
}

/// Bytes of a page's address that a login leads back to.
const LONGEST_NEXT: usize = 2000;

/// Where to go on after the login: only to a page of the console. A browser reads `//host` and `/\host` as another
/// site's address.
fn own_page(next: Option<&str>) -> &str {
    let is_own = |next: &&str| {
        let path = next.split(['?', '#']).next().unwrap_or_default();
        // Longer, and no browser would be let in with it; the form that holds it would only grow.
        next.len() <= LONGEST_NEXT
            && crate::endpoints::is_of_console(path)
            && !path.contains("//")
            // Browsers take these out (WHATWG URL, "double-dot URL path segment"), also as `%2e`.
            && !path.split('/').any(|segment| segment.starts_with('.'))
            && !path.contains('%')
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && !path.starts_with("/console/login")
    };
    next.filter(is_own).unwrap_or("/console")
}

fn language(admitted: &Admitted) -> Language {
    Language::of(admitted.language())
}

fn refused(rejection: &Rejection, admitted: &Admitted, username: &str, next: &str) -> Response {
    let t = &Texts::of(language(admitted)).login;
    let words = match rejection {
        Rejection::InvalidCredentials => t.refused.to_owned(),
        Rejection::Forbidden(_) => t.suspended.to_owned(),
        Rejection::LoginThrottled { retry_after } => {
            let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
            fill(t.throttled, &[("seconds", &seconds.to_string())])
        }
        // Why AnythingLLM takes no passwords, for whoever runs it.
        Rejection::Conflict(_) => rejection.said(admitted.language()),
        _ => t.unavailable.to_owned(),
    };
    let said = html! { (words) " " code.quiet { (admitted.request_id().as_str()) } };
    let mut response = login_page(rejection.status(), admitted, username, next, Some(notice(Tone::Bad, said)));
    response.extensions_mut().insert(crate::rejection::RejectionCode(rejection.code()));
    if let Rejection::LoginThrottled { retry_after } = rejection {
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn login_page(status: StatusCode, admitted: &Admitted, username: &str, next: &str, said: Option<Markup>) -> Response {
    let language = language(admitted);
    let t = &Texts::of(language).login;
    let body = html! {
        h1 { "Vestibule" }
        h2 { (t.title) }
        p.quiet { (t.hint) }
        @if let Some(said) = said { (said) }
        form method="post" action="/console/login" {
            input type="hidden" name="next" value=(next);
            div.field {
                label for="username" { (t.username) }
                input #username name="username" value=(username) autocomplete="username" autocapitalize="none"
                    spellcheck="false" required autofocus[username.is_empty()] maxlength=(MAX_USERNAME_CHARS);
            }
            div.field {
                label for="password" { (t.password) }
                input #password name="password" type="password" autocomplete="current-password" required
                    autofocus[!username.is_empty()] maxlength=(MAX_PASSWORD_CHARS);
            }
            button.primary { (t.log_in) }
        }
    };
    page(status, layout::outside(language, t.title, &body).into_string())
}

/// AnythingLLM tells them with the first login only.
fn recovery_page(admitted: &Admitted, codes: &[SecretString], next: &str) -> Markup {
    let language = language(admitted);
    let t = &Texts::of(language).login;
    let body = html! {
        h1 { (t.recovery_title) }
        p { (t.recovery_codes) }
        ul { @for code in codes { li { code { (code.expose_secret()) } } } }
        p { a.button.primary href=(next) { (t.go_on) } }
    };
    layout::outside(language, t.recovery_title, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_pages_of_the_console_are_gone_on_to() {
        for good in ["/console", "/console/keys?q=a%20b", "/console/workspaces/shop"] {
            assert_eq!(own_page(Some(good)), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/console",
            "/consolevil",
            "/",
            "/api/v1/keys",
            "/console//evil.example",
            "/console/\\evil",
            "/console/a b",
            "/console/\u{0}",
            "/console/\r\nx",
            "console",
            "/console/login",
            "javascript:alert(1)",
            "/console/../x\u{202e}",
        ] {
            assert_eq!(own_page(Some(bad)), "/console", "{bad:?}");
        }
        let long = format!("/console?{}", "a".repeat(LONGEST_NEXT));
        assert_eq!(own_page(Some(&long)), "/console");
        assert_eq!(own_page(None), "/console");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_stays_here(next in any::<String>(), tail in any::<String>()) {
            for text in [next.clone(), format!("/console{tail}"), format!("/console/{tail}")] {
                let place = own_page(Some(&text));
                prop_assert!(place == "/console" || place.starts_with("/console/") || place.starts_with("/console?")
                    || place.starts_with("/console#"));
                let base = url::Url::parse("https://staff.shop.example/").unwrap();
                prop_assert_eq!(base.join(place).unwrap().origin(), base.origin());
            }
        }
    }
}
