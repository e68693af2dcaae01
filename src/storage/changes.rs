//! Listening to what PostgreSQL tells about changes, on a connection of its own.
//!
//! A connection that is lost is found out (heartbeat) and made anew; what was told meanwhile is lost, so every new
//! connection is said to the consumer, who then forgets what it knew.
//!
//! **That `LISTEN` is heard is never taken for granted.** A pooler of transactions takes it and gives the connection that
//! listens to somebody else. So a heartbeat is an echo: told on another connection, as every change is, it must come back
//! on this one. Only an echo that has come back is a sign of life; without it what is remembered grows old in seconds,
//! and everybody who asks is told why.
//!
//! Whoever asks whether all has been followed (`followed`) is answered here: the consumer asks for the next thing once
//! it has dealt with the one before.

mod echo;
mod payload;

use super::StorageError;
use super::breaker::Breaker;
use super::conversations::ConversationDigest;
use super::followers::{Followers, LISTENING, ListenState};
use crate::domain::ids::{AuthSessionId, TenantId, WorkspaceId};
use crate::domain::key::PublicId;
use crate::domain::user::UserId;
use chrono::{DateTime, Utc};
use echo::Echo;
use payload::read;
use sqlx::postgres::{PgConnectOptions, PgListener, PgNotification, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

const CHANNEL: &str = "vestibule_changes";

/// PostgreSQL finds out in seconds that a replica's machine is gone, or it would be waited for.
const DEAD_PEER: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

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
    /// Somebody asks whether everything before has been followed. Never handed out.
    Inquiry {
        id: Uuid,
        /// The channel of who asks.
        answer: String,
    },
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
    /// What is told is told on another one.
    echo: Echo,
    /// [`Heard::Connected`] was handed out; asking for the next thing says that it was dealt with.
    announce: bool,
    failures: u32,
    state: watch::Sender<ListenState>,
    breaker: Breaker,
    followers: Arc<Followers>,
    /// Where this replica is answered.
    own_channel: Option<Arc<str>>,
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        self.followers.hears(None);
        self.followers.listens.send_replace(ListenState::Down);
    }
}

impl ChangeListener {
    pub(super) fn new(
        login: &PgConnectOptions,
        times: ListenTimes,
        breaker: Breaker,
        followers: Arc<Followers>,
    ) -> Self {
        let echo = Echo::new(login);
        Self {
            echo,
            options: login.clone().application_name("vestibule-listen").options(DEAD_PEER),
            times,
            connection: None,
            next_heartbeat: Instant::now(),
            announce: false,
            failures: 0,
            state: watch::Sender::new(ListenState::Down),
            breaker,
            followers,
            own_channel: None,
        }
    }

    /// Follows whether changes are being heard.
    pub fn state(&self) -> watch::Receiver<ListenState> {
        self.state.subscribe()
    }

    /// Waits for the next thing to be heard, connecting as often as it takes.
    pub async fn next(&mut self) -> Heard {
        loop {
            let Some(connection) = &mut self.connection else {
                if let Some(began) = self.connect().await {
                    return Heard::Connected(began);
                }
                continue;
            };
            if let Some(told) = connection.next_buffered() {
                match self.read(&told).await {
                    Ok(Some(heard)) => return heard,
                    Ok(None) => continue,
                    Err(why) => return self.lose(&why),
                }
            }
            // Not only when nothing is told: under a flood of changes the connection must be tried as well.
            if Instant::now() >= self.next_heartbeat {
                self.next_heartbeat = Instant::now() + self.times.heartbeat;
                if let Err(why) = self.beat().await {
                    return self.lose(&why);
                }
                continue;
            }
            match timeout_at(self.next_heartbeat, connection.try_recv()).await {
                Ok(Ok(Some(told))) => match self.read(&told).await {
                    Ok(Some(heard)) => return heard,
                    Ok(None) => {}
                    Err(why) => return self.lose(&why),
                },
                Ok(Ok(None)) => return self.lose(&"closed by the server"),
                Ok(Err(error)) => return self.lose(&StorageError::from(error)),
                Err(_) => {} // time for the heartbeat
            }
        }
    }

    /// Tells an echo. One that has not come back by now is a reason to ask whether the connection lives at all.
    async fn beat(&mut self) -> Result<(), StorageError> {
        let (Some(connection), Some(channel)) = (&mut self.connection, self.own_channel.clone()) else { return Ok(()) };
        if let Some(told) = self.echo.outstanding() {
            match timeout(self.times.patience, connection.execute(sqlx::raw_sql("SELECT 1"))).await {
                Ok(asked) => asked?,
                Err(_) => return Err(StorageError::Unavailable("no answer to the heartbeat".into())),
            };
            // What this question brought along has not been read yet, so the first time it may still be there.
            if told.elapsed() < self.times.patience || self.echo.is_first_doubt() {
                return Ok(());
            }
            self.unheard();
        }
        match timeout(self.times.patience, self.echo.tell(&channel)).await {
            Ok(told) => told,
            Err(_) => Err(StorageError::Unavailable("no answer when an echo was told".into())),
        }
    }

    /// The connection lives, and what is told does not come back on it.
    fn unheard(&mut self) {
        if self.state.send_replace(ListenState::Unheard) != ListenState::Unheard {
            tracing::error!(
                "what PostgreSQL tells of changes does not get here (LISTEN is not heard): a pooler of transactions or \
                 statements, such as PgBouncer, stands between. Nothing is remembered for longer than a few seconds. \
                 Let `database.url` name PostgreSQL itself, or a pooler of sessions"
            );
        }
        self.followers.hears(None);
        self.followers.listens.send_replace(ListenState::Unheard);
    }

    /// An echo has come back: everything told before it has been dealt with.
    fn heard(&mut self) {
        if std::mem::take(&mut self.announce) || *self.state.borrow() != ListenState::Up {
            if self.state.send_replace(ListenState::Up) == ListenState::Unheard {
                tracing::info!("what PostgreSQL tells of changes is heard again");
            }
            self.followers.listens.send_replace(ListenState::Up);
            self.followers.hears(self.own_channel.clone());
        }
    }

    /// What is for the consumer. Inquiries are answered, and answers passed to who waits for them.
    async fn read(&mut self, told: &PgNotification) -> Result<Option<Heard>, StorageError> {
        if told.channel() != CHANNEL {
            if let Some(moment) = self.echo.came_back(told.payload()) {
                self.heard();
                return Ok(Some(Heard::Alive(moment)));
            }
            self.followers.told(told.payload());
            return Ok(None);
        }
        let change = read(told.payload());
        let (Change::Inquiry { id, answer }, Some(connection)) = (&change, &mut self.connection) else {
            return Ok(Some(Heard::Change(change)));
        };
        let said = sqlx::query!(
            r#"
            SELECT 1 AS "told"
            FROM pg_notify($1, json_build_object('inquiry', $2::text, 'by', pg_backend_pid())::text)
            "#,
            answer,
            id.to_string(),
        );
        match timeout(self.times.patience, said.fetch_one(connection)).await {
            Ok(Ok(_)) => Ok(None),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(StorageError::Unavailable("no answer when an inquiry was answered".into())),
        }
    }

    /// One attempt, after the pause that the failures so far ask for. The moment before listening began.
    async fn connect(&mut self) -> Option<Instant> {
        if self.failures > 0 {
            self.pause().await;
        }
        let began = Instant::now();
        let opened = open(self.options.clone(), self.times.patience);
        match timeout(self.times.patience, opened).await {
            Ok(Ok((connection, own_channel))) => {
                tracing::info!("listening for changes");
                self.breaker.let_in();
                self.own_channel = Some(own_channel);
                self.connection = Some(connection);
                // At once: until an echo has come back nothing is proved.
                self.next_heartbeat = began;
                self.echo.forget();
                self.failures = 0;
                self.announce = true;
                return Some(began);
            }
            Ok(Err(error)) => self.failed(&StorageError::from(error)),
            Err(_) => self.failed(&"no answer in time"),
        }
        None
    }

    /// As long as the failures so far ask for; at once when a database that was away is back.
    async fn pause(&self) {
        let mut availability = self.breaker.watch();
        if availability.borrow().away_since().is_some() {
            let back = async { availability.wait_for(|state| state.away_since().is_none()).await.map(drop) };
            let _ = timeout(self.times.most_pause, back).await;
            return;
        }
        let pause = self.times.least_pause.saturating_mul(1 << (self.failures.saturating_sub(1)).min(16));
        sleep(pause.min(self.times.most_pause)).await;
    }

    fn failed(&mut self, why: &dyn std::fmt::Display) {
        // Once is enough: readiness and metrics tell that it lasts.
        if self.failures == 0 {
            tracing::warn!(%why, "cannot listen for changes; trying again");
        }
        self.failures = self.failures.saturating_add(1);
        self.breaker.suspect();
    }

    fn lose(&mut self, why: &dyn std::fmt::Display) -> Heard {
        tracing::warn!(%why, "lost the connection that listens for changes");
        self.connection = None;
        self.echo.forget();
        self.announce = false;
        self.state.send_replace(ListenState::Down);
        self.followers.listens.send_replace(ListenState::Down);
        self.followers.hears(None);
        self.breaker.suspect();
        Heard::Lost
    }
}

/// Each time with a pool of its own, because the listener takes its connection from one and may give it back.
async fn open(options: PgConnectOptions, patience: Duration) -> Result<(PgListener, Arc<str>), sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(patience)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    // Not prepared statements: behind a pooler of transactions there may be others of their names, and then it would not
    // be said what is wrong.
    let backend: i32 = listener.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()")).await?.try_get(0)?;
    let own_channel: Arc<str> = format!("vestibule_followed_{backend}").into();
    listener.listen_all([CHANNEL, &*own_channel]).await?;
    // From now on it is waited for: whatever is told comes here.
    let listening = format!("SET application_name = '{LISTENING}'");
    listener.execute(sqlx::raw_sql(AssertSqlSafe(listening))).await?;
    Ok((listener, own_channel))
}
