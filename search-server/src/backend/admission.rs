//! How many requests run and wait at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{BackendError, Deadline};
use crate::limits::{MAX_QUEUE_WAIT, MAX_WAITING_SEARCHES, QUEUE_PERCENT};

/// How long a request is taken to run before any has.
const FIRST_GUESS: Duration = Duration::from_millis(10);
/// A request that ran longer says no more about the next one than this.
const LONGEST_RUN: Duration = Duration::from_secs(1);
/// One request's part of the mean.
const MEAN_OVER: u64 = 16;

/// Turns for requests, with a short queue in front of them. Who would wait for more than a part
/// of the time that there is, or than [`MAX_QUEUE_WAIT`], is refused at once.
#[derive(Debug)]
pub(crate) struct Admission {
    turns: Arc<Semaphore>,
    at_once: usize,
    waiting: AtomicUsize,
    /// How long requests run, on average of late, in microseconds.
    mean_run: AtomicU64,
}

impl Admission {
    /// So many requests at once.
    pub(crate) fn new(at_once: usize) -> Arc<Self> {
        Arc::new(Self {
            turns: Arc::new(Semaphore::new(at_once)),
            at_once: at_once.max(1),
            waiting: AtomicUsize::new(0),
            mean_run: AtomicU64::new(micros(FIRST_GUESS)),
        })
    }

    /// So many requests at once for each core.
    pub(crate) fn per_core(at_once: usize) -> Arc<Self> {
        Self::new(at_once * available_parallelism().map_or(1, usize::from))
    }

    /// A turn: at once, after a short wait, or not at all.
    pub(crate) async fn enter(self: &Arc<Self>, deadline: Deadline) -> Result<Turn, BackendError> {
        let asked = Instant::now();
        if let Ok(turn) = self.enter_at_once() {
            return Ok(turn);
        }
        let _place = Place::take(self);
        let waiting = self.waiting.load(Ordering::Relaxed);
        let patience = (deadline.remaining() * QUEUE_PERCENT / 100).min(MAX_QUEUE_WAIT);
        if waiting > MAX_WAITING_SEARCHES || self.expected_wait(waiting) > patience {
            return Err(BackendError::Overloaded);
        }
        let turn = async {
            let permit = Arc::clone(&self.turns).acquire_owned().await;
            permit.map_err(|_closed| BackendError::Overloaded)
        };
        Ok(Turn::new(self, deadline.limit(turn).await?, asked))
    }

    /// A turn, if there is one.
    pub(crate) fn enter_at_once(self: &Arc<Self>) -> Result<Turn, BackendError> {
        let permit = Arc::clone(&self.turns).try_acquire_owned();
        permit
            .map(|permit| Turn::new(self, permit, Instant::now()))
            .map_err(|_| BackendError::Overloaded)
    }

    /// How long the last of so many waits, as requests have run of late.
    fn expected_wait(&self, waiting: usize) -> Duration {
        let run = Duration::from_micros(self.mean_run.load(Ordering::Relaxed));
        let rounds = u32::try_from(waiting.div_ceil(self.at_once)).unwrap_or(u32::MAX);
        run.saturating_mul(rounds)
    }

    /// Two that end together may lose one of their parts of the mean, which does no harm.
    fn ran(&self, took: Duration) {
        let mean = self.mean_run.load(Ordering::Relaxed);
        let took = micros(took.min(LONGEST_RUN));
        self.mean_run.store((mean * (MEAN_OVER - 1) + took) / MEAN_OVER, Ordering::Relaxed);
    }
}

/// A place in the queue.
struct Place<'a>(&'a Admission);

impl<'a> Place<'a> {
    fn take(admission: &'a Admission) -> Self {
        admission.waiting.fetch_add(1, Ordering::Relaxed);
        Self(admission)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The right to run, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    admission: Arc<Admission>,
    _permit: OwnedSemaphorePermit,
    waited: Duration,
    began: Instant,
}

impl Turn {
    fn new(admission: &Arc<Admission>, permit: OwnedSemaphorePermit, asked: Instant) -> Self {
        let began = Instant::now();
        let waited = began - asked;
        Self { admission: Arc::clone(admission), _permit: permit, waited, began }
    }

    /// How long it was waited for.
    pub(crate) fn waited(&self) -> Duration {
        self.waited
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.admission.ran(self.began.elapsed());
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::Poll;

    use super::*;

    fn due() -> Deadline {
        Deadline::after(10_000)
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_too_long_is_refused_at_once_and_who_waits_gets_a_turn_in_order() {
        let admission = Admission::new(1);
        let running = admission.enter(due()).await.unwrap();
        // Each of those before is taken to run as long as is guessed.
        let queue = MAX_QUEUE_WAIT.as_millis() / FIRST_GUESS.as_millis();
        let mut waiting: Vec<_> = (0..queue).map(|_| Box::pin(admission.enter(due()))).collect();
        for place in &mut waiting {
            assert!(polled(place).await.is_none());
        }
        let refused = admission.enter(due()).await;
        assert!(matches!(refused, Err(BackendError::Overloaded)));
        tokio::time::advance(FIRST_GUESS).await;
        drop(running);
        let turn = waiting.remove(0).await.unwrap();
        assert_eq!(turn.waited(), FIRST_GUESS);
        assert!(polled(&mut waiting[0]).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_less_time_than_the_queue_takes_is_refused_at_once() {
        let admission = Admission::new(1);
        let _running = admission.enter(due()).await.unwrap();
        let mut first = Box::pin(admission.enter(due()));
        assert!(polled(&mut first).await.is_none());
        let hasty = admission.enter(Deadline::after(8)).await;
        assert!(matches!(hasty, Err(BackendError::Overloaded)));
        // As long as it should have been the next: nobody gives the turn back.
        let late = admission.enter(Deadline::after(100)).await;
        assert!(matches!(late, Err(BackendError::DeadlineExceeded { timeout_ms: 100 })));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_requests_make_the_queue_shorter() {
        let admission = Admission::new(1);
        for _ in 0..3 * MEAN_OVER {
            let _turn = admission.enter(due()).await.unwrap();
            tokio::time::advance(2 * MAX_QUEUE_WAIT).await;
        }
        let _running = admission.enter(due()).await.unwrap();
        assert!(matches!(admission.enter(due()).await, Err(BackendError::Overloaded)));
    }

    /// Polls once.
    async fn polled<F: Future>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
        std::future::poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }
}
