//! HTTP message signatures (RFC 9421) with Ed25519: what is signed, and the two fields that tell it. Only made, never
//! checked: nobody signs what comes in here. Lines and parameters are given by whoever signs.

use crate::crypto::RootKey;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use secrecy::zeroize::Zeroize as _;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// What the root key derives the key of; never to be changed.
const PURPOSE: &str = "web bot auth";

/// A key that messages are signed with. Cheap to clone.
#[derive(Clone)]
pub struct MessageKey {
    pair: Arc<Ed25519KeyPair>,
    /// Its thumbprint (RFC 7638, RFC 8037 appendix A.3).
    id: String,
    /// In base64url.
    public: String,
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageKey({})", self.id)
    }
}

/// A component of a message: its identifier as it stands in the signature, and its value.
pub type Component<'a> = (&'a str, &'a str);

/// The parameters of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// Seconds since 1970.
    pub created: i64,
    pub expires: i64,
    pub tag: &'a str,
}

impl MessageKey {
    /// The one of an installation, of nothing but its root key.
    pub fn of(root: &RootKey) -> Option<Self> {
        let mut seed = root.derive(PURPOSE);
        let key = Self::of_seed(&seed);
        seed.zeroize();
        key
    }

    fn of_seed(seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // The members that are required, in their order, without blanks.
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(jwk.as_bytes()));
        Some(Self { pair: Arc::new(pair), id, public })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key, in base64url.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The members of `Signature-Input` and `Signature` behind their label.
    pub fn sign(&self, components: &[Component<'_>], parameters: Parameters<'_>) -> (String, String) {
        let Parameters { created, expires, tag } = parameters;
        let id = &self.id;
        let names = components.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
        let input = format!(r#"({names});created={created};expires={expires};keyid="{id}";alg="ed25519";tag="{tag}""#);
        let signature = self.signature(components, &input);
        (input, signature)
    }

    /// Of the signature base (section 2.5).
    fn signature(&self, components: &[Component<'_>], input: &str) -> String {
        let lines = components.iter().fold(String::new(), |all, (name, value)| all + name + ": " + value + "\n");
        let base = format!("{lines}\"@signature-params\": {input}");
        format!(":{}:", STANDARD.encode(self.pair.sign(base.as_bytes())))
    }
}

/// The value of `Content-Digest` (RFC 9530).
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

#[cfg(test)]
mod tests {
    use super::{MessageKey, Parameters, content_digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::signature::{ED25519, UnparsedPublicKey};

    /// Of RFC 9421 appendix B.1.4.
    fn key() -> MessageKey {
        let seed = URL_SAFE_NO_PAD.decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap();
        MessageKey::of_seed(&seed.try_into().unwrap()).unwrap()
    }

    #[test]
    fn the_key_is_the_one_of_the_specification() {
        assert_eq!(key().public(), "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
        assert_eq!(key().id(), "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U");
        assert!(!format!("{:?}", key()).contains("n4Ni"));
    }

    #[test]
    fn a_request_is_signed_as_in_the_specification() {
        // RFC 9421 appendix B.2.6.
        let components = [
            ("\"date\"", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("\"@method\"", "POST"),
            ("\"@path\"", "/foo"),
            ("\"@authority\"", "example.com"),
            ("\"content-type\"", "application/json"),
            ("\"content-length\"", "18"),
        ];
        let input = "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
                     ;created=1618884473;keyid=\"test-key-ed25519\"";
        let wanted = ":wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
        assert_eq!(key().signature(&components, input), wanted);
    }

    #[test]
    fn what_is_signed_can_be_checked_and_nothing_else() {
        let components =
            [("\"@authority\"", "shop.example"), ("\"signature-agent\";key=\"sig1\"", "\"https://a.example\"")];
        let parameters = Parameters { created: 1_800_000_000, expires: 1_800_000_300, tag: "web-bot-auth" };
        let (input, signature) = key().sign(&components, parameters);
        assert_eq!(
            input,
            "(\"@authority\" \"signature-agent\";key=\"sig1\");created=1800000000;expires=1800000300\
             ;keyid=\"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U\";alg=\"ed25519\";tag=\"web-bot-auth\""
        );
        let base = format!(
            "\"@authority\": shop.example\n\"signature-agent\";key=\"sig1\": \"https://a.example\"\n\"@signature-params\": {input}"
        );
        let signature = STANDARD.decode(signature.trim_matches(':')).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, URL_SAFE_NO_PAD.decode(key().public()).unwrap());
        assert!(public.verify(base.as_bytes(), &signature).is_ok());
        assert!(public.verify(base.replace("shop", "other").as_bytes(), &signature).is_err());
    }

    #[test]
    fn a_digest_is_the_one_of_the_specification() {
        // RFC 9530 appendix D.
        let digest = content_digest(b"{\"hello\": \"world\"}\n");
        assert_eq!(digest, "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
    }
}
