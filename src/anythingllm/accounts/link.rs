//! A link that opens AnythingLLM's interface already signed in: its simple single sign-on.

use crate::anythingllm::client::{Ask, Client, OnBehalf, UpstreamAnswer};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::domain::user::UserId;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::time::Duration;

/// How long AnythingLLM honours a token it has issued. Its source says so; its own comment there says an hour.
const LIFETIME: Duration = Duration::from_mins(6);

/// What came of asking for a link.
#[derive(Debug)]
pub enum LoginLink {
    /// AnythingLLM has issued a token (`admin/issue_auth_token`). It works once, and ends those issued to the user
    /// before.
    Issued {
        /// Path and query of the page that redeems it, on AnythingLLM's interface. Opens it as the user, without a
        /// password.
        path: SecretString,
        lifetime: Duration,
    },
    /// The user is not there any more (`admin/issue_auth_token_missing_user`).
    NoSuchUser,
    /// Simple single sign-on is switched off in AnythingLLM, or it has no accounts (`admin/issue_auth_token_single`).
    Off,
}

#[derive(Deserialize)]
struct Issued {
    token: SecretString,
}

impl Client {
    /// Has a one-time token issued to a user. AnythingLLM issues one to a suspended user too, who cannot redeem it.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn issue_login_link(
        &self,
        id: UserId,
        request: Option<OnBehalf<'_>>,
    ) -> Result<LoginLink, UpstreamError> {
        let ask = Ask::get(format!("/api/v1/users/{id}/issue-auth-token")).on_behalf(request);
        read(&self.answer(ask).await?)
    }
}

fn read(answer: &UpstreamAnswer) -> Result<LoginLink, UpstreamError> {
    match answer.status {
        StatusCode::NOT_FOUND => Ok(LoginLink::NoSuchUser),
        // A bad API key is refused in JSON (`admin/issue_auth_token_no_key`), the rest in plain words.
        StatusCode::FORBIDDEN if !answer.is_json() => Ok(LoginLink::Off),
        StatusCode::OK => {
            let Issued { token } = answer.json()?;
            if token.expose_secret().is_empty() {
                return Err(UpstreamError::Contract(Said::new("an empty single sign-on token")));
            }
            // Not the path of the answer: what is opened in a browser is written here.
            let token = utf8_percent_encode(token.expose_secret(), NON_ALPHANUMERIC);
            Ok(LoginLink::Issued { path: format!("/sso/simple?token={token}").into(), lifetime: LIFETIME })
        }
        _ => Err(answer.refusal()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::recorded;
    use super::*;

    #[test]
    fn every_recorded_answer_is_understood() {
        let Ok(LoginLink::Issued { path, .. }) = read(&recorded("admin/issue_auth_token")) else { panic!("no link") };
        assert_eq!(path.expose_secret(), "/sso/simple?token=%3CSSO%5FTOKEN%3E");
        for name in ["admin/issue_auth_token_missing_user", "admin/issue_auth_token_bad_id"] {
            assert!(matches!(read(&recorded(name)), Ok(LoginLink::NoSuchUser)), "{name}");
        }
        assert!(matches!(read(&recorded("admin/issue_auth_token_single")), Ok(LoginLink::Off)));
        assert!(matches!(read(&recorded("admin/issue_auth_token_no_key")), Err(UpstreamError::BadKey)));
    }

    #[test]
    fn a_link_is_not_shown_and_cannot_lead_elsewhere() {
        let answer = UpstreamAnswer::recorded(
            200,
            true,
            r#"{"token":"a b&redirectTo=//evil.example","loginPath":"//evil.example"}"#,
        );
        let link = read(&answer).unwrap();
        assert!(!format!("{link:?}").contains("evil"));
        let LoginLink::Issued { path, .. } = link else { panic!("no link") };
        assert_eq!(path.expose_secret(), "/sso/simple?token=a%20b%26redirectTo%3D%2F%2Fevil%2Eexample");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(status in 100u16..600, json: bool, body in ".{0,200}") {
            let _ = read(&UpstreamAnswer::recorded(status, json, body));
        }
    }
}
