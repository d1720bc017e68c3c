//! Turns requests away from a backend that keeps failing, and sends it single ones to see whether
//! it has recovered.
//!
//! ```text
//! closed ─ half of the last outcomes failed ─▶ open ─ after a pause ─▶ half-open ─ probes pass ─▶ closed
//!                                               ▲                          │
//!                                               └── a probe fails, the pause doubles ──┘
//! ```
//! Errors, missed deadlines and answers that came almost too late are failures. A fault of the
//! request, a full queue and a caller with hardly any time say nothing about the backend.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::{BackendError, Deadline};

/// The last outcomes that count, one bit each.
const OUTCOMES: u32 = u32::BITS;
/// Outcomes that there must be before they say anything.
const ENOUGH_OUTCOMES: u32 = 8;
/// The breaker opens when so many of the outcomes are failures.
const FAILED_PERCENT: u32 = 50;
/// Outcomes older than this say nothing about now.
const FORGET_AFTER: Duration = Duration::from_secs(30);
/// The first time without any request; each failed probe doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Requests that must pass, one after another, before all are let through again.
const PROBES: u32 = 3;
/// A backend that had less time is not to blame for a missed deadline.
const FAIR_TIME: Duration = Duration::from_millis(100);
/// An answer that took so much of the time that there was is as bad as none.
const SLOW_PERCENT: u32 = 75;

/// The breaker in front of one backend.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// What is behind it, for the log.
    what: String,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32, seen: u32, last: Instant },
    Open { until: Instant, pause: Duration },
    HalfOpen { is_probing: bool, passed: u32, pause: Duration },
}

/// Whether requests get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakerState {
    /// They do.
    Closed,
    /// None does.
    Open,
    /// One at a time.
    HalfOpen,
}

impl BreakerState {
    pub(crate) const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// Its name in answers and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl Breaker {
    /// A closed breaker.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), state: Mutex::new(State::closed()) }
    }

    /// Whether requests get through at the moment.
    pub(crate) fn state(&self) -> BreakerState {
        match *self.state.lock() {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until, .. } if Instant::now() < until => BreakerState::Open,
            State::Open { .. } | State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Lets a request through, or not.
    pub(crate) fn enter(&self) -> Option<Trial<'_>> {
        let mut state = self.state.lock();
        match *state {
            State::Closed { .. } => {}
            State::Open { until, pause } if Instant::now() >= until => {
                *state = State::HalfOpen { is_probing: true, passed: 0, pause };
            }
            State::HalfOpen { is_probing: false, passed, pause } => {
                *state = State::HalfOpen { is_probing: true, passed, pause };
            }
            State::Open { .. } | State::HalfOpen { .. } => return None,
        }
        Some(Trial { breaker: self, outcome: None, slow_from: None })
    }

    fn record(&self, outcome: Option<Outcome>) {
        let mut state = self.state.lock();
        let next = state.after(outcome);
        match (*state, next) {
            (State::Closed { .. } | State::HalfOpen { .. }, State::Open { pause, .. }) => {
                tracing::warn!(
                    backend = self.what,
                    ?pause,
                    "it keeps failing: turned away from it"
                );
            }
            (State::HalfOpen { .. }, State::Closed { .. }) => {
                tracing::info!(backend = self.what, "it has recovered");
            }
            _ => {}
        }
        *state = next;
    }
}

impl State {
    fn closed() -> Self {
        Self::Closed { failures: 0, seen: 0, last: Instant::now() }
    }

    fn open(pause: Duration) -> Self {
        Self::Open { until: Instant::now() + pause, pause }
    }

    fn after(self, outcome: Option<Outcome>) -> Self {
        match (self, outcome) {
            (Self::Closed { mut failures, mut seen, last }, Some(outcome)) => {
                if last.elapsed() > FORGET_AFTER {
                    (failures, seen) = (0, 0);
                }
                failures = failures << 1 | u32::from(outcome == Outcome::Failed);
                seen = (seen + 1).min(OUTCOMES);
                let failed = failures.count_ones();
                match seen >= ENOUGH_OUTCOMES && failed * 100 >= seen * FAILED_PERCENT {
                    true => Self::open(FIRST_PAUSE),
                    false => Self::Closed { failures, seen, last: Instant::now() },
                }
            }
            (Self::HalfOpen { passed, .. }, Some(Outcome::Passed)) if passed + 1 >= PROBES => {
                Self::closed()
            }
            (Self::HalfOpen { passed, pause, .. }, Some(Outcome::Passed)) => {
                Self::HalfOpen { is_probing: false, passed: passed + 1, pause }
            }
            (Self::HalfOpen { pause, .. }, Some(Outcome::Failed)) => {
                Self::open((pause * 2).min(LONGEST_PAUSE))
            }
            (Self::HalfOpen { passed, pause, .. }, None) => {
                Self::HalfOpen { is_probing: false, passed, pause }
            }
            // It was let through before the breaker opened.
            (state @ Self::Open { .. }, _) | (state @ Self::Closed { .. }, None) => state,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
}

/// A request that was let through; its outcome counts when it is dropped.
#[derive(Debug)]
pub(crate) struct Trial<'a> {
    breaker: &'a Breaker,
    outcome: Option<Outcome>,
    /// While an answer is waited for: from when on it is too slow, also for a caller who gives up.
    slow_from: Option<Instant>,
}

impl Trial<'_> {
    /// Waits for the answer, until the deadline at most, and judges it.
    pub(crate) async fn watch<T>(
        mut self,
        deadline: Deadline,
        work: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        let granted = deadline.remaining();
        let is_fair = granted >= FAIR_TIME;
        self.slow_from = is_fair.then(|| Instant::now() + granted * SLOW_PERCENT / 100);
        let answer = deadline.limit(work).await;
        let slow_from = self.slow_from.take();
        let is_slow = slow_from.is_some_and(|slow_from| Instant::now() >= slow_from);
        self.outcome = match &answer {
            Ok(_) if is_slow => Some(Outcome::Failed),
            Ok(_) => Some(Outcome::Passed),
            Err(error) if error.is_late() => is_fair.then_some(Outcome::Failed),
            Err(error) => error.is_failure().then_some(Outcome::Failed),
        };
        answer
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let given_up = self.slow_from.filter(|slow_from| Instant::now() >= *slow_from);
        self.breaker.record(self.outcome.or(given_up.map(|_| Outcome::Failed)));
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    async fn send(breaker: &Breaker, answer: Result<(), BackendError>) -> bool {
        let Some(trial) = breaker.enter() else { return false };
        let _answer = trial.watch(Deadline::after(1_000), ready(answer)).await;
        true
    }

    async fn opened() -> Breaker {
        let breaker = Breaker::new("test");
        for _ in 0..ENOUGH_OUTCOMES {
            assert_eq!(breaker.state(), BreakerState::Closed);
            assert!(send(&breaker, Err(BackendError::Panicked)).await);
        }
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn opens_on_failures_and_closes_after_probes() {
        let breaker = opened().await;
        assert!(breaker.enter().is_none());
        tokio::time::advance(FIRST_PAUSE).await;
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        for _ in 0..PROBES {
            let probe = breaker.enter();
            assert!(probe.is_some() && breaker.enter().is_none(), "one probe at a time");
            probe.unwrap().watch(Deadline::after(1_000), ready(Ok(()))).await.unwrap();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_doubles_the_pause_and_an_abandoned_one_does_not_count() {
        let breaker = opened().await;
        tokio::time::advance(FIRST_PAUSE).await;
        drop(breaker.enter());
        assert!(send(&breaker, Err(BackendError::Panicked)).await);
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(breaker.enter().is_none());
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(breaker.enter().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn missed_deadlines_and_slow_answers_are_failures_unless_there_was_hardly_any_time() {
        let slow = async |granted_ms: u64, takes_ms: u64| {
            let breaker = Breaker::new("test");
            for _ in 0..ENOUGH_OUTCOMES {
                let answer = async {
                    tokio::time::sleep(Duration::from_millis(takes_ms)).await;
                    Ok(())
                };
                let trial = breaker.enter().unwrap();
                let _answer = trial.watch(Deadline::after(granted_ms), answer).await;
            }
            breaker.state()
        };
        assert_eq!(slow(1_000, 700).await, BreakerState::Closed);
        assert_eq!(slow(1_000, 800).await, BreakerState::Open);
        assert_eq!(slow(1_000, 2_000).await, BreakerState::Open);
        assert_eq!(slow(20, 40).await, BreakerState::Closed);
        let breaker = Breaker::new("test");
        for _ in 0..ENOUGH_OUTCOMES {
            let hangs = pending::<Result<(), BackendError>>();
            let answer = breaker.enter().unwrap().watch(Deadline::after(1_000), hangs).await;
            assert!(matches!(answer, Err(BackendError::DeadlineExceeded { timeout_ms: 1_000 })));
        }
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_gives_up_on_a_slow_answer_has_seen_a_failure() {
        let gives_up = async |after_ms: u64| {
            let breaker = Breaker::new("test");
            for _ in 0..ENOUGH_OUTCOMES {
                let hangs = pending::<Result<(), BackendError>>();
                let answer = breaker.enter().unwrap().watch(Deadline::after(1_000), hangs);
                let _gone = tokio::time::timeout(Duration::from_millis(after_ms), answer).await;
            }
            breaker.state()
        };
        assert_eq!(gives_up(700).await, BreakerState::Closed);
        assert_eq!(gives_up(800).await, BreakerState::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn rare_failures_refusals_and_old_failures_leave_it_closed() {
        let breaker = Breaker::new("test");
        for number in 0..100 {
            let answer = if number % 3 == 0 { Err(BackendError::Panicked) } else { Ok(()) };
            send(&breaker, answer).await;
            send(&breaker, Err(BackendError::Overloaded)).await;
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        let breaker = Breaker::new("test");
        for _ in 0..3 * ENOUGH_OUTCOMES {
            send(&breaker, Err(BackendError::Panicked)).await;
            tokio::time::advance(FORGET_AFTER + FIRST_PAUSE).await;
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
