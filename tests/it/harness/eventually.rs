//! Waiting for what replicas tell each other.

use super::http::PATIENCE;
use std::fmt::Debug;
use std::time::Duration;

/// Tries until `attempt` says that it is done. What it last saw stands in the failure.
pub(crate) async fn eventually<T: Debug>(mut attempt: impl AsyncFnMut() -> Result<(), T>) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut last = None;
    let tries = async {
        loop {
            tick.tick().await;
            match attempt().await {
                Ok(()) => return,
                Err(seen) => last = Some(seen),
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, tries).await.is_ok(), "it never came: {last:?}");
}
