//! Connecting, and once more where that does not work: a lost packet, or a server that was being replaced, costs half of
//! the time and not the call. Only connecting is repeated; nothing was sent by then.

use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// After a refusal; a server that is being replaced is there again soon or not at all.
const PAUSE: Duration = Duration::from_millis(20);

/// Connects within this time. The second attempt begins once the first has failed or half of the time is up; the first
/// may still succeed then. `repeating` is called when it begins.
///
/// # Errors
/// How the last attempt failed; none when the time was up.
pub async fn twice<T, E, F: Future<Output = Result<T, E>>>(
    within: Duration,
    mut connect: impl FnMut() -> F,
    repeating: impl FnOnce(),
) -> Result<T, Option<E>> {
    let end = Instant::now() + within;
    let mut first = pin!(connect());
    let is_over = match timeout(within / 2, first.as_mut()).await {
        Ok(Ok(connected)) => return Ok(connected),
        Ok(Err(_)) => {
            sleep(PAUSE.min(within / 4)).await;
            true
        }
        Err(_) => false,
    };
    repeating();
    let mut second = pin!(connect());
    let both = async {
        if is_over {
            return second.await;
        }
        tokio::select! {
            connected = &mut first => if connected.is_ok() { connected } else { second.await },
            connected = &mut second => if connected.is_ok() { connected } else { first.await },
        }
    };
    timeout_at(end, both).await.map_err(|_| None)?.map_err(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::pending;

    const TIME: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_is_lost_is_made_again_in_time() {
        let (attempts, repeated, began) = (Cell::new(0), Cell::new(0), Instant::now());
        let connect = || {
            attempts.set(attempts.get() + 1);
            let number = attempts.get();
            async move { if number == 1 { pending().await } else { Ok::<_, ()>(number) } }
        };
        assert_eq!(twice(TIME, connect, || repeated.set(repeated.get() + 1)).await, Ok(2));
        assert_eq!((attempts.get(), repeated.get(), began.elapsed()), (2, 1, TIME / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_may_still_win() {
        let attempts = Cell::new(0);
        let connect = || {
            attempts.set(attempts.get() + 1);
            let number = attempts.get();
            async move {
                if number == 2 {
                    return Err("refused");
                }
                sleep(TIME * 3 / 4).await;
                Ok(number)
            }
        };
        assert_eq!(twice(TIME, connect, || ()).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn two_refusals_are_enough() {
        let attempts = Cell::new(0);
        let connect = || {
            attempts.set(attempts.get() + 1);
            let number = attempts.get();
            async move { Err::<(), _>(number) }
        };
        assert_eq!(twice(TIME, connect, || ()).await, Err(Some(2)));
        assert_eq!(attempts.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_with_the_time() {
        let began = Instant::now();
        assert_eq!(twice(TIME, pending::<Result<(), ()>>, || ()).await, Err(None));
        assert_eq!(began.elapsed(), TIME);
    }
}
