//! Proofs of work in the form of ALTCHA (version 1 of its protocol, <https://altcha.org/docs/v1/server-integration/>):
//! the browser searches the number behind a hash, which costs it a moment and whoever wants thousands of tokens a
//! computer.
//!
//! Nothing is stored for a challenge; it proves by its signature that it was made here, for one key. That each is good
//! for one token is up to whoever keeps what was spent.

use crate::domain::clock::Randomness;
use crate::domain::key::PublicId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use thiserror::Error;
use utoipa::ToSchema;

/// The one algorithm: every ALTCHA client has it.
const ALGORITHM: &str = "SHA-256";
/// A solution has about 400 characters; what is longer is not looked at.
const MAX_PROOF_CHARS: usize = 2048;

/// A challenge, as ALTCHA's clients read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofChallenge)]
pub struct Challenge {
    /// `SHA-256`
    #[schema(example = "SHA-256")]
    pub algorithm: &'static str,
    /// The hash of `salt` and the number that is searched, in hexadecimal digits.
    pub challenge: String,
    /// The number is not greater.
    #[schema(example = 50_000)]
    pub maxnumber: u32,
    /// Hashed before the number; says when the challenge expires.
    #[schema(example = "4f1c…?expires=1795468800&")]
    pub salt: String,
    /// To be sent back as it is.
    pub signature: String,
}

/// A solution as ALTCHA's clients send it, in base64. What else they add, such as the time it took, is passed over.
#[derive(Deserialize)]
struct Solution {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// A solution that is right. It must still be seen to that it is the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solved {
    /// Names the challenge.
    pub challenge: [u8; 32],
    /// Afterwards it is refused anyway.
    pub expires_at: DateTime<Utc>,
}

/// Why a proof is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadProof {
    /// Not base64 of JSON with the members of a solution.
    #[error("is not a solution in ALTCHA's form")]
    Unreadable,
    /// Another number, another key's challenge, or one that was not made here.
    #[error("does not solve a challenge of this key")]
    Wrong,
    /// Its time is over.
    #[error("solves a challenge that has expired")]
    Expired,
}

/// What challenges are signed with: derived from the present root key, and from the one before it.
#[derive(Debug, Clone)]
pub struct ProofKeys {
    present: hmac::Key,
    former: Option<hmac::Key>,
}

impl ProofKeys {
    /// Takes derived keys.
    pub fn new(present: [u8; 32], former: Option<[u8; 32]>) -> Self {
        let key = |bytes: [u8; 32]| hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Self { present: key(present), former: former.map(key) }
    }

    /// A challenge for whoever wants a token for `key`.
    pub fn challenge(
        &self,
        key: &PublicId,
        maxnumber: u32,
        expires_at: DateTime<Utc>,
        randomness: &dyn Randomness,
    ) -> Challenge {
        let (mut random, mut number) = ([0; 16], [0; 8]);
        randomness.fill(&mut random);
        randomness.fill(&mut number);
        let number = u64::from_be_bytes(number) % (u64::from(maxnumber) + 1);
        // Ends with a delimiter: otherwise digits could be moved from the number to the time.
        let salt = format!("{}?expires={}&", hex(&random), expires_at.timestamp());
        let challenge = hex(&hash(&salt, number));
        let signature = hex(hmac::sign(&of_key(&self.present, key), challenge.as_bytes()).as_ref());
        Challenge { algorithm: ALGORITHM, challenge, maxnumber, salt, signature }
    }

    /// Whether `proof` solves a challenge of `key`.
    ///
    /// # Errors
    /// [`BadProof`]
    pub fn check(&self, key: &PublicId, proof: &str, now: DateTime<Utc>) -> Result<Solved, BadProof> {
        if proof.len() > MAX_PROOF_CHARS {
            return Err(BadProof::Unreadable);
        }
        let json = STANDARD.decode(proof).map_err(|_| BadProof::Unreadable)?;
        let solution: Solution = serde_json::from_slice(&json).map_err(|_| BadProof::Unreadable)?;
        let challenge = hash(&solution.salt, solution.number);
        if solution.algorithm != ALGORITHM || solution.challenge != hex(&challenge) {
            return Err(BadProof::Wrong);
        }
        let signature = unhex(&solution.signature).ok_or(BadProof::Wrong)?;
        let signed = |by: &hmac::Key| hmac::verify(&of_key(by, key), solution.challenge.as_bytes(), &signature).is_ok();
        if !signed(&self.present) && !self.former.as_ref().is_some_and(signed) {
            return Err(BadProof::Wrong);
        }
        // What we have signed has the form that we give it.
        let expires_at = expiry(&solution.salt).ok_or(BadProof::Wrong)?;
        if expires_at <= now { Err(BadProof::Expired) } else { Ok(Solved { challenge, expires_at }) }
    }
}

/// Each API key has a key of its own, so that a challenge of one is no good for another.
fn of_key(root: &hmac::Key, key: &PublicId) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(root, key.as_str().as_bytes()).as_ref())
}

fn hash(salt: &str, number: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(number.to_string());
    hash.finalize().into()
}

fn expiry(salt: &str) -> Option<DateTime<Utc>> {
    let seconds = salt.split_once("?expires=")?.1.strip_suffix('&')?;
    DateTime::from_timestamp(seconds.parse().ok()?, 0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Clock as _, SystemClock, SystemRandomness};
    use crate::domain::key::{ApiKey, KeyEnv, KeyKind};
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn public_id() -> PublicId {
        ApiKey::generate(KeyKind::Publishable, KeyEnv::Live, &SystemRandomness).public_id()
    }

    /// What a browser does.
    fn solve(challenge: &Challenge) -> Value {
        let number =
            (0..=u64::from(challenge.maxnumber)).find(|n| hex(&hash(&challenge.salt, *n)) == challenge.challenge);
        json!({"algorithm": "SHA-256", "challenge": challenge.challenge, "number": number.unwrap(), "salt": challenge.salt,
            "signature": challenge.signature, "took": 12})
    }

    fn proof(solution: &Value) -> String {
        STANDARD.encode(solution.to_string())
    }

    #[test]
    fn a_solution_counts_for_its_key_until_the_challenge_expires() {
        let (keys, key, now) = (ProofKeys::new([1; 32], None), public_id(), SystemClock.now());
        let until = now + TimeDelta::seconds(60);
        let solution = solve(&keys.challenge(&key, 200, until, &SystemRandomness));
        let solved = keys.check(&key, &proof(&solution), now).unwrap();
        assert_eq!(solved.expires_at.timestamp(), until.timestamp());
        assert_eq!(keys.check(&public_id(), &proof(&solution), now), Err(BadProof::Wrong));
        assert_eq!(keys.check(&key, &proof(&solution), until), Err(BadProof::Expired));
        assert_eq!(ProofKeys::new([2; 32], None).check(&key, &proof(&solution), now), Err(BadProof::Wrong));
        assert_eq!(ProofKeys::new([2; 32], Some([1; 32])).check(&key, &proof(&solution), now), Ok(solved));
    }

    #[test]
    fn a_solution_that_was_changed_is_none() {
        let (keys, key, now) = (ProofKeys::new([1; 32], None), public_id(), SystemClock.now());
        let good = solve(&keys.challenge(&key, 200, now + TimeDelta::seconds(60), &SystemRandomness));
        let later = good["salt"].as_str().unwrap().replace("expires=", "expires=9");
        for (name, value) in [
            ("number", json!(good["number"].as_u64().unwrap() + 1)),
            ("salt", json!(later)),
            ("challenge", json!(hex(&hash(&later, good["number"].as_u64().unwrap())))),
            ("signature", json!("00")),
            ("signature", json!("")),
            ("algorithm", json!("SHA-1")),
        ] {
            let mut changed = good.clone();
            changed[name] = value;
            assert_eq!(keys.check(&key, &proof(&changed), now), Err(BadProof::Wrong), "{name}");
        }
        // Another salt and its own hash, under the old signature.
        let mut spliced = good.clone();
        spliced["challenge"] = json!(hex(&hash(&later, good["number"].as_u64().unwrap())));
        spliced["salt"] = json!(later);
        assert_eq!(keys.check(&key, &proof(&spliced), now), Err(BadProof::Wrong));
        // The number's digits cannot become part of the time.
        assert!(good["salt"].as_str().unwrap().ends_with('&'));
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_proves_nothing(text in ".{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (keys, key, now) = (ProofKeys::new([1; 32], None), public_id(), SystemClock.now());
            prop_assert!(keys.check(&key, &text, now).is_err());
            prop_assert!(keys.check(&key, &STANDARD.encode(bytes), now).is_err());
        }

        #[test]
        fn no_number_but_the_right_one_solves(number in any::<u64>()) {
            let (keys, key, now) = (ProofKeys::new([1; 32], None), public_id(), SystemClock.now());
            let mut solution = solve(&keys.challenge(&key, 50, now + TimeDelta::seconds(60), &SystemRandomness));
            let right = solution["number"] == json!(number);
            solution["number"] = json!(number);
            prop_assert_eq!(keys.check(&key, &proof(&solution), now).is_ok(), right);
        }
    }
}
