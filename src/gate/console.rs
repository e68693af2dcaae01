//! How the console's pages are let through: by a cookie, which no other row looks at, and forms only from the console's
//! own pages.

use super::Arrival;
use crate::domain::access::Principal;
use crate::domain::cookie;
use crate::domain::origin::Origin;
use crate::endpoints::{Credential, OpenedAs, as_routed};
use crate::people::{ConsoleSessions, Staff};
use crate::rejection::Rejection;
use crate::telemetry::RequestFacts;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use secrecy::SecretString;
use std::sync::Arc;

/// Who recognises the console's users, and where it is.
#[derive(Debug)]
pub struct Console {
    pub sessions: Arc<ConsoleSessions>,
    /// Also on the public listener.
    pub is_public: bool,
}

impl Console {
    /// Who the browser's cookie says it is; nobody without one. And what takes its place, if it was time.
    ///
    /// # Errors
    /// As [`ConsoleSessions::recognise`].
    pub(super) async fn recognise(
        &self,
        head: &Parts,
        arrival: &Arrival,
        facts: &Arc<RequestFacts>,
    ) -> Result<(Principal, Option<SecretString>), Rejection> {
        let cookies = head.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let Some(sent) = cookie::value(cookies, ConsoleSessions::cookie(arrival.is_tls)) else {
            return Ok((Principal::Anonymous, None));
        };
        let Staff { user, renewed } = self.sessions.recognise(sent, &arrival.request_id, facts).await?;
        Ok((Principal::User(user), renewed))
    }
}

/// Refuses what is sent to the console and was not sent by one of its own pages. Browsers say where a form comes from,
/// and pages cannot forge it: `Sec-Fetch-Site` since 2023 in all of them, `Origin` with every `POST` since long before.
///
/// # Errors
/// `forbidden`, also for what says neither.
pub(super) fn check_sender(head: &Parts, arrival: &Arrival) -> Result<(), Rejection> {
    if *as_routed(&head.method) == Method::GET {
        return Ok(());
    }
    let site = only(&head.headers, "sec-fetch-site")?;
    let origin = only(&head.headers, "origin")?;
    let own = arrival.own_origin.as_ref().map(Origin::as_str);
    // The browser compares more exactly than we can: it knows under which scheme it has reached us.
    let is_vouched_for = site == Some("same-origin");
    let is_own = match origin {
        Some(origin) if is_vouched_for => own.is_some_and(|own| authority(own) == authority(origin)),
        Some(origin) => site.is_none() && own == Some(origin),
        None => is_vouched_for,
    };
    if is_own { Ok(()) } else { Err(FOREIGN) }
}

/// Refuses what a script or a frame asks for that has to be a page of its own. AnythingLLM's interface has the origin of
/// the console: a fault there would otherwise read its pages, with the tokens of their forms. Browsers that do not say
/// what they open it as are let through.
///
/// # Errors
/// `forbidden`.
pub(super) fn check_opener(head: &Parts, credential: Credential) -> Result<(), Rejection> {
    let Credential::Cookie(opened_as) = credential else { return Ok(()) };
    match (only(&head.headers, "sec-fetch-dest")?, opened_as) {
        (None | Some("document"), _) | (Some("iframe"), OpenedAs::Frame) | (Some("empty"), OpenedAs::Part) => Ok(()),
        _ => Err(Rejection::Forbidden("Pages of the console are opened in a tab, and by nothing else.")),
    }
}

const FOREIGN: Rejection =
    Rejection::Forbidden("This was not sent by a page of the console. Open the page again and send the form there.");

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Rejection> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| FOREIGN),
        (Some(_), Some(_)) => Err(FOREIGN),
    }
}

fn authority(origin: &str) -> Option<&str> {
    origin.split_once("://").map(|(_, authority)| authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::RequestId;
    use crate::endpoints::Listener;

    fn check(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let mut request = http::Request::builder().method(method).uri("/console/keys").body(()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let arrival = Arrival {
            listener: Listener::Admin,
            client_ip: [127, 0, 0, 1].into(),
            request_id: RequestId::stored("r".into()),
            own_origin: Origin::parse("http://staff.shop.example").ok(),
            is_tls: false,
        };
        check_sender(&request.into_parts().0, &arrival).is_ok()
    }

    #[test]
    fn a_page_is_read_by_no_script_and_in_no_frame() {
        let check = |credential, destinations: &[&str]| {
            let mut request = http::Request::builder().uri("/console/keys").body(()).unwrap();
            for destination in destinations {
                request.headers_mut().append("sec-fetch-dest", destination.parse().unwrap());
            }
            check_opener(&request.into_parts().0, credential).is_ok()
        };
        let (page, frame, part) = (OpenedAs::Document, OpenedAs::Frame, OpenedAs::Part);
        for (opened_as, also) in [(page, ""), (frame, "iframe"), (part, "empty")] {
            let credential = Credential::Cookie(opened_as);
            assert!(check(credential, &[]) && check(credential, &["document"]), "{opened_as:?}");
            for other in ["empty", "iframe", "frame", "object", "embed", "script", "image", "worker", "", "Document"] {
                assert_eq!(check(credential, &[other]), other == also && !also.is_empty(), "{opened_as:?} {other}");
            }
            assert!(!check(credential, &["document", "document"]));
        }
        assert!(check(Credential::None, &["script"]));
    }

    #[test]
    fn forms_come_from_the_consoles_own_pages() {
        let own = ("origin", "http://staff.shop.example");
        let (same, cross) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
        for good in [&[own, same][..], &[own], &[same], &[("origin", "https://staff.shop.example"), same]] {
            assert!(check(&Method::POST, good), "{good:?}");
        }
        for bad in [
            &[][..],
            &[cross],
            &[own, cross],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-site"), own],
            &[("origin", "http://evil.example")],
            &[("origin", "http://evil.example"), same],
            &[("origin", "https://staff.shop.example")],
            &[("origin", "null")],
            &[("origin", "null"), same],
            &[own, own],
            &[same, same],
        ] {
            assert!(!check(&Method::POST, bad), "{bad:?}");
        }
        assert!(check(&Method::GET, &[cross]));
    }
}
