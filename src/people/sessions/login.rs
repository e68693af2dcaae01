//! Logging in with name and password.

use super::{Granted, Sessions};
use crate::anythingllm::{LoggedIn, Login, OnBehalf, UpstreamError};
use crate::crypto::refresh_token::RefreshKey;
use crate::domain::address::Address;
use crate::domain::auth_session::AuthSession;
use crate::domain::ids::{AuthSessionId, RequestId};
use crate::domain::rotation::Family;
use crate::rejection::Rejection;
use crate::telemetry::RequestFacts;
use ipnet::IpNet;
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Waiting for a place among the logins in flight.
const PLACE_WAIT: Duration = Duration::from_secs(2);

/// Somebody who wants to log in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// As typed: AnythingLLM tells upper from lower case (`auth/request_token_username_case`).
    pub username: String,
    pub password: SecretString,
    pub ip: IpAddr,
    /// With what, for the list of sessions.
    pub device: String,
}

impl Sessions {
    /// Begins a session for whoever AnythingLLM says has this name and password. However the request ends, an attempt
    /// that was begun upstream keeps its place among those in flight until AnythingLLM has answered.
    ///
    /// # Errors
    /// `invalid_credentials` for an unknown name and for a wrong password, which no answer tells apart; `forbidden` for
    /// the right password of a suspended user; `login_throttled`; `conflict` when AnythingLLM has no accounts or takes
    /// no passwords; 502 to 504 for AnythingLLM; 503 without PostgreSQL.
    pub async fn log_in(
        &self,
        attempt: LoginAttempt,
        request_id: &RequestId,
        facts: &Arc<RequestFacts>,
    ) -> Result<Granted, Rejection> {
        let result = self.try_log_in(attempt, OnBehalf { request_id, facts }).await;
        self.parts.metrics.login(match &result {
            Ok(_) => "ok",
            Err(rejection) => rejection.code(),
        });
        result
    }

    async fn try_log_in(&self, attempt: LoginAttempt, request: OnBehalf<'_>) -> Result<Granted, Rejection> {
        let throttled = |wait: chrono::TimeDelta| Rejection::LoginThrottled {
            retry_after: wait.to_std().unwrap_or(Duration::from_secs(1)),
        };
        let counted = self.throttle.begin(&attempt.username, attempt.ip).await.map_err(throttled)?;
        let place = Address::of(attempt.ip).neighbourhood();
        let device = attempt.device.clone();
        let began = Instant::now();
        match self.ask(attempt, request).await {
            Ok(Login::Valid(logged_in)) => {
                self.throttle.succeeded(&counted).await;
                self.begin(logged_in, device, place, request).await
            }
            Ok(Login::Refused) => {
                // Unknown names are refused sooner upstream (`auth/request_token_unknown_user`).
                sleep_until(answer_at(began, Instant::now(), self.parts.rules.login_failure)).await;
                Err(Rejection::InvalidCredentials)
            }
            Ok(Login::Suspended) => {
                self.throttle.undecided(&counted).await;
                Err(Rejection::Forbidden("This account is suspended in AnythingLLM."))
            }
            Ok(Login::NoAccounts) => {
                self.throttle.undecided(&counted).await;
                Err(Rejection::Conflict(
                    "AnythingLLM runs in single-user mode, which has no accounts; switch it to multi-user mode.",
                ))
            }
            Ok(Login::PasswordsOff) => {
                self.throttle.undecided(&counted).await;
                Err(Rejection::Conflict("AnythingLLM takes no passwords: SIMPLE_SSO_NO_LOGIN is set there."))
            }
            Err(rejection) => {
                self.throttle.undecided(&counted).await;
                Err(rejection)
            }
        }
    }

    async fn ask(&self, attempt: LoginAttempt, request: OnBehalf<'_>) -> Result<Login, Rejection> {
        let busy = Rejection::LoginThrottled { retry_after: Duration::from_secs(1) };
        let place = self.places.take(Address::of(attempt.ip), PLACE_WAIT).await.ok_or(busy)?;
        let client = self.parts.client.clone();
        let (id, facts) = (request.request_id.clone(), Arc::clone(request.facts));
        // A task of its own: when the client leaves, AnythingLLM goes on checking the password, and the place is taken.
        let asking = tokio::spawn(async move {
            let _place = place;
            let request = OnBehalf { request_id: &id, facts: &facts };
            client.log_in(&attempt.username, &attempt.password, Some(request)).await
        });
        let answer: Result<Login, UpstreamError> = asking.await.map_err(|error| {
            tracing::error!(request_id = %request.request_id, %error, "a login broke off");
            Rejection::Internal
        })?;
        answer.map_err(|error| error.to_rejection(request.request_id))
    }

    async fn begin(
        &self,
        logged_in: LoggedIn,
        device: String,
        place: IpNet,
        request: OnBehalf<'_>,
    ) -> Result<Granted, Rejection> {
        let parts = &self.parts;
        let now = parts.ambient.now();
        let id = AuthSessionId::new(&parts.ambient);
        let (row, random) = (id.to_string(), &*parts.ambient.randomness);
        let mut secret = [0; 32];
        random.fill(&mut secret);
        let refresh_key = parts.refresh_sealer.seal(&row, &secret, random).map_err(|_| Rejection::Internal)?;
        let token = logged_in.session.expose_secret().as_bytes();
        let upstream_token = parts.upstream_sealer.seal(&row, token, random).map_err(|_| Rejection::Internal)?;
        let session = AuthSession {
            id,
            tenant: Self::TENANT,
            tenant_active: true,
            user: logged_in.user.id,
            username: logged_in.user.username,
            role: logged_in.user.role,
            family: Family::begin(now, parts.rules.absolute, &parts.rules.refresh),
            refresh_key,
            upstream_token: Some(upstream_token),
            device,
            ip_prefix: place,
            created_at: now,
            last_used_at: now,
            user_checked_at: now,
            revoked: None,
        };
        let stored = parts.database.auth_sessions().insert(&session).await;
        stored.map_err(|error| error.to_rejection(request.request_id))?;
        tracing::info!(request_id = %request.request_id, user = %session.user, session = %id, "a session has begun");
        let granted = self.grant(&session, &RefreshKey::new(secret), logged_in.recovery_codes, request).await;
        secret.zeroize();
        let mut granted = granted?;
        granted.workspaces = self.reachable(&granted.user, request).await;
        Ok(granted)
    }
}

/// The next multiple of `step` after `began`.
fn answer_at(began: Instant, now: Instant, step: Duration) -> Instant {
    let step = step.max(Duration::from_millis(1));
    let steps = now.duration_since(began).as_nanos() / step.as_nanos() + 1;
    began + step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_answered_at_multiples_of_one_time() {
        let began = Instant::now();
        let at = |millis| {
            let now = began + Duration::from_millis(millis);
            (answer_at(began, now, Duration::from_millis(750)) - began).as_millis()
        };
        // An unknown name and a wrong password, as recorded, and a wrong one on a busy machine.
        assert_eq!([at(6), at(31), at(140), at(340)], [750; 4]);
        assert_eq!([at(0), at(749), at(750), at(1600)], [750, 750, 1500, 2250]);
    }
}
