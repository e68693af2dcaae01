use super::*;
use crate::telemetry::metrics::MetricsFormat;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::time::advance;

/// A group of one supervisor, and the switch that ends it.
fn group() -> (Supervisor, Group, Arc<Metrics>, watch::Sender<bool>) {
    let metrics = Arc::new(Metrics::new());
    let supervisor = Supervisor::new(Arc::clone(&metrics));
    let (end, until) = watch::channel(false);
    (supervisor.clone(), supervisor.group(until), metrics, end)
}

/// Counts the starts of a task that panics as long as the switch says so, and else runs for ever.
#[derive(Debug, Clone, Default)]
struct Fragile {
    starts: Arc<AtomicU32>,
    sound: Arc<AtomicBool>,
}

impl Fragile {
    fn starts(&self) -> u32 {
        self.starts.load(Ordering::SeqCst)
    }

    async fn run(self) {
        self.starts.fetch_add(1, Ordering::SeqCst);
        assert!(self.sound.load(Ordering::SeqCst), "fragile");
        std::future::pending::<()>().await;
    }
}

/// Lets so much time pass, in steps small enough for every timer to be met.
async fn pass(time: Duration) {
    let step = Duration::from_millis(50);
    for _ in 0..time.as_millis() / step.as_millis() {
        advance(step).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_is_counted_and_started_again_after_delays_that_grow() {
    let (_, mut group, metrics, _end) = group();
    let fragile = Fragile::default();
    let started = fragile.clone();
    group.keep("fragile", move || started.clone().run());
    assert!(
        metrics.render(MetricsFormat::OpenMetrics).contains("vestibule_task_restarts_total{task=\"fragile\"} 0"),
        "{}",
        metrics.render(MetricsFormat::OpenMetrics)
    );
    // 0.1 s, 0.2 s, 0.4 s, 0.8 s
    for (millis, starts) in [(50, 1), (100, 2), (200, 3), (400, 4), (800, 5)] {
        pass(Duration::from_millis(millis)).await;
        assert_eq!(fragile.starts(), starts, "after another {millis} ms");
    }
    assert!(
        metrics.render(MetricsFormat::OpenMetrics).contains("vestibule_task_restarts_total{task=\"fragile\"} 5"),
        "{}",
        metrics.render(MetricsFormat::OpenMetrics)
    );
    // No longer than 30 s, however often.
    pass(Duration::from_secs(120)).await;
    let before = fragile.starts();
    pass(MOST_DELAY * 4).await;
    assert_eq!(fragile.starts() - before, 4);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_keeps_failing_is_named_until_it_has_run_for_a_while() {
    let (supervisor, mut group, _, _end) = group();
    let fragile = Fragile::default();
    for _ in 0..2 {
        let started = fragile.clone();
        group.keep("fragile", move || started.clone().run());
    }
    pass(Duration::from_millis(700)).await;
    assert_eq!(supervisor.failing(), Vec::<&str>::new(), "it may still get over it");
    pass(Duration::from_millis(1_000)).await;
    assert_eq!(supervisor.failing(), ["fragile"]);
    fragile.sound.store(true, Ordering::SeqCst);
    pass(HEALTHY).await;
    assert_eq!(supervisor.failing(), ["fragile"], "started again, but for less than a healthy while");
    pass(Duration::from_secs(5)).await;
    assert_eq!(supervisor.failing(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn panics_far_apart_are_no_failing_task() {
    let (supervisor, mut group, metrics, _end) = group();
    group.keep("seldom", || async {
        sleep(HEALTHY).await;
        panic!("seldom");
    });
    pass(HEALTHY * 20).await;
    assert!(
        !metrics.render(MetricsFormat::OpenMetrics).contains("vestibule_task_restarts_total{task=\"seldom\"} 0"),
        "{}",
        metrics.render(MetricsFormat::OpenMetrics)
    );
    assert_eq!(supervisor.failing(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn rounds_are_tried_again_soon_and_one_that_completes_makes_good() {
    let (supervisor, mut group, _, _end) = group();
    let (rounds, sound) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, switch) = (Arc::clone(&rounds), Arc::clone(&sound));
    let hour = Duration::from_secs(3600);
    group.repeat("hourly", hour, move || {
        // The closure itself may panic as well as the future it makes.
        counted.fetch_add(1, Ordering::SeqCst);
        assert!(switch.load(Ordering::SeqCst), "not sound");
        async move { hour }
    });
    pass(Duration::from_secs(60 * 60 - 1)).await;
    assert_eq!(rounds.load(Ordering::SeqCst), 0);
    pass(Duration::from_secs(4)).await;
    assert_eq!((rounds.load(Ordering::SeqCst), supervisor.failing()), (5, vec!["hourly"]));
    sound.store(true, Ordering::SeqCst);
    pass(Duration::from_secs(4)).await;
    assert_eq!((rounds.load(Ordering::SeqCst), supervisor.failing()), (6, Vec::new()));
    pass(hour).await;
    assert_eq!(rounds.load(Ordering::SeqCst), 7);
}

#[tokio::test(start_paused = true)]
async fn what_returns_is_not_started_again_and_nothing_is_once_the_group_ends() {
    let (_, mut group, metrics, end) = group();
    group.keep("done", || async {});
    let fragile = Fragile::default();
    let started = fragile.clone();
    group.keep("fragile", move || started.clone().run());
    pass(Duration::from_millis(100)).await;
    end.send_replace(true);
    group.ended().await;
    let starts = fragile.starts();
    pass(MOST_DELAY).await;
    assert_eq!(fragile.starts(), starts);
    assert!(
        metrics.render(MetricsFormat::OpenMetrics).contains("vestibule_task_restarts_total{task=\"done\"} 0"),
        "{}",
        metrics.render(MetricsFormat::OpenMetrics)
    );
}
