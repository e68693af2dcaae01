//! A deadline that moves on with every event of a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// One timer for a whole stream. Moving the deadline on is a store: the timer wheel is touched only when the timer
/// fires and finds that its deadline has moved.
#[derive(Debug)]
pub struct Deadline {
    due: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    /// Is reached at `due`.
    pub fn new(due: Instant) -> Self {
        Self { due, timer: Box::pin(sleep_until(due)) }
    }

    /// Puts it off. An earlier deadline than the present one costs a visit to the timer wheel.
    pub fn move_to(&mut self, due: Instant) {
        self.due = due;
        if due < self.timer.deadline() {
            self.timer.as_mut().reset(due);
        }
    }

    /// Ready once the deadline is reached; wakes the task then.
    pub fn poll_reached(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.timer.deadline() >= self.due {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_moves_is_reached_at_its_last_place() {
        let start = Instant::now();
        let mut deadline = Deadline::new(start + Duration::from_secs(1));
        deadline.move_to(start + Duration::from_secs(5));
        poll_fn(|cx| deadline.poll_reached(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_can_move_closer() {
        let start = Instant::now();
        let mut deadline = Deadline::new(start + Duration::from_secs(60));
        deadline.move_to(start + Duration::from_secs(2));
        poll_fn(|cx| deadline.poll_reached(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}
