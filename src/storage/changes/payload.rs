//! What PostgreSQL tells of a change, read.

use super::Change;
use crate::domain::ids::{AuthSessionId, TenantId, WorkspaceId};
use crate::domain::user::UserId;
use crate::storage::conversations::ConversationDigest;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// As the triggers of the migrations write it.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Payload {
    Tenant {
        id: Uuid,
    },
    Workspace {
        tenant: Uuid,
        id: Uuid,
        slug: String,
    },
    Knowledge {
        tenant: Uuid,
        id: Uuid,
    },
    Key {
        id: String,
        /// Seconds since 1970.
        at: Option<f64>,
    },
    AuthSession {
        id: Uuid,
    },
    Membership {
        tenant: Uuid,
        user: i64,
    },
    SigningKeys,
    Conversation {
        id: ConversationDigest,
    },
    UpstreamApiKey,
    Inquiry {
        id: Uuid,
        answer: String,
    },
    #[serde(other)]
    Unknown,
}

/// A moment as PostgreSQL writes it; to the microsecond, which is as much as a double holds.
fn moment(seconds: f64) -> Option<DateTime<Utc>> {
    let micros = seconds * 1e6;
    // A double that is no moment is cut to the ends of the range, which no clock reaches.
    #[expect(clippy::cast_possible_truncation, reason = "cut on purpose, see above")]
    DateTime::from_timestamp_micros(micros as i64)
}

pub(super) fn read(payload: &str) -> Change {
    match serde_json::from_str(payload) {
        Ok(Payload::Tenant { id }) => Change::Tenant(TenantId(id)),
        Ok(Payload::Workspace { tenant, id, slug }) => {
            Change::Workspace { tenant: TenantId(tenant), id: WorkspaceId(id), slug }
        }
        Ok(Payload::Knowledge { tenant, id }) => {
            Change::Knowledge { tenant: TenantId(tenant), id: WorkspaceId(id) }
        }
        Ok(Payload::Key { id, at }) => {
            id.parse().map_or(Change::Unreadable, |id| Change::Key { id, at: at.and_then(moment) })
        }
        Ok(Payload::AuthSession { id }) => Change::AuthSession(AuthSessionId(id)),
        Ok(Payload::Membership { tenant, user }) => Change::Membership { tenant: TenantId(tenant), user: UserId(user) },
        Ok(Payload::SigningKeys) => Change::SigningKeys,
        Ok(Payload::Conversation { id }) => Change::Conversation(id),
        Ok(Payload::UpstreamApiKey) => Change::UpstreamApiKey,
        Ok(Payload::Inquiry { id, answer }) => Change::Inquiry { id, answer },
        Ok(Payload::Unknown) => Change::Unknown,
        Err(_) => Change::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_read() {
        let uuid = "00000000-0000-7000-8000-000000000001";
        assert_eq!(read(&format!(r#"{{"kind" : "tenant", "id" : "{uuid}"}}"#)), Change::Tenant(TenantId::DEFAULT));
        assert_eq!(
            read(&format!(r#"{{"kind":"workspace","tenant":"{uuid}","id":"{uuid}","slug":"shop"}}"#)),
            Change::Workspace {
                tenant: TenantId::DEFAULT,
                id: WorkspaceId(TenantId::DEFAULT.0),
                slug: "shop".to_owned()
            }
        );
        assert!(matches!(read(r#"{"kind":"key","id":"abcdefABCDEF"}"#), Change::Key { at: None, .. }));
        let told = read(r#"{"kind" : "key", "id" : "abcdefABCDEF", "at" : 1763920800.25}"#);
        let at = "2025-11-23T18:00:00.25Z".parse().ok();
        assert!(matches!(told, Change::Key { at: found, .. } if found == at && at.is_some()));
        assert_eq!(
            read(&format!(r#"{{"kind":"auth_session","id":"{uuid}"}}"#)),
            Change::AuthSession(AuthSessionId(TenantId::DEFAULT.0))
        );
        assert_eq!(
            read(&format!(r#"{{"kind":"membership","tenant":"{uuid}","user":7}}"#)),
            Change::Membership { tenant: TenantId::DEFAULT, user: UserId(7) }
        );
        assert_eq!(read(r#"{"kind":"signing_keys"}"#), Change::SigningKeys);
        assert!(matches!(
            read(&format!(r#"{{"kind":"conversation","id":"{}"}}"#, "0f".repeat(32))),
            Change::Conversation(_)
        ));
    }

    #[test]
    fn what_a_workspace_knows_is_told_apart_from_its_settings() {
        let uuid = "00000000-0000-7000-8000-000000000001";
        assert_eq!(
            read(&format!(r#"{{"kind":"knowledge","tenant":"{uuid}","id":"{uuid}"}}"#)),
            Change::Knowledge { tenant: TenantId::DEFAULT, id: WorkspaceId(TenantId::DEFAULT.0) }
        );
    }

    #[test]
    fn a_stored_api_key_is_told_without_a_name() {
        assert_eq!(read(r#"{"kind" : "upstream_api_key"}"#), Change::UpstreamApiKey);
    }

    #[test]
    fn a_kind_of_a_later_version_is_not_an_error() {
        assert_eq!(read(r#"{"kind":"member","id":7}"#), Change::Unknown);
    }

    #[test]
    fn what_cannot_be_read_may_be_about_anything() {
        for payload in ["", "shop", "{}", r#"{"kind":"key"}"#, r#"{"kind":"key","id":"x"}"#] {
            assert_eq!(read(payload), Change::Unreadable, "{payload}");
        }
    }
}
