//! Waiting for what replicas tell each other.

use super::http::PATIENCE;
use std::fmt::Debug;
use std::time::Duration;

/// The pause after the first look, and after many: what takes long is not asked for so often that a limit answers.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// Tries until `attempt` says that it is done. What it last saw stands in the failure.
pub(crate) async fn eventually<T: Debug>(mut attempt: impl AsyncFnMut() -> Result<(), T>) {
    let mut pause = FIRST_PAUSE;
    let mut last = None;
    let tries = async {
        loop {
            match attempt().await {
                Ok(()) => return,
                Err(seen) => last = Some(seen),
            }
            tokio::time::sleep(pause).await;
            pause = LAST_PAUSE.min(pause + pause / 5);
        }
    };
    assert!(tokio::time::timeout(PATIENCE, tries).await.is_ok(), "it never came: {last:?}");
}
