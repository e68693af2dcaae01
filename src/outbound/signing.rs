//! Requests that say who sends them (Web Bot Auth, draft-ietf-webbotauth-httpsig-protocol): shops let signed programs do
//! more than unknown ones.

use crate::crypto::message_signature::{MessageKey, Parameters};
use crate::domain::clock::Ambient;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Position, Url};

/// How long a signature holds, in seconds. Every request has its own; clocks differ by some.
const LIFE: i64 = 300;
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const AGENT: HeaderName = HeaderName::from_static("signature-agent");

/// Signs requests as one installation.
#[derive(Debug, Clone)]
pub struct RequestSigner {
    key: MessageKey,
    /// Where its public keys are, as a string of structured fields.
    agent: String,
    ambient: Ambient,
}

impl RequestSigner {
    /// `agent`: the https address below which the key directory is.
    pub fn new(key: MessageKey, agent: &str, ambient: Ambient) -> Self {
        // An address has neither quotes nor backslashes.
        Self { key, agent: format!("\"{agent}\""), ambient }
    }

    /// Signs a request to this address; only over TLS, where nobody on the way can take the signature.
    pub(super) fn sign(&self, url: &Url, headers: &mut HeaderMap) {
        if url.scheme() != "https" {
            return;
        }
        // Without the port where it is the usual one, as the URL has it.
        let authority = url[Position::BeforeHost..Position::AfterPort].to_ascii_lowercase();
        let created = self.ambient.now().timestamp();
        let parameters = Parameters { created, expires: created + LIFE, tag: "web-bot-auth" };
        let components = [("\"@authority\"", authority.as_str()), ("\"signature-agent\";key=\"sig1\"", &self.agent)];
        let (input, signature) = self.key.sign(&components, parameters);
        let fields = [(AGENT, &self.agent), (INPUT, &input), (SIGNATURE, &signature)];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::try_from(format!("sig1={value}")) {
                headers.insert(name, value);
            }
        }
    }
}
