//! The secrets of sessions, sealed anew after the root key was changed.

use crate::crypto::seal::{Resealed, Sealer, UnsealError};
use crate::domain::clock::Randomness;
use crate::domain::ids::TenantId;
use crate::storage::{Database, SealedSession, StorageError};

const PAGE: u16 = 200;

/// Seals the secrets of all sessions of a tenant under the present root key. With the sealers of
/// [`Purpose::RefreshKey`](crate::crypto::seal::Purpose::RefreshKey) and
/// [`Purpose::UpstreamSessionToken`](crate::crypto::seal::Purpose::UpstreamSessionToken). A session that is changed at
/// the same moment is left for the next run.
///
/// # Errors
/// If the database cannot be asked; what was done stays done.
pub async fn reseal_sessions(
    database: &Database,
    tenant: TenantId,
    refresh: &Sealer,
    upstream: &Sealer,
    randomness: &dyn Randomness,
) -> Result<Resealed, StorageError> {
    let mut done = Resealed::default();
    let mut after = None;
    loop {
        let stored = database.auth_sessions();
        let sessions = stored.list_sealed_elsewhere(tenant, refresh.key_id(), after, PAGE).await?;
        let Some(last) = sessions.last() else { return Ok(done) };
        after = Some(last.id);
        for session in &sessions {
            match anew(session, refresh, upstream, randomness) {
                Ok((Some(refresh_key), token)) => {
                    done.add(stored.reseal(tenant, session, &refresh_key, token.as_ref()).await?);
                }
                Ok((None, _)) => {}
                Err(why) => done.lose(&format!("session {}", session.id), &why),
            }
        }
    }
}

type Anew = (Option<crate::domain::sealed::Sealed>, Option<crate::domain::sealed::Sealed>);

fn anew(
    session: &SealedSession,
    refresh: &Sealer,
    upstream: &Sealer,
    randomness: &dyn Randomness,
) -> Result<Anew, UnsealError> {
    let row = session.id.to_string();
    let refresh_key = refresh.reseal(&row, &session.refresh_key, randomness)?;
    let token = session.upstream_token.as_ref().map(|token| upstream.reseal(&row, token, randomness)).transpose()?;
    Ok((refresh_key, token.flatten()))
}
