//! How many searches run and wait at once.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BackendError;
use crate::limits::{MAX_WAITING_SEARCHES, SEARCHES_PER_CORE};

/// Permits to run a search, with a bounded queue in front of them.
#[derive(Debug)]
pub struct SearchPermits {
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl SearchPermits {
    /// `running` searches at once, `waiting` more in the queue.
    pub fn new(running: usize, waiting: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(running)), waiting: Semaphore::new(waiting) }
    }

    /// A turn to search: at once, or within the time the search has.
    pub async fn acquire(&self, timeout_ms: u64) -> Result<OwnedSemaphorePermit, BackendError> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.waiting.try_acquire().map_err(|_| BackendError::Overloaded)?;
        let turn = Arc::clone(&self.running).acquire_owned();
        match tokio::time::timeout(Duration::from_millis(timeout_ms), turn).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(BackendError::Overloaded),
            Err(_) => Err(BackendError::DeadlineExceeded { timeout_ms }),
        }
    }
}

impl Default for SearchPermits {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self::new(cores * SEARCHES_PER_CORE, MAX_WAITING_SEARCHES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_a_waiting_search_at_its_deadline() {
        let permits = SearchPermits::new(1, 1);
        let running = permits.acquire(1_000).await.unwrap();
        let waits = permits.acquire(60_000);
        tokio::pin!(waits);
        assert!(futures_ready(&mut waits).await.is_none());
        assert!(matches!(permits.acquire(60_000).await, Err(BackendError::Overloaded)));
        drop(running);
        let second = waits.await.unwrap();
        let late = permits.acquire(1).await;
        assert!(matches!(late, Err(BackendError::DeadlineExceeded { timeout_ms: 1 })));
        drop(second);
        assert!(permits.acquire(1_000).await.is_ok());
    }

    /// Polls once.
    async fn futures_ready<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
