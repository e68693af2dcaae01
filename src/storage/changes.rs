//! Listening to what PostgreSQL tells about changes, on a connection of its own.
//!
//! A connection that is lost is found out (heartbeat) and made anew; what was told meanwhile is lost, so every new
//! connection is said to the consumer, who then forgets what it knew.

use super::StorageError;
use super::conversations::ConversationDigest;
use crate::domain::ids::{AuthSessionId, TenantId, WorkspaceId};
use crate::domain::key::PublicId;
use crate::domain::user::UserId;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

const CHANNEL: &str = "vestibule_changes";

/// Something that may be remembered has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Tenant(TenantId),
    Workspace {
        tenant: TenantId,
        id: WorkspaceId,
        /// Its slug, or one it had.
        slug: String,
    },
    /// What a workspace's documents say may be something else.
    Knowledge {
        tenant: TenantId,
        id: WorkspaceId,
    },
    Key {
        /// The part that names it.
        id: PublicId,
        /// When it was changed, by the database's clock; earlier versions do not say.
        at: Option<DateTime<Utc>>,
    },
    /// A session of a user ended, or its user changed.
    AuthSession(AuthSessionId),
    /// A workspace was assigned to a user or taken away.
    Membership {
        /// Whose user it is.
        tenant: TenantId,
        /// AnythingLLM's number of them.
        user: UserId,
    },
    /// The keys that access tokens are signed with.
    SigningKeys,
    /// A conversation was reset or is gone.
    Conversation(ConversationDigest),
    /// AnythingLLM's API key was stored.
    UpstreamApiKey,
    /// Something this version does not know and so does not remember either.
    Unknown,
    /// A message that cannot be read: it may have been about anything.
    Unreadable,
}

/// What [`ChangeListener::next`] heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Listening began at this moment or later: changes before are unknown, all after will be told.
    Connected(Instant),
    Change(Change),
    /// Every change up to this moment has been told.
    Alive(Instant),
    Lost,
}

/// Whether changes are being heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenState {
    Down,
    /// Connected, and the consumer has dealt with [`Heard::Connected`].
    Up,
}

/// How patient a listener is.
#[derive(Debug, Clone, Copy)]
pub struct ListenTimes {
    /// The connection is tried this often.
    pub heartbeat: Duration,
    /// It is dead if it does not answer, or does not come about, for this long.
    pub patience: Duration,
    /// First pause before connecting again; doubled with every failure.
    pub least_pause: Duration,
    pub most_pause: Duration,
}

impl Default for ListenTimes {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(1),
            patience: Duration::from_secs(2),
            least_pause: Duration::from_millis(50),
            most_pause: Duration::from_secs(2),
        }
    }
}

/// Listens for as long as it is asked for the next thing heard.
#[derive(Debug)]
pub struct ChangeListener {
    options: PgConnectOptions,
    times: ListenTimes,
    connection: Option<PgListener>,
    next_heartbeat: Instant,
    /// A heartbeat was answered, and is told once everything before it has been.
    alive: Option<Instant>,
    /// [`Heard::Connected`] was handed out; asking for the next thing says that it was dealt with.
    announce: bool,
    failures: u32,
    state: watch::Sender<ListenState>,
}

impl ChangeListener {
    pub(super) fn new(login: &PgConnectOptions, times: ListenTimes) -> Self {
        Self {
            options: login.clone().application_name("vestibule-listen"),
            times,
            connection: None,
            next_heartbeat: Instant::now(),
            alive: None,
            announce: false,
            failures: 0,
            state: watch::Sender::new(ListenState::Down),
        }
    }

    /// Follows whether changes are being heard.
    pub fn state(&self) -> watch::Receiver<ListenState> {
        self.state.subscribe()
    }

    /// Waits for the next thing to be heard, connecting as often as it takes.
    pub async fn next(&mut self) -> Heard {
        if std::mem::take(&mut self.announce) {
            self.state.send_replace(ListenState::Up);
        }
        loop {
            let Some(connection) = &mut self.connection else {
                if let Some(began) = self.connect().await {
                    return Heard::Connected(began);
                }
                continue;
            };
            if let Some(told) = connection.next_buffered() {
                return Heard::Change(read(told.payload()));
            }
            if let Some(moment) = self.alive.take() {
                return Heard::Alive(moment);
            }
            // Not only when nothing is told: under a flood of changes the connection must be tried as well.
            if Instant::now() >= self.next_heartbeat {
                let asked = Instant::now();
                match timeout(self.times.patience, connection.execute(sqlx::raw_sql("SELECT 1"))).await {
                    Ok(Ok(_)) => {
                        self.alive = Some(asked);
                        self.next_heartbeat = asked + self.times.heartbeat;
                        continue;
                    }
                    Ok(Err(error)) => return self.lose(&StorageError::from(error)),
                    Err(_) => return self.lose(&"no answer to the heartbeat"),
                }
            }
            match timeout_at(self.next_heartbeat, connection.try_recv()).await {
                Ok(Ok(Some(told))) => return Heard::Change(read(told.payload())),
                Ok(Ok(None)) => return self.lose(&"closed by the server"),
                Ok(Err(error)) => return self.lose(&StorageError::from(error)),
                Err(_) => {} // time for the heartbeat
            }
        }
    }

    /// One attempt, after the pause that the failures so far ask for. The moment before listening began.
    async fn connect(&mut self) -> Option<Instant> {
        if self.failures > 0 {
            let pause = self.times.least_pause.saturating_mul(1 << (self.failures - 1).min(16));
            sleep(pause.min(self.times.most_pause)).await;
        }
        let began = Instant::now();
        match timeout(self.times.patience, open(self.options.clone(), self.times.patience)).await {
            Ok(Ok(connection)) => {
                tracing::info!("listening for changes");
                self.connection = Some(connection);
                self.next_heartbeat = began + self.times.heartbeat;
                self.alive = None;
                self.failures = 0;
                self.announce = true;
                return Some(began);
            }
            Ok(Err(error)) => self.failed(&StorageError::from(error)),
            Err(_) => self.failed(&"no answer in time"),
        }
        None
    }

    fn failed(&mut self, why: &dyn std::fmt::Display) {
        // Once is enough: readiness and metrics tell that it lasts.
        if self.failures == 0 {
            tracing::warn!(%why, "cannot listen for changes; trying again");
        }
        self.failures = self.failures.saturating_add(1);
    }

    fn lose(&mut self, why: &dyn std::fmt::Display) -> Heard {
        tracing::warn!(%why, "lost the connection that listens for changes");
        self.connection = None;
        self.alive = None;
        self.announce = false;
        self.state.send_replace(ListenState::Down);
        Heard::Lost
    }
}

/// Each time with a pool of its own, because the listener takes its connection from one and may give it back.
async fn open(options: PgConnectOptions, patience: Duration) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(patience)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

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

fn read(payload: &str) -> Change {
    match serde_json::from_str(payload) {
        Ok(Payload::Tenant { id }) => Change::Tenant(TenantId(id)),
        Ok(Payload::Workspace { tenant, id, slug }) => {
            Change::Workspace { tenant: TenantId(tenant), id: WorkspaceId(id), slug }
        }
        Ok(Payload::Knowledge { tenant, id }) => Change::Knowledge { tenant: TenantId(tenant), id: WorkspaceId(id) },
        Ok(Payload::Key { id, at }) => {
            id.parse().map_or(Change::Unreadable, |id| Change::Key { id, at: at.and_then(moment) })
        }
        Ok(Payload::AuthSession { id }) => Change::AuthSession(AuthSessionId(id)),
        Ok(Payload::Membership { tenant, user }) => Change::Membership { tenant: TenantId(tenant), user: UserId(user) },
        Ok(Payload::SigningKeys) => Change::SigningKeys,
        Ok(Payload::Conversation { id }) => Change::Conversation(id),
        Ok(Payload::UpstreamApiKey) => Change::UpstreamApiKey,
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
