//! The background tasks, each with the name it has in logs, in `vestibule_task_restarts_total` and in `/readyz`.

use super::models::ModelCheck;
use super::readiness::SchemaCheck;
use super::supervisor::Group;
use super::sweeps::Sweep;
use super::usage::UsageUpkeep;
use crate::anythingllm::Client;
use crate::auth::RootKeyCheck;
use crate::bootstrap::Bootstrap;
use crate::cache::{self, Directories};
use crate::catalog::engine::Engine;
use crate::catalog::source::Feeds;
use crate::catalog::worker::Worker;
use crate::config::{self, Config};
use crate::domain::clock::Ambient;
use crate::edge::{DrainTimes, Edge, Listening, Ops};
use crate::limits::Limiter;
use crate::privacy::Worker as ErasureWorker;
use crate::storage::{Database, ListenState, UsageRecorder, UsageState, UsageWriter};
use crate::telemetry::metrics::Metrics;
use crate::unfinished::UnfinishedAnswers;
use crate::webhooks::{Sender, Watch, WatchTimes, WebhookService};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

const MINUTE: Duration = Duration::from_secs(60);
/// How old the count of what was answered from memory may be.
const SHOWN_EVERY: Duration = Duration::from_secs(1);

/// What most tasks work with.
pub(super) struct Background<'a> {
    pub(super) config: &'a Config,
    pub(super) database: &'a Database,
    pub(super) root_key: &'a RootKeyCheck,
    pub(super) schema: &'a SchemaCheck,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) ambient: &'a Ambient,
}

impl Background<'_> {
    pub(super) fn start(
        &self,
        group: &mut Group,
        directories: Directories,
        bootstrap: Option<Bootstrap>,
        usage: UsageRecorder,
    ) {
        let new_api_key = Arc::new(Notify::new());
        self.show_absence(group, directories.clone());
        self.write_begun(group, &directories);
        self.follow_changes(group, directories, &new_api_key);
        if let Some(bootstrap) = bootstrap {
            let root_key = self.root_key.clone();
            group.keep("bootstrap", move || {
                let (root_key, bootstrap, told) = (root_key.clone(), bootstrap.clone(), Arc::clone(&new_api_key));
                async move {
                    // With a wrong key it would replace the stored API key, which it could not open.
                    root_key.until_right().await;
                    bootstrap.keep(told).await;
                }
            });
        }
        let root_key = self.root_key.clone();
        group.repeat("root_key", root_key.pause(), move || {
            let root_key = root_key.clone();
            async move {
                if let Err(error) = root_key.look().await {
                    tracing::debug!(%error, "the database cannot be asked for its root key");
                }
                root_key.pause()
            }
        });
        let schema = self.schema.clone();
        group.repeat("schema", schema.pause(), move || {
            let schema = schema.clone();
            async move {
                if let Err(error) = schema.look().await {
                    tracing::debug!(%error, "the database cannot be asked for its schema");
                }
                schema.pause()
            }
        });
        for sweep in Sweep::ALL.iter().copied() {
            let (database, ambient) = (self.database.clone(), self.ambient.clone());
            group.repeat(sweep.as_str(), sweep.pause(), move || {
                let (database, ambient) = (database.clone(), ambient.clone());
                async move {
                    sweep.round(&database, &ambient).await;
                    sweep.pause()
                }
            });
        }
        self.keep_usage(group, usage);
    }

    /// Writes conversations that were begun while the database was away, once it is back.
    fn write_begun(&self, group: &mut Group, directories: &Directories) {
        let (conversations, availability) = (Arc::clone(&directories.conversations), self.database.availability());
        group.repeat("begun_meanwhile", Duration::ZERO, move || {
            let (conversations, mut availability) = (Arc::clone(&conversations), availability.clone());
            availability.mark_unchanged();
            async move {
                conversations.write_begun().await;
                let _ = tokio::time::timeout(SHOWN_EVERY, availability.changed()).await;
                Duration::ZERO
            }
        });
    }

    /// Shows in the metrics whether the database is away, and what is answered without it.
    fn show_absence(&self, group: &mut Group, directories: Directories) {
        let (metrics, shown) = (Arc::clone(self.metrics), Arc::new(AtomicU64::new(0)));
        let availability = self.database.availability();
        let database = self.database.clone();
        group.repeat("database_absence", Duration::ZERO, move || {
            let (used, idle) = database.connections();
            metrics.database_connections(used, idle);
            let (metrics, mut availability) = (Arc::clone(&metrics), availability.clone());
            metrics.database_up(availability.borrow_and_update().away_since().is_none());
            let stale = directories.stale_answers();
            metrics.stale_answers(stale.saturating_sub(shown.swap(stale, Ordering::Relaxed)));
            async move {
                // At once when it changes; else as often as anybody looks at metrics.
                let _ = tokio::time::timeout(SHOWN_EVERY, availability.changed()).await;
                Duration::ZERO
            }
        });
    }

    /// After a panic everything remembered is forgotten, as with every new connection.
    fn follow_changes(&self, group: &mut Group, directories: Directories, new_api_key: &Arc<Notify>) {
        let (database, metrics, ambient) = (self.database.clone(), Arc::clone(self.metrics), self.ambient.clone());
        let new_api_key = Arc::clone(new_api_key);
        group.keep("change_listener", move || {
            let changes = database.listen();
            let shown = show_listening(changes.state(), Arc::clone(&metrics));
            let followed = key_followed(Arc::clone(&metrics), ambient.clone());
            let follow = cache::follow_changes(changes, directories.clone(), Arc::clone(&new_api_key), followed);
            async move {
                tokio::join!(follow, shown);
            }
        });
    }

    /// Adds usage up, keeps its partitions, and shows what was lost of it.
    fn keep_usage(&self, group: &mut Group, recorder: UsageRecorder) {
        let upkeep = UsageUpkeep {
            database: self.database.clone(),
            settings: self.config.usage.clone(),
            metrics: Arc::clone(self.metrics),
            ambient: self.ambient.clone(),
        };
        let adding = upkeep.clone();
        group.repeat("usage_rollup", upkeep.pause(), move || {
            let upkeep = adding.clone();
            async move {
                upkeep.add_up().await;
                upkeep.pause()
            }
        });
        group.repeat("usage_partitions", Duration::ZERO, move || {
            let upkeep = upkeep.clone();
            async move { upkeep.keep_partitions().await }
        });
        if recorder.has_spool() {
            let (recorder, pause) = (recorder.clone(), Duration::from_millis(self.config.usage.spool_sync_millis));
            group.repeat("usage_spool_sync", pause, move || {
                let recorder = recorder.clone();
                async move {
                    recorder.sync().await;
                    pause
                }
            });
        }
        let (metrics, shown) = (Arc::clone(self.metrics), Mutex::new(UsageState::default()));
        group.repeat("usage_losses", Duration::from_secs(5), move || {
            let now = recorder.state();
            let before = std::mem::replace(&mut *shown.lock(), now);
            metrics.usage_events_dropped(now.dropped.saturating_sub(before.dropped));
            let unspooled = now.unspooled.saturating_sub(before.unspooled);
            metrics.usage_spool(now.spooled_bytes, unspooled, now.damaged.saturating_sub(before.damaged));
            async { Duration::from_secs(5) }
        });
    }
}

/// Forgets counters of callers that are at full allowance again.
pub(super) fn forget_what_is_idle(group: &mut Group, limiter: Arc<dyn Limiter>, edge: &Arc<Edge>) {
    let edge = Arc::clone(edge);
    group.repeat("idle_limits", MINUTE, move || {
        limiter.forget_idle();
        edge.forget_idle_floods();
        async { MINUTE }
    });
}

/// Asks AnythingLLM now and again whether it has what it answers and embeds with.
pub(super) fn look_at_models(group: &mut Group, models: ModelCheck) {
    group.repeat("upstream_models", models.pause(), move || {
        let models = models.clone();
        async move {
            models.look().await;
            models.pause()
        }
    });
}

/// Looks what there is to tell webhooks.
pub(super) fn watch_for_webhooks(
    group: &mut Group,
    service: &WebhookService,
    client: &Client,
    settings: &config::Webhooks,
) {
    let times = WatchTimes {
        pause: Duration::from_secs(settings.look_seconds),
        away: Duration::from_secs(settings.upstream_away_seconds),
    };
    let watch = Watch::new(service.clone(), client.clone(), times);
    group.repeat("webhook_watch", watch.pause(), move || {
        let watch = watch.clone();
        async move {
            watch.look().await;
            watch.pause()
        }
    });
}

/// Sends messages to webhooks; at the end what is being sent is sent.
pub(super) fn send_to_webhooks(group: &mut Group, service: &WebhookService, stop: &watch::Receiver<bool>) {
    let (service, stop) = (service.clone(), stop.clone());
    group.keep("webhook_sender", move || Sender::new(service.clone(), stop.clone()).run());
}

/// Finds out what answers took that processes left which were killed.
pub(super) fn take_over_unfinished(group: &mut Group, unfinished: &UnfinishedAnswers, usage: &UsageWriter) {
    if usage.recorder().has_spool() {
        let (unfinished, usage) = (unfinished.clone(), usage.clone());
        group.keep("unfinished_answers", move || {
            let (unfinished, usage) = (unfinished.clone(), usage.clone());
            async move { unfinished.take_over(&usage).await }
        });
    }
}

/// Closes connections to AnythingLLM that nobody wanted for a while.
pub(super) fn close_idle(group: &mut Group, client: Client) {
    group.repeat("upstream_connections", client.sweep(), move || {
        let pause = client.sweep();
        async move { pause }
    });
}

/// Works on erasures. One that the worker panics over is taken over once its lease has run out.
pub(super) fn erase(group: &mut Group, worker: ErasureWorker) {
    group.keep("erasures", move || worker.clone().run());
}

/// Keeps AnythingLLM's address fresh.
pub(super) fn follow_upstream(group: &mut Group, edge: &Arc<Edge>) {
    let edge = Arc::clone(edge);
    group.keep("upstream_address", move || Arc::clone(&edge).follow_upstream());
}

pub(super) fn listen(
    group: &mut Group,
    name: &'static str,
    listening: &Arc<Listening>,
    stop: &watch::Receiver<bool>,
    times: DrainTimes,
) {
    let (listening, stop) = (Arc::clone(listening), stop.clone());
    group.keep(name, move || Arc::clone(&listening).run(stop.clone(), times));
}

/// Shows a renewed certificate.
pub(super) fn follow_certificate(group: &mut Group, public: &Arc<Listening>) {
    let public = Arc::clone(public);
    group.keep("public_certificate", move || {
        let public = Arc::clone(&public);
        async move { public.follow_certificate().await }
    });
}

pub(super) fn listen_for_ops(
    group: &mut Group,
    ops: &Arc<Ops>,
    stop: &watch::Receiver<bool>,
    gone: &watch::Receiver<bool>,
) {
    let (ops, stop, gone) = (Arc::clone(ops), stop.clone(), gone.clone());
    group.keep("ops_listener", move || Arc::clone(&ops).run(stop.clone(), gone.clone()));
}

/// What works on catalogue syncs. A sync that a worker panics over is taken over once its lease has run out.
pub(super) struct CatalogWorkers {
    pub(super) engine: Engine,
    pub(super) feeds: Feeds,
    pub(super) work: Arc<Notify>,
    /// Says that shops have told of changes.
    pub(super) noted: Arc<Notify>,
    pub(super) root_key: RootKeyCheck,
    pub(super) stop: watch::Receiver<bool>,
}

impl CatalogWorkers {
    pub(super) fn start(self, group: &mut Group) {
        let workers = self.engine.settings.workers;
        for _ in 0..workers {
            self.keep(group, "catalog_worker", &self.work, false);
        }
        if workers > 0 {
            self.keep(group, "catalog_single_products", &self.noted, true);
        }
    }

    fn keep(&self, group: &mut Group, name: &'static str, work: &Arc<Notify>, of_single: bool) {
        let (engine, feeds) = (self.engine.clone(), self.feeds.clone());
        let (work, stop) = (Arc::clone(work), self.stop.clone());
        let root_key = self.root_key.clone();
        group.keep(name, move || {
            let worker = Worker::new(engine.clone(), feeds.clone(), Arc::clone(&work), stop.clone());
            let worker = if of_single { worker.of_single_products() } else { worker };
            let (root_key, mut stop) = (root_key.clone(), stop.clone());
            async move {
                let stopped = async { stop.wait_for(|stop| *stop).await.map(drop) };
                let may_begin = tokio::select! {
                    biased;
                    () = root_key.until_right() => true,
                    _ = stopped => false,
                };
                if may_begin {
                    worker.run().await;
                }
            }
        });
    }
}

/// Notes how long a change of a key took to get here.
fn key_followed(metrics: Arc<Metrics>, ambient: Ambient) -> impl Fn(DateTime<Utc>) + Send + Sync + 'static {
    // Clocks differ a little; a change is not followed before it is made.
    move |at| metrics.key_propagated((ambient.now() - at).to_std().unwrap_or_default())
}

/// Shows in the metrics whether changes are being heard; that they are not, once it is dropped.
async fn show_listening(mut state: watch::Receiver<ListenState>, metrics: Arc<Metrics>) {
    let shown = Shown(metrics);
    loop {
        let up = matches!(*state.borrow_and_update(), ListenState::Up);
        shown.0.change_listener_up(up);
        if state.changed().await.is_err() {
            return;
        }
    }
}

struct Shown(Arc<Metrics>);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.change_listener_up(false);
    }
}
