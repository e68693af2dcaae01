//! A login: one row, from the password's check to its end.

use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::rotation::Family;
use crate::domain::sealed::Sealed;
use crate::domain::user::{Role, User, UserId};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use ipnet::IpNet;

words! {
    /// Why a session is over before its time.
    SessionEnd {
        Logout = "logout",
        /// A refresh token was used that was superseded long ago.
        Replayed = "replayed",
        Admin = "admin",
        /// The user is suspended in AnythingLLM.
        UserSuspended = "user_suspended",
        /// The user is gone from AnythingLLM.
        UserDeleted = "user_deleted",
        /// AnythingLLM no longer takes the session token it gave.
        UpstreamEnded = "upstream_ended",
    }
}

#[derive(Debug, Clone)]
pub struct AuthSession {
    /// Row id; `sid` of its access tokens.
    pub id: AuthSessionId,
    pub tenant: TenantId,
    /// Whether the tenant may use the product at all.
    pub tenant_active: bool,
    /// AnythingLLM's number of the user.
    pub user: UserId,
    /// As of the last login or refresh.
    pub username: String,
    /// As of the last login or refresh.
    pub role: Role,
    pub family: Family,
    /// The key of its refresh tokens.
    pub refresh_key: Sealed,
    /// AnythingLLM's session token; none once the session is over.
    pub upstream_token: Option<Sealed>,
    /// What kind of client it is, for people.
    pub device: String,
    /// Where it began: the neighbourhood of an address.
    pub ip_prefix: IpNet,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    /// When AnythingLLM last said who the user is.
    pub user_checked_at: DateTime<Utc>,
    pub revoked: Option<(DateTime<Utc>, SessionEnd)>,
}

impl AuthSession {
    /// Whether it may still be used.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.tenant_active && self.revoked.is_none() && now < self.family.absolute_expires_at
    }

    /// The user as this session knows it.
    pub fn user(&self) -> User {
        User { id: self.user, tenant: self.tenant, username: self.username.clone(), role: self.role, session: self.id }
    }
}

/// Browsers by what is particular to their `User-Agent`, the more particular first: most claim to be the others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// What to call the client with this `User-Agent` (RFC 9110 section 10.1.5): `Firefox on Linux`, `curl`, or `unknown`.
/// At most 100 characters, and none that a page or log could take for anything else.
pub fn device_label(user_agent: &str) -> String {
    let found = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (found(&BROWSERS), found(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => {
            let product = user_agent.split(['/', ' ']).next().unwrap_or_default();
            let name: String = product
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .take(40)
                .collect();
            if name.is_empty() { "unknown".to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clients_are_named() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36 Edg/143.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.14.1", "curl"),
            ("python-requests/2.32", "python-requests"),
            ("", "unknown"),
            ("<script>alert(1)</script>", "scriptalert1"),
        ] {
            assert_eq!(device_label(agent), name, "{agent}");
        }
    }

    proptest! {
        #[test]
        fn a_label_is_short_and_harmless_whatever_a_client_sends(agent in ".{0,400}") {
            let label = device_label(&agent);
            prop_assert!((1..=100).contains(&label.chars().count()));
            prop_assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || " -_.".contains(c)), "{}", label);
        }
    }
}
