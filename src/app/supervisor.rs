//! Keeps background tasks running. A task that panics is logged, counted and started again after a delay that grows, so
//! that a defect costs a moment of one task and not the rest of the process's life. `/readyz` names a task that keeps
//! failing.

use crate::telemetry::metrics::Metrics;
use futures_util::FutureExt as _;
use parking_lot::Mutex;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Before a task is started again the first time; doubled with every panic that follows.
const LEAST_DELAY: Duration = Duration::from_millis(100);
const MOST_DELAY: Duration = Duration::from_secs(30);
/// A task that ran for this long, or completed a round, has got over its earlier panics.
const HEALTHY: Duration = Duration::from_secs(60);
/// A task keeps failing once it has panicked this often without a healthy while in between.
const KEEPS_FAILING: u32 = 5;

/// Knows every supervised task of the process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Supervisor {
    metrics: Arc<Metrics>,
    tasks: Arc<Mutex<Vec<Arc<Task>>>>,
}

impl Supervisor {
    /// A supervisor of no tasks yet; panics are counted in `metrics`.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, tasks: Arc::default() }
    }

    /// A group of tasks that end together. Once `until` is true, none of them is started again.
    pub fn group(&self, until: watch::Receiver<bool>) -> Group {
        Group { supervisor: self.clone(), until, running: JoinSet::new() }
    }

    /// The names of the tasks that keep failing, each once.
    pub fn failing(&self) -> Vec<&'static str> {
        let tasks = self.tasks.lock();
        let mut names: Vec<_> = tasks.iter().filter(|task| task.keeps_failing()).map(|task| task.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn supervise(&self, name: &'static str) -> Arc<Task> {
        self.metrics.task_supervised(name);
        let task = Arc::new(Task { name, metrics: Arc::clone(&self.metrics), course: Mutex::default() });
        self.tasks.lock().push(Arc::clone(&task));
        task
    }
}

/// Tasks that end together. Dropping it ends them at once.
#[derive(Debug)]
pub struct Group {
    supervisor: Supervisor,
    until: watch::Receiver<bool>,
    running: JoinSet<()>,
}

impl Group {
    /// Runs what `start` makes until it returns. `start` is called again after a panic, so what must survive one (a
    /// socket, a queue) is held by `start` and lent to each run.
    pub fn keep<F>(&mut self, name: &'static str, mut start: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (task, mut until) = (self.supervisor.supervise(name), self.until.clone());
        self.running.spawn(async move {
            while let Err(panic) = task.run(&mut start).await {
                if !delay(task.panicked(&*panic), &mut until).await {
                    return;
                }
            }
        });
    }

    /// Runs `round` again and again, the first time after `first`; each gives the pause before the next. After a panic
    /// the round is tried again soon, however long the pause between rounds is.
    pub fn repeat<F>(&mut self, name: &'static str, first: Duration, mut round: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = Duration> + Send + 'static,
    {
        let (task, mut until) = (self.supervisor.supervise(name), self.until.clone());
        self.running.spawn(async move {
            sleep(first).await;
            loop {
                match task.run(&mut round).await {
                    Ok(pause) => {
                        task.went_well();
                        sleep(pause).await;
                    }
                    Err(panic) => {
                        if !delay(task.panicked(&*panic), &mut until).await {
                            return;
                        }
                    }
                }
            }
        });
    }

    /// Waits until every task has returned.
    pub async fn ended(&mut self) {
        while self.running.join_next().await.is_some() {}
    }

    /// Ends every task where it stands.
    pub async fn shutdown(&mut self) {
        self.running.shutdown().await;
    }
}

/// Says whether the task is to be started again after the delay; not if its group ends meanwhile.
async fn delay(delay: Duration, until: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = until.wait_for(|over| *over) => false,
        () = sleep(delay) => true,
    }
}

#[derive(Debug)]
struct Task {
    name: &'static str,
    metrics: Arc<Metrics>,
    course: Mutex<Course>,
}

#[derive(Debug, Default)]
struct Course {
    /// Panics without a healthy while in between.
    panics: u32,
    /// When the present run began; none while it waits to be started again.
    running_since: Option<Instant>,
}

impl Course {
    fn is_healthy(&self) -> bool {
        self.running_since.is_some_and(|since| since.elapsed() >= HEALTHY)
    }
}

impl Task {
    /// # Errors
    /// What the run panicked with.
    async fn run<F: Future>(&self, start: &mut (impl FnMut() -> F + Send)) -> Result<F::Output, Box<dyn Any + Send>> {
        self.course.lock().running_since = Some(Instant::now());
        // Unwind safe: the run's own state is dropped, and locks (parking_lot, tokio) open again without poison.
        AssertUnwindSafe(async { start().await }).catch_unwind().await
    }

    fn went_well(&self) {
        self.course.lock().panics = 0;
    }

    /// Gives the delay before the next start.
    fn panicked(&self, panic: &(dyn Any + Send)) -> Duration {
        let panics = {
            let mut course = self.course.lock();
            if course.is_healthy() {
                course.panics = 0;
            }
            course.panics = course.panics.saturating_add(1);
            course.running_since = None;
            course.panics
        };
        let delay = LEAST_DELAY.saturating_mul(1 << (panics - 1).min(16)).min(MOST_DELAY);
        self.metrics.task_restarted(self.name);
        tracing::error!(
            task = self.name,
            panic = text_of(panic),
            panics,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            "a background task panicked and is started again"
        );
        delay
    }

    fn keeps_failing(&self) -> bool {
        let course = self.course.lock();
        course.panics >= KEEPS_FAILING && !course.is_healthy()
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests;
