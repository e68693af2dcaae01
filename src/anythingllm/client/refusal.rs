//! What AnythingLLM means when it does not say yes.

use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::wire::ErrorBody;
use http::StatusCode;

/// What an answer other than a good one means (contract notes, section 2).
pub(super) fn refusal(status: StatusCode, json: bool, body: &[u8]) -> UpstreamError {
    let said = if json {
        serde_json::from_slice::<ErrorBody>(body).ok().and_then(ErrorBody::into_words).unwrap_or_default()
    } else {
        String::from_utf8_lossy(body.get(..body.len().min(512)).unwrap_or_default()).into_owned()
    };
    match status {
        StatusCode::FORBIDDEN => UpstreamError::BadKey,
        StatusCode::NOT_FOUND => UpstreamError::NotFound,
        StatusCode::BAD_REQUEST if said == "Bad Request" || said.ends_with("is not a valid workspace.") => {
            UpstreamError::NotFound
        }
        StatusCode::BAD_REQUEST if json => UpstreamError::Refused(Said::new(&said)),
        StatusCode::UNAUTHORIZED | StatusCode::UNPROCESSABLE_ENTITY => UpstreamError::Refused(Said::new(&said)),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            UpstreamError::Failed { status: status.as_u16(), said: Said::new(&said) }
        }
        _ => UpstreamError::Contract(Said::new(&format!("status {status} with {}", kind(json, &said)))),
    }
}

fn kind(json: bool, text: &str) -> &'static str {
    if json {
        "unknown JSON"
    } else if text.trim_start().starts_with('<') {
        "a web page; the path is unknown there"
    } else {
        "something that is not JSON"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> UpstreamError {
        refusal(StatusCode::from_u16(status).unwrap(), body.starts_with('{'), body.as_bytes())
    }

    #[test]
    fn all_ways_to_say_no_such_workspace_are_understood() {
        for (status, body) in [
            (400, r#"{"id":"x","type":"abort","close":true,"error":"Workspace nope is not a valid workspace."}"#),
            (400, r#"{"message":"Workspace nope is not a valid workspace."}"#),
            (400, "Bad Request"),
            (404, "Not Found"),
        ] {
            assert!(matches!(refused(status, body), UpstreamError::NotFound), "{status} {body}");
        }
    }

    #[test]
    fn a_bad_key_is_its_own_error() {
        assert!(matches!(refused(403, r#"{"error":"No valid api key found."}"#), UpstreamError::BadKey));
    }

    #[test]
    fn a_web_page_with_status_200_is_a_broken_contract() {
        let error = refused(200, "<!doctype html><html></html>");
        assert!(matches!(&error, UpstreamError::Contract(_)), "{error}");
        assert!(error.to_string().contains("a web page"));
    }

    #[test]
    fn a_server_error_keeps_its_words_for_the_log() {
        let error = refused(500, r#"{"success":false,"error":"Document processing API is not online."}"#);
        assert_eq!(error.to_string(), "AnythingLLM failed with status 500: Document processing API is not online.");
    }
}
