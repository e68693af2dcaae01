//! Rows of `auth_sessions` and what they mean.

use crate::domain::auth_session::AuthSession;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::rotation::{Counter, Family};
use crate::domain::sealed::Sealed;
use crate::domain::user::UserId;
use crate::storage::StorageError;
use crate::storage::columns::{setting, word};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use uuid::Uuid;

pub(super) struct AuthSessionRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) tenant_active: bool,
    pub(super) user_id: i64,
    pub(super) username: String,
    pub(super) role: String,
    pub(super) refresh_counter: i64,
    pub(super) superseded_at: Vec<DateTime<Utc>>,
    pub(super) refresh_key: Vec<u8>,
    pub(super) upstream_token: Option<Vec<u8>>,
    pub(super) seal_key_id: String,
    pub(super) device: String,
    pub(super) ip_prefix: IpNet,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_used_at: DateTime<Utc>,
    pub(super) user_checked_at: DateTime<Utc>,
    pub(super) idle_expires_at: DateTime<Utc>,
    pub(super) absolute_expires_at: DateTime<Utc>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) revoke_reason: Option<String>,
}

/// Asks for whole rows: the columns of [`AuthSessionRow`], then what stands behind the table's name. A macro, because
/// checked queries are made of literals.
macro_rules! select_sessions {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            AuthSessionRow,
            r#"
            SELECT
              id,
              tenant_id,
              (SELECT t.status = 'active' FROM vestibule.tenants t WHERE t.id = tenant_id) AS "tenant_active!",
              user_id, username, role, refresh_counter, superseded_at, refresh_key, upstream_token, seal_key_id,
              device, ip_prefix AS "ip_prefix: _", created_at, last_used_at, user_checked_at, idle_expires_at,
              absolute_expires_at, revoked_at, revoke_reason
            FROM vestibule.auth_sessions
            "# + $behind,
            $($value),+
        )
    };
}
pub(super) use select_sessions;

impl AuthSessionRow {
    pub(super) fn into_session(self) -> Result<AuthSession, StorageError> {
        let reason = self.revoke_reason.map(|reason| word("revoke_reason", &reason)).transpose()?;
        let sealed = |bytes| Sealed { key_id: self.seal_key_id.clone(), bytes };
        Ok(AuthSession {
            id: AuthSessionId(self.id),
            tenant: TenantId(self.tenant_id),
            tenant_active: self.tenant_active,
            user: UserId(self.user_id),
            username: self.username,
            role: word("role", &self.role)?,
            family: Family {
                counter: setting("refresh_counter", self.refresh_counter)?,
                superseded_at: self.superseded_at,
                idle_expires_at: self.idle_expires_at,
                absolute_expires_at: self.absolute_expires_at,
            },
            refresh_key: sealed(self.refresh_key),
            upstream_token: self.upstream_token.map(sealed),
            device: self.device,
            ip_prefix: self.ip_prefix,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            user_checked_at: self.user_checked_at,
            revoked: self.revoked_at.zip(reason),
        })
    }
}

pub(super) fn counter_to_sql(counter: Counter) -> Result<i64, StorageError> {
    setting("refresh_counter", counter)
}
