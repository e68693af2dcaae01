use super::*;
use crate::telemetry::metrics::UpstreamMetrics;
use proptest::prelude::*;
use std::collections::HashMap;

const LONG: Duration = Duration::from_secs(60);

fn turns(limit: usize, room: usize, wait: Duration) -> Turns {
    Turns::new(limit, room, wait, UpstreamMetrics::default().of("call"))
}

/// Someone of `workspace` who stands in line.
async fn waiting(turns: &Turns, workspace: &'static str) -> tokio::task::JoinHandle<Result<Turn, NoTurn>> {
    let turns = turns.clone();
    let handle = tokio::spawn(async move { turns.take(workspace).await });
    tokio::task::yield_now().await;
    handle
}

#[tokio::test]
async fn those_who_wait_are_served_in_rotation_however_many_of_one_workspace_there_are() {
    let turns = turns(1, 10, LONG);
    let mut running = turns.take("eager").await.unwrap();
    let mut eager = Vec::new();
    for _ in 0..4 {
        eager.push(waiting(&turns, "eager").await);
    }
    let modest = waiting(&turns, "modest").await;
    drop(running);
    // One of the eager workspace was before it, and no more than one.
    running = eager.remove(0).await.unwrap().unwrap();
    drop(running);
    running = modest.await.unwrap().unwrap();
    for next in eager {
        drop(running);
        running = next.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_workspace_that_holds_all_it_can_leaves_places_to_the_others() {
    let turns = turns(10, 0, LONG);
    let mut held = Vec::new();
    while let Ok(turn) = turns.take("eager").await {
        held.push(turn);
    }
    assert_eq!(held.len(), 8);
    let others = (turns.take("a").await.unwrap(), turns.take("b").await.unwrap());
    assert_eq!(turns.take("c").await.unwrap_err(), NoTurn::Full, "all are taken");
    drop(others);
    assert_eq!(turns.take("eager").await.unwrap_err(), NoTurn::Full);
    let _c = turns.take("c").await.unwrap();
}

#[tokio::test]
async fn a_full_line_refuses_at_once_and_only_its_own_workspace() {
    let turns = turns(1, 1, LONG);
    let _running = turns.take("a").await.unwrap();
    let _first = waiting(&turns, "a").await;
    assert_eq!(turns.take("a").await.unwrap_err(), NoTurn::Full);
    let other = waiting(&turns, "b").await;
    assert!(!other.is_finished(), "it has a line of its own");
}

#[tokio::test(start_paused = true)]
async fn whoever_waited_too_long_is_refused_and_leaves_the_line() {
    let turns = turns(1, 1, Duration::from_secs(2));
    let running = turns.take("a").await.unwrap();
    assert_eq!(turns.take("a").await.unwrap_err(), NoTurn::Late);
    let next = waiting(&turns, "a").await;
    drop(running);
    assert!(next.await.unwrap().is_ok());
}

#[tokio::test]
async fn the_turn_of_someone_who_left_goes_to_the_next() {
    let turns = turns(1, 5, LONG);
    let running = turns.take("a").await.unwrap();
    let (left, next) = (waiting(&turns, "a").await, waiting(&turns, "a").await);
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    drop(running);
    assert!(next.await.unwrap().is_ok());
    assert_eq!(turns.0.lines.lock().counts(), (0, 0, 0), "nothing is left of anybody");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask(usize),
    End(usize),
    Leave(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_usize).prop_map(Step::Ask),
        2 => any::<usize>().prop_map(Step::End),
        1 => any::<usize>().prop_map(Step::Leave),
    ]
}

proptest! {
    /// Whatever comes in whatever order: never more than the limit, nobody waits who could begin, and nothing is lost.
    #[test]
    fn the_limit_holds_and_no_place_is_lost(limit in 1..12_usize, room in 0..4_usize, steps in prop::collection::vec(step(), 1..200)) {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let mut lines = Lines::new(limit, room);
        let mut running: Vec<Arc<str>> = Vec::new();
        let mut waiting: Vec<(&str, u64)> = Vec::new();
        let mut asked = 0_u64;
        for step in steps {
            match step {
                Step::Ask(who) => {
                    let name = NAMES[who];
                    asked += 1;
                    match lines.begin(name) {
                        Some(begun) => running.push(begun),
                        None => {
                            if let Some(number) = lines.stand(name, asked) {
                                waiting.push((name, number));
                            }
                        }
                    }
                }
                Step::End(which) if !running.is_empty() => {
                    let ended = running.remove(which % running.len());
                    for (name, _) in lines.end(&ended) {
                        let first = waiting.iter().position(|(who, _)| **who == *name).expect("it stood in line");
                        waiting.remove(first);
                        running.push(name);
                    }
                }
                Step::Leave(which) if !waiting.is_empty() => {
                    let (name, number) = waiting.remove(which % waiting.len());
                    lines.leave(name, number);
                }
                Step::End(_) | Step::Leave(_) => {}
            }
            let mut of: HashMap<&str, usize> = HashMap::new();
            for (name, _) in &waiting {
                *of.entry(name).or_default() += 1;
            }
            prop_assert!(running.len() <= limit);
            prop_assert!(of.values().all(|waiting| *waiting <= room));
            prop_assert_eq!(lines.counts(), (running.len(), waiting.len(), of.len()));
            prop_assert!(of.keys().all(|name| !lines.could_begin(name)), "somebody waits for nothing");
        }
    }
}
