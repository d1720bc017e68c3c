//! When an answer is due, and how that time is split between those who may give it.

use std::time::Duration;

use search_core::limits::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};
use tokio::time::{Instant, timeout_at};

use super::BackendError;
use crate::limits::{FALLBACK_PERCENT, INDEX_PERCENT, MAX_KEPT_TIME};

/// When an answer is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    timeout_ms: u64,
}

impl Deadline {
    /// So many milliseconds from now. A timeout out of range is the engine's to refuse, which
    /// takes some time as well.
    pub(crate) fn after(timeout_ms: u64) -> Self {
        let is_valid = (1..=MAX_TIMEOUT_MS).contains(&timeout_ms);
        let timeout_ms = if is_valid { timeout_ms } else { DEFAULT_TIMEOUT_MS };
        Self { at: Instant::now() + Duration::from_millis(timeout_ms), timeout_ms }
    }

    /// The time that is left.
    pub(crate) fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// The time that is left for work with a timeout of its own, in milliseconds.
    pub(crate) fn remaining_ms(self) -> Result<u64, BackendError> {
        let left = self.remaining();
        let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        if left.is_zero() { Err(self.exceeded()) } else { Ok(millis.max(1)) }
    }

    /// The deadline of the index where a fallback is to have its share of what is left.
    pub(crate) fn before_fallback(self) -> Self {
        self.keeping(FALLBACK_PERCENT)
    }

    /// The deadline of the fallback where the index is to have a share after it.
    pub(crate) fn before_index(self) -> Self {
        self.keeping(INDEX_PERCENT)
    }

    fn keeping(self, percent: u32) -> Self {
        let share = self.remaining() * percent / 100;
        Self { at: self.at - share.min(MAX_KEPT_TIME), ..self }
    }

    /// Waits for an answer until the deadline; then the work is dropped.
    pub(crate) async fn limit<T>(
        self,
        work: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        timeout_at(self.at, work).await.unwrap_or_else(|_| Err(self.exceeded()))
    }

    /// The refusal of who came too late: it names the time that the caller gave.
    pub(crate) fn exceeded(self) -> BackendError {
        BackendError::DeadlineExceeded { timeout_ms: self.timeout_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_fallback_keeps_its_share_of_what_is_left() {
        let left = |timeout_ms| Deadline::after(timeout_ms).before_fallback().remaining_ms();
        assert_eq!(left(1_000).unwrap(), 400);
        assert_eq!(left(100).unwrap(), 40);
        assert_eq!(left(10_000).unwrap(), 8_000);
        let deadline = Deadline::after(1_000);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(deadline.before_fallback().remaining_ms().unwrap(), 200);
        tokio::time::advance(Duration::from_millis(500)).await;
        let late = deadline.remaining_ms();
        assert!(matches!(late, Err(BackendError::DeadlineExceeded { timeout_ms: 1_000 })));
    }
}
