//! Answers that are the same for everybody: their bytes are made and compressed once and shared by all who are being
//! answered, however slowly they read, and are not sent again to those who have them.

use crate::api::ApiBody;
use crate::api::precondition::{all, body_tag, is_known};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::io::Write as _;

/// What is smaller, in bytes, gains nothing by being compressed.
const WORTH_COMPRESSING: usize = 1024;

/// An answer of which only the client's side is left to say.
#[derive(Debug)]
pub(super) struct Fixed {
    plain: Form,
    gzip: Option<Form>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug)]
struct Form {
    body: Bytes,
    /// In quotes; each form has its own (RFC 9110 section 8.8.3.3).
    tag: String,
}

impl Fixed {
    pub(super) fn new(body: impl Into<Bytes>, headers: &[(HeaderName, &'static str)]) -> Self {
        let body = body.into();
        let gzip = (body.len() >= WORTH_COMPRESSING).then(|| compressed(&body)).flatten();
        let gzip = gzip.map(|body| Form { tag: body_tag(&body), body });
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        Self { plain: Form { tag: body_tag(&body), body }, gzip, headers }
    }

    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(asked));
        let form = gzip.unwrap_or(&self.plain);
        let is_known = is_known(asked, &form.tag);
        let mut response = Response::new(ApiBody::from(if is_known { Bytes::new() } else { form.body.clone() }));
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        if self.gzip.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        if let Ok(tag) = HeaderValue::from_str(&form.tag) {
            headers.insert(header::ETAG, tag);
        }
        if is_known {
            headers.remove(header::CONTENT_TYPE);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if gzip.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn compressed(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// RFC 9110 section 12.5.3.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let Some(codings) = all(asked, &header::ACCEPT_ENCODING) else { return false };
    let weight_of = |wanted: &[&str]| {
        codings.split(',').find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let is_it = wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
            is_it.then(|| weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0)))
        })
    };
    weight_of(&["gzip", "x-gzip"]).or_else(|| weight_of(&["*"])).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(lines: &[(HeaderName, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn page() -> Fixed {
        Fixed::new("x".repeat(5000), &[(header::CONTENT_TYPE, "text/plain"), (header::CACHE_CONTROL, "no-cache")])
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        let takes = |value: &str| takes_gzip(&asking(&[(header::ACCEPT_ENCODING, value)]));
        for yes in ["gzip", "br, gzip;q=0.5", "*", "GZIP", "identity, *;q=0.1", "deflate , x-gzip"] {
            assert!(takes(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "*, gzip;q=0.0", "gzip;q=x", "*;q=0", "identity"] {
            assert!(!takes(no), "{no}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn every_form_has_a_tag_of_its_own_and_is_not_sent_twice() {
        let page = page();
        let gzip = (header::ACCEPT_ENCODING, "gzip");
        let (plain, packed) = (page.answer(&HeaderMap::new()), page.answer(&asking(&[gzip.clone()])));
        let tag = |response: &Response| response.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_ne!(tag(&plain), tag(&packed));
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(plain.headers().get(header::CONTENT_ENCODING), None);
        for response in [&plain, &packed] {
            assert_eq!(
                (response.status(), &response.headers()[header::VARY]),
                (StatusCode::OK, &"Accept-Encoding".parse().unwrap())
            );
        }
        let again = page.answer(&asking(&[gzip.clone(), (header::IF_NONE_MATCH, &tag(&packed))]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(tag(&again), tag(&packed));
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
        let other = page.answer(&asking(&[gzip, (header::IF_NONE_MATCH, &tag(&plain))]));
        assert_eq!(other.status(), StatusCode::OK, "what is known is the other form");
    }

    #[test]
    fn all_who_are_answered_share_the_bytes() {
        let page = page();
        let begin = page.plain.body.as_ptr();
        assert_eq!(page.plain.body.clone().as_ptr(), begin);
        assert!(page.gzip.is_some_and(|form| form.body.len() < 100));
        assert!(Fixed::new("small", &[]).gzip.is_none());
    }
}
