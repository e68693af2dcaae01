//! `/.well-known/http-message-signatures-directory`: the public keys of what signs requests to shops, for shops that
//! check them.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::response::Refusal;
use crate::crypto::message_signature::{MessageKey, Parameters, content_digest};
use crate::domain::clock::Ambient;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use serde_json::json;
use utoipa::ToSchema;

const TYPE: &str = "application/http-message-signatures-directory+json";
/// How long the answer may be kept, and how long its signatures hold, in seconds.
const LIFE: i64 = 3600;

/// The keys, and under which name they are to be found.
#[derive(Debug)]
pub struct BotDirectory {
    keys: Vec<MessageKey>,
    /// Host, and port where it is not the usual one.
    authority: String,
    body: String,
}

impl BotDirectory {
    /// The present key, and the one before while the root key is being changed.
    pub fn new(keys: Vec<MessageKey>, authority: String) -> Self {
        let set: Vec<_> = keys
            .iter()
            .map(|key| json!({"kty": "OKP", "crv": "Ed25519", "kid": key.id(), "x": key.public(), "use": "sig"}))
            .collect();
        let body = json!({ "keys": set }).to_string();
        Self { keys, authority, body }
    }

    /// Each key signs that it is meant to stand here.
    fn answer(&self, ambient: &Ambient) -> Result<Response, Rejection> {
        let digest = content_digest(self.body.as_bytes());
        let created = ambient.now().timestamp();
        let parameters = Parameters { created, expires: created + LIFE, tag: "http-message-signatures-directory" };
        let components = [("\"@authority\";req", self.authority.as_str()), ("\"content-digest\"", digest.as_str())];
        let (mut inputs, mut signatures) = (Vec::new(), Vec::new());
        for (n, key) in self.keys.iter().enumerate() {
            let (input, signature) = key.sign(&components, parameters);
            inputs.push(format!("sig{n}={input}"));
            signatures.push(format!("sig{n}={signature}"));
        }
        let value = |text: String| HeaderValue::try_from(text).map_err(|_| Rejection::Internal);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(TYPE)),
            (header::CACHE_CONTROL, value(format!("public, max-age={LIFE}"))?),
            (HeaderName::from_static("content-digest"), value(digest)?),
            (HeaderName::from_static("signature-input"), value(inputs.join(", "))?),
            (HeaderName::from_static("signature"), value(signatures.join(", "))?),
        ];
        Ok((headers, self.body.clone()).into_response())
    }
}

/// Public keys of signed requests.
#[derive(ToSchema)]
#[schema(as = BotKeySet)]
#[expect(dead_code, reason = "the schema of what is written by hand")]
pub(crate) struct BotKeySetView {
    keys: Vec<BotKeyView>,
}

/// A public key (RFC 8037 section 2).
#[derive(ToSchema)]
#[schema(as = BotKey)]
#[expect(dead_code, reason = "the schema of what is written by hand")]
pub(crate) struct BotKeyView {
    /// `OKP`
    #[schema(example = "OKP")]
    kty: String,
    /// `Ed25519`
    #[schema(example = "Ed25519")]
    crv: String,
    /// Its thumbprint (RFC 7638): the `keyid` of signatures.
    kid: String,
    /// The key, in base64url.
    x: String,
    /// `sig`
    #[schema(rename = "use", example = "sig")]
    usage: String,
}

/// The public keys of requests to shops.
///
/// With `outbound.sign_requests` every request to a shop is signed (Web Bot Auth: RFC 9421,
/// draft-ietf-webbotauth-httpsig-protocol), and names this address. The answer is signed by each key that is in it.
/// Without the setting there is nothing here.
#[utoipa::path(
    get,
    path = "/.well-known/http-message-signatures-directory",
    tag = "Stores",
    summary = "Public keys of signed requests",
    responses((status = 200, description = "A key set (RFC 7517).", body = BotKeySetView,
        content_type = "application/http-message-signatures-directory+json")),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(_): Gated) -> Result<Response, Refusal> {
    let directory = state.bot_directory.as_ref();
    let directory = directory.ok_or(Rejection::NotFound("Requests to shops are not signed here."))?;
    Ok(directory.answer(&state.ambient)?)
}
