//! Waiting until every replica has followed what was written.
//!
//! Replicas forget what they remember when PostgreSQL tells of a change, a moment after it was committed. Who writes
//! something that its caller may rely on at once, on whatever replica, asks all of them before it answers: it tells an
//! inquiry on the channel of changes, where it comes after every change that was committed before, and each replica says
//! on the asker's own channel that it has dealt with all before it.
//!
//! Which replicas there are PostgreSQL knows: those whose connection listens. One that dies is gone with its connection.
//! One that is silent is waited for until it believes nothing of what it remembers any more (`CacheRules::unheard`), so
//! also then nobody is served what it was before. It is not waited for again until it was heard of.

use super::followers::{Followers, LISTENING};
use super::{Database, StorageError};
use crate::domain::clock::Ambient;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

/// More than `CacheRules::unheard`.
const SILENT: Duration = Duration::from_secs(4);
/// A replica that has ended is found out this soon.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Forgets an inquiry with its end.
struct Inquiry<'a> {
    followers: &'a Followers,
    id: Uuid,
}

impl Drop for Inquiry<'_> {
    fn drop(&mut self) {
        self.followers.waiting.lock().remove(&self.id);
    }
}

impl Database {
    /// Returns once every replica that remembers anything has followed what was committed before. For at most
    /// `SILENT`; who did not answer then is named in the log.
    #[tracing::instrument(name = "db.followed", level = "debug", skip_all)]
    pub async fn followed(&self, ambient: &Ambient) {
        let until = Instant::now() + SILENT;
        match self.inquire(until, ambient).await {
            Ok(silent) if silent.is_empty() => {}
            Ok(silent) => tracing::warn!(
                connections = ?silent,
                "not every replica says that it has followed a change; those that do not believe nothing they remember"
            ),
            Err(error) => {
                tracing::warn!(%error, "replicas cannot be asked whether they have followed a change");
                sleep_until(until).await;
            }
        }
    }

    /// How many replicas listen for changes of this database.
    #[tracing::instrument(name = "db.replicas", level = "debug", skip_all)]
    pub async fn replicas(&self) -> Result<usize, StorageError> {
        Ok(self.listening(None).await?.len())
    }

    /// The connections that did not answer in time.
    async fn inquire(&self, until: Instant, ambient: &Ambient) -> Result<Vec<i32>, StorageError> {
        let followers = self.followers();
        let mut hearing = followers.hearing.subscribe();
        let hears = async { hearing.wait_for(Option::is_some).await.ok().and_then(|channel| channel.clone()) };
        let Ok(Some(channel)) = timeout_at(until, hears).await else {
            return Err(StorageError::Unavailable("this replica does not hear of changes".into()));
        };
        let (sender, mut answers) = mpsc::unbounded_channel();
        let inquiry = Inquiry { followers, id: ambient.uuid() };
        followers.waiting.lock().insert(inquiry.id, sender);
        let told = json!({"kind": "inquiry", "id": inquiry.id, "answer": channel}).to_string();
        let mut awaited = self.listening(Some(&told)).await?;
        followers.silent.lock().retain(|silent| awaited.contains(silent));
        awaited.retain(|listener| !followers.silent.lock().contains(listener));
        while !awaited.is_empty() {
            match timeout_at(until.min(Instant::now() + LOOK_AGAIN), answers.recv()).await {
                Ok(Some(by)) => {
                    awaited.remove(&by);
                }
                Ok(None) => break,
                Err(_) if Instant::now() >= until => break,
                Err(_) => {
                    let still = self.listening(None).await?;
                    awaited.retain(|listener| still.contains(listener));
                }
            }
        }
        followers.silent.lock().extend(&awaited);
        Ok(awaited.into_iter().collect())
    }

    /// The backends of the connections that listen for changes, after telling them something.
    async fn listening(&self, tell: Option<&str>) -> Result<HashSet<i32>, StorageError> {
        self.read(async |connection| {
            if let Some(told) = tell {
                sqlx::query!(r#"SELECT 1 AS "told" FROM pg_notify('vestibule_changes', $1)"#, told)
                    .fetch_one(&mut *connection)
                    .await?;
            }
            let listening = sqlx::query_scalar!(
                r#"
                SELECT pid AS "pid!"
                FROM pg_stat_activity
                WHERE datname = current_database()
                  AND application_name = $1
                "#,
                LISTENING,
            )
            .fetch_all(&mut *connection)
            .await?;
            Ok(listening.into_iter().collect())
        })
        .await
    }
}
