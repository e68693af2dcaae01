//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), and what counts as the same request.

use crate::api::ApiState;
use crate::api::response::{OrReject as _, json_bytes};
use crate::domain::access::Principal;
use crate::domain::ids::TenantId;
use crate::domain::key::KeyKind;
use crate::domain::owner::Requester;
use crate::gate::Admitted;
use crate::idempotency::{self, Held, Kept};
use crate::rejection::Rejection;
use crate::storage::IdempotentRequest;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use sha2::{Digest as _, Sha256};

const HEADER: &str = "idempotency-key";
const MAX_KEY_CHARS: usize = 255;

/// What is to be done with a request.
#[derive(Debug)]
pub(in crate::api) enum Attempt {
    /// Answer it; with a key, the claim to it.
    Fresh(Option<Box<Claimed>>),
    /// It was answered before, like this.
    Replay(Box<Response>),
}

/// A claim, and what it is to.
#[derive(Debug)]
pub(in crate::api) struct Claimed {
    held: Held,
    asked: AskedUnderKey,
}

/// A request that carries a key.
#[derive(Debug)]
struct AskedUnderKey {
    tenant: TenantId,
    principal: String,
    key: String,
    fingerprint: [u8; 32],
}

impl AskedUnderKey {
    fn request(&self) -> IdempotentRequest<'_> {
        let Self { tenant, principal, key, fingerprint } = self;
        IdempotentRequest { tenant: *tenant, principal, key, fingerprint: *fingerprint }
    }
}

impl Attempt {
    /// Looks whether this request was answered before.
    ///
    /// # Errors
    /// 400 for a header that is no key, 409 while it is being answered, 422 if it was another request, 503.
    pub(in crate::api) async fn begin(
        state: &ApiState,
        admitted: &Admitted,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Rejection> {
        let Some(key) = key_of(headers)? else { return Ok(Self::Fresh(None)) };
        let asked = AskedUnderKey {
            tenant: admitted.tenant()?,
            principal: requester(admitted)?.storage_key(),
            key: key.to_owned(),
            fingerprint: fingerprint(admitted, body),
        };
        match state.idempotency.begin(&asked.request()).await.or_reject(admitted)? {
            idempotency::Attempt::Fresh(held) => Ok(Self::Fresh(Some(Box::new(Claimed { held, asked })))),
            idempotency::Attempt::Replay { status, body } => Ok(Self::Replay(Box::new(replayed(status, body)?))),
        }
    }
}

/// Keeps the answer for the next time and sends it; without a key it is sent only.
///
/// # Errors
/// 409 while another attempt is at it that has taken the key over, 503 if the answer cannot be kept: sent again, the
/// request would get another one.
pub(in crate::api) async fn keep(
    state: &ApiState,
    admitted: &Admitted,
    claimed: Option<Box<Claimed>>,
    body: Vec<u8>,
) -> Result<Response, Rejection> {
    let Some(claimed) = claimed else { return Ok(json_bytes(StatusCode::OK, body)) };
    let Claimed { held, asked } = *claimed;
    let kept = state.idempotency.keep(&asked.request(), held, StatusCode::OK.as_u16(), &body).await;
    match kept.or_reject(admitted)? {
        Kept::Here => Ok(json_bytes(StatusCode::OK, body)),
        Kept::Other { status, body } => replayed(status, body),
    }
}

fn replayed(status: u16, body: Vec<u8>) -> Result<Response, Rejection> {
    let status = StatusCode::from_u16(status).map_err(|_| Rejection::Internal)?;
    Ok(json_bytes(status, body))
}

fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Rejection> {
    const BAD: Rejection = Rejection::BadRequest("`Idempotency-Key` is 1 to 255 visible ASCII characters, sent once.");
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let is_one = |key: &&str| (1..=MAX_KEY_CHARS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let key = value.to_str().ok().map(str::trim).filter(is_one);
    if values.next().is_some() { Err(BAD) } else { key.map(Some).ok_or(BAD) }
}

fn requester(admitted: &Admitted) -> Result<Requester, Rejection> {
    Ok(match admitted.principal() {
        Principal::Key(key) if key.kind == KeyKind::Publishable => Requester::Page(key.id, admitted.client_ip()),
        _ => Requester::Owner(admitted.owner()?),
    })
}

fn fingerprint(admitted: &Admitted, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(admitted.endpoint().name);
    hash.update([0]);
    hash.update(body);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> Result<Option<String>, Rejection> {
        let headers: HeaderMap = values.iter().map(|v| (HEADER.parse().unwrap(), v.parse().unwrap())).collect();
        key_of(&headers).map(|key| key.map(str::to_owned))
    }

    #[test]
    fn a_key_is_one_visible_word_of_some_length() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["order-4711-q1"]), Ok(Some("order-4711-q1".into())));
        for bad in [&[""][..], &["  "], &["a", "b"], &["a b"], &["a\tb"], &["ü"], &["x".repeat(256).as_str()]] {
            assert!(key(bad).is_err(), "{bad:?}");
        }
    }
}
